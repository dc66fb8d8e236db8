"""configs/examples/every-table.yaml does what it says, with nothing changed but the addresses."""

from harness import kcat, paths, waits
from harness.changes import change

DEAD = "every-table-dead"
TOPICS = {"shop.public.orders": 2, "shop.sales.invoices": 2, DEAD: 1}
KEY = {"type": "int32", "optional": False}
AMOUNT = {"type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "version": 1,
          "parameters": {"scale": "2", "connect.decimal.precision": "10"}}
FIELDS = {"id": KEY, "amount": AMOUNT}
WIDER = {**FIELDS, "note": {"type": "string", "optional": True}}


def event(op, row, lsn, fields):
    return change(op, None if op == "d" else row, row if op == "d" else None, table="orders", lsn=lsn, fields=fields)


def test_the_example_makes_the_tables_follows_the_source_and_keeps_bad_records(pipes, db, folder):
    example = (paths.ROOT / "configs" / "examples" / "every-table.yaml").read_text()
    secrets = folder / "secrets.properties"
    secrets.write_text(f"password={db.password}\n")
    for old, new in (("postgresql://warehouse@127.0.0.1:5432/analytics", db.url), ("${env:SLUICE_WAREHOUSE_PASSWORD}", f"${{file:{secrets}:password}}")):
        assert example.count(old) == 1
        example = example.replace(old, new)
    db.sql("CREATE SCHEMA history AUTHORIZATION warehouse; GRANT CREATE ON SCHEMA public TO warehouse")
    pipe = pipes(TOPICS)
    gone = event("d", {"id": 2, "amount": "AQ=="}, 40, FIELDS)
    pipe.send("shop.public.orders", [event("c", {"id": 1, "amount": "+x4="}, 10, FIELDS), event("c", {"id": 2, "amount": "AQ=="}, 20, FIELDS),
                                     event("u", {"id": 1, "amount": "AQ==", "note": "late"}, 30, WIDER), gone, (gone[0], None), ('{"id":3}', '{"not": "an envelope", "op": 5')])
    host = pipe.need_host()
    (host.connectors / "every-table.yaml").write_text(example)
    host.start()

    waits.until("both tables are there", lambda: db.value("SELECT to_regclass('public.orders') IS NOT NULL AND to_regclass('history.orders') IS NOT NULL"), 20)
    waits.until("all is written", lambda: db.value("SELECT count(*) FROM history.orders") == 4, 20)
    assert db.sql("SELECT id, amount::text, note, source_lsn FROM orders") == [(1, "0.01", "late", 30)]
    assert db.sql("SELECT id, amount::text, note, operation_type FROM history.orders ORDER BY cdc_timestamp") == [
        (1, "-12.50", None, "INSERT"), (2, "0.01", None, "INSERT"), (1, "0.01", "late", "UPDATE"), (2, "0.01", None, "DELETE")]
    [letter] = waits.until("the bad record is in the dead-letter topic", lambda: kcat.dump(pipe.bootstrap, DEAD), 20)
    assert letter.headers["__connect.errors.topic"] == "shop.public.orders"
    # Another schema's tables are none of its topics.
    assert db.value("SELECT to_regclass('sales.invoices') IS NULL")
