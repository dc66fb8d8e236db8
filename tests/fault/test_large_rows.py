"""Rows of nearly a megabyte each (B5)."""

import random

from harness import events, kcat

ROWS, TEXT_BYTES = 120, 900_000
# librdkafka's queue of 16 MiB with what is on its way to it, a batch of 16 MiB, and its rows as text, whose buffer grows by doubling.
GROWTH_MAX_KB = 144 * 1024


def test_b5_a_batch_is_bounded_by_its_bytes_and_so_is_memory(kafka, run, hosts, orders, dice):
    run.flow.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "batch.max.records": 500})
    host.start()
    run.flow.wait_claimed(30)
    normal = host.process.resident_kb()
    letters = random.Random(dice.random()).choices("abcdefghij ", k=TEXT_BYTES)
    for first in range(0, ROWS, 20):
        pairs = [events.envelope("c", n, product="".join(letters) + str(n), lsn=n) for n in range(first, first + 20)]
        kcat.produce(kafka.bootstrap, run.flow.topic, first // 20 % 4, pairs)
    most = normal
    while run.flow.rows() < ROWS:
        most = max(most, host.process.resident_kb())
    run.flow.wait_written(60)
    batches = run.flow.db.value("SELECT count(DISTINCT xmin::text) FROM orders_ledger")
    print(f"{ROWS} rows of {TEXT_BYTES} bytes in {batches} batches; resident {normal} kB before, at most {most} kB")
    assert batches >= ROWS * TEXT_BYTES // (16 << 20), "a batch held more than batch.max.bytes"
    assert most - normal <= GROWTH_MAX_KB
    run.flow.assert_exactly_once("large rows")
