"""Rows of the catalogue about files, descriptors and REST: a full disk, no descriptors left, commands all at once, a file half written."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import signal
import socket
import threading
import time

import pytest
import yaml

from harness import kcat, linear, paths, sanitizers, scale, sluice, waits
from harness.brokers import MockBroker
from harness.rest import Rest

TOPIC = "data"


@pytest.fixture
def broker(folder):
    broker = MockBroker(folder / "mock", {TOPIC: 1})
    yield broker
    broker.stop()


def file_sink(folder, name, **more):
    return {"connector.class": "example-file-sink", "topics": TOPIC, "file": str(folder / f"{name}.txt"), **more}


def written(folder, name):
    file = folder / f"{name}.txt"
    return file.read_text().splitlines() if file.exists() else []


class SmallDisk:
    """A disk of a megabyte that only the host sees, with its connectors' folder, its state and its log on it."""

    def __init__(self, folder, hosts, bootstrap):
        self.path = folder / "disk"
        self.path.mkdir()
        self.host = hosts(bootstrap, connectors=self.path / "connectors", state_dir=str(self.path / "state"))
        script = 'mount -t tmpfs -o size=1m tmpfs "$0" && mkdir "$0/connectors" "$0/state" && exec "$@" >>"$0/log" 2>&1'
        self.host.before = ["unshare", "--mount", "sh", "-c", script, self.path]
        self.host.start()
        self.seen = pathlib.Path(f"/proc/{self.host.process.pid}/root{self.path}")  # from outside

    def fill(self, leave=0):
        """All but `leave` bytes."""
        (self.seen / "fill").unlink(missing_ok=True)
        with (self.seen / "fill").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError as full:
                assert "No space left" in str(full)
            file.truncate(max(0, file.tell() - leave))

    def free(self):
        (self.seen / "fill").unlink()

    def file(self, name):
        return (self.seen / "connectors" / f"{name}.yaml").read_text()

    def files(self):
        return sorted(file.name for file in (self.seen / "connectors").iterdir())


def test_f09_on_a_full_disk_writes_are_refused_old_files_stay_whole_and_records_go_on(broker, hosts, folder, dice):
    disk = SmallDisk(folder, hosts, broker.bootstrap)
    host, rest = disk.host, disk.host.rest
    assert rest.post("/connectors", {"name": "a", "config": file_sink(folder, "a")}).status == 201
    host.wait_running("a")
    before = disk.file("a")

    disk.fill()
    refused = [rest.put("/connectors/a/config", file_sink(folder, "other")), rest.post("/connectors", {"name": "b", "config": file_sink(folder, "b")})]
    for answer in refused:
        assert answer.status == 500 and "No space left on device" in answer.body["message"], answer
    assert disk.file("a") == before and disk.files() == ["a.yaml"]
    assert rest.get("/connectors").body == ["a"] and rest.get("/connectors/a/config").body["file"] == str(folder / "a.txt")
    assert rest.put("/connectors/a/pause").status in (202, 500)  # where its state cannot be kept, it says so
    assert rest.put("/connectors/a/resume").status in (202, 500)
    # Records are written elsewhere; each line of the log is lost, and nothing else.
    kcat.produce(broker.bootstrap, TOPIC, 0, [(None, "on a full disk")])
    waits.until("the record is written", lambda: written(folder, "a") == ["on a full disk"], 15 * paths.SLOWNESS)

    # As much room as a new file half fits into.
    disk.free()
    assert rest.post("/connectors", {"name": "b", "config": file_sink(folder, "b"), "initial_state": "STOPPED"}).status == 201
    whole = 0
    for _ in range(scale.count(30, 1000)):
        config = file_sink(folder, "b", note="n" * dice.randrange(300_000))
        disk.fill(leave=dice.randrange(400_000))
        before = disk.file("b")
        answer = rest.put("/connectors/b/config", config)
        assert answer.status in (200, 500), answer
        after = yaml.safe_load(disk.file("b")) if answer.status == 200 else disk.file("b")
        assert after == ({"name": "b", **config} if answer.status == 200 else before)
        assert disk.files() == ["a.yaml", "b.yaml"], disk.files()
        whole += answer.status == 200
    print(f"{whole} of the writes fitted")
    assert 0 < whole < scale.count(30, 1000), "it was always full or never: this test would test nothing"

    disk.free()
    assert rest.delete("/connectors/b").status == 204 and disk.files() == ["a.yaml"]
    kcat.produce(broker.bootstrap, TOPIC, 0, [(None, "afterwards")])
    waits.until("it goes on", lambda: written(folder, "a") == ["on a full disk", "afterwards"], 15 * paths.SLOWNESS)
    sanitizers.assert_no_report((disk.seen / "log").read_text(), "the log on the small disk")
    host.stop(seconds=10)


def test_f10_without_descriptors_rest_refuses_and_records_go_on(broker, hosts, folder):
    host = hosts(broker.bootstrap)
    host.before = ["prlimit", "--nofile=64:64"]
    host.connector("a", file_sink(folder, "a"))
    host.start()
    host.wait_running("a")

    def used():
        return len(list(pathlib.Path(f"/proc/{host.process.pid}/fd").iterdir()))
    rested, crowd = used(), []
    for _ in range(150):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", host.port))
        crowd.append(client)
    full = waits.until("no descriptor is left", lambda: used() if used() >= 64 else 0, 10 * paths.SLOWNESS)
    print(f"{rested} descriptors at rest, {full} of 64 in use")
    with pytest.raises((OSError, http.client.HTTPException)):  # nobody takes the connection, or it is closed unanswered
        Rest(host.port, timeout=2).get("/connectors")
    kcat.produce(broker.bootstrap, TOPIC, 0, [(None, f"value {n}") for n in range(200)])
    waits.until("the records are written", lambda: len(written(folder, "a")) == 200, 15 * paths.SLOWNESS)
    assert used() >= 64, "meanwhile there were descriptors: this test would test nothing"
    for client in crowd:
        client.close()
    waits.until("REST answers again", host.rest.answers, 15 * paths.SLOWNESS)
    assert host.rest.status("a")["tasks"][0]["state"] == "RUNNING"
    host.stop(seconds=10)


# ---- commands all at once --------------------------------------------------------------------------------------------------------

ABSENT = (None, None)  # target, number of the settings


def model(state, call):
    """What Connect's commands answer and do to a connector, one at a time."""
    target, settings = state
    verb, number = call
    there = target is not None
    match verb:
        case "create": return (409, state) if there else (201, ("RUNNING", number))
        case "put": return (200, (target, number)) if there else (201, ("RUNNING", number))
        case "read": return (settings if there else 404, state)
    if not there:
        return 404, state
    match verb:
        case "delete": return 204, ABSENT
        case "pause": return 202, ("PAUSED", settings)
        case "resume": return 202, ("RUNNING", settings)
        case "stop": return 204, ("STOPPED", settings)
        case "restart": return 204, state
    raise ValueError(verb)


class Commands:
    """Clients that all command the same few connectors, and what each was told when."""

    VERBS = ["create", "put", "read", "delete", "pause", "resume", "stop", "restart", "create", "read"]

    def __init__(self, host, folder, names):
        self.host, self.folder = host, folder
        self.history = {name: [] for name in names}
        self._lock, self._numbers = threading.Lock(), iter(range(1, 10**9))

    def ask(self, name, verb):
        with self._lock:
            number = next(self._numbers) if verb in ("create", "put") else None
        begin = time.monotonic()
        answer = self._send(name, verb, number)
        end = time.monotonic()
        with self._lock:
            self.history[name].append(linear.Call(begin, end, (verb, number), answer))

    def _send(self, name, verb, number):
        rest, at = self.host.rest, f"/connectors/{name}"
        config = file_sink(self.folder, name, **{"linger.ms": str(number)}) if number else None
        match verb:
            case "create": return rest.post("/connectors", {"name": name, "config": config}).status
            case "put": return rest.put(f"{at}/config", config).status
            case "read":
                answer = rest.get(f"{at}/config")
                return int(answer.body["linger.ms"]) if answer.status == 200 else answer.status
            case "delete": return rest.delete(at).status
            case "restart": return rest.post(f"{at}/restart").status
        return rest.put(f"{at}/{verb}").status


def test_f61_a_thousand_commands_at_once_are_answered_as_if_each_came_alone(broker, hosts, folder, dice):
    count, clients = scale.count(1000, 20_000), 16
    host = hosts(broker.bootstrap)
    host.start()
    host.rest.timeout = 60
    commands = Commands(host, folder, [f"c{n}" for n in range(12)])
    plan = [(dice.choice(list(commands.history)), dice.choice(Commands.VERBS)) for _ in range(count)]
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(commands.ask, name, verb) for name, verb in plan]:
            done.result()
    seconds = time.monotonic() - began
    overlapping = sum(linear.overlaps(history) for history in commands.history.values())
    print(f"{count} commands in {seconds:.1f} s, {overlapping} of them while another one of the same connector was under way")
    assert overlapping >= count // 20, "they hardly met: this test would test nothing"
    # What each has become is asked at the end, when nothing is under way.
    for name, history in commands.history.items():
        commands.ask(name, "read")
        assert linear.explain(history, model, ABSENT) is None, f"{name}: {linear.explain(history, model, ABSENT)}"

    def settled():
        for name, history in commands.history.items():
            state = host.rest.status(name).get("connector", {}).get("state")
            # The targets that some order of the commands ends in: pause, say, as the last one.
            last = [linear.Call(time.monotonic(), time.monotonic() + 1, ("target", None), state)]
            assert linear.explain(history + last, with_target, ABSENT) is None, f"{name} is {state}: {linear.explain(history + last, with_target, ABSENT)}"
        return True
    waits.until("each connector has become what it was told", settled, 20 * paths.SLOWNESS, every=0.5)
    host.stop(seconds=15)


def with_target(state, call):
    return (state[0], state) if call[0] == "target" else model(state, call)


# ---- files ------------------------------------------------------------------------------------------------------------------------

def test_f62_kill_9_while_rest_writes_leaves_each_file_whole_and_none_older_than_its_answer(broker, hosts, folder, dice):
    host = hosts(broker.bootstrap)
    kills, torn, met = scale.count(12, 500), 0, 0
    host.start()
    acknowledged, sent, number = {"a": 0, "b": 0}, {}, 0
    for name in acknowledged:
        sent[name] = {0: file_sink(folder, name, note="0")}
        assert host.rest.post("/connectors", {"name": name, "config": sent[name][0]}).status == 201
    for _ in range(kills):
        stop = threading.Event()

        def write():
            nonlocal number
            while not stop.is_set():
                number += 1
                name = dice.choice(["a", "b"])
                # Large, so that a write takes a while.
                sent[name][number] = file_sink(folder, name, note=f"{number}-" + "n" * dice.randrange(500_000))
                try:
                    if host.rest.put(f"/connectors/{name}/config", sent[name][number]).status == 200:
                        acknowledged[name] = number
                except (OSError, http.client.HTTPException):
                    return
        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(dice.uniform(0.05, 0.6))
        host.kill9()
        stop.set()
        writer.join(30)
        torn += any(file.name.endswith(".new") for file in host.connectors.iterdir())
        met += number > max(acknowledged.values())
        for name in acknowledged:
            found = yaml.safe_load((host.connectors / f"{name}.yaml").read_text())
            version = int(found["note"].partition("-")[0])
            assert found == {"name": name, **sent[name][version]}, f"{name}.yaml is no settings that were ever sent"
            assert version >= acknowledged[name], f"{name}.yaml has settings {version}, {acknowledged[name]} were acknowledged"
            acknowledged[name] = version
            sent[name] = {version: sent[name][version]}
        host.start()
        for name in acknowledged:
            assert host.rest.get(f"/connectors/{name}/config").body["note"] == sent[name][acknowledged[name]]["note"]
    print(f"{kills} kills, {met} while a write was under way, {torn} of them left an unfinished copy beside the file")
    assert met > 0, "no kill met a write: this test would test nothing"
    host.stop(seconds=10)


def test_f62_a_file_cut_anywhere_is_in_force_as_it_stands_or_not_at_all(broker, hosts, folder, dice):
    host = hosts(broker.bootstrap)
    whole = sluice.yaml({"name": "a", **file_sink(folder, "a", **{"linger.ms": 5, "consumer.override.fetch.min.bytes": 1, "errors.tolerance": "none"})})
    host.start()
    (host.connectors / "a.yaml").write_text(whole)
    host.wait_running("a")
    refused = 0
    for cut in [dice.randrange(len(whole)) for _ in range(scale.count(12, 500))]:
        before = host.rest.get("/connectors/a/config").body
        text = whole[:cut]
        (host.connectors / "a.yaml").write_text(text)
        os.kill(host.process.pid, signal.SIGHUP)

        def judged():
            status, config = host.rest.status("a"), host.rest.get("/connectors/a/config").body
            condition = status.get("connector", {}).get("condition", "")
            if condition.startswith("blocked: the settings before the last change are in force, since "):
                assert config == before and "a.yaml" in condition, (config, condition)
                return "refused"
            try:
                read = {key: str(value) for key, value in yaml.safe_load(text).items()}
            except (yaml.YAMLError, AttributeError):
                read = None
            assert config == read, (text, config)
            return "taken"
        refused += waits.until("the file is judged", judged, 5 * paths.SLOWNESS) == "refused"
        (host.connectors / "a.yaml").write_text(whole)
        os.kill(host.process.pid, signal.SIGHUP)
        waits.until("the whole file is in force", lambda: "condition" not in host.rest.status("a").get("connector", {"condition": ""})
                    and host.rest.get("/connectors/a/config").body.get("errors.tolerance") == "none", 10 * paths.SLOWNESS)
    print(f"{refused} cut files were refused")
    assert refused > 0
    host.stop(seconds=10)


def test_f62_edits_during_rebalances_are_in_force_on_both_hosts_and_lose_nothing(kafka, run, hosts, orders, dice):
    settings = {**orders, "tasks.max": 2}
    first, second = hosts(kafka.bootstrap, "w1"), hosts(kafka.bootstrap, "w2")
    first.connector("orders", settings)
    first.start()
    run.begin(rate=500)
    rounds = scale.count(3, 60)
    for number in range(1, rounds + 1):
        # A member comes or goes, and in the middle of it the file changes.
        second.start(wait=False) if not second.running() else second.kill9()
        time.sleep(dice.uniform(0, 1.5))
        first.connector("orders", {**settings, "linger.ms": number, "tasks.max": dice.choice([1, 2, 3])})
        for host in (first, second):
            if host.running():
                waits.until("the edit is in force", lambda: host.rest.answers() and host.rest.get("/connectors/orders/config").body.get("linger.ms") == str(number),
                            15 * paths.SLOWNESS)
        run.flow.wait_advanced(run.flow.positions(), 60)
    run.end(f"{rounds} edits during rebalances")
