"""Other sessions are in the way: deadlocks, serialization failures, locks, and triggers that fail the COMMIT itself."""

import time

import psycopg2
import pytest

from harness import events, kcat, ledger, scale, waits

SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'"


def test_f45_a_deadlock_with_another_writer_costs_neither_a_row_nor_a_state(kafka, run, hosts, orders):
    deadlocks = scale.count(10, 1000)
    flow = run.flow
    flow.db.sql("""CREATE TABLE orders_current (order_id int PRIMARY KEY, customer_id int, product_name varchar(255), amount numeric(10,2),
                   status varchar(50), created_at timestamp, updated_at timestamp)""")
    flow.db.server.configure(deadlock_timeout="100ms")
    try:
        host = hosts(kafka.bootstrap)
        host.connector("orders", {**orders, "mode": "both", "current.table.name": "orders_current", "linger.ms": 50})
        host.start()
        run.begin(rate=0)
        kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(2))
        flow.wait_written()
        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        before, ours, rounds = flow.db.value(counted), 0, 0
        other = flow.db.another()
        while rounds - ours < deadlocks:
            rounds += 1
            ours += not deadlock(other, flow, rounds)
            assert rounds < 3 * deadlocks + 10, f"of {rounds} deadlocks {ours} were ours to lose"
        flow.wait_written()
        # A session that is idle may keep what it has counted for ten seconds (PGSTAT_IDLE_INTERVAL of pgstat.c). On a busy machine the sink may
        # lose some of them to its lock_timeout instead. With fewer than half of them this test would test nothing.
        lost = waits.until("the server has counted enough that the sink lost", lambda: (n := flow.db.value(counted) - before - ours) >= deadlocks / 2 and n, 30)
        print(f"of {rounds} deadlocks the sink lost {lost} or more")
        assert "FAILED" not in host.log()
        host.wait_running("orders")
        run.end(f"{lost} deadlocks")
        newest = flow.db.sql("SELECT DISTINCT ON (order_id) order_id, amount FROM orders_ledger ORDER BY order_id, kafka_offset DESC")
        assert flow.db.sql("SELECT order_id, amount FROM orders_current ORDER BY 1") == newest
    finally:
        flow.db.server.configure(deadlock_timeout=None)


def deadlock(other, flow, number):
    """The sink takes rows in the order of their keys, this one the other way. False: it was this one that Postgres ended."""
    other.sql("BEGIN; SET LOCAL deadlock_timeout = '10s'")
    other.sql("UPDATE orders_current SET status = status WHERE order_id = 2")
    both = [events.envelope("u", 1 + n % 2, amount=f"{number}.{n:02}", lsn=number * 100 + n) for n in range(20)]
    kcat.produce(flow.bootstrap, flow.topic, 0, both)
    blocked = f"SELECT count(*) > 0 {SESSIONS} AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    waits.until("the sink waits for our row", lambda: other.value(blocked), 10, every=0.005)
    try:
        other.sql("UPDATE orders_current SET status = status WHERE order_id = 1")
        return True
    except psycopg2.errors.DeadlockDetected:
        return False
    finally:
        other.sql("ROLLBACK")


def test_f46_a_tenth_of_serialization_failures_costs_less_than_a_third_of_the_throughput(kafka, run, hosts, orders):
    flow = run.flow
    flow.db.sql("""CREATE SEQUENCE failures; CREATE TABLE injected (share float); INSERT INTO injected VALUES (0);
        CREATE FUNCTION fail_some() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
          IF random() < (SELECT share FROM injected) THEN
            PERFORM nextval('failures');
            RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
          END IF;
          RETURN NULL; END $$""")
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "batch.max.records": 50})
    host.start()
    flow.wait_claimed(30)
    flow.db.sql("CREATE TRIGGER fail_some AFTER UPDATE ON sluice.sink_offsets FOR EACH STATEMENT EXECUTE FUNCTION fail_some()")
    run.begin(rate=0, backlog=scale.count(40_000, 600_000))
    # By turns, since the machine is not equally fast at any time; what is counted is what was committed meanwhile.
    rows, seconds = {0: 0, 0.1: 0}, {0: 0.0, 0.1: 0.0}
    written, since = flow.rows(), time.monotonic()
    end = sum(kcat.ends(flow.bootstrap, flow.topic, flow.partitions).values())
    for share in [0, 0.1, 0.1, 0] * 25:
        flow.db.sql("UPDATE injected SET share = %s", share)
        time.sleep(0.25)
        now, at = flow.rows(), time.monotonic()
        if sum(flow.positions().values()) >= end:
            break
        rows[share] += now - written
        seconds[share] += at - since
        written, since = now, at
    without, with_them = rows[0] / seconds[0], rows[0.1] / seconds[0.1]
    failures = flow.db.value("SELECT last_value FROM failures")
    print(f"{failures} serialization failures; {without:.0f} rows/s without, {with_them:.0f} with a tenth of them: {with_them / without:.2f}")
    assert failures >= 20 and with_them >= 0.7 * without
    flow.db.sql("UPDATE injected SET share = 0.1")
    assert "FAILED" not in host.log()
    run.end(f"{failures} serialization failures")


@pytest.mark.alone
def test_f47_a_table_that_is_locked_exclusively_is_waited_for_without_a_rebalance(kafka, run, hosts, orders):
    seconds = scale.count(4, 300)
    flow = run.flow
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=500)
    claims = "SELECT count(*) FROM sluice.sink_events WHERE kind = 'claim'"
    claimed = flow.db.value(claims)
    person = flow.db.another()
    person.sql(f"BEGIN; LOCK TABLE {flow.table} IN ACCESS EXCLUSIVE MODE")
    host.wait_condition("orders", "waiting for the database: ", "55P03")
    stood = flow.positions()
    waits.holds("it waits", lambda: host.task("orders")["state"] == "RUNNING" and flow.positions() == stood, seconds)
    released = person.value("SELECT clock_timestamp()")
    person.sql("COMMIT")
    person.close()
    took = (ledger.first_commit(flow.db, released) - released).total_seconds()
    print(f"locked for {seconds} s; the first commit came {took:.2f} s after the release")
    assert took <= 1
    assert flow.db.value(claims) == claimed, "partitions were claimed anew: there was a rebalance, or the task was made anew"
    host.wait_running("orders")
    run.end(f"locked for {seconds} s")


def test_f56_a_commit_that_fails_in_a_deferred_trigger_leaves_rows_and_position_as_they_were(kafka, run, hosts, orders):
    """By states of outages, and by ones of records, of which none is at fault: nothing is dead-lettered."""
    shots = scale.count(2, 20)
    flow = run.flow
    flow.db.sql("""CREATE SEQUENCE shots; GRANT ALL ON shots TO warehouse; CREATE TABLE injected (state text, count int);
        CREATE FUNCTION fail_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE i injected; BEGIN
          SELECT * INTO i FROM injected;
          IF FOUND AND nextval('shots') <= i.count THEN RAISE EXCEPTION 'injected' USING ERRCODE = i.state; END IF;
          RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER fail_commit AFTER INSERT ON orders_ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_commit()""")
    dead = f"{flow.topic}-dead"
    kafka.create_topic(dead)
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "errors.tolerance": "all", "errors.max.share": 1, "errors.deadletterqueue.topic.name": dead})
    host.start()
    run.begin(rate=0)
    states = ("40001", "40P01", "55P03", "57014", "58030", "XX000", "23514", "23505")
    for number, state in enumerate(states):
        # One refusal of a record may be its own; a second one of the same record would have to be.
        count = 1 if state.startswith("23") else shots
        flow.db.sql("TRUNCATE injected; ALTER SEQUENCE shots RESTART")
        flow.db.sql("INSERT INTO injected VALUES (%s, %s)", state, count)
        kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(40, first=1 + 40 * number))
        flow.wait_written()
        fired = flow.db.value("SELECT last_value FROM shots")
        assert fired > count, f"{state}: {fired}"
    print(f"COMMIT failed {shots} times with each of {states}")
    assert "FAILED" not in host.log()
    run.end("failures at COMMIT")
    assert len(kcat.dump(flow.bootstrap, dead)) == 1, "a failure of the COMMIT was taken for a bad record"  # what made the topic
