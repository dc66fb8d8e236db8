"""One sluice with something of everything, watched by a real Prometheus, for all tests of this folder that want to see real metrics."""

import json
import shutil

import pytest

from harness import brokers, events, kcat, ledger, load, paths, ports, prometheus, sluice, waits

DEAD, BROKEN = "orders.dead", "shop.broken"


class Watched:
    """`orders` writes and has dead letters. Of the others each has a trouble of its own, and is called by it."""

    def __init__(self, server):
        self.folder = paths.temporary_folder("watched")
        self.db = ledger.database(server)
        self.broker = brokers.MockBroker(self.folder / "mock", {ledger.TOPIC: 4, DEAD: 1, BROKEN: 1})
        kcat.produce(self.broker.bootstrap, BROKEN, 0, [*events.inserts(30), ('{"order_id": 31}', "no event")])
        self.host = sluice.Sluice(self.folder, self.broker.bootstrap, secrets_paths=[str(self.folder)])
        self.instance = f"127.0.0.1:{self.host.port}"
        self._connectors()
        self.host.start()
        self.load = load.Load(self.folder, self.broker.bootstrap, ledger.TOPIC, rate=300, bad_share=0.01)
        self.away = f"127.0.0.1:{ports.free()}"
        self.prometheus = prometheus.Prometheus(self.folder / "prometheus", [self.instance, self.away])

    def _connectors(self):
        settings = ledger.sink(self.folder, self.db)
        self.host.connector("orders", {**settings, "errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD})
        broken = {**settings, "topics": BROKEN}
        self.host.connector("failed", broken)
        self.host.connector("dropping", {**broken, "errors.tolerance": "all"})
        self.host.connector("blocked", {**broken, "table.name": "nowhere"})
        self.host.connector("waiting", {**broken, "connection.url": f"postgresql://warehouse@127.0.0.1:{ports.free()}/analytics"})
        self.host.connector("unusable", {**broken, "tasks.max": "many"})

    def stop(self):
        self.prometheus.stop()
        self.load.stop()
        self.host.stop(seconds=10)
        self.broker.stop()
        self.db.drop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def watched(postgres_server):
    made = Watched(postgres_server)
    yield made
    made.stop()
