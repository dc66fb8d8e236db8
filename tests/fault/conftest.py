"""A topic of its own for each fault run, on the real broker, or on three of them."""

import itertools
import shutil

import pytest

from harness import paths
from harness.cluster import Cluster
from harness.fault_run import QUICK_SESSION, FaultRun

_numbers = itertools.count(1)


@pytest.fixture
def run(kafka, db, folder, seed):
    topic = f"fault{next(_numbers)}.public.orders"
    kafka.create_topic(topic)
    made = FaultRun(kafka, topic, db, folder, seed)
    yield made
    made.close()


@pytest.fixture
def orders(run, sink):
    """Settings of the connector that reads the run's topic."""
    return {**sink(topics=run.flow.topic), **QUICK_SESSION}


@pytest.fixture(scope="session")
def whole_cluster():
    path = paths.temporary_folder("cluster")
    made = Cluster(path)
    yield made
    made.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def cluster(whole_cluster):
    """Three brokers, all of them up, behind proxies that do nothing. Whoever asks for them is marked xdist_group("cluster"), so
    that they are started once only."""
    whole_cluster.wait_up(*whole_cluster.IDS)
    yield whole_cluster
    whole_cluster.mend()


class ClusterRun(FaultRun):
    """Its connector is named like its topic: a group of its own waits for no members of other tests."""

    def __init__(self, cluster, name, db, folder, seed, sink):
        super().__init__(cluster, f"{name}.public.orders", db, folder, seed, connector=name)
        self.cluster, self.name, self._sink = cluster, name, sink

    def create(self, **options):
        self.cluster.create(self.flow.topic, **options)
        return self

    def settings(self, **changed):
        return {**self._sink(topics=self.flow.topic, **changed), **QUICK_SESSION}

    def start(self, hosts, bootstrap=None, worker="w1", **changed):
        """A host that runs with the connector, some of its settings changed; by another way to the brokers, if `bootstrap` says so."""
        host = hosts(bootstrap or self.flow.bootstrap, worker)
        host.connector(self.name, {**self.settings(), **changed})
        host.start()
        return host

    def group(self):
        return f"connect-{self.name}"


@pytest.fixture
def cluster_run(cluster, db, folder, seed, sink):
    """Its topic is still to be created."""
    made = ClusterRun(cluster, f"k{next(_numbers)}", db, folder, seed, sink)
    yield made
    made.close()
