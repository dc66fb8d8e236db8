"""`sluice status` and `sluice connectors` against a host that runs."""

import json

import pytest

from harness import events, kcat, paths, ports, processes, sanitizers, sluice, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"


@pytest.fixture
def host(flow, hosts, sink):
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(12))
    made = hosts(flow.bootstrap)
    made.connector("orders", sink())
    made.start()
    flow.wait_written()
    return made


def ask(host, *words, code=0):
    done = processes.run([paths.SLUICE, *words, "--url", f"http://127.0.0.1:{host.port}"], seconds=30 * paths.SLOWNESS)
    sanitizers.assert_no_report(done.stdout + done.stderr, " ".join(words))
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stdout + done.stderr


def test_status_is_a_table_with_a_line_a_connector(host):
    def shown():
        lines = ask(host, "status").splitlines()
        return lines if "RUNNING" in lines[-1] and lines[-1].split()[4] == "0" else None
    lines = waits.until("the connector is seen at work", shown, 10)
    assert lines[0].startswith("w1  sluice ")
    assert lines[1].split()[:6] == ["CONNECTOR", "STATE", "TASKS", "RECORDS/S", "LAG", "LATENCY"]
    assert lines[2].split()[:3] == ["orders", "RUNNING", "1/1"]
    seen = json.loads(ask(host, "status", "--json"))
    assert [one["name"] for one in seen["connectors"]] == ["orders"]


def test_status_ends_with_1_and_the_reason_where_a_task_has_failed(host):
    kcat.produce(host.settings["kafka.bootstrap.servers"], TOPIC, 0, [('{"order_id": 1}', "this is no event")])
    host.wait_failed("orders")
    waits.until("it is shown", lambda: "FAILED" in ask(host, "status", code=1), 10)
    assert f"{TOPIC}-0@12" in ask(host, "status", code=1)


def test_a_connector_is_stopped_set_back_resumed_and_removed(kafka, db, hosts, sink):
    """On a real broker: the mock cluster takes no offsets of a group whose member has left."""
    topic = f"remote.{db.name}"
    kafka.create_topic(topic)
    kcat.produce(kafka.bootstrap, topic, 1, events.inserts(12))
    host = hosts(kafka.bootstrap)
    name = f"orders-{db.name}"
    flow = Flow(kafka.bootstrap, topic, db, name)
    host.connector(name, sink(topics=topic))
    host.start()
    flow.wait_written()
    assert "pause is under way" in ask(host, "connectors", "pause", name)
    waits.until("it is paused", lambda: host.rest.status(name)["connector"]["state"] == "PAUSED", 10)
    ask(host, "connectors", "stop", name)
    waits.until("no task is left", lambda: host.rest.status(name)["tasks"] == [], 20)
    assert f"{topic}-1  12" in ask(host, "connectors", "offsets", name).splitlines()
    assert f"{topic}-1  0" in ask(host, "connectors", "offsets", name, "--to", "earliest").splitlines()
    ask(host, "connectors", "resume", name)
    flow.wait_written()
    assert flow.rows() == 24  # a history has them twice, as was asked for
    ask(host, "connectors", "restart", name)
    host.wait_running(name)
    # Its file is the truth.
    assert f"{name}.yaml" in ask(host, "connectors", "delete", name, code=1)


def test_a_connector_is_made_of_a_file(host, folder, sink):
    file = folder / "another.yaml"
    file.write_text(sluice.yaml({"name": "another", **sink()}))
    assert ask(host, "connectors", "create", str(file)).endswith("another: created\n")
    host.wait_running("another")
    assert "already exists" in ask(host, "connectors", "create", str(file), code=1)
    ask(host, "connectors", "delete", "another")
    assert host.rest.get("/connectors/another").status == 404


def test_where_nobody_answers_one_sentence_says_so():
    done = processes.run([paths.SLUICE, "status", "--url", f"http://127.0.0.1:{ports.free()}"])
    assert done.returncode == 1
    assert done.stderr.startswith("sluice: no sluice answers at http://127.0.0.1:") and done.stderr.count("\n") == 1, done.stderr
    told = json.loads(processes.run([paths.SLUICE, "status", "--json", "--url", f"http://127.0.0.1:{ports.free()}"]).stdout)
    assert told["error"].startswith("no sluice answers at http://127.0.0.1:")


def test_what_a_command_has_done_is_told_as_json(host, folder, sink):
    file = folder / "another.yaml"
    file.write_text(sluice.yaml({"name": "another", **sink()}))
    assert json.loads(ask(host, "connectors", "create", str(file), "--json")) == {"connector": "another", "action": "create", "result": "done"}
    assert json.loads(ask(host, "connectors", "pause", "another", "--json")) == {"connector": "another", "action": "pause", "result": "accepted"}
    done = processes.run([paths.SLUICE, "connectors", "pause", "nobody", "--json", "--url", f"http://127.0.0.1:{host.port}"])
    assert done.returncode == 1 and "nobody" in json.loads(done.stdout)["error"]


def leaves(*words):
    """Every command that does something, found as the shells find it."""
    offered = processes.run([paths.SLUICE, "__complete", *words, ""], check=True).stdout.splitlines()[1:]
    commands = [line.split("\t")[0] for line in offered if not line.startswith("-")]
    listed = processes.run([paths.SLUICE, *words, "--help"], check=True).stdout
    if "SUBCOMMAND" not in listed:
        return [words]
    return [leaf for command in commands for leaf in leaves(*words, command)]


def test_every_command_that_prints_can_print_json():
    found = leaves()
    assert ("dlq", "replay") in found and ("connectors", "pause") in found, found
    without = [leaf for leaf in found if "--json" not in processes.run([paths.SLUICE, *leaf, "--help"], check=True).stdout]
    assert without == [("run",), ("completion",)]
    told = json.loads(processes.run([paths.SLUICE, "version", "--json"], check=True).stdout)
    assert set(told) == {"version", "plugin_abi", "librdkafka"}
    assert f"sluice {told['version']} " in processes.run([paths.SLUICE, "--version"], check=True).stdout


@pytest.mark.parametrize("words, says", [
    (["stats"], 'there is no command "stats"; did you mean "status"?'),
    (["connectors", "rsume"], 'sluice connectors: there is no command "rsume"; did you mean "resume"?'),
    ([], "a command is wanted: run, "),
    (["plan"], "connector is required"),
    (["completion", "tcsh"], "tcsh not in {bash,zsh,fish}")])
def test_a_line_that_is_not_understood_is_told_and_ends_with_2(words, says):
    done = processes.run([paths.SLUICE, *words])
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr
    assert "--help" in done.stderr.splitlines()[-1]


def test_the_log_is_read_from_afar_by_connector_and_level(host):
    waits.until("its claims are in it", lambda: ask(host, "logs").count("orders-0: claimed ") == 4, 10)
    line = next(json.loads(line) for line in ask(host, "logs", "--json", "--connector", "orders").splitlines() if "claimed" in line)
    assert (line["level"], line["logger"], line["connector"], line["task"], line["topic"]) == ("info", "sluice.task", "orders", 0, TOPIC)
    assert line["message"] == f"claimed {TOPIC}-{line['partition']} at offset {line['offset']}"
    assert ask(host, "logs", "--connector", "another") == ""
    kcat.produce(host.settings["kafka.bootstrap.servers"], TOPIC, 0, [('{"order_id": 1}', "this is no event")])
    host.wait_failed("orders")
    waits.until("the failure is in it", lambda: "orders-0: FAILED: " in ask(host, "logs", "--level", "error"), 10)
    assert "claimed" not in ask(host, "logs", "--level", "error")
    assert len(ask(host, "logs", "--lines", "3").splitlines()) == 3


def test_the_log_goes_on_where_somebody_follows_it(host, folder):
    followed = processes.Process("sluice logs", [paths.SLUICE, "logs", "--follow", "--url", f"http://127.0.0.1:{host.port}"], folder / "followed.log")
    try:
        waits.until("what was is shown", lambda: "claimed" in followed.text(), 10)
        ask(host, "connectors", "pause", "orders")
        waits.until("what comes is shown", lambda: "connector orders: paused" in followed.text(), 10)
        ask(host, "connectors", "resume", "orders")
        waits.until("so is what comes later", lambda: "connector orders: resumed" in followed.text(), 10)
        assert followed.text().count("connector orders: paused") == 1
        host.stop()
        host.start()
        waits.until("it goes on with the host's next life", lambda: followed.text().count(" runs as w1") == 2, 10)
    finally:
        followed.kill9()


def test_each_line_of_a_log_in_json_is_an_object_with_fields(flow, hosts, sink):
    kcat.produce(flow.bootstrap, TOPIC, 0, [('{"order_id": 1}', 'this is "no" event')])
    host = hosts(flow.bootstrap, log_format="json")
    host.connector("orders", sink())
    host.start()
    host.wait_failed("orders")
    host.stop()
    lines = [json.loads(line) for line in host.log().splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    failed = [line for line in lines if line["message"].startswith("FAILED: ")]
    assert [(line["level"], line["connector"], line["task"]) for line in failed] == [("error", "orders", 0)]
