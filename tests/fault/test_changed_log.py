"""The log is not the one that was read: deleted and made anew, damaged, or to be read anew because a person wants that."""

import itertools

import pytest

from harness import events, kcat, waits
from harness.fault_run import QUICK_SESSION
from harness.flow import Flow

ANEW = "deleted and made anew"
_numbers = itertools.count(1)


@pytest.fixture
def flow(kafka, db):
    """A topic with 20 events in partition 0, and a connector of its own: one group with other tests would wait for their members
    to time out."""
    name = f"changed{next(_numbers)}"
    topic = f"{name}.public.orders"
    kcat.produce(kafka.bootstrap, topic, 0, events.inserts(20))
    return Flow(kafka.bootstrap, topic, db, connector=name, partitions=kafka.PARTITIONS)


@pytest.fixture
def settings(sink, flow):
    return {**sink(topics=flow.topic), **QUICK_SESSION}


@pytest.fixture
def host(kafka, hosts, flow, settings):
    host = hosts(kafka.bootstrap)
    host.connector(flow.connector, settings)
    return host


def test_e15_a_topic_that_was_made_anew_while_sluice_was_away_stops_the_task_before_anything_is_written(kafka, host, flow):
    host.start()
    flow.wait_written()
    host.stop()
    kafka.make_topic_anew(flow.topic, events.inserts(60, first=1000))
    host.start()
    host.wait_failed(flow.connector, f"{flow.topic}-0", ANEW)
    assert flow.rows() == 20


def test_a_topic_that_was_made_anew_under_a_frozen_process_and_grew_past_its_position_stops_the_task(kafka, host, flow, settings):
    # It must not lose its membership, since a claim would see it, too.
    host.connector(flow.connector, {**settings, "consumer.override.session.timeout.ms": 60000})
    host.start()
    flow.wait_written()
    host.process.freeze()
    kafka.make_topic_anew(flow.topic, events.inserts(60, first=1000))
    host.process.thaw()
    # Topic ids are compared every 30 s.
    host.wait_failed(flow.connector, flow.topic, ANEW, "while it was read", seconds=40)


def test_a_damaged_batch_stops_the_task_at_its_offset_and_other_partitions_go_on_until_then(kafka, host, flow):
    kcat.produce(kafka.bootstrap, flow.topic, 0, events.inserts(20, first=21))
    damaged = 29  # offsets begin at 0, orders at 1
    file = kafka.segment(flow.topic, 0)
    at = file.read_bytes().index(b'"order_id": 30,') + len('"order_id": ')
    with file.open("r+b") as log:
        log.seek(at)
        log.write(b"9")

    host.start()
    host.wait_condition(flow.connector, f"{flow.topic}-0", "readable")
    kcat.produce(kafka.bootstrap, flow.topic, 1, events.inserts(10, first=101))
    waits.until("the other partition is written", lambda: flow.positions()[1] == 10, 15)
    assert host.task(flow.connector)["state"] == "RUNNING"

    trace = host.wait_failed(flow.connector, f"{flow.topic}-0", "cannot be read", seconds=30)
    position = flow.positions()[0]
    assert 20 <= position <= damaged and f"from offset {position} on" in trace, (position, trace)
    assert flow.rows() == position + 10


def test_a_position_that_is_reset_as_the_readme_says_begins_the_topic_anew(kafka, host, flow):
    host.start()
    flow.wait_written()
    host.stop_connector(flow.connector)
    flow.db.sql("DELETE FROM sluice.sink_offsets WHERE connector = %s AND topic = %s", flow.connector, flow.topic)
    kafka.tool("consumer.group.ConsumerGroupCommand", "--group", f"connect-{flow.connector}", "--topic", flow.topic,
               "--delete-offsets")
    flow.db.sql("TRUNCATE orders_ledger")
    host.resume(flow.connector)
    flow.wait_written()
    assert flow.rows() == 20
    flow.assert_exactly_once("begun anew")
