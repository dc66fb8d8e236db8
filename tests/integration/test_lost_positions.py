"""The warehouse has lost its positions: the task stops, instead of beginning anew or in the middle."""

import pytest

from harness import events, kcat, paths, waits

TOPIC = "dbserver1.public.orders"
LOST = "the sink has no position for it, but the consumer group's commit says"


@pytest.fixture
def host(mock, hosts, sink, flow):
    """Its connector has written 20 events and was stopped, which is when it commits to Kafka for sure."""
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    write(flow, 1, 20)
    host.start()
    flow.wait_written()
    host.stop_connector("orders")
    return host


def write(flow, first, count=10):
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(count, first))


def test_a_warehouse_that_was_made_anew_is_not_begun_in_the_middle(host, flow):
    flow.db.sql("DROP SCHEMA sluice CASCADE")
    flow.db.sql("TRUNCATE orders_ledger")
    write(flow, 21)
    host.resume("orders")
    host.wait_failed("orders", f"{TOPIC}-0", LOST)
    assert flow.rows() == 0


def test_positions_that_are_dropped_under_a_running_task_stop_it_however_often_it_restarts(host, flow):
    host.resume("orders")
    host.wait_running("orders")
    waits.until("it has claimed its partitions again", lambda: host.log().count(f"claimed {TOPIC}-3") == 2, 20 * paths.SLOWNESS)
    flow.db.sql("DROP TABLE sluice.sink_offsets")
    write(flow, 21)
    host.wait_failed("orders", f"{TOPIC}-0", LOST)
    assert flow.rows() == 20

    assert host.rest.post("/connectors/orders/tasks/0/restart").status == 204
    waits.until("it has failed once more", lambda: host.log().count("FAILED: ") == 2, 20 * paths.SLOWNESS)
    host.wait_failed("orders", f"{TOPIC}-0", LOST)
    assert flow.rows() == 20
