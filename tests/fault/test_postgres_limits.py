"""Postgres has no more of something: disk, connections, time for a statement, or dead rows that it may clean up."""

import os
import shutil
import time

import psycopg2
import pytest

from harness import events, kcat, paths, scale, waits
from harness.metrics import Metrics

DISK_MB = 64
SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'"


@pytest.fixture
def small_disk(postgres_server):
    """A folder on a disk of its own that the server alone sees: a tmpfs in its mount namespace, which goes with it."""
    folder = paths.temporary_folder("disk")
    owner = postgres_server.data.stat()
    options = f"size={DISK_MB}m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    mount = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c", f'mount -t tmpfs -o {options} disk "$0" && exec "$@"', folder]
    restart(postgres_server, mount)
    yield folder
    restart(postgres_server, [])
    shutil.rmtree(folder, ignore_errors=True)


def restart(server, under):
    server.stop()
    server.under = under
    server.start()


def test_f48_a_full_disk_is_waited_for_and_told(small_disk, kafka, run, hosts, orders):
    flow = run.flow
    ballast = small_disk / "ballast"
    flow.db.sql(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    try:
        flow.db.sql("ALTER TABLE orders_ledger SET TABLESPACE small")
        dead = f"{flow.topic}-dead"
        kafka.create_topic(dead)
        host = hosts(kafka.bootstrap)
        host.connector("orders", {**orders, "errors.tolerance": "all", "errors.deadletterqueue.topic.name": dead})
        host.start()
        run.begin(rate=1000)
        # By the server, since nobody else sees its disk.
        flow.db.sql(f"COPY (SELECT 1) TO PROGRAM 'dd if=/dev/zero of={ballast} bs=1M count={DISK_MB - 1} 2>/dev/null'")
        said = host.wait_condition("orders", "waiting for the database: ", "53100", seconds=30)
        stood = flow.positions()
        waits.holds("it waits", lambda: host.task("orders")["state"] == "RUNNING" and flow.positions() == stood, scale.count(4, 300), every=0.5)
        alarm = Metrics(host.rest).sum("sluice_connector_task_waiting", connector="orders")
        flow.db.sql(f"COPY (SELECT 1) TO PROGRAM 'rm {ballast}'")
        freed = time.monotonic()
        flow.wait_advanced(stood, 20)
        print(f"{said!r}; sluice_connector_task_waiting {alarm:g}; went on {time.monotonic() - freed:.1f} s after there was room")
        assert alarm == 1
        assert "FAILED" not in host.log()
        host.wait_running("orders")
        run.end("a full disk")
        assert len(kcat.dump(kafka.bootstrap, dead)) == 1, "a full disk was taken for bad records"  # what made the topic
        host.stop()
    finally:
        run.close()
        flow.db.sql("ALTER TABLE orders_ledger SET TABLESPACE pg_default")
        flow.db.sql("DROP TABLESPACE small")


def test_f49_a_server_without_free_connections_is_asked_once_a_second_by_each_task(kafka, run, hosts, orders, postgres_server):
    seconds, tasks = scale.count(6, 60), 2
    flow = run.flow
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "tasks.max": tasks})
    host.start()
    run.begin(rate=500)
    waits.until("two tasks share the partitions", lambda: flow.owners() == tasks, 30)
    log = postgres_server.folder / "log" / "postgres.log"
    postgres_server.configure(max_connections=14)
    hogs = []
    try:
        restart(postgres_server, [])
        flow.db.close()
        hogs = take_all_connections(flow)
        for number in range(tasks):
            host.wait_condition("orders", "waiting for the database: ", "53300", number=number)
        begun, counted = time.monotonic(), attempts(log)
        waits.holds("they wait", lambda: all(host.task("orders", n)["state"] == "RUNNING" for n in range(tasks)), seconds, every=0.5)
        took = time.monotonic() - begun
        rate = (attempts(log) - counted) / took / tasks
        stood = flow.positions()
    finally:
        for each in hogs:
            each.close()
        postgres_server.configure(max_connections=None)
    flow.wait_advanced(stood, 10)
    print(f"{rate:.2f} attempts a second and task for {took:.0f} s")
    assert 0 < rate <= 1.1  # one may fall on the edge
    assert "FAILED" not in host.log()
    run.end("no free connections")
    restart(postgres_server, [])


def take_all_connections(flow):
    """Of those that are left to ordinary roles. The sink has none of them in the end, whatever it had before."""
    hogs = []

    def all_taken():
        try:
            while True:
                hogs.append(psycopg2.connect(flow.db.url, password=flow.db.password, connect_timeout=5))
        except psycopg2.OperationalError:
            return flow.db.value(f"SELECT count(pg_terminate_backend(pid)) {SESSIONS}") == 0
    waits.until("all connections are taken", all_taken, 20, every=0)
    return hogs


def attempts(log):
    return sum("FATAL:  remaining connection slots are reserved" in line or "FATAL:  sorry, too many clients already" in line
               for line in log.read_text(errors="replace").splitlines())


def test_f55_what_takes_too_long_is_stopped_and_comes_again_until_it_fits(kafka, run, hosts, orders):
    """By a person who cancels statements, and by put.timeout.ms with a table that is slow."""
    cancels = scale.count(10, 500)
    flow = run.flow
    flow.db.sql("""CREATE TABLE slowness (seconds float); INSERT INTO slowness VALUES (0.001);
        CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM pg_sleep(seconds) FROM slowness; RETURN NEW; END $$;
        CREATE TRIGGER be_slow BEFORE INSERT ON orders_ledger FOR EACH ROW EXECUTE FUNCTION be_slow()""")
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "put.timeout.ms": 2000})
    host.start()
    run.begin(rate=100)
    cancelled = 0
    while cancelled < cancels:
        cancelled += flow.db.value(f"SELECT count(pg_cancel_backend(pid)) {SESSIONS} AND state = 'active'")
        time.sleep(0.02)
    flow.wait_advanced(flow.positions())
    flow.db.sql("UPDATE slowness SET seconds = 0.1")
    host.wait_condition("orders", "waiting for", seconds=30)
    waits.until("batches no longer fit", lambda: stands(flow, 2.5), 30)
    stood = flow.positions()
    waits.holds("it waits", lambda: host.task("orders")["state"] == "RUNNING" and flow.positions() == stood, scale.count(3, 60), every=0.5)
    flow.db.sql("UPDATE slowness SET seconds = 0")
    flow.wait_advanced(stood, 20)
    print(f"{cancelled} statements cancelled by a person; then nothing fitted into 2 s, until the table was quick again")
    assert "FAILED" not in host.log()
    run.end(f"{cancelled} cancelled statements, and a slow table")


def stands(flow, seconds):
    before = flow.positions()
    time.sleep(seconds)
    return flow.positions() == before


def test_f57_a_snapshot_that_is_held_open_bloats_the_positions_by_little(kafka, run, hosts, orders):
    """Nothing that was there since can be cleaned up: each commit leaves a dead row for each partition that it moved."""
    commits = scale.count(1000, 36_000)  # of an hour with ten a second
    flow = run.flow
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "batch.max.records": 1})
    host.start()
    run.begin(rate=0)
    holder = flow.db.another()
    holder.sql("BEGIN ISOLATION LEVEL REPEATABLE READ")
    held = holder.value("SELECT count(*) FROM sluice.sink_offsets")
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(commits))
    run.wait_sampled()
    flow.wait_written(scale.count(120, 3600))
    size, dead = flow.db.sql("SELECT pg_total_relation_size('sluice.sink_offsets'), n_dead_tup FROM pg_stat_user_tables WHERE relname = 'sink_offsets'")[0]
    times = sorted(seconds_of_update(flow) * 1000 for _ in range(200))
    p99 = times[198]
    made = flow.db.value("SELECT count(DISTINCT xmin::text) FROM orders_ledger")
    print(f"{made} commits under a snapshot of {held} positions: {size / 1024:.0f} kB with its index, {(size - 65536) / made:.0f} bytes a commit, "
          f"{dead} dead rows as counted; a position's update takes {times[100]:.2f} ms, p99 {p99:.2f} ms")
    assert made == commits
    # Not the p99: on a machine that does other things at the same time that is how long the server waited for a processor.
    assert size <= 10 << 20 and times[100] <= 2
    holder.sql("COMMIT")
    holder.close()
    run.end(f"{made} commits under an open snapshot")


def seconds_of_update(flow):
    """What the server needs to find and move a position, without the disk; what it did is undone."""
    flow.db.sql("BEGIN")
    try:
        told = flow.db.value("EXPLAIN (ANALYZE, FORMAT JSON) UPDATE sluice.sink_offsets SET updated_at = clock_timestamp() "
                             "WHERE connector = %s AND topic = %s AND partition = 0 AND epoch > 0", flow.connector, flow.topic)
        return told[0]["Execution Time"] / 1000
    finally:
        flow.db.sql("ROLLBACK")
