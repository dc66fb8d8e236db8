"""The database, or a part of it, neither works nor fails: what else there is goes on, and nothing hangs with it."""

import socket

from harness import events, kcat, load, paths, waits
from harness.proxy import UP, Proxy
from harness.sluice import flat

TOPIC = "dbserver1.public.orders"


def test_a_position_that_a_person_has_locked_stops_its_partition_alone_and_is_named(mock, hosts, sink, flow):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_claimed()
    host.stop_connector("orders")
    for partition in range(4):
        kcat.produce(mock.bootstrap, TOPIC, partition, events.inserts(10, first=1 + 10 * partition))
    person = flow.db.another()
    person.sql("BEGIN")
    person.sql("SELECT FROM sluice.sink_offsets WHERE partition = 2 FOR UPDATE")

    host.resume("orders")
    host.wait_condition("orders", f"{TOPIC}-2", "sluice.sink_offsets")
    waits.until("the others are written", lambda: flow.positions() == {0: 10, 1: 10, 2: 0, 3: 10}, 20 * paths.SLOWNESS)
    host.wait_condition("orders", f"{TOPIC}-2", "sluice.sink_offsets")

    person.sql("ROLLBACK")
    person.close()
    flow.wait_written()
    host.wait_running("orders")
    flow.assert_exactly_once("a locked position")


def test_a_frozen_database_is_told_while_rest_answers_and_its_connector_can_be_deleted(mock, hosts, sink, flow, folder, seed,
                                                                                       postgres_server):
    host = hosts(mock.bootstrap).start()
    orders = {"name": "orders", "config": flat({**sink(), "put.timeout.ms": 3000})}
    assert host.rest.post("/connectors", orders).status == 201
    flow.wait_claimed()
    running = load.Load(folder, mock.bootstrap, TOPIC, rate=500, seed=seed)
    flow.wait_advanced(flow.positions())
    written = flow.rows()
    postgres_server.freeze()
    try:
        host.wait_condition("orders", "waiting for", seconds=10)
        assert host.rest.get("/health").status == 200
        assert host.rest.delete("/connectors/orders").status == 204
        assert host.rest.post("/connectors", orders).status == 201
    finally:
        postgres_server.thaw()
    running.stop()
    flow.wait_written()
    host.wait_running("orders")
    assert flow.rows() > written
    flow.assert_exactly_once("a frozen database")


def next_attempt(silent):
    """The connection of a client that has only just begun to wait for an answer."""
    silent.setblocking(False)
    try:
        while True:
            silent.accept()[0].close()  # of earlier attempts
    except BlockingIOError:
        silent.settimeout(20 * paths.SLOWNESS)
    return silent.accept()[0]


def test_a_server_that_never_answers_is_told_yields_to_the_next_one_and_hinders_no_stop(mock, hosts, sink, flow):
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10))
    host = hosts(mock.bootstrap)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts for it
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        host.connector("silent", {**sink(), "connection.url": flow.db.url_at(address)})
        host.connector("orders", {**sink(), "connection.url": flow.db.url_at(address, flow.db.address)})
        host.start()
        host.wait_condition("silent", "waiting for the database: ")
        flow.wait_written()
        host.wait_running("orders")
        host.wait_condition("silent", "waiting for the database: ")
        with next_attempt(silent):
            host.stop(seconds=5)
    flow.assert_exactly_once("a silent first server")


def test_a_connection_lost_in_the_middle_of_a_copy_costs_seconds_and_no_row(mock, hosts, sink, flow, seed):
    host = hosts(mock.bootstrap)
    with Proxy(flow.db.server.port) as proxy:
        host.connector("orders", {**sink(), "connection.url": flow.db.url_at(f"127.0.0.1:{proxy.port}")})
        host.start()
        flow.wait_claimed()
        proxy.arm_cut(UP, after=200_000, how="half_open")
        load.write(mock.bootstrap, TOPIC, rate=0, count=6000, seed=seed)
        proxy.wait_fired("half_opened")
        flow.wait_written(15)
        host.wait_running("orders")
        # It knows that only of a session that waits inside of its transaction for what will never come.
        assert "of a former owner that had stopped in the middle of a transaction" in host.log()
        host.stop()
    flow.assert_exactly_once("lost in COPY")
