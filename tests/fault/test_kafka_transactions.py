"""Transactions that are aborted, hang and leave markers: row 35 of the catalogue."""

import confluent_kafka
import pytest

from harness import events, scale, waits
from harness.metrics import Metrics

pytestmark = pytest.mark.xdist_group("cluster")


class Transactions:
    """A transactional producer that remembers what it committed."""

    def __init__(self, run, name):
        self._topic = run.flow.topic
        self._producer = confluent_kafka.Producer({"bootstrap.servers": run.flow.bootstrap, "transactional.id": f"{run.name}-{name}",
                                                   "log_level": 0})
        self._producer.init_transactions(30)
        self._order = 1

    def begin(self, *partitions, count=5):
        self._producer.begin_transaction()
        for partition in partitions:
            for key, value in events.inserts(count, first=self._order):
                self._producer.produce(self._topic, value, key, partition)
            self._order += count
        assert self._producer.flush(30) == 0

    def commit(self):
        self._producer.commit_transaction(30)

    def abort(self):
        self._producer.abort_transaction(30)


def test_f35_aborted_records_are_never_written_markers_are_passed_and_a_hanging_transaction_shows_as_lag(cluster, cluster_run, hosts, dice):
    run, rounds = cluster_run.create(), scale.count(30, 2000)
    flow = run.flow
    host = hosts(flow.bootstrap)
    host.connector(run.name, run.settings())
    host.start()
    flow.wait_claimed()
    transactions = Transactions(run, "a")
    aborted = 0
    for _ in range(rounds):
        transactions.begin(*dice.sample(range(4), 2))
        if dice.random() < 0.5:
            transactions.abort()
            aborted += 1
        else:
            transactions.commit()
    # Each partition ends in an aborted transaction and its marker.
    transactions.begin(0, 1, 2, 3)
    transactions.abort()
    # The positions pass all of it, so that lag tools see no lag.
    flow.wait_written()
    waits.until("the group's offsets are at the ends", lambda: cluster.committed(run.group(), flow.topic, 4) == flow.positions(), 15, every=0.5)
    flow.assert_exactly_once(f"{aborted + 1} of {rounds + 1} transactions aborted")
    assert aborted, "none was aborted: this test would test nothing"

    rows, at = flow.rows(), flow.positions()[0]
    hanging, other = Transactions(run, "hanging"), Transactions(run, "other")
    hanging.begin(0)
    other.begin(0)
    other.commit()
    waits.until("the lag shows", lambda: Metrics(host.rest).sum("sluice_sink_task_partition_lag", connector=run.name, partition="0") >= 10, 20, every=0.3)
    assert flow.rows() == rows and flow.positions()[0] == at, "it has read past the last stable offset"
    hanging.abort()
    flow.wait_written()
    waits.until("the lag is gone", lambda: Metrics(host.rest).sum("sluice_sink_task_partition_lag", connector=run.name) == 0, 20, every=0.3)
    assert flow.rows() == rows + 5
    flow.assert_exactly_once("a hanging transaction")
    assert "FAILED" not in host.log()
