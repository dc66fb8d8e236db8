"""kill -9 at random moments: of sluice, and of the warehouse's postmaster."""

import time

from harness import postgres, scale


def test_kill_nine_of_sluice_at_random_moments_under_load(kafka, run, hosts, orders, dice):
    kills = scale.count(50, 1000)
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=1000)
    run.kill_nine(host, dice, kills)
    run.end(f"{kills} kills of sluice")


def test_kill_nine_of_the_postmaster_under_load(kafka, run, hosts, orders, dice, postgres_server):
    kills = scale.count(10, 200)
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
