"""The primary dies, and its asynchronous standby takes over without what it had not got yet; the old one comes back; a server takes
no writes. Connectors are told of both servers, the standby first."""

import shutil
import time

import pytest

from harness import events, kcat, ledger, paths, scale, waits
from harness.fault_run import regressions
from harness.flow import Flow
from harness.pair import Pair
from harness.postgres import Database


pytestmark = pytest.mark.xdist_group("pair")  # so that it is made once only


@pytest.fixture(scope="module")
def servers():
    path = paths.temporary_folder("pair")
    made = Pair(path)
    yield made
    made.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def pair(servers):
    servers.mend()
    return servers


@pytest.fixture
def db(pair):
    database = ledger.database(pair)
    yield database
    database.drop()


def write(flow, first, count):
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(count, first))
    flow.wait_written(60)


def ask(server, flow, text):
    """The run's database as that server has it."""
    database = Database(server, flow.db.name)
    try:
        return database.sql(text)
    finally:
        database.close()


def contents(server, flow):
    """What sluice could write."""
    return ask(server, flow, f"""SELECT (SELECT count(*) FROM {flow.table}), (SELECT count(*) FROM sluice.sink_events),
        (SELECT array_agg((connector, partition, epoch, next_offset, owner_id)::text ORDER BY connector, partition) FROM sluice.sink_offsets)""")


@pytest.mark.parametrize("k", [1, 10, 1000])
def test_f42_a_standby_that_lacks_k_transactions_gets_them_from_kafka_once_more(kafka, run, hosts, orders, pair, k):
    rounds = scale.count(1, 20)
    flow = run.flow
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "batch.max.records": 1})
    host.start()
    run.begin(rate=0)
    took, written = [], 0
    for _ in range(rounds):
        pair.mend()
        write(flow, written + 1, 20)
        pair.wait_caught_up()
        pair.cut_replication()
        kept = flow.rows()
        write(flow, written + 21, k)
        written += 20 + k
        lacking = flow.db.value(f"SELECT count(DISTINCT xmin::text) FROM {flow.table} WHERE order_id > %s", written - k)
        assert (lacking, ask(pair.standby, flow, f"SELECT count(*) FROM {flow.table}")[0][0]) == (k, kept), "the standby does not lack what it should"
        pair.kill_primary()
        pair.promote()
        promoted = time.monotonic()
        flow.wait_written(60)  # nothing new comes: the connector has to notice by itself
        took.append(time.monotonic() - promoted)
    print(f"{rounds} failovers without {k} transactions: all of them were there again {max(took):.2f} s after the promotion at most")
    assert regressions(host) >= rounds
    assert flow.db.value("SELECT count(*) FROM sluice.sink_events WHERE kind = 'db_regressed'") >= rounds
    assert "FAILED" not in host.log()
    host.wait_running("orders")
    run.end(f"{rounds} failovers that lacked {k} transactions")


def test_f43_an_old_primary_that_comes_back_is_never_written_to(kafka, run, hosts, orders, pair):
    flow = run.flow
    old, new = pair.primary, pair.standby
    host = hosts(kafka.bootstrap)
    # The one that will be the old one first, so that it is asked first.
    both = flow.db.url_at(f"127.0.0.1:{old.port}", f"127.0.0.1:{new.port}")
    host.connector("orders", {**orders, "connection.url": both})
    host.start()
    run.begin(rate=200)
    pair.kill_primary()
    pair.promote()
    flow.wait_advanced(flow.positions())
    pair.start_old_primary()
    before = contents(old, flow)
    sessions = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'"
    # A connector that knows of the old one alone has to wait; the other one has to pass it over.
    ledger.create(flow.db, "of_the_old")
    host.connector("alone", {**orders, "connection.url": flow.db.url_at(f"127.0.0.1:{old.port}"), "table.name": "of_the_old"})
    host.wait_condition("alone", "waiting for the database: ", "an old primary has come back", seconds=30)
    for _ in range(3):
        assert flow.db.value(sessions) > 0, "there was no session to be ended: this test would test nothing"
        flow.wait_advanced(flow.positions())
    host.wait_condition("alone", "waiting for the database: ", "an old primary has come back")
    assert contents(old, flow) == before, "the old primary was written to"
    print("rows, positions and events that were written to the old primary: 0")
    assert "FAILED" not in host.log()
    old.kill9()
    host.wait_running("orders")
    run.end("an old primary that came back")


def test_f44_a_server_that_takes_no_writes_is_waited_for(kafka, run, hosts, orders, pair):
    """A primary that turns read-only under its sessions, and a standby, which is all that one of the connectors knows of."""
    flow = run.flow
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    second = Flow(flow.bootstrap, flow.topic, flow.db, "standby", ledger.create(flow.db, "second"), flow.partitions)
    host.connector("standby", {**orders, "connection.url": flow.db.url_at(f"127.0.0.1:{pair.standby.port}"), "table.name": second.table})
    host.start()
    assert orders["connection.url"].index(str(pair.standby.port)) < orders["connection.url"].index(str(pair.primary.port))
    run.begin(rate=500)
    host.wait_condition("standby", "waiting for the database: ")

    pair.primary.configure(default_transaction_read_only="on")
    host.wait_condition("orders", "waiting for the database: ", "25006")
    stood = flow.positions()
    waits.holds("it waits", lambda: host.task("orders")["state"] == "RUNNING" and flow.positions() == stood, 3)
    pair.primary.configure(default_transaction_read_only=None)
    mended = time.monotonic()
    flow.wait_advanced(stood, 10)
    print(f"read-write again: every partition went on {time.monotonic() - mended:.2f} s later")
    assert time.monotonic() - mended <= 5

    pair.wait_caught_up()
    pair.kill_primary()
    pair.promote()
    promoted = time.monotonic()
    waits.until("the standby's connector writes", lambda: second.rows() > 0, 10)
    print(f"promoted: the connector that knew only the standby wrote {time.monotonic() - promoted:.2f} s later")
    assert time.monotonic() - promoted <= 5
    assert "FAILED" not in host.log()
    run.end("no writes")
    second.wait_written()
    second.assert_exactly_once("by way of the standby alone")
