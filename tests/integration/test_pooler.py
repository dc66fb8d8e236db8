"""A connection pooler between sluice and the warehouse (F4)."""

import os

import pytest

from harness import events, kcat, ports, processes, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"


@pytest.fixture
def pooled(folder, db):
    """pooled(mode) is the address of a pgbouncer in that mode before the test's database."""
    running = []

    def start(mode):
        port = ports.free()
        host, server_port = db.address.split(":")
        users = folder / "users.txt"
        users.write_text(f'"warehouse" "{db.password}"\n')
        config = folder / "pgbouncer.ini"
        config.write_text(f"[databases]\n{db.name} = host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
                          f"auth_type = plain\nauth_file = {users}\npool_mode = {mode}\nunix_socket_dir =\n"
                          f"ignore_startup_parameters = extra_float_digits\n")
        command = ["pgbouncer", config] if os.geteuid() else ["pgbouncer", "-u", "postgres", config]
        pooler = processes.Process("pgbouncer", command, folder / "pgbouncer.log")
        running.append(pooler)
        waits.until("pgbouncer listens", lambda: ports.answers(port), 10)
        return f"127.0.0.1:{port}"
    yield start
    for pooler in running:
        pooler.kill9()


def test_pooling_by_transaction_is_refused_with_what_to_do(mock, db, hosts, sink, pooled):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink(connection_url=db.url_at(pooled("transaction"))))
    host.start()
    task = waits.until("the task has failed", lambda: (t := host.task("orders"))["state"] == "FAILED" and t, 20)
    assert "pools by transaction" in task["trace"] and "session pooling" in task["trace"]
    assert not db.value("SELECT to_regclass('sluice.sink_offsets') IS NOT NULL"), "it has written something before it looked"


def test_pooling_by_session_works(mock, db, hosts, sink, pooled):
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(50))
    host = hosts(mock.bootstrap)
    host.connector("orders", sink(connection_url=db.url_at(pooled("session"))))
    host.start()
    flow = Flow(mock.bootstrap, TOPIC, db)
    flow.wait_written()
    flow.assert_exactly_once("through a pooler")
