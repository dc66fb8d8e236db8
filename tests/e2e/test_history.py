"""A change in a real Postgres becomes a row of the warehouse, exactly once: proved by SQL on both databases.

Two connectors of one sluice read the same topic. `fact` writes orders_fact as users have it; `ledger` writes a table that also
tells where each row came from. After a random day in the shop
- replaying either history must give exactly the shop's table, and
- the ledger must hold each event of an independent dump of the topic exactly once, with equal contents.
"""

import time

from e2e import workload
from harness import ledger, waits

# The shop's table as the history tells it: of each order the newest change, unless that took it away. Where a change of key
# gave two events the same lsn, the delete came first; they are of different orders anyway unless the key came back.
_REPLAY_OF_LEDGER = """
SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM (
  SELECT DISTINCT ON (order_id) * FROM orders_ledger ORDER BY order_id, lsn DESC, (operation_type = 'DELETE')) newest
WHERE operation_type <> 'DELETE'"""
# Without an lsn, by the order of writing: all changes of one order come by one partition.
_REPLAY_OF_FACT = """
SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM (
  SELECT DISTINCT ON (order_id) * FROM orders_fact ORDER BY order_id, id DESC) newest
WHERE operation_type <> 'DELETE'"""
_LATEST = "SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM orders_latest"
_SOURCE = "SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM source_orders"


def start(live, hosts, sink, db, **settings):
    """A sluice with both connectors, named for this test's database: their consumer groups must not know other tests."""
    host = hosts(live.bootstrap)
    # A killed member should be missed soon, or each kill would cost the 45 seconds that are the default.
    quick = {"topics": live.topic, "consumer_override_session_timeout_ms": 2000, "consumer_override_heartbeat_interval_ms": 500}
    names = f"fact_{db.name}", f"ledger_{db.name}"
    host.connector(names[0], sink(table_name="orders_fact", columns=None, **quick, **settings))
    host.connector(names[1], sink(**quick, **settings))
    host.start()
    for name in names:
        host.wait_running(name)
    return host, names


def assert_replay_gives_the_source(live, db):
    orders = live.copy_orders(db)
    for name, replay in (("ledger", _REPLAY_OF_LEDGER), ("orders_fact", _REPLAY_OF_FACT), ("orders_latest", _LATEST)):
        missing = db.sql(f"{_SOURCE} EXCEPT ALL {replay}")
        extra = db.sql(f"{replay} EXCEPT ALL {_SOURCE}")
        print(f"replay of {name}: {orders} orders in the source, {len(missing)} not in the replay, {len(extra)} only there")
        assert not missing and not extra, f"missing {missing[:3]}, extra {extra[:3]}"


def assert_fact_equals_ledger(db):
    """orders_fact has no offsets to compare by; but with multiplicity it must hold what the proved ledger holds."""
    columns = "order_id, customer_id, product_name, amount, status, created_at, updated_at, cdc_timestamp, operation_type"
    differ = db.value(f"""SELECT count(*) FROM (
        (SELECT {columns} FROM orders_fact EXCEPT ALL SELECT {columns} FROM orders_ledger) UNION ALL
        (SELECT {columns} FROM orders_ledger EXCEPT ALL SELECT {columns} FROM orders_fact)) x""")
    assert differ == 0, f"{differ} rows of orders_fact and of the ledger are without a counterpart"


def assert_proved(live, db, names, did, note):
    print(f"workload {note}: {dict(did)}")
    for kind in workload.KINDS:
        assert did[kind] > 0, f"no {kind} in the workload: it would prove little"
    live.wait_until_quiet(db, names)
    assert_replay_gives_the_source(live, db)
    ledger.assert_exactly_once(db, live.expected_rows(), note=note)
    assert_fact_equals_ledger(db)


def test_replaying_the_history_of_a_busy_day_gives_the_source_and_each_event_is_there_once(live, hosts, sink, db, seed):
    _, names = start(live, hosts, sink, db)
    did = workload.Clients(live, count=4, seed=seed, transactions=1000).finish()
    assert did["commits"] > 2000
    assert_proved(live, db, names, did, "undisturbed")


def test_the_same_holds_when_sluice_is_killed_ten_times_meanwhile(live, hosts, sink, db, seed, dice):
    host, names = start(live, hosts, sink, db)
    ledger.watch_positions(db)
    clients = workload.Clients(live, count=4, seed=seed, pause=0.01)
    try:
        for _ in range(10):
            before = rows(db)
            # Once it writes again, so that each kill hits a sink at work; then at any moment.
            waits.until("sluice writes again", lambda old=before: rows(db) > old, 30)
            time.sleep(1.5 * dice.random())
            host.kill9()
            host.start(wait=False)
    finally:
        did = clients.stop()
    assert did["commits"] > 1000
    assert_proved(live, db, names, did, "killed 10 times")
    ledger.assert_positions_only_grow(db)


def test_the_proof_would_notice_a_row_lost_doubled_or_changed(live, hosts, sink, db):
    _, names = start(live, hosts, sink, db)
    live.wait_until_quiet(db, names)
    events = live.expected_rows()
    ledger.assert_exactly_once(db, events)
    first, second, third = (row[0] for row in db.sql("SELECT id FROM orders_ledger ORDER BY id DESC LIMIT 3"))
    columns = ", ".join(ledger.COLUMNS)
    db.sql("DELETE FROM orders_ledger WHERE id = %s", first)
    db.sql(f"INSERT INTO orders_ledger ({columns}) SELECT {columns} FROM orders_ledger WHERE id = %s", second)
    db.sql("UPDATE orders_ledger SET lsn = lsn + 1 WHERE id = %s", third)  # of all columns the one that is never NULL or full
    found = ledger.compare(db, events)
    # A changed row differs both ways: the one that is there, and the one that should be.
    assert (found.lost, found.doubled, found.wrong) == (1, 1, 2)


def rows(db):
    return db.value("SELECT count(*) FROM orders_ledger")
