"""What a server may say while it is used: locks, limits, read-only states, idle sessions, time zones. Nothing of it is the records'
fault: the task waits, goes on by itself, and nothing is dead-lettered (E3, E4, E11, F3); and no value depends on the server's ways (C11)."""

import time

import pytest

from harness import waits
from harness.changes import change

TOPIC = "shop.public.items"


@pytest.fixture
def started(pipes, db, sink):
    """A connector in mode both, with one row written."""
    db.sql("CREATE TABLE items (n bigserial, operation_type text, id int, note text); CREATE TABLE items_now (id int PRIMARY KEY, note text)")
    pipe = pipes({TOPIC: 1})
    pipe.send(TOPIC, [row(1)])
    pipe.connector("items", TOPIC, {**sink(columns=None, mode="both", table_name="items", current_table_name="items_now"), "errors.tolerance": "all",
                                    "errors.deadletterqueue.table.name": "dead"})
    pipe.start()
    pipe.wait_written()
    return pipe


def row(id):
    return change("c", {"id": id, "note": str(id)}, table="items")


def assert_goes_on(pipe, rows):
    pipe.wait_written(seconds=30)
    pipe.host.wait_running("items")
    assert [id for id, in pipe.db.sql("SELECT id FROM items ORDER BY n")] == rows
    assert [id for id, in pipe.db.sql("SELECT id FROM items_now ORDER BY 1")] == sorted(rows)
    assert pipe.db.sql("SELECT to_regclass('dead')") == [(None,)], "an outage was taken for bad records"


def test_f3_e4_a_table_that_is_locked_is_waited_for(started, db):
    holder = db.another()
    holder.sql("BEGIN; LOCK TABLE items_now IN ACCESS EXCLUSIVE MODE")
    started.send(TOPIC, [row(2)])
    started.host.wait_condition("items", "waiting for the database: ", "55P03")
    holder.sql("ROLLBACK")
    holder.close()
    assert_goes_on(started, [1, 2])


def test_e3_a_database_that_became_read_only_or_takes_no_connection_is_waited_for(started, db):
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'sluice:%' AND datname = current_database()"
    for number, (make, mend, said) in enumerate([
            (f'ALTER DATABASE "{db.name}" SET default_transaction_read_only = on', f'ALTER DATABASE "{db.name}" RESET default_transaction_read_only', "read-only"),
            (f'ALTER DATABASE "{db.name}" CONNECTION LIMIT 0', f'ALTER DATABASE "{db.name}" CONNECTION LIMIT -1', "53300")]):
        db.sql(make)
        assert db.value(end) > 0
        started.send(TOPIC, [row(number + 2)])
        started.host.wait_condition("items", "waiting for the database: ", said)
        # By another database: this one takes none of ours either.
        db.sql(f"SET default_transaction_read_only = off; {mend}")
        waits.until("it goes on", lambda n=number: db.value("SELECT count(*) FROM items") == n + 2, 30)
    assert_goes_on(started, [1, 2, 3])


def test_e11_a_session_that_was_ended_for_being_idle_is_made_anew(started, db):
    db.sql(f'ALTER DATABASE "{db.name}" SET idle_session_timeout = \'500ms\'')
    db.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'sluice:%' AND datname = current_database()")
    for id in (2, 3):
        started.send(TOPIC, [row(id)])
        waits.until("it is written", lambda id=id: db.another().value("SELECT count(*) FROM items") == id, 30)
        time.sleep(1.5)
    db.close()
    assert_goes_on(started, [1, 2, 3])


def test_c11_no_time_zone_of_server_role_or_host_moves_a_time(pipes, db, sink):
    db.sql("ALTER ROLE warehouse SET timezone = 'Asia/Kolkata'; CREATE TABLE times (id int PRIMARY KEY, wall timestamp, at timestamptz, day date, clock time)")
    try:
        pipe = pipes({"shop.public.times": 1})
        hole = 1711852200000000  # 2024-03-31 02:30, which Europe's clocks left out
        pipe.send("shop.public.times", [change("c", {"id": 1, "wall": hole, "at": "2024-03-31T02:30:00Z", "day": 19813, "clock": 9_000_000_000}, table="times")])
        pipe.connector("times", "shop.public.times", sink(columns=None, mode="current", table_name="times"))
        pipe.start()
        pipe.wait_written()
        assert db.sql("SELECT wall::text, at AT TIME ZONE 'UTC', day::text, clock::text FROM times")[0][0:1] == ("2024-03-31 02:30:00",)
        assert db.sql("SELECT (at AT TIME ZONE 'UTC')::text, day::text, clock::text FROM times") == [("2024-03-31 02:30:00", "2024-03-31", "02:30:00")]
    finally:
        db.sql("ALTER ROLE warehouse RESET timezone")
