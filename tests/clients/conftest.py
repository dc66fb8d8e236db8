"""One mock broker and one host for all tests of this folder; each test deletes the connectors that it has made."""

import pathlib
import shutil
import tempfile

import pytest

from harness import brokers, kcat, paths, processes, sluice, waits

TOPIC = "orders"
_CLIENTS = paths.CACHE / "clients"


class Worker:
    """A host without a connector, its address, and a topic with three records."""

    def __init__(self, folder):
        self.folder, self.topic = folder, TOPIC
        self._broker = brokers.MockBroker(folder / "mock", {TOPIC: 1})
        kcat.produce(self._broker.bootstrap, TOPIC, 0, [("k", f"v{n}") for n in range(3)])
        self.host = sluice.Sluice(folder, self._broker.bootstrap)
        self.host.configure(worker_id=None)
        self.host.start()
        self.rest, self.url = self.host.rest, f"http://127.0.0.1:{self.host.port}"

    def config(self, name, **changed):
        return {"connector.class": "FileStreamSink", "topics": TOPIC, "tasks.max": "1", "file": str(self.folder / f"{name}.txt"), **changed}

    def create(self, name, **changed):
        answer = self.rest.post("/connectors", {"name": name, "config": self.config(name, **changed)})
        assert answer.status == 201, answer

    def clear(self):
        for name in self.rest.get("/connectors").body:
            assert self.rest.delete(f"/connectors/{name}").status == 204

    def stop(self):
        self.host.stop(seconds=10)
        self._broker.stop()


@pytest.fixture(scope="session")
def worker_of_all():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-clients-"))
    worker = Worker(folder)
    yield worker
    worker.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def worker(worker_of_all):
    yield worker_of_all
    worker_of_all.clear()


@pytest.fixture
def run_client():
    """run_client("python/bin/kc", argument...) runs a program of the clients' folder and gives what it printed."""
    def run(program, *arguments, seconds=60, env=None):
        done = processes.run([client(program), *arguments], seconds=seconds, env=env)
        assert done.returncode == 0, f"{program} {arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
    return run


def client(program):
    return paths.needed(_CLIENTS / program, "./deploy/setup.sh --tests brings it")


def wait_for_state(worker, name, state):
    """The connector and, unless it is stopped, its task."""
    def reached():
        status = worker.rest.status(name)
        states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
        assert set(states) == {state}, status
        return True
    waits.until(f"{name} is {state}", reached, 15 * paths.SLOWNESS)
