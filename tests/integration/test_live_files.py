"""Connectors live in files: what people edit is in force at once, and what REST makes is there after the process."""

import os
import signal
import time

import pytest

from harness import events, kcat, paths, sluice, waits

TOPIC = "dbserver1.public.orders"


@pytest.fixture
def host(mock, hosts):
    host = hosts(mock.bootstrap)
    host.start()
    return host


def file_sink(folder, name, **more):
    return {"connector.class": "example-file-sink", "topics": TOPIC, "file": str(folder / f"{name}.txt"), **more}


def names(host):
    return sorted(host.rest.get("/connectors").body)


def test_a_file_added_edited_or_removed_is_in_force_within_two_seconds_and_touches_no_other(host, folder):
    host.connector("a", file_sink(folder, "a"))
    waits.until("a is there", lambda: names(host) == ["a"], 2 * paths.SLOWNESS)
    host.connector("b", file_sink(folder, "b"))
    waits.until("b is there", lambda: names(host) == ["a", "b"], 2 * paths.SLOWNESS)
    host.wait_running("a")
    host.connector("b", file_sink(folder, "b", **{"tasks.max": "2"}))
    waits.until("b has two tasks", lambda: len(host.rest.status("b")["tasks"]) == 2, 2 * paths.SLOWNESS)
    (host.connectors / "b.yaml").unlink()
    waits.until("b is gone", lambda: names(host) == ["a"], 2 * paths.SLOWNESS)
    assert host.log().count("connector a:") == 1, host.log()


def test_an_invalid_edit_changes_nothing_and_status_and_log_say_why(host, folder):
    host.connector("a", file_sink(folder, "a"))
    waits.until("a is there", lambda: names(host) == ["a"], 2 * paths.SLOWNESS)
    host.wait_running("a")
    host.connector("a", file_sink(folder, "a", fiel="x"))
    said = waits.until("the status says why", lambda: host.rest.status("a")["connector"].get("condition"), 2 * paths.SLOWNESS)
    assert 'a.yaml:5: unknown setting "fiel"; did you mean "file"?' in said, said
    assert said.removeprefix("blocked: the settings before the last change are in force, since ") in host.log()
    assert host.rest.status("a")["tasks"][0]["state"] == "RUNNING"
    assert "fiel" not in host.rest.get("/connectors/a/config").body
    # A restart cannot go back to what was before, so it shows the connector as failed.
    host.stop()
    host.start()
    assert host.rest.status("a")["connector"]["state"] == "FAILED"
    assert "did you mean" in host.rest.status("a")["connector"]["trace"]
    host.connector("a", file_sink(folder, "a"))
    host.wait_running("a")


def test_sighup_reads_the_files_at_once(host, folder):
    for number in range(1, 4):
        host.connector(f"c{number}", file_sink(folder, f"c{number}"))
        began = time.monotonic()
        os.kill(host.process.pid, signal.SIGHUP)
        waits.until("it is there", lambda: len(names(host)) == number, 2 * paths.SLOWNESS)
        # Looked at by itself a file has to stand still for half a second.
        assert time.monotonic() - began < 0.4 * paths.SLOWNESS
    assert host.running()


def test_connectors_made_over_rest_survive_kill_9_with_settings_state_and_topics(host, folder, flow):
    for name, state in [("runs", "RUNNING"), ("rests", "PAUSED"), ("stands / still", "STOPPED")]:
        created = host.rest.post("/connectors", {"name": name, "config": file_sink(folder, name[:4]), "initial_state": state})
        assert created.status == 201, created
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(20, 1))
    waits.until("the topic is known", lambda: host.rest.get("/connectors/runs/topics").body == {"runs": {"topics": [TOPIC]}},
                15 * paths.SLOWNESS)
    assert host.rest.put("/connectors/runs/resume").status == 202
    assert host.rest.put("/connectors/rests/config", file_sink(folder, "rest", **{"tasks.max": "2"})).status == 200
    before = host.rest.get("/connectors?expand=info").body
    host.kill9()
    host.start()
    after = host.rest.get("/connectors?expand=info").body
    assert {name: what["info"]["config"] for name, what in after.items()} == {name: what["info"]["config"] for name, what in before.items()}
    states = {name: host.rest.ask("GET", f"/connectors/{name.replace('/', '%2F').replace(' ', '%20')}/status").body["connector"]["state"]
              for name in after}
    assert states["rests"] == "PAUSED" and states["stands / still"] == "STOPPED", states
    host.wait_running("runs")
    assert host.rest.get("/connectors/runs/topics").body == {"runs": {"topics": [TOPIC]}}
    assert host.rest.put("/connectors/runs/topics/reset").status == 202
    assert host.rest.get("/connectors/runs/topics").body == {"runs": {"topics": []}}
    for name in ("runs", "rests", "stands%20%2F%20still"):
        assert host.rest.delete(f"/connectors/{name}").status == 204
    assert not list(host.connectors.iterdir())
    host.kill9()
    host.start()
    assert names(host) == []


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_half_made(host, folder):
    away = host.connectors.with_name("away")
    host.connectors.rename(away)
    refused = host.rest.post("/connectors", {"name": "a", "config": file_sink(folder, "a")})
    assert refused.status == 500 and "make the folder writable for sluice" in refused.body["message"], refused
    assert names(host) == []
    away.rename(host.connectors)
    assert host.rest.post("/connectors", {"name": "a", "config": file_sink(folder, "a")}).status == 201
