"""Postgres restarts, crashes, or loses a session at the worst moment."""

import os
import signal
import time

import psycopg2
import pytest

from harness import postgres, scale, waits
from harness.fault_run import regressions, seconds_to_first_commit
from harness.proxy import UP, FaultProxy

# The end of a small batch's COPY, behind which its COMMIT waits in the server already.
COPY_DONE = b"c\0\0\0\4"
SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'"


@pytest.mark.alone
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_f40_after_a_restart_of_postgres_the_first_commit_comes_within_a_second(kafka, run, hosts, orders, postgres_server, how):
    rounds = scale.count(2, 50)
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=500)
    took = []
    for _ in range(rounds):
        if how == "fast":
            postgres_server.stop()
        else:
            postgres_server.stop_immediately()
        run.flow.db.close()
        host.wait_condition("orders", "waiting for the database: ")
        postgres_server.start()
        took.append(seconds_to_first_commit(run.flow))
        run.flow.wait_advanced(run.flow.positions())
        run.wait_sampled()
    print(f"{rounds} {how} restarts: first commit {', '.join(f'{t:.2f}' for t in sorted(took))} s after it took connections")
    assert max(took) <= 1
    host.wait_running("orders")
    run.end(f"{rounds} {how} restarts")


def test_f40_with_synchronous_commit_off_what_a_crash_takes_back_is_written_again(kafka, run, hosts, orders, postgres_server):
    crashes = scale.count(2, 50)
    postgres_server.configure(wal_writer_delay="10s")  # else it is only what the last 0.6 s brought
    try:
        host = hosts(kafka.bootstrap)
        host.connector("orders", {**orders, "synchronous_commit": "off"})
        host.start()
        run.begin(rate=1000)
        for _ in range(crashes):
            time.sleep(1)
            shown = run.flow.rows()
            postgres_server.stop_immediately()
            run.flow.db.close()
            postgres_server.start()
            print(f"{shown} rows were to be seen before the crash, {run.flow.rows()} after it")
            run.flow.wait_advanced(run.flow.positions())
        gone_back = regressions(host)
        assert gone_back >= crashes / 2, f"{crashes} crashes took committed rows back only {gone_back} times: this test would test nothing"
        run.end(f"{crashes} crashes, {gone_back} of which took commits back")
    finally:
        postgres_server.configure(wal_writer_delay=None)


def test_f41_a_backend_that_ends_around_commit_leaves_it_in_doubt_and_the_position_settles_it(kafka, run, hosts, orders, dice):
    """By the network, by Postgres itself, and by kill -9, which takes all other sessions with it."""
    rounds = scale.count(10, 500)
    flow = run.flow
    with FaultProxy(run.seed) as proxies:
        proxy = proxies.listen(flow.db.server.port)
        host = hosts(kafka.bootstrap)
        host.connector("orders", {**orders, "connection.url": flow.db.url_at(proxy.address), "batch.max.records": 500})
        host.start()
        run.begin(rate=1000)
        ends = {"cut": 0, "terminated": 0, "kill -9": 0}
        for n in range(rounds):
            time.sleep(dice.uniform(0.01, 0.2))
            if n % 10 == 9:
                ends["kill -9"] += kill_backend(flow)
            elif n % 3 == 2:
                ends["terminated"] += flow.db.value(f"SELECT count(pg_terminate_backend(pid)) {SESSIONS}") > 0
            else:
                before = proxy.fired("reset")
                proxy.arm_cut(UP, upon=COPY_DONE, deliver=ends["cut"] % 2 == 0)
                proxy.wait_fired("reset", at_least=before + 1)
                ends["cut"] += 1
            flow.wait_advanced(flow.positions())
        happened, undone = host.log().count("the COMMIT in doubt had happened"), host.log().count("the COMMIT in doubt had not happened")
        print(f"ends: {ends}; of commits in doubt {happened} had happened, {undone} had not")
        assert ends["cut"] >= rounds / 3 and ends["terminated"] > 0 and ends["kill -9"] > 0
        assert happened > 0 and undone > 0, "one of the two outcomes was never seen"
        host.wait_running("orders")
        run.end(f"{sum(ends.values())} ends of a session")
        host.stop()


def kill_backend(flow):
    """1 if there was one to be killed."""
    found = flow.db.sql(f"SELECT pid {SESSIONS}")
    for pid, in found:
        os.kill(pid, signal.SIGKILL)

    def restarted():
        try:
            return flow.db.value("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ANY (%s)", [pid for pid, in found])
        except psycopg2.Error as error:
            flow.db.close()
            raise AssertionError(error) from None
    waits.until("Postgres is back after its crash", restarted, 30)
    postgres.wait_until_it_answers(flow.db)
    return int(bool(found))
