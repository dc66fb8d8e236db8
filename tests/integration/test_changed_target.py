"""Somebody changes the target, or it comes to an end of its own: no event is refused for it, and what is mended goes on."""

import json

from harness import events, kcat, ledger, ports
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"
CANARY = "canary-4711"
REST_PATHS = ("/", "/health", "/connectors?expand=info&expand=status", "/connectors/password", "/connectors/password/config",
              "/connectors/password/status", "/connectors/password/tasks", "/connectors/password/tasks/0/status")


def with_region(order_id, region):
    key, value = events.envelope("c", order_id)
    event = json.loads(value)
    event["after"]["region"] = region
    return key, json.dumps(event)


def test_a_column_that_is_added_before_the_source_sends_it_is_filled_from_the_first_value_on(mock, db, hosts, sink):
    db.sql("CREATE TABLE plain (id bigserial, order_id int, customer_id int, product_name text, amount numeric(10,2), "
           "status text, created_at timestamp, updated_at timestamp)")
    flow = Flow(mock.bootstrap, TOPIC, db, table="plain")
    host = hosts(mock.bootstrap)
    host.connector("orders", sink(columns=None, table_name="plain"))
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(5))
    host.start()
    flow.wait_written()

    db.sql("ALTER TABLE plain ADD COLUMN region text")
    kcat.produce(mock.bootstrap, TOPIC, 0, [with_region(6, "EU"), with_region(7, "US")])
    flow.wait_written(10)
    assert db.sql("SELECT order_id, region FROM plain WHERE region IS NOT NULL ORDER BY id") == [(6, "EU"), (7, "US")]
    assert flow.rows() == 7
    assert "blocked: " not in host.log()


def test_e20b_what_blocks_fails_nothing_and_tells_no_secret_and_goes_on_once_it_is_mended(mock, db, hosts, sink, folder):
    """Three at once, since each is looked at again only every 30 s."""
    wrong = folder / "wrong.properties"
    wrong.write_text(f"password={CANARY}\n")
    flows = [Flow(mock.bootstrap, TOPIC, db, "password")]
    for connector, table in (("sequence", "numbered"), ("column", "narrow")):
        flows.append(Flow(mock.bootstrap, TOPIC, db, connector, ledger.create(db, table)))
    db.sql("ALTER SEQUENCE numbered_id_seq MAXVALUE 5 RESTART 4")
    host = hosts(mock.bootstrap)
    host.connector("password", {**sink(), "connection.password": f"${{file:{wrong}:password}}",
                                "connection.url": db.url_at(f"127.0.0.1:{ports.free()}", db.address)})
    host.connector("sequence", sink(table_name="numbered"))
    host.connector("column", sink(table_name="narrow"))
    host.start()
    # Its task has looked at the table by then.
    flows[2].wait_claimed()
    kcat.produce(mock.bootstrap, TOPIC, 1, events.inserts(1))
    flows[2].wait_written()
    db.sql("ALTER TABLE narrow DROP COLUMN amount")
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(5, first=2))

    host.wait_condition("password", "blocked: ", "28P01", "connection.password")
    host.wait_condition("sequence", "blocked: ", "numbered_id_seq", "2200H")
    host.wait_condition("column", "blocked: ", '"amount"')
    answers = [host.rest.get(path) for path in REST_PATHS]
    assert [answer.status for answer in answers] == [200] * len(answers), answers
    assert not [answer for answer in answers if CANARY in answer.text]

    wrong.write_text(f"password={db.password}\n")
    db.sql("ALTER SEQUENCE numbered_id_seq NO MAXVALUE")
    db.sql("ALTER TABLE narrow ADD COLUMN amount numeric(10,2)")
    for flow in flows:
        flow.wait_written(45)
        host.wait_running(flow.connector)
    assert "FAILED" not in host.log() and CANARY not in host.log()
    flows[0].assert_exactly_once("password")
    flows[1].assert_exactly_once("sequence")
    assert flows[2].rows() == 6
    assert db.value("SELECT count(amount) FROM narrow") == 5, "the first was written before its column went"
