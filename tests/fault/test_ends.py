"""A process that is ended and comes back, or that is there twice."""

import signal
import statistics
import time

from harness import scale, waits
from harness.failpoints import fired
from harness.fault_run import SESSION_SECONDS

# On a machine that does nothing else (faults.md, row 1); a test's machine has the load's and the broker's work, too.
TARGET_P50, TARGET_P99, SLACK = 1.0, 3.0, 2.0


def test_f01_new_rows_are_committed_a_second_after_kill_nine(kafka, run, hosts, orders, dice):
    kills = scale.count(7, 200)
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=500)
    db, took = run.flow.db, []
    for _ in range(kills):
        time.sleep(dice.uniform(0.1, 0.4))
        host.kill9()
        killed = time.monotonic()
        rows = run.flow.rows()
        host.start(wait=False)
        waits.until("there are new rows", lambda: db.value("SELECT max(id) FROM orders_ledger") and run.flow.rows() > rows, 20, every=0.01)
        took.append(time.monotonic() - killed)
    p50, most = statistics.median(took), max(took)
    print(f"{kills} kills; from the kill to the first new rows: p50 {p50:.2f} s, at most {most:.2f} s")
    assert p50 <= TARGET_P50 * SLACK and most <= TARGET_P99 * SLACK
    run.end(f"{kills} kills with their recovery measured")


def test_f04_sigterm_under_load_commits_all_that_it_wrote_and_ends_within_five_seconds(kafka, run, hosts, orders):
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=3000)
    for _ in range(scale.count(2, 20)):
        run.flow.wait_advanced(run.flow.positions())
        took = host.stop(signal.SIGTERM, seconds=5)
        written = run.flow.positions()
        committed = kafka.group_offsets(f"connect-{run.flow.connector}", run.flow.topic)
        print(f"stopped in {took:.2f} s at {written}; the group has {committed}")
        assert committed == written, "what was written is not committed: a sink without positions of its own would write it again"
        host.start(wait=False)
    run.end("SIGTERM under load")


def test_f05_of_two_processes_with_one_worker_id_one_is_fenced_and_says_so(kafka, run, hosts, orders):
    watched = scale.count(10, 60)
    first, second = hosts(kafka.bootstrap, "first", worker_id="twin"), hosts(kafka.bootstrap, "second", worker_id="twin")
    first.connector("orders", orders)
    first.start()
    run.begin(rate=200)
    second.start()
    waits.until("one of them is fenced", lambda: any(host.task("orders").get("state") == "FAILED" for host in (first, second)), 20)
    fenced, other = (first, second) if first.task("orders")["state"] == "FAILED" else (second, first)
    trace = fenced.wait_failed("orders", 'another process runs with the same worker.id "twin"')
    print(f"the {fenced.folder.name} was fenced: {trace}")
    time.sleep(10)
    epochs = "SELECT partition, epoch FROM sluice.sink_offsets"
    before, positions = dict(run.flow.db.sql(epochs)), run.flow.positions()
    time.sleep(watched)
    after = dict(run.flow.db.sql(epochs))
    moved = max(after[p] - before[p] for p in before)
    print(f"{moved} claims in {watched} s, 10 s after it was fenced")
    assert moved <= 2 * watched / 60, "they take the partitions from each other"
    run.flow.wait_advanced(positions)
    assert other.task("orders")["state"] == "RUNNING" and fenced.task("orders")["state"] == "FAILED"
    run.end("two processes with one worker.id")


def test_f03_who_is_fenced_by_its_own_return_joins_anew(kafka, run, hosts, orders):
    """Frozen for longer than its session, and what it still sends for the member that it was is refused, which ends a Kafka client for good."""
    host = hosts(kafka.bootstrap)
    host.environment = {"SLUICE_FAILPOINT": "group.lost:1:error"}
    host.connector("orders", orders)
    host.start()
    run.begin(rate=500)
    host.process.freeze()
    time.sleep(SESSION_SECONDS + 2)
    host.process.thaw()
    waits.until("it is fenced", lambda: "was fenced, it may be by itself; a new one is made" in host.log(), 10)
    before = run.flow.positions()
    run.flow.wait_advanced(before, 20)
    host.wait_running("orders")
    assert fired(host.log()) == ["group.lost:1:error"] and "FAILED" not in host.log()
    run.end("fenced by its own return")
