"""What REST does to a running connector, seen by what arrives in the table."""

import os
import re
import time

import pytest

from harness import events, kcat, load, paths, sluice, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"


@pytest.fixture
def host(mock, hosts, sink):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    host.wait_running("orders")
    return host


def write(flow, first, count=20):
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(count, first))


def test_a_paused_connector_writes_nothing_and_a_resumed_one_goes_on(host, flow):
    write(flow, 1)
    flow.wait_written()
    assert host.rest.put("/connectors/orders/pause").status == 202
    host.wait_for_task("orders", "is paused", lambda task: task["state"] == "PAUSED", 10)
    write(flow, 21)
    waits.holds("nothing is written while paused", lambda: flow.rows() == 20, 1.5)
    assert host.rest.put("/connectors/orders/resume").status == 202
    flow.wait_written()
    host.wait_running("orders")
    flow.assert_exactly_once("pause")


def test_a_stopped_connector_has_no_tasks_and_a_resumed_one_goes_on(host, flow):
    write(flow, 1)
    flow.wait_written()
    assert host.rest.put("/connectors/orders/stop").status == 204
    waits.until("no task is left", lambda: host.rest.status("orders").get("tasks") == [], 15)
    assert host.rest.status("orders")["connector"]["state"] == "STOPPED"
    write(flow, 21)
    waits.holds("nothing is written while stopped", lambda: flow.rows() == 20, 1)
    assert host.rest.put("/connectors/orders/resume").status == 202
    flow.wait_written(40)
    host.wait_running("orders")
    flow.assert_exactly_once("stop")


def test_restarts_amid_writing_lose_and_double_nothing(host, flow, folder, seed):
    def claims():
        """Of each partition the offsets at which the task, started anew, went on."""
        found = re.findall(rf"claimed {re.escape(TOPIC)}-(\d+) at offset (\d+)", host.log())
        return [[int(offset) for partition, offset in found if int(partition) == n] for n in range(flow.partitions)]

    flow.wait_claimed()
    running = load.Load(folder, flow.bootstrap, TOPIC, rate=300, seed=seed)
    for n in range(3):
        flow.wait_advanced(flow.positions())
        before = claims()
        path = "restart?includeTasks=true" if n % 2 else "tasks/0/restart"
        assert host.rest.post(f"/connectors/orders/{path}").status in (202, 204)
        waits.until(f"restart {n + 1} has claimed all partitions anew",
                    lambda: all(len(now) > len(then) for now, then in zip(claims(), before)), 20 * paths.SLOWNESS)
    flow.wait_advanced(flow.positions())
    running.stop()
    flow.wait_written(40)
    assert all(offsets == sorted(offsets) and offsets[-1] > 0 for offsets in claims()), claims()
    host.wait_running("orders")
    flow.assert_exactly_once("restarts")


def test_connectors_are_listed_created_and_deleted(host, flow, sink):
    assert host.rest.get("/connectors").body == ["orders"]
    assert host.rest.get("/connectors/orders").body["config"]["connector.class"] == "debezium-postgres-sink"
    assert {plugin["class"] for plugin in host.rest.get("/connector-plugins").body} >= {"debezium-postgres-sink", "example-file-sink"}
    flow.db.sql("CREATE TABLE another (LIKE orders_ledger INCLUDING ALL)")

    created = host.rest.post("/connectors", {"name": "second", "config": sluice.flat(sink(table_name="another"))})
    assert created.status == 201, created
    host.wait_running("second")
    write(flow, 1)
    second = Flow(flow.bootstrap, TOPIC, flow.db, "second", "another")
    second.wait_written()
    second.assert_exactly_once("created over REST")

    assert host.rest.delete("/connectors/second").status == 204
    assert host.rest.get("/connectors/second/status").status == 404
    # One that a file declares comes back with the next start, so REST refuses to delete it and names the file.
    refused = host.rest.delete("/connectors/orders")
    assert refused.status == 409 and "orders.yaml" in refused.text, refused


def test_the_root_and_health_answer(host):
    assert host.rest.get("/health").body["status"] == "healthy"
    root = host.rest.get("/")
    assert root.status == 200 and set(root.body) == {"version", "commit", "kafka_cluster_id"}, root


def test_a_plugin_that_hangs_turns_readiness_red_while_rest_answers(mock, hosts, folder):
    # A pipe that nobody empties takes 64 KiB; then the sink's put() hangs, and it knows no interrupt().
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    read = 0

    def emptied():
        nonlocal read
        try:
            read += len(os.read(end, 1 << 20))
        except BlockingIOError:
            pass
        # All lines, or what is left of them would hang once more.
        return read >= 200 * 1001 and host.rest.get("/health/ready").status == 200

    host = hosts(mock.bootstrap)
    host.connector("hangs", {"connector.class": "example-file-sink", "topics": TOPIC, "file": str(pipe), "put.timeout.ms": "500ms"})
    host.start()
    assert host.rest.get("/health/ready").status == 200
    kcat.produce(mock.bootstrap, TOPIC, 0, [(None, "x" * 1000)] * 200)
    waits.until("readiness is red", lambda: host.rest.get("/health/ready").status == 503, 20 * paths.SLOWNESS)
    started = time.monotonic()
    assert host.rest.get("/health").status == 200
    assert host.rest.get("/connectors/hangs/status").body["connector"]["state"] == "RUNNING"
    assert time.monotonic() - started < 0.2 * paths.SLOWNESS
    waits.until("readiness is green again", emptied, 20 * paths.SLOWNESS)
    host.stop()
    os.close(end)
