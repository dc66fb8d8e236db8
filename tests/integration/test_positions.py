"""Where a task goes on: after a restart, in two processes, behind lost connections, and at a bad record."""

import pytest

from harness import events, kcat, ledger, load, paths, waits
from harness.proxy import UP, Proxy

TOPIC = "dbserver1.public.orders"


def test_a_restarted_process_goes_on_at_its_position(mock, hosts, sink, flow, seed):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    load.write(mock.bootstrap, TOPIC, rate=0, count=500, seed=seed)
    host.start()
    flow.wait_written()
    before = flow.rows()
    ledger.watch_positions(flow.db)
    host.stop()

    load.write(mock.bootstrap, TOPIC, rate=0, count=500, seed=seed + 1, first_id=500000)
    host.start()
    flow.wait_written()
    assert flow.rows() > before > 0
    flow.assert_exactly_once("restart")
    ledger.assert_positions_only_grow(flow.db)


def test_a_killed_process_goes_on_at_its_position(mock, hosts, sink, flow, folder, seed):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_claimed()
    running = load.Load(folder, mock.bootstrap, TOPIC, rate=500, seed=seed)
    flow.wait_advanced(flow.positions())
    host.kill9()
    at_kill = flow.rows()
    host.start()
    flow.wait_advanced(flow.positions())
    running.stop()
    flow.wait_written()
    assert flow.rows() > at_kill > 0
    flow.assert_exactly_once("kill -9")


def test_two_processes_share_the_partitions_and_one_takes_over(mock, hosts, sink, flow, folder, seed):
    first, second = hosts(mock.bootstrap, "w1"), hosts(mock.bootstrap, "w2")
    first.connector("orders", sink())
    first.start()
    second.start()
    flow.wait_claimed()
    ledger.watch_positions(flow.db)
    running = load.Load(folder, mock.bootstrap, TOPIC, rate=300, seed=seed)
    waits.until("two tasks share the partitions", lambda: flow.owners() == 2, 30 * paths.SLOWNESS)
    flow.wait_advanced(flow.positions())

    first.stop()
    waits.until("the second has taken over", lambda: flow.owners() == 1, 30 * paths.SLOWNESS)
    flow.wait_advanced(flow.positions())
    first.start()
    waits.until("the partitions are shared again", lambda: flow.owners() == 2, 30 * paths.SLOWNESS)
    second.kill9()
    waits.until("the first has taken over", lambda: flow.owners() == 1, 30 * paths.SLOWNESS)
    flow.wait_advanced(flow.positions())

    running.stop()
    flow.wait_written()
    flow.assert_exactly_once("two processes")
    ledger.assert_positions_only_grow(flow.db)


# What makes a transaction happen. A small batch's COMMIT went ahead, and waits for the end of the COPY's rows; a large batch, whose rows go
# while it is read, sends it alone.
_COPY_DONE, _COMMIT = b"c\0\0\0\4", b"Q\0\0\0\x0bCOMMIT\0"


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize(("upon", "count"), [(_COPY_DONE, 500), (_COMMIT, 6000)], ids=["small", "large"])
def test_e12_a_connection_lost_during_commit_is_settled_by_the_position(mock, hosts, sink, flow, seed, upon, count, committed):
    host = hosts(mock.bootstrap)
    with Proxy(flow.db.server.port) as proxy:
        host.connector("orders", {**sink(), "connection.url": flow.db.url_at(f"127.0.0.1:{proxy.port}"), "linger.ms": 500, "batch.max.records": 20000})
        host.start()
        flow.wait_claimed()
        proxy.arm_cut(UP, upon=upon, deliver=committed, how="half_open")
        load.write(mock.bootstrap, TOPIC, rate=0, count=count, seed=seed)
        proxy.wait_fired("half_opened")
        flow.wait_written()
        host.wait_running("orders")
        assert "lost during COMMIT" in host.log()
        host.stop()
    flow.assert_exactly_once("lost in COMMIT")


def test_e21_a_database_that_has_gone_back_is_written_again_from_where_it_is(mock, hosts, sink, flow, seed):
    """As after the promotion of an asynchronous standby, or from a backup: rows and positions are those of an earlier moment."""
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    load.write(mock.bootstrap, TOPIC, rate=0, count=300, seed=seed)
    host.start()
    flow.wait_written()
    flow.db.sql("CREATE TABLE old_rows AS TABLE orders_ledger; CREATE TABLE old_positions AS TABLE sluice.sink_offsets")
    load.write(mock.bootstrap, TOPIC, rate=0, count=300, seed=seed + 1, first_id=500000)
    flow.wait_written()
    flow.db.sql("""BEGIN; TRUNCATE orders_ledger; INSERT INTO orders_ledger TABLE old_rows; TRUNCATE sluice.sink_offsets; INSERT INTO sluice.sink_offsets TABLE old_positions;
        COMMIT; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'""")
    load.write(mock.bootstrap, TOPIC, rate=0, count=50, seed=seed + 2, first_id=900000)
    flow.wait_written()
    host.wait_running("orders")
    flow.assert_exactly_once("gone back")
    assert flow.db.value("SELECT count(*) FROM sluice.sink_events WHERE kind = 'db_regressed'") > 0


def test_a_silent_connector_looks_after_its_positions_and_writes_again_what_went_back_behind_it(mock, hosts, sink, flow, seed):
    """Nothing comes, and no connection is lost: a table that somebody restored under it. Until then looking costs nothing but reads."""
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    load.write(mock.bootstrap, TOPIC, rate=0, count=300, seed=seed)
    host.start()
    flow.wait_written()
    flow.db.sql("CREATE TABLE old_rows AS TABLE orders_ledger; CREATE TABLE old_positions AS TABLE sluice.sink_offsets")
    load.write(mock.bootstrap, TOPIC, rate=0, count=300, seed=seed + 1, first_id=500000)
    flow.wait_written()

    touched = "SELECT partition, ctid::text, xmin::text, xmax::text FROM sluice.sink_offsets ORDER BY partition"
    asked = """SELECT query_start FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'
        AND query LIKE '%count(*) FROM sluice.sink_offsets%'"""
    first = waits.until("it asks for its positions", lambda: flow.db.sql(asked), 20 * paths.SLOWNESS)
    before = flow.db.sql(touched)
    waits.until("it asks again", lambda: flow.db.sql(asked) not in ([], first), 20 * paths.SLOWNESS)
    assert flow.db.sql(touched) == before, "a look at the positions has written or locked their rows"

    flow.db.sql("""BEGIN; TRUNCATE orders_ledger; INSERT INTO orders_ledger TABLE old_rows; TRUNCATE sluice.sink_offsets;
        INSERT INTO sluice.sink_offsets TABLE old_positions; COMMIT""")
    flow.wait_written()
    host.wait_running("orders")
    flow.assert_exactly_once("gone back behind a silent topic")
    assert flow.db.value("SELECT count(*) FROM sluice.sink_events WHERE kind = 'db_regressed'") > 0


def test_an_epoch_that_was_given_out_again_for_a_topic_made_anew_gives_nothing_back_to_its_old_owner(mock, hosts, sink, flow):
    """A failover takes the claim back, and a person who resets the position for a topic that was made anew raises the epoch to the claim's:
    only the topic's id is another one. Its old owner, a frozen process, has to claim anew, which is where the log is looked at."""
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(20))
    host.start()
    flow.wait_written()
    epoch = "SELECT epoch FROM sluice.sink_offsets WHERE partition = 0"
    claimed = flow.db.value(epoch)
    flow.db.sql("""BEGIN; UPDATE sluice.sink_offsets SET topic_id = gen_random_uuid(), owner_id = NULL, owner_pid = NULL WHERE partition = 0;
        COMMIT; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'""")
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10, 21))
    waits.until("it is noticed", lambda: flow.db.value("SELECT count(*) FROM sluice.sink_events WHERE kind = 'db_regressed'") > 0, 30 * paths.SLOWNESS)
    waits.until("it has claimed anew or stopped", lambda: flow.db.value(epoch) > claimed, 30 * paths.SLOWNESS)


def test_e1_ended_database_sessions_lose_and_double_nothing(mock, hosts, sink, flow, folder, dice, seed):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_claimed()
    running = load.Load(folder, mock.bootstrap, TOPIC, rate=1000, seed=seed)
    ended = 0
    for _ in range(15):
        waits.holds("sluice lives", host.running, dice.uniform(0.02, 0.4), every=0.02)
        ended += flow.db.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
                               "AND application_name LIKE 'sluice:%'")
    running.stop()
    flow.wait_written()
    assert ended >= 5, f"only {ended} sessions were there to be ended"
    host.wait_running("orders")
    flow.assert_exactly_once(f"{ended} ended sessions")


def test_a_bad_record_stops_the_task_at_its_offset_and_a_mended_target_lets_it_go_on(mock, hosts, sink, flow):
    good = events.inserts(10)
    too_long = events.envelope("c", 11, amount="11.00", lsn=1011, product="x" * 300)
    kcat.produce(mock.bootstrap, TOPIC, 2, good + [too_long] + events.inserts(5, first=12))
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()

    trace = host.wait_failed("orders", f"{TOPIC}-2@10")
    assert "product_name" in trace, trace
    assert flow.rows() == 10
    assert flow.positions()[2] == 10

    flow.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")
    assert host.rest.post("/connectors/orders/tasks/0/restart").status == 204
    flow.wait_written()
    host.wait_running("orders")
    assert flow.rows() == 16
    flow.assert_exactly_once("bad record")


def test_a_record_that_is_no_event_stops_the_task_at_its_offset_however_often_it_restarts(mock, hosts, sink, flow):
    kcat.produce(mock.bootstrap, TOPIC, 1, events.inserts(3) + [('{"order_id":4}', '{"op": "c", "after": {')])
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    for _ in range(2):
        host.wait_failed("orders", f"{TOPIC}-1@3")
        assert (flow.rows(), flow.positions()[1]) == (3, 3)
        assert host.rest.post("/connectors/orders/restart?includeTasks=true").status == 202
    host.wait_failed("orders", f"{TOPIC}-1@3")
    assert flow.rows() == 3
