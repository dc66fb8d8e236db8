"""Topics are deleted, grown, cut and compacted: rows 30 to 32b and 34 of the catalogue."""

import json
import time

import pytest

from harness import events, kcat, scale, waits

pytestmark = pytest.mark.xdist_group("cluster")


def delete_records(cluster, folder, topic, ends):
    """Below these offsets, as retention would: {partition: offset}."""
    file = folder / "delete.json"
    file.write_text(json.dumps({"version": 1, "partitions": [{"topic": topic, "partition": p, "offset": at} for p, at in ends.items()]}))
    told = cluster.tool("DeleteRecordsCommand", "--offset-json-file", file)
    assert all(f"partition: {topic}-{p}\tlow_watermark: {at}" in told for p, at in ends.items()), told


def test_f30_a_topic_that_is_made_anew_under_a_running_task_stops_it(cluster, cluster_run, hosts):
    """The other variants, while it is stopped and while it is frozen and the topic grows past its position: test_changed_log.py."""
    rounds = scale.count(1, 50)
    for n in range(rounds):
        run = cluster_run.create(replicas=1)
        flow = run.flow
        kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(20))
        host = run.start(hosts)
        flow.wait_written()
        rows = flow.rows()
        cluster.delete(flow.topic)
        run.create(replicas=1)
        begun = time.monotonic()
        kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(60, first=1000))
        trace = host.wait_failed(run.name, flow.topic, "made anew", seconds=40)
        print(f"round {n}: after {time.monotonic() - begun:.1f} s: {trace}")
        # Where the client did not see the topic gone, it went on behind the old position until the topic's id was asked for: said, and no skip unseen.
        assert flow.rows() in (rows, rows + 60 - 20)
        host.stop()
        cluster.delete(flow.topic)
        flow.db.sql("DROP SCHEMA sluice CASCADE; TRUNCATE orders_ledger")


def test_f31_partitions_that_a_topic_gets_are_read_from_their_beginning(cluster, cluster_run, hosts):
    run, refresh = cluster_run.create(), scale.count(3, 60)
    host = run.start(hosts, **{"consumer.override.topic.metadata.refresh.interval.ms": refresh * 1000})
    run.begin(rate=300)
    begun = time.monotonic()
    cluster.grow(run.flow.topic, 12)
    run.flow.partitions = 12
    for partition in range(4, 12):
        kcat.produce(run.flow.bootstrap, run.flow.topic, partition, events.inserts(10, first=9_000_000 + 10 * partition))
    waits.until("the new partitions are written", lambda: all(run.flow.positions().get(p, 0) >= 10 for p in range(4, 12)), refresh + 20)
    took = time.monotonic() - begun
    print(f"4 to 12 partitions: all written after {took:.1f} s, with {refresh} s between two looks at the topic")
    assert took <= refresh + 10
    assert "FAILED" not in host.log()
    run.end("from 4 to 12 partitions")


def test_f32_records_that_retention_took_unread_stop_the_task_with_their_exact_range(cluster, cluster_run, hosts, folder):
    run = cluster_run.create(partitions=2, replicas=1)
    flow = run.flow
    flow.partitions = 2
    for partition in (0, 1):
        kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(20, first=1 + 1000 * partition))
    # It must not lose its membership while it is frozen: a claim is another way to notice.
    host = run.start(hosts, **{"consumer.override.session.timeout.ms": 60000})
    flow.wait_written()
    host.process.freeze()
    time.sleep(0.5)  # what it has asked for already is answered with nothing
    for partition in (0, 1):
        kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(30, first=101 + 1000 * partition))
    delete_records(cluster, folder, flow.topic, {0: 35})
    host.process.thaw()
    host.wait_failed(run.name, f"{flow.topic}-0: the records 20 to 34 were deleted by the topic's retention before they were written")
    host.stop_connector(run.name)
    at = flow.positions()[1]  # it may have gone on before the task stopped
    kcat.produce(flow.bootstrap, flow.topic, 1, events.inserts(30, first=1201))
    delete_records(cluster, folder, flow.topic, {1: at + 25})
    flow.db.sql("UPDATE sluice.sink_offsets SET next_offset = 35 WHERE partition = 0")  # a person has accepted that loss
    host.resume(run.name)
    host.wait_failed(run.name, f"{flow.topic}-1: the records {at} to {at + 24} were deleted by the topic's retention before they were written")


def test_f32b_retention_that_took_only_what_was_written_is_no_loss(cluster, cluster_run, hosts, folder):
    run, rounds = cluster_run.create(replicas=1), scale.count(1, 100)
    flow = run.flow
    host = run.start(hosts)
    rows = 0
    for _ in range(rounds):
        for partition in range(4):
            kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(20, first=1 + rows))
        flow.wait_written()
        host.stop_connector(run.name)
        at = flow.positions()
        # All of it; all but the record that was written last; some; nothing.
        delete_records(cluster, folder, flow.topic, {0: at[0], 1: at[1] - 1, 2: at[2] - 10})
        for partition in range(4):
            kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(10, first=11 + rows))
        host.resume(run.name)
        flow.wait_written()
        rows += 120
        assert flow.rows() == rows
        host.wait_running(run.name)
    assert "FAILED" not in host.log() and "were deleted" not in host.log()


def compacted(flow, partition, below):
    """Waits until of the partition's records fewer are left, and no fewer a moment later."""
    def fewer():
        left = [r.offset for r in kcat.dump(flow.bootstrap, flow.topic) if r.partition == partition]
        time.sleep(1)
        again = [r.offset for r in kcat.dump(flow.bootstrap, flow.topic) if r.partition == partition]
        assert left == again and len(left) < below, (len(left), len(again))
        return left
    return waits.until("the topic is compacted", fewer, 60, every=0.2)


def test_f34_the_gaps_of_a_compacted_topic_are_passed_and_counted(cluster, cluster_run, hosts):
    run = cluster_run.create(partitions=1, replicas=1, cleanup_policy="compact", min_cleanable_dirty_ratio=0.001, segment_ms=500,
                             delete_retention_ms=100)
    flow = run.flow
    flow.partitions = 1

    def write(first):
        for round_ in range(5):
            kcat.produce(flow.bootstrap, flow.topic, 0, [events.envelope("u", n, amount=f"{round_}.00", lsn=first + n) for n in [*range(20), first]])
        time.sleep(0.6)
        kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(1, first=first))  # rolls the segment

    write(1000)
    compacted(flow, 0, 63)
    host = run.start(hosts)
    flow.wait_written()
    flow.assert_exactly_once("compacted before it was read")
    gaps = flow.db.value("SELECT gaps_total FROM sluice.sink_offsets WHERE connector = %s", run.name)
    first_rows = flow.rows()
    print(f"{first_rows} of {flow.positions()[0]} records left, {gaps} passed")
    assert gaps == flow.positions()[0] - first_rows > 0

    # Once more while it is away, which takes the records it wrote, the last one among them, too.
    host.stop_connector(run.name)
    at = flow.positions()[0]
    write(1000)
    left = compacted(flow, 0, 63)
    assert min(left) >= at and left != list(range(at, at + len(left))), "what was written is not compacted away: this would test less"
    host.resume(run.name)
    flow.wait_written()
    flow.db.sql("DELETE FROM orders_ledger WHERE kafka_offset < %s", at)  # which are in no topic any more
    flow.assert_exactly_once("compacted while it was away")
    assert "FAILED" not in host.log()
