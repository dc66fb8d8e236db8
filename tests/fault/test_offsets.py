"""Offsets set over REST, on the real broker: by number, by time, to an end, and reset. Each time the records that come are exactly
those behind the position, and the group shows the same."""

import contextlib
import http.client
import threading
import time

import pytest

from harness import events, kcat, waits

COUNT = 30
# Each partition has two rounds of records. In partition 0 the record that made the topic is before them, which is no row.
ENDS = {0: 2 * COUNT + 1, 1: 2 * COUNT, 2: 2 * COUNT, 3: 2 * COUNT}


@pytest.fixture
def host(kafka, run, hosts, orders):
    """Two rounds of records with a pause between, which `run.between` is the time of, in milliseconds; all of them are written."""
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    for partition in range(kafka.PARTITIONS):
        kcat.produce(kafka.bootstrap, run.flow.topic, partition, events.inserts(COUNT, first=1 + 1000 * partition))
    time.sleep(0.05)
    run.between = int(time.time() * 1000)
    time.sleep(0.05)
    for partition in range(kafka.PARTITIONS):
        kcat.produce(kafka.bootstrap, run.flow.topic, partition, events.inserts(COUNT, first=501 + 1000 * partition))
    run.flow.wait_written()
    host.stop_connector("orders")
    return host


def edit(topic, partition, offset):
    return {"partition": {"kafka_topic": topic, "kafka_partition": partition}, "offset": offset}


def patch(host, *edits):
    return host.rest.ask("PATCH", "/connectors/orders/offsets", {"offsets": list(edits)})


def shown(host):
    answer = host.rest.get("/connectors/orders/offsets")
    assert answer.status == 200, answer
    return {at["partition"]["kafka_partition"]: at["offset"]["kafka_offset"] for at in answer.body["offsets"]}


def places(flow):
    """How often each record is in the table."""
    return dict(((partition, offset), count) for partition, offset, count in flow.db.sql(
        f"SELECT kafka_partition, kafka_offset, count(*) FROM {flow.table} GROUP BY 1, 2"))


def written_again(host, flow):
    """Starts the connector and answers from where each partition was written once more."""
    host.resume("orders")
    host.wait_running("orders")
    flow.wait_written()
    again = {}
    for (partition, offset), count in sorted(places(flow).items()):
        assert count in (1, 2), (partition, offset, count)
        if count == 2:
            again.setdefault(partition, offset)
        else:
            assert partition not in again, f"{partition}@{offset} was skipped"
    return again


def test_by_number_time_and_end_exactly_the_records_behind_the_position_come_again(kafka, host, run):
    topic = run.flow.topic
    assert shown(host) == ENDS
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(run.between // 1000)) + f".{run.between % 1000:03}Z"
    wanted = {0: ({"kafka_offset": 7}, 7), 1: ({"timestamp": run.between}, COUNT), 2: ({"timestamp": iso}, COUNT), 3: ("earliest", 0)}
    answer = patch(host, *(edit(topic, partition, offset) for partition, (offset, _) in wanted.items()))
    assert answer.status == 200 and answer.body["message"] == "The offsets for this connector have been altered successfully", answer
    expected = {partition: number for partition, (_, number) in wanted.items()}
    assert shown(host) == expected
    assert run.flow.positions() == expected
    assert kafka.group_offsets("connect-orders", topic) == expected
    assert written_again(host, run.flow) == expected
    events_kept = run.flow.db.sql("SELECT partition, detail FROM sluice.sink_events WHERE kind = 'alter' ORDER BY partition")
    assert [(p, d["from"], d["to"]) for p, d in events_kept] == [(p, ENDS[p], expected[p]) for p in sorted(expected)]


def test_latest_and_a_time_after_all_records_skip_to_the_end_and_other_partitions_stay(host, run):
    topic = run.flow.topic
    assert patch(host, edit(topic, 0, {"kafka_offset": 5}), edit(topic, 1, {"kafka_offset": 5}), edit(topic, 2, {"kafka_offset": 50})).status == 200
    assert patch(host, edit(topic, 0, "latest"), edit(topic, 1, {"timestamp": run.between + 10**9})).status == 200
    assert shown(host) == {**ENDS, 2: 50}
    assert written_again(host, run.flow) == {2: 50}


def test_g4c_a_reset_partition_is_unset_and_begins_where_a_new_one_would(kafka, host, run):
    topic = run.flow.topic
    assert patch(host, edit(topic, 1, None)).status == 200
    assert 1 not in shown(host) and run.flow.positions()[1] is None
    assert kafka.group_offsets("connect-orders", topic) == {p: end for p, end in ENDS.items() if p != 1}
    assert written_again(host, run.flow) == {1: 0}


def test_a_full_reset_begins_anew_and_may_be_repeated(kafka, host, run):
    for _ in range(2):
        answer = host.rest.delete("/connectors/orders/offsets")
        assert answer.status == 200 and answer.body["message"] == "The offsets for this connector have been reset successfully", answer
        assert shown(host) == {}
    assert kafka.group_offsets("connect-orders", run.flow.topic) == {}
    assert written_again(host, run.flow) == {0: 1, 1: 0, 2: 0, 3: 0}


def test_one_bad_partition_and_nothing_is_altered(host, run):
    topic, before = run.flow.topic, shown(host)
    for bad, words in [(edit(topic, 99, {"kafka_offset": 0}), "has no partition 99"), (edit(topic, 1, {"kafka_offset": 61}), "is outside of"),
                       (edit("elsewhere", 0, {"kafka_offset": 0}), "does not consume the topic elsewhere")]:
        answer = patch(host, edit(topic, 0, {"kafka_offset": 3}), bad)
        assert answer.status == 400 and words in answer.body["message"], answer
        assert shown(host) == before == ENDS
    host.resume("orders")
    host.wait_running("orders")
    answer = patch(host, edit(topic, 0, {"kafka_offset": 3}))
    assert answer.status == 400 and "must be in the STOPPED state" in answer.body["message"], answer


def test_a_member_elsewhere_is_waited_for_and_then_named(kafka, host, run, hosts, orders, folder):
    """Stopped here, but another host runs the connector: changing its offsets would take them from under it."""
    other = hosts(kafka.bootstrap, worker="w2", connectors=folder / "other")
    other.connector("orders", orders)
    other.start()
    other.wait_running("orders")
    host.rest.timeout = 30
    answer = patch(host, edit(run.flow.topic, 0, {"kafka_offset": 3}))
    assert answer.status == 500 and "which still has members: stop the connector on every host that runs it" in answer.body["message"], answer
    assert run.flow.positions() == ENDS
    other.kill9()
    answer = patch(host, edit(run.flow.topic, 0, {"kafka_offset": 3}))  # once the broker has given up on that member
    assert answer.status == 200, answer
    assert written_again(host, run.flow) == {0: 3}


def test_whoever_was_frozen_with_the_old_position_is_fenced(kafka, host, run, hosts, orders, folder):
    host.resume("orders")
    host.wait_running("orders")
    host.process.freeze()
    other = hosts(kafka.bootstrap, worker="w2", connectors=folder / "other")
    other.connector("orders", orders)
    other.start()
    other.wait_running("orders", seconds=30)
    other.stop_connector("orders")
    other.rest.timeout = 30
    assert patch(other, edit(run.flow.topic, 0, {"kafka_offset": 10})).status == 200
    host.process.thaw()
    run.flow.wait_written()
    counts = places(run.flow)
    assert all(counts[(0, offset)] == (2 if offset >= 10 else 1) for offset in range(1, ENDS[0])), counts


def test_killed_in_the_middle_the_positions_are_all_old_or_all_new(host, run):
    topic = run.flow.topic
    new = dict.fromkeys(ENDS, 20)
    for delay in (0.0, 0.01, 0.02, 0.04, 0.08, None):
        asked = threading.Thread(target=_patch_quietly, args=(host, [edit(topic, p, {"kafka_offset": 20}) for p in range(4)]))
        asked.start()
        if delay is None:
            asked.join()
        else:
            time.sleep(delay)
        host.kill9()
        asked.join()
        positions = run.flow.positions()
        assert positions in ((new,) if delay is None else (ENDS, new)), positions
        host.start()
        waits.until("it is read again", lambda: host.rest.get("/connectors/orders/status").status == 200, 10)
        assert patch(host, *(edit(topic, p, {"kafka_offset": end}) for p, end in ENDS.items())).status == 200
    assert patch(host, edit(topic, 0, {"kafka_offset": 20})).status == 200
    assert written_again(host, run.flow) == {0: 20}


def _patch_quietly(host, edits):
    with contextlib.suppress(OSError, http.client.HTTPException):
        patch(host, *edits)
