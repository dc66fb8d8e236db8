"""Every request of data/rest-oracle.jsonl is sent to the real program, with its precondition really made, and the answer is held
against what Kafka Connect 4.1.1 answered. Where sluice answers otherwise on purpose, DEVIATIONS or the recording itself says so."""

import json
import urllib.parse

import pytest

from harness import kcat, ledger, oracle, paths, sluice, waits

STRINGS = oracle.SETTINGS
RECORDS = {"restprobe-a": {0: 5, 1: 5}, "restprobe-b": {0: 3}}

# Case -> (why, where the answer differs). Rows D are those of host/rest/README.md; what the recording itself marks with `sluice`
# is not repeated here. A difference that is not here is an error, and so is an entry that does not occur.
_TWICE = ("D18: one line an error", (".message: ", "contains the following 1 error"))
_VERSION = ("the plugin's version is another", (".message: ", "available versions: [0.1.0]"))
_FILE = (".configs.file.definition.required: False, now True",)
_GROUPS = (".groups: ",)
_VALIDATED = ("D26, D27: sluice's own groups; its file sink needs `file`", _GROUPS, _FILE)
_ALL_FAILED = ("D12: a connector whose tasks have all failed has failed", (".connector.state: 'RUNNING', now 'FAILED'",))
DEVIATIONS = {
    "unknown-path-metrics": ("metrics are text, as Prometheus reads it", ("Content-Type is text/plain; version=0.0.4; charset=utf-8",)),
    "create-class-empty": ("D7: no install paths; always the same beginning",
                           (".message: ", "now 'Failed to find any class that implements Connector and which name matches , available connectors are: ")),
    "create-no-topics": _TWICE,
    "create-topics-and-regex": _TWICE,
    "run-patch-remove-topics": _TWICE,
    "create-tasks-max-abc": _TWICE,
    "create-topics-regex-bad": ("another engine of regular expressions", (".message: ", "for configuration topics.regex: Invalid regex: ")),
    "create-converter-config-bad": ("the full key always", (".message: ", "now ", "configuration value.converter.schemas.enable: Expected")),
    "create-transform-duplicate": ("the value as it was sent", (".message: ", "Invalid value a,a for configuration transforms: Duplicate alias provided.")),
    "create-transform-option-missing": ("D18", (".message: ", "contains the following 2 error")),
    "create-group-id-of-worker": ("D28: there is no worker group", ("status 400, now 201",), ("Location ",), (": ",)),
    "create-duplicate-key": ("D20: a key stands twice", (".message: ", "a key stands twice in one object")),
    "create-then-get": ("sluice is further on: its task is there", (".tasks: 0 items, now 1",)),
    "plugins-config-alias": ("D27", (".file.required: ",)),
    "plugins-config-full": ("D27", (".file.required: ",)),
    "plugins-config-simple": ("D27", (".file.required: ",)),
    "plugins-config-version-latest": ("D27", (".file.required: ",)),
    "plugins-config-version-ok": ("the plugin's version is another", ("status 200, now 400",), (": ",)),
    "plugins-config-version-absent": _VERSION,
    "plugins-config-password-plugin": ("another plugin's settings", (".connection.url.",), (".connection.password.",)),
    "validate-jdbc-password": ("another plugin's settings", _GROUPS, (".name: ",), (".error_count: ",), (".configs.connection.",)),
    "validate-jdbc-missing": ("another plugin's settings", _GROUPS, (".name: ",), (".error_count: 1, now 2",)),
    "validate-only-class-topics": ("D26, D27", _GROUPS, (".error_count: 1, now 2",)),
    "validate-provider-unknown": ("D25, D26, D27", _GROUPS, _FILE, (".configs.file.value.errors: 0 items, now 1",), (".error_count: 0, now 1",)),
    "validate-override-ok": ("D26, D27; what an override takes is described without type",
                             _GROUPS, _FILE, (".configs.consumer.override.max.poll.records.definition.",)),
    "validate-large-1m": ("D26", _GROUPS),
    "validate-many-keys": ("D26", _GROUPS),
    **dict.fromkeys(["validate-ok", "validate-no-name", "validate-slash", "validate-two-errors", "validate-full-class", "validate-path-simple",
                     "validate-full-path-full-class", "validate-value-null", "validate-value-number", "validate-name-exists",
                     "validate-transforms", "validate-topics-both", "validate-no-topics", "validate-dlq"], _VALIDATED),
    **dict.fromkeys([f"stopped-offsets-patch-{case}-get" for case in ("same-partition-twice", "zero", "extra-partition-key", "extra-offset-key", "slash")],
                    ("D5: no offset of a foreign topic stays in the group", (".offsets: 3 items, now 2",))),
    "failed-offsets": ("the sink's own positions are shown from the claim on, also where nothing was written yet", (".offsets: 0 items",)),
    "failed-status": _ALL_FAILED,
    "failed-resume-status": _ALL_FAILED,
    "failed-start-status": _ALL_FAILED,
    "poison-two-tasks-status": ("D14: a bad record stays with its task", (".tasks[].state: 'FAILED', now 'RUNNING'",)),
}


def is_a_list_of_the_worker(case):
    """Which plugins and loggers there are, and which loggers changed, is the worker's own."""
    return case["path"].startswith(("/connector-plugins?", "/admin/loggers")) or case["id"] == "raw-semicolon"


class World:
    """A host and the connectors that the recording speaks of, brought into the state that a case wants."""

    def __init__(self, folder, bootstrap, db):
        self.db = db
        self.host = sluice.Sluice(folder, bootstrap, secrets_paths=[str(folder)])
        self.secrets = folder / "secrets.properties"
        self.secrets.write_text(f"password={db.password}\n")
        self.host.start()
        self.rest = self.host.rest
        # The mock broker knows of a member that has left only after its session, and an edit of offsets waits for that.
        self.rest.timeout = 30

    def names(self):
        return self.rest.get("/connectors").body

    def only(self, *kept):
        for name in self.names():
            if name not in kept:
                assert self.rest.delete("/connectors/" + urllib.parse.quote(name, safe="")).status == 204, name

    def config(self, name):
        if name == "restprobe-x" or name == "restprobe-m":
            return {"connector.class": "debezium-postgres-sink", "tasks.max": "2" if name == "restprobe-m" else "1",
                    "topics": "restprobe-bad", "connection.url": self.db.url, "connection.password": f"${{file:{self.secrets}:password}}",
                    "table.name": "orders_ledger"}
        return dict(STRINGS)

    def status(self, name):
        return self.rest.status(name)

    def exists(self, name, config=None):
        config = config or self.config(name)
        now = self.rest.get(f"/connectors/{name}/config")
        if now.status != 200 or now.body != {**config, "name": name}:
            assert self.rest.put(f"/connectors/{name}/config", config).status in (200, 201)

    def reaches(self, name, state, tasks):
        def reached():
            status = self.status(name)
            return status.get("connector", {}).get("state") == state and [task["state"] for task in status["tasks"]] == tasks
        waits.until(f"{name} is {state} with tasks {tasks}", reached, 20 * paths.SLOWNESS, every=0.02)

    def act(self, name, verb):
        assert self.rest.put(f"/connectors/{name}/{verb}").status in (202, 204)

    def running(self, name):
        self.only(name)
        self.exists(name)
        if self.status(name)["connector"]["state"] in ("PAUSED", "STOPPED"):
            self.act(name, "resume")
        self.reaches(name, "RUNNING", ["RUNNING"])

    def paused(self, name):
        self.running(name)
        self.act(name, "pause")
        self.reaches(name, "PAUSED", ["PAUSED"])

    def stopped(self, name):
        self.only(name)
        self.exists(name)
        self.act(name, "stop")
        self.reaches(name, "STOPPED", [])

    def failed(self, name="restprobe-x", config=None):
        self.only(name)
        self.exists(name, config)
        if self.status(name)["connector"]["state"] in ("PAUSED", "STOPPED"):
            self.act(name, "resume")
        self.reaches(name, "FAILED", ["FAILED"])

    def offsets(self, name, *offsets):
        """Stopped, at these offsets of restprobe-a."""
        self.stopped(name)
        wanted = [{"partition": {"kafka_topic": "restprobe-a", "kafka_partition": n}, "offset": {"kafka_offset": offset}}
                  for n, offset in enumerate(offsets)]
        assert self.rest.ask("PATCH", f"/connectors/{name}/offsets", {"offsets": wanted}).status == 200

    def has_offsets(self, name, *offsets):
        def there():
            found = self.rest.get(f"/connectors/{name}/offsets").body["offsets"]
            return sorted((at["partition"]["kafka_partition"], at["offset"]["kafka_offset"]) for at in found) == list(enumerate(offsets))
        waits.until(f"{name} is at {offsets}", there, 20 * paths.SLOWNESS)

    def give(self, case):
        """Makes what the case says was there before."""
        given = " & ".join(case["precondition"])
        name = given.split(":")[0].split(" ")[0]
        if given == "no connector exists":
            self.only()
        elif given == "restprobe.logger is INFO already":
            assert self.rest.put("/admin/loggers/restprobe.logger", {"level": "INFO"}).status == 200
        elif given in ("POST /connectors answered 201 for restprobe-c an instant ago", "restprobe-c exists", "restprobe-c RUNNING"):
            self.only("restprobe-c")
            self.exists("restprobe-c")
        elif given in ("DELETE answered 204 an instant ago", "restprobe-c was deleted an instant ago", "restprobe-c does not exist"):
            self.exists("restprobe-c")
            self.only()
        elif given == "a connector named restprobe/slash exists":
            self.only()
            self.rest.put("/connectors/restprobe%2Fslash/config", STRINGS)
        elif given == "created with initial_state stopped, settled":
            self.only()
            self.rest.post("/connectors", {"name": "restprobe-c", "config": STRINGS, "initial_state": "stopped"})
        elif given.startswith("restprobe-r RUNNING"):
            self.running("restprobe-r")
            assert self.rest.put("/connectors/restprobe-r/topics/reset").status == 202
            if "/offsets" in case["path"]:
                self.has_offsets("restprobe-r", 5, 5)
        elif given == "restprobe-r: PUT config added key x=1 an instant ago":
            self.running(name)
            self.exists(name, {**STRINGS, "x": "1"})
        elif given == "restprobe-r: PATCH config with name=restprobe-other answered 200":
            self.running(name)
            assert self.rest.ask("PATCH", f"/connectors/{name}/config", {"name": "restprobe-other"}).status == 400  # D5
        elif given.startswith("restprobe-s RUNNING"):
            self.running(name)
        elif given == "restprobe-s PAUSED" or given == "restprobe-p PAUSED":
            self.paused(name)
        elif given.startswith("restprobe-s PAUSED, POST restart"):
            self.paused(name)
            tasks = "?includeTasks=true" if "includeTasks" in given else ""
            assert self.rest.post(f"/connectors/{name}/restart{tasks}").status in (202, 204)
            self.reaches(name, "PAUSED", ["PAUSED"])
        elif given == "restprobe-s PAUSED, PUT config a second ago":
            self.paused(name)
            self.exists(name, {**STRINGS, "x": "1"})
            self.reaches(name, "PAUSED", ["PAUSED"])
        elif given == "restprobe-s: PUT topics/reset a moment ago, no new records":
            self.running(name)
            assert self.rest.put(f"/connectors/{name}/topics/reset").status == 202
        elif given == "restprobe-s: PUT stop answered an instant ago":
            self.running(name)
            self.act(name, "stop")
        elif given.startswith("restprobe-s STOPPED then PUT pause"):
            self.stopped(name)
            self.act(name, "pause")
        elif given.startswith("restprobe-s STOPPED, POST restart"):
            self.stopped(name)
            assert self.rest.post(f"/connectors/{name}/restart").status == 204
        elif ", then the request of case " in given:
            self.offsets(name, 5, 5)
            before = next(other for other in oracle.cases() if other["id"] == given.rsplit(" ", 1)[1])
            oracle.send(self.host.port, before)
        elif given in ("restprobe-s STOPPED, no offsets", "restprobe-s STOPPED, offsets just deleted"):
            self.stopped(name)
            assert self.rest.delete(f"/connectors/{name}/offsets").status == 200
        elif given == "restprobe-s STOPPED, offsets set to 3 and 5":
            self.offsets(name, 3, 5)
        elif given == "restprobe-s resumed from 3 and 5, settled":
            self.offsets(name, 3, 5)
            self.running(name)
            self.has_offsets(name, 5, 5)
        elif given.startswith("restprobe-s STOPPED"):
            self.offsets(name, 5, 5) if "/offsets" in case["path"] else self.stopped(name)
        elif given.startswith("restprobe-p deleted"):
            self.stopped(name)
            self.only()
        elif given == "restprobe-x: the task's start() throws":
            self.failed(name, {**STRINGS, "file": "/nonexistent/x"})
        elif given.startswith("restprobe-x"):
            self.failed(name)
            if given.endswith("then PUT pause") or given.endswith("then pause and resume"):
                self.act(name, "pause")
            if given.endswith("pause and resume"):
                self.act(name, "resume")
            if given.endswith("then PUT stop"):
                self.act(name, "stop")
                self.reaches(name, "STOPPED", [])
        elif given.startswith("restprobe-m"):
            self.only()
            self.exists(name)
            waits.until("one task has failed", lambda: "FAILED" in [task["state"] for task in self.status(name).get("tasks", [])], 20 * paths.SLOWNESS)
        else:
            raise AssertionError(f"nobody makes this precondition: {given}")


@pytest.fixture(scope="module")
def world(kafka, postgres_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracle")
    folder.chmod(0o755)
    db = postgres_server.create_database()
    ledger.create(db)
    kafka.tool("TopicCommand", "--create", "--topic", "restprobe-a", "--partitions", "2")
    for topic, partitions in RECORDS.items():
        for partition, count in partitions.items():
            kcat.produce(kafka.bootstrap, topic, partition, [(None, f"{{\"n\":{n}}}") for n in range(count)])
    kcat.produce(kafka.bootstrap, "restprobe-bad", 0, [(None, "this is not JSON")])
    made = World(folder, kafka.bootstrap, db)
    yield made
    made.only()
    made.host.stop(seconds=10)
    db.drop()


def problems_of(case, answer):
    """What differs from the recording, as texts."""
    on_purpose = case.get("sluice", {})
    found = []
    status = on_purpose.get("status", case["status"])
    if answer.status != status:
        found.append(f"status {status}, now {answer.status}")
    if answer.text and answer.headers.get("Content-Type") != "application/json":
        found.append(f"Content-Type is {answer.headers.get('Content-Type')}")
    if answer.status in (202, 204) and answer.text and not case["body"]:
        found.append(f"a body: {answer.text}")
    if not on_purpose and answer.headers.get("Location") != case["headers"].get("Location"):
        found.append(f"Location {case['headers'].get('Location')}, now {answer.headers.get('Location')}")
    if "Allow" in case["headers"] and set(case["headers"]["Allow"].split(",")) != set(answer.headers.get("Allow", "").split(",")):
        found.append(f"Allow {case['headers']['Allow']}, now {answer.headers.get('Allow')}")
    if case["method"] == "HEAD":
        return found
    if answer.status >= 400:
        error = json.loads(answer.text)
        if set(error) != {"error_code", "message"} or error["error_code"] != answer.status:
            found.append(f"no error body: {error}")
    if on_purpose or case["status"] >= 500 or not case["body"].startswith(("{", "[")) or case["id"] == "raw-keepalive-two":
        return found
    recorded, got = json.loads(case["body"]), json.loads(answer.text)
    if is_a_list_of_the_worker(case) and answer.status == 200:
        return found + ([] if isinstance(got, type(recorded)) else ["another kind of JSON"])
    return found + oracle.differences(recorded, got)


def complaint_of(case, found):
    """Nothing, if every difference is one of those that are named, and every one that is named is there."""
    why, *places = DEVIATIONS.get(case["id"], ("nothing differs",))
    unnamed = [text for text in found if not any(text.startswith(place[0]) and all(part in text for part in place[1:]) for place in places)]
    if unnamed:
        return f"{case['id']}: {unnamed}"
    missing = [place for place in places if not any(text.startswith(place[0]) for text in found)]
    return f"{case['id']}: no longer a deviation ({why}): {missing}; found {found}" if missing else None


def test_every_recorded_request_is_answered_as_connect_did_or_as_the_deviations_say(world):
    # One test, so that runs at once share one host and one broker.
    complaints = []
    for case in oracle.cases():
        try:
            world.give(case)
            complaints.append(complaint_of(case, problems_of(case, oracle.send(world.host.port, case))))
        except (AssertionError, OSError, ValueError) as error:
            complaints.append(f"{case['id']}: {error!r}")
    wrong = [complaint for complaint in complaints if complaint]
    assert not wrong, f"{len(wrong)} of {len(complaints)} cases:\n" + "\n".join(wrong)


def test_the_recording_is_whole_and_the_deviations_are_of_it():
    known = {case["id"] for case in oracle.cases()}
    assert len(known) == 386
    assert DEVIATIONS.keys() <= known
