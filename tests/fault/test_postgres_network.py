"""The network between sluice and Postgres: gone without a word, or slow."""

import time

from harness import kcat, scale, waits
from harness.proxy import DOWN, FaultProxy

SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'"


def test_f50_a_network_that_is_gone_in_the_middle_of_a_transaction_is_noticed_and_what_it_left_is_ended(kafka, run, hosts, orders):
    """No RST and no FIN reaches anybody: the server goes on waiting inside of the transaction, with the positions locked."""
    rounds = scale.count(1, 20)
    flow = run.flow
    with FaultProxy(run.seed) as proxies:
        host = hosts(kafka.bootstrap)
        proxy = proxies.listen(flow.db.server.port)
        # The way round it is tried second.
        host.connector("orders", {**orders, "connection.url": flow.db.url_at(proxy.address, flow.db.address)})
        host.start()
        run.begin(rate=500)
        noticed, back = [], []
        for _ in range(rounds):
            proxy.heal()
            flow.db.sql(f"SELECT pg_terminate_backend(pid) {SESSIONS}")
            waits.until("the sink is connected by the proxy", lambda: proxy.fired("open") > 0, 10)
            flow.wait_advanced(flow.positions())
            person = flow.db.another()
            person.sql(f"BEGIN; LOCK TABLE {flow.table} IN ACCESS EXCLUSIVE MODE")
            orphan = waits.until("the sink waits in its transaction", lambda: flow.db.sql(
                f"SELECT pid {SESSIONS} AND state = 'active' AND wait_event_type = 'Lock'"), 10, every=0.01)[0][0]
            proxy.set(lost=True)
            lost = time.monotonic()
            person.sql("ROLLBACK")
            person.close()
            stood = flow.positions()
            host.wait_condition("orders", "waiting for the database: ", seconds=30)
            noticed.append(time.monotonic() - lost)
            assert flow.db.sql("SELECT state FROM pg_stat_activity WHERE pid = %s", orphan), "the server had noticed by itself: this test would test nothing"
            flow.wait_advanced(stood, 30)
            back.append(time.monotonic() - lost)
            assert not flow.db.sql("SELECT FROM pg_stat_activity WHERE pid = %s", orphan), "the orphan still holds its transaction"
        print(f"noticed {max(noticed):.1f} s after it was gone at most, written again after {max(back):.1f} s")
        assert max(noticed) <= 20
        assert host.log().count("of a former owner that had stopped in the middle of a transaction") >= rounds
        assert "FAILED" not in host.log()
        run.end("a network that was gone")
        host.stop()


def test_f51_half_a_second_of_latency_makes_batches_grow_and_the_lag_stays_bounded(kafka, run, hosts, orders):
    rate = 2000
    flow = run.flow
    with FaultProxy(run.seed) as proxies:
        proxy = proxies.listen(flow.db.server.port)
        host = hosts(kafka.bootstrap)
        host.connector("orders", {**orders, "connection.url": flow.db.url_at(proxy.address)})
        host.start()
        run.begin(rate=rate)
        near = figures(flow, 2)
        proxy.set(DOWN, delay_ms=500)
        figures(flow, 0)  # of the change
        far = figures(flow, scale.count(6, 300))
        lag = sum(kcat.ends(flow.bootstrap, flow.topic, flow.partitions).values()) - sum(flow.positions().values())
        print(f"near: {near[0]:.0f} rows/s, {near[1]:.0f} a batch; 500 ms away: {far[0]:.0f} rows/s, {far[1]:.0f} a batch; "
              f"lag {lag} at {rate} events/s")
        assert proxy.fired("delayed", DOWN) > 0
        assert far[0] >= near[0] / 5 and far[1] > near[1]
        assert lag <= rate * 15, "it does not keep up"
        proxy.heal()
        run.end("half a second of latency")
        host.stop()


def figures(flow, seconds):
    """(rows a second, rows a batch) from the next commit on, for at least so long and up to a commit."""
    newest = f"SELECT coalesce(max(id), 0) FROM {flow.table}"

    def next_commit():
        last = flow.db.value(newest)
        waits.until("there is a commit", lambda: flow.db.value(newest) > last, 20, every=0.01)
        return flow.db.value(newest), time.monotonic()
    first, begun = next_commit()
    time.sleep(seconds)
    last, ended = next_commit()
    batches = flow.db.value(f"SELECT count(DISTINCT xmin::text) FROM {flow.table} WHERE id > %s AND id <= %s", first, last)
    return (last - first) / (ended - begun), (last - first) / batches
