"""100 connectors made, changed and deleted by 16 clients at once, while the put() of another connector hangs."""

import http.client
import json
import pathlib
import random
import threading
import time

import pytest

from harness import kcat, paths, waits
from harness.brokers import MockBroker

TOPIC = "churn"
CLIENTS = 16
CONNECTORS, SECONDS = (24, 8) if paths.SANITIZER else (100, 60)
# Of what a client waits for; with a sanitizer only that nothing stands still.
P99_MS = 2000 if paths.SANITIZER else 50
THINK_SECONDS = 0.1 if paths.SANITIZER else 0.05


@pytest.fixture
def host(folder, hosts):
    """With a connector that hangs in put() until the test ends."""
    broker = MockBroker(folder / "mock", {TOPIC: 1})
    kcat.produce(broker.bootstrap, TOPIC, 0, [("k", "v")])
    host = hosts(broker.bootstrap, plugin_path=[str(paths.PLUGINS), str(paths.BUILD / "tests" / "abi" / "hanging")])
    release = folder / "release"
    host.connector("hangs", {"connector.class": "hanging-sink", "topics": TOPIC, "file": str(release)})
    host.start()
    host.wait_running("hangs")
    yield host
    release.touch()
    host.stop(seconds=10)
    broker.stop()


class Client(threading.Thread):
    """One of many: changes its own connectors, so that each refusal is a fault, and reads everybody's."""

    def __init__(self, number, host, folder, seed, until):
        super().__init__(daemon=True)
        self.dice, self.until = random.Random(seed + number), until
        self.names = [f"churn-{n}" for n in range(number, CONNECTORS, CLIENTS)]
        self.there, self.folder = set(), folder
        self.connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
        self.times, self.wrong = [], []

    def run(self):
        try:
            while time.monotonic() < self.until:
                self.step()
                self.think()
            for name in sorted(self.there):
                self.ask("DELETE", f"/connectors/{name}", {204})
                self.think()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(repr(error))
        finally:
            self.connection.close()

    def think(self):
        time.sleep(self.dice.uniform(0, 2 * THINK_SECONDS))

    def step(self):
        name = self.dice.choice(self.names)
        at = f"/connectors/{name}"
        if name not in self.there:
            config = {"connector.class": "example-file-sink", "topics": TOPIC, "file": str(self.folder / name)}
            self.ask("POST", "/connectors", {201}, {"name": name, "config": config})
            self.there.add(name)
            return
        anyone = f"/connectors/churn-{self.dice.randrange(CONNECTORS)}"
        match self.dice.randrange(12):
            case 0: self.ask("PUT", f"{at}/pause", {202})
            case 1: self.ask("PUT", f"{at}/resume", {202})
            case 2: self.ask("POST", f"{at}/restart", {204})
            case 3: self.ask("POST", f"{at}/restart?includeTasks=true", {202})
            case 4: self.ask("POST", f"{at}/tasks/0/restart", {204, 404})  # 404 where it is stopped: it has no task then
            case 5: self.ask("PUT", f"{at}/stop", {204})
            case 6:
                self.ask("DELETE", at, {204})
                self.there.remove(name)
            case 7: self.ask("GET", f"{anyone}/status", {200, 404})
            case 8: self.ask("GET", "/connectors?expand=status&expand=info", {200})
            case 9: self.ask("GET", at, {200})
            case 10: self.ask("GET", "/connectors/hangs/status", {200})
            case 11: self.ask("GET", f"{anyone}/config", {200, 404})

    def ask(self, method, path, wanted, body=None):
        text = None if body is None else json.dumps(body)
        began = time.monotonic()
        self.connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = self.connection.getresponse()
        said = answer.read()
        self.times.append((time.monotonic() - began, f"{method} {path}"))
        if answer.status not in wanted:
            self.wrong.append(f"{method} {path}: {answer.status} {said[:300]!r}")


def churn(host, folder, seed, seconds):
    until = time.monotonic() + seconds
    clients = [Client(number, host, folder, seed, until) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(seconds + 60)
        assert not client.is_alive(), "a request hangs"
    assert not [wrong for client in clients for wrong in client.wrong]
    assert host.rest.get("/connectors").body == ["hangs"]
    return sorted(time for client in clients for time in client.times)


def used(host):
    """(threads, open files, resident kB) of the process."""
    process = pathlib.Path(f"/proc/{host.process.pid}")
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir())), host.process.resident_kb()


def settled(host, threads, files):
    def back():
        now = used(host)
        assert now[0] <= threads and now[1] <= files, f"threads, files, kB: {now}, at first {threads}, {files}"
        return now
    return waits.until("threads and files are what they were", back, 30 * paths.SLOWNESS, every=0.2)


@pytest.mark.alone
def test_connectors_come_change_and_go_by_16_clients_while_a_put_hangs(host, folder, seed):
    threads, files, _ = used(host)
    # The allocator, libraries and the pool of handlers have their size after a first round.
    churn(host, folder, seed, SECONDS / 6)
    resident = settled(host, threads, files)[2]

    times = churn(host, folder, seed + 100, SECONDS)
    p99 = times[int(len(times) * 0.99)][0] * 1000
    print(f"{len(times)} requests, {len(times) / SECONDS:.0f}/s; p50 {times[len(times) // 2][0] * 1000:.1f} ms, p99 {p99:.1f} ms, "
          f"most {times[-1][0] * 1000:.0f} ms: {times[-1][1]}")
    after = settled(host, threads, files)
    print(f"resident {resident} kB, then {after[2]} kB")
    assert p99 < P99_MS, times[-20:]
    assert paths.SANITIZER or after[2] < resident + 16 * 1024, "memory grows"
    assert host.task("hangs")["state"] == "RUNNING"
