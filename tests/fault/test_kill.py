"""kill -9 at random moments: of sluice, and of the warehouse's postmaster."""

import time

from harness import postgres, scale


def test_e18_kill_nine_of_sluice_at_random_moments_under_load(kafka, run, hosts, orders, dice):
    kills = scale.count(25, 1000)
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=1000)
    run.kill_nine(host, dice, kills)
    run.end(f"{kills} kills of sluice")


_CURRENT = "SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM"
_REPLAY = f"""{_CURRENT} (SELECT DISTINCT ON (order_id) * FROM orders_ledger ORDER BY order_id, kafka_offset DESC) newest
WHERE operation_type <> 'DELETE'"""


def test_h3_kill_nine_never_leaves_current_rows_that_are_not_those_of_the_history(kafka, run, hosts, orders, dice):
    kills = scale.count(9, 300)
    run.flow.db.sql("""CREATE TABLE orders_current (order_id int PRIMARY KEY, customer_id int, product_name varchar(255), amount numeric(10,2),
                       status varchar(50), created_at timestamp, updated_at timestamp)""")
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "mode": "both", "current.table.name": "orders_current"})
    host.start()

    def differences():
        # One statement, hence one snapshot, whatever is being written.
        return run.flow.db.sql(f"(({_REPLAY}) EXCEPT ({_CURRENT} orders_current)) UNION ALL (({_CURRENT} orders_current) EXCEPT ({_REPLAY}))")
    run.begin(rate=1000)
    for _ in range(kills):
        run.kill_nine(host, dice, 1)
        assert differences() == []
    run.end(f"{kills} kills of sluice in mode both")
    assert differences() == [] and run.flow.db.value("SELECT count(*) FROM orders_current") > 100


def test_kill_nine_of_the_postmaster_under_load(kafka, run, hosts, orders, dice, postgres_server):
    kills = scale.count(6, 200)
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=1000)
    worked = 0
    for _ in range(kills):
        before = run.flow.rows()
        time.sleep(dice.uniform(0.5, 3))
        worked += run.flow.rows() > before
        postgres_server.kill9()
        run.flow.db.close()
        postgres_server.start()
        postgres.wait_until_it_answers(run.flow.db)
    print(f"{kills} kills, before {worked} of them there were new rows")
    assert worked >= kills // 2, "it was hardly ever killed at work: this test would test nothing"
    assert host.running() and host.task("orders")["state"] == "RUNNING"
    run.end(f"{kills} kills of Postgres")
