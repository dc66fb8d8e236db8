"""memory.max holds where memory is most in danger: the database is frozen while far more waits in the topic than fits."""

import time

import pytest

from harness import events, kcat, load

MEMORY_MAX_KB = 48 * 1024
# What a process that reads takes beside the records: threads, connections, the heap's slack.
SLACK_KB = 24 * 1024


class Resident:
    """What a process holds more than now."""

    def __init__(self, process):
        self._process, self._before, self.most = process, process.resident_kb(), 0

    def grown_kb(self):
        grown = self._process.resident_kb() - self._before
        self.most = max(self.most, grown)
        return grown


@pytest.mark.parametrize("what", ["64 partitions", "rows of 900 kB"])
def test_memory_max_is_kept_while_the_database_hangs_and_when_it_is_back(kafka, run, hosts, orders, what):
    flow = run.flow
    flow.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")
    if what == "64 partitions":
        kafka.tool("TopicCommand", "--alter", "--topic", flow.topic, "--partitions", "64")
        flow.partitions = 64
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "memory.max": "48MiB"})
    host.start()
    flow.wait_claimed(60)
    resident = Resident(host.process)
    server = flow.db.server
    server.freeze()
    try:
        if what == "64 partitions":
            load.write(flow.bootstrap, flow.topic, rate=0, count=120_000, seed=run.seed)
        else:
            text = "x y " * 225_000
            for first in range(0, 120, 20):
                kcat.produce(flow.bootstrap, flow.topic, first // 20 % 4, [events.envelope("c", n, product=text + str(n), lsn=n) for n in range(first, first + 20)])
        for _ in range(10):
            time.sleep(0.5)
            filled = resident.grown_kb()
        time.sleep(5)
        flat = resident.grown_kb()
    finally:
        server.thaw()
    ends = kcat.ends(flow.bootstrap, flow.topic, flow.partitions)
    while any(flow.positions().get(partition, 0) < end for partition, end in ends.items()):
        resident.grown_kb()
        time.sleep(0.05)
    print(f"{what}: {filled} kB after 5 s, {flat} kB after 10, at most {resident.most} kB")
    assert filled > MEMORY_MAX_KB // 8, "nothing waited: this test would test nothing"
    assert flat - filled < 4 * 1024, "it goes on growing"
    assert resident.most <= MEMORY_MAX_KB + SLACK_KB
    flow.assert_exactly_once(what)
