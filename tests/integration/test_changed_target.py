"""Somebody changes the target, or it comes to an end of its own: no event is refused for it, and what is mended goes on."""

import json
import time

from harness import events, kcat, ledger, paths, ports
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


# More than errors.max.share lets pass, of a batch that is large enough for a share.
COUNT = 30
# Each by its connector and table: what somebody does to it, and what mends it. What ends in a share of bad records looks like bad
# records one by one, and is a changed table all the same.
CHANGES = {
    "narrow": ("DROP COLUMN amount", "ADD COLUMN amount numeric(10,2)", ("blocked: ", '"amount"')),
    "renamed": ("RENAME COLUMN amount TO price", "RENAME COLUMN price TO amount", ("blocked: ", '"amount"')),
    "gone": ("RENAME TO elsewhere", None, ("blocked: ", "gone")),
    "strict": ("ADD COLUMN region text; UPDATE strict SET region = ''; ALTER TABLE strict ALTER region SET NOT NULL", "ALTER region DROP NOT NULL",
               ("blocked: ", "errors.max.share")),
    "checked": ("ADD CONSTRAINT none CHECK (order_id < 0) NOT VALID", "DROP CONSTRAINT none", ("blocked: ", "errors.max.share"))}


def test_e20b_f53_f53b_what_blocks_fails_nothing_and_tells_no_secret_and_goes_on_once_it_is_mended(mock, db, hosts, sink, folder):
    """All at once, since each is looked at again only every 30 s."""
    wrong = folder / "wrong.properties"
    wrong.write_text(f"password={CANARY}\n")
    flows = {name: Flow(mock.bootstrap, TOPIC, db, name, ledger.create(db, name)) for name in CHANGES}
    others = [Flow(mock.bootstrap, TOPIC, db, "password"), Flow(mock.bootstrap, TOPIC, db, "sequence", ledger.create(db, "numbered"))]
    db.sql("ALTER SEQUENCE numbered_id_seq MAXVALUE 5 RESTART 4")
    host = hosts(mock.bootstrap)
    host.connector("password", {**sink(), "connection.password": f"${{file:{wrong}:password}}",
                                "connection.url": db.url_at(f"127.0.0.1:{ports.free()}", db.address)})
    host.connector("sequence", sink(table_name="numbered"))
    for name in CHANGES:
        host.connector(name, {**sink(table_name=name), "errors.tolerance": "all", "errors.deadletterqueue.table.name": "dead", "linger.ms": 500})
    host.start()
    # Their tasks have looked at the tables by then.
    kcat.produce(mock.bootstrap, TOPIC, 1, events.inserts(1))
    for flow in flows.values():
        flow.wait_claimed()
        flow.wait_written()
    for name, (change, _, _) in CHANGES.items():
        db.sql(f"ALTER TABLE {name} {change}")
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(COUNT, first=2))

    host.wait_condition("password", "blocked: ", "28P01", "connection.password")
    host.wait_condition("sequence", "blocked: ", "numbered_id_seq", "2200H")
    for name, (_, _, said) in CHANGES.items():
        host.wait_condition(name, *said)
    answers = [host.rest.get(path) for path in REST_PATHS]
    assert [answer.status for answer in answers] == [200] * len(answers), answers
    assert not [answer for answer in answers if CANARY in answer.text]

    wrong.write_text(f"password={db.password}\n")
    db.sql("ALTER SEQUENCE numbered_id_seq NO MAXVALUE; ALTER TABLE elsewhere RENAME TO gone")
    for name, (_, mend, _) in CHANGES.items():
        if mend:
            db.sql(f"ALTER TABLE {name} {mend}")
    mended = time.monotonic()
    for flow in [*others, *flows.values()]:
        flow.wait_written(45)
    print(f"all went on {time.monotonic() - mended:.1f} s after they were mended")
    assert time.monotonic() - mended <= 35 * paths.SLOWNESS
    for flow in [*others, *flows.values()]:
        host.wait_running(flow.connector)
    assert "FAILED" not in host.log() and CANARY not in host.log()
    # The first amount of `narrow` went with its column.
    db.sql("UPDATE narrow SET amount = 0.01 WHERE amount IS NULL")
    for flow in [*others, *flows.values()]:
        flow.assert_exactly_once(flow.connector)
    assert db.sql("SELECT to_regclass('dead')") == [(None,)], "a changed table was taken for bad records"
