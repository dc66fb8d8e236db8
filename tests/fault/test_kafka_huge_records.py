"""Records that are larger than most: row 38 of the catalogue."""

import time

import confluent_kafka
import pytest

from harness import events, kcat, scale

pytestmark = pytest.mark.xdist_group("cluster")


def huge(run, megabytes, order):
    """One record of so many bytes in partition 0; its offset."""
    key, value = events.envelope("c", order, product="x y " * (megabytes * 250_000))
    producer = confluent_kafka.Producer({"bootstrap.servers": run.flow.bootstrap, "message.max.bytes": 60_000_000, "log_level": 0})
    told = []
    producer.produce(run.flow.topic, value, key, 0, callback=lambda error, message: told.append(error or message.offset()))
    assert producer.flush(60) == 0 and isinstance(told[0], int), told
    return told[0], len(value)


def test_f38_a_huge_record_is_written_within_the_memory_for_it_and_one_above_the_cap_stops_the_task_at_its_offset(cluster_run, hosts):
    run, megabytes = cluster_run.create(replicas=1, max_message_bytes=60_000_000), scale.count(10, 50)
    flow = run.flow
    flow.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(20))
    host = run.start(hosts, **{"memory.max": "48MiB"})
    flow.wait_written()
    before, most = host.process.resident_kb(), 0
    for n in range(3):
        offset, size = huge(run, megabytes, 100 + n)
        while flow.positions()[0] <= offset:
            most = max(most, host.process.resident_kb() - before)
            time.sleep(0.01)
    print(f"3 records of {size} bytes: {most} kB more than before")
    assert most <= 48 * 1024 + 3 * size // 1024
    flow.assert_exactly_once("huge records")

    # With a huge one as the last that was written, too: it is asked for once more, which then cannot be.
    host.stop()
    host.connector(run.name, {**run.settings(), "consumer.override.fetch.max.bytes": 2_000_000, "consumer.override.receive.message.max.bytes": 5_000_000})
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(5, first=501))
    offset, _ = huge(run, megabytes, 600)
    for partition in range(4):
        kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(5, first=701 + 10 * partition))
    host.start()
    trace = host.wait_failed(run.name, f"{flow.topic}-0", f"offset {offset}", "receive.message.max.bytes", seconds=30)
    print(trace)
    assert flow.positions()[0] == offset
