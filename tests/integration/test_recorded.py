"""What Debezium sent, as it was recorded: each event becomes its row, exact in every column."""

import json
from decimal import Decimal

import pytest

from harness import kcat, load, paths
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"
# recording, decimal.handling.mode at the source; with schemas the events tell it themselves
RECORDINGS = [("precise", "precise"), ("string", "string"), ("double", "double"), ("schemas", "precise")]


def recording(name):
    file = paths.needed(paths.DATA / "orders" / f"{name}.jsonl", "tests/data belongs to the repository: git checkout it")
    return file, [json.loads(line) for line in file.read_text().split("\n") if line]


@pytest.fixture(params=RECORDINGS, ids=[name for name, _ in RECORDINGS])
def written(request, mock, db, hosts, sink):
    """A recording that went through the whole path: (its records, the flow)."""
    name, mode = request.param
    file, records = recording(name)
    load.write(mock.bootstrap, TOPIC, file=file, recorded=True)
    host = hosts(mock.bootstrap)
    host.connector("orders", sink(decimal_handling_mode=mode if name != "schemas" else None))
    host.start()
    flow = Flow(mock.bootstrap, TOPIC, db, mode=mode)
    flow.wait_written()
    return records, flow


def test_every_recorded_event_is_a_row_exactly_once_and_a_tombstone_is_none(written):
    records, flow = written
    in_topic = kcat.dump(flow.bootstrap, TOPIC)
    assert sorted((r["partition"], r["offset"], r["key"], r["value"] or "") for r in records) == \
        sorted((r.partition, r.offset, r.key, r.value or "") for r in in_topic), "the topic holds not what was recorded"
    tombstones = sum(1 for record in records if record["value"] is None)
    assert tombstones > 0, "the recording has no tombstone"

    flow.assert_exactly_once()
    assert flow.rows() == len(records) - tombstones


def test_amounts_are_right_to_the_cent_and_deletes_are_there(written):
    _, flow = written
    amounts = {row[0] for row in flow.db.sql("SELECT amount FROM orders_ledger")}
    assert {Decimal("-12.50"), Decimal("0.01"), Decimal("99999999.99")} <= amounts
    operations = dict(flow.db.sql("SELECT operation_type, count(*) FROM orders_ledger GROUP BY 1"))
    assert set(operations) == {"SNAPSHOT", "INSERT", "UPDATE", "DELETE"}, operations


def test_without_columns_orders_fact_gets_the_same_rows(mock, db, hosts, sink):
    file, _ = recording("precise")
    load.write(mock.bootstrap, TOPIC, file=file, recorded=True)
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.connector("facts", sink(table_name="orders_fact", columns=None))
    host.start()
    Flow(mock.bootstrap, TOPIC, db).wait_written()
    Flow(mock.bootstrap, TOPIC, db, "facts", "orders_fact").wait_written()

    columns = "order_id, customer_id, product_name, amount, status, created_at, updated_at, cdc_timestamp, operation_type"
    facts, rows = (f"SELECT {columns} FROM {table}" for table in ("orders_fact", "orders_ledger"))
    assert db.value("SELECT count(*) FROM orders_fact") > 0
    assert db.sql(f"({facts} EXCEPT ALL {rows}) UNION ALL ({rows} EXCEPT ALL {facts})") == []
    assert db.value("SELECT count(*) FROM orders_fact WHERE processed_at IS NULL") == 0
    # One order's events stand in their order, so the newest row is the one with the greatest id.
    assert db.sql("SELECT order_id FROM orders_latest l WHERE EXISTS (SELECT FROM orders_fact f WHERE f.order_id = l.order_id AND "
                  "f.operation_type = 'DELETE' AND f.id = (SELECT max(id) FROM orders_fact m WHERE m.order_id = f.order_id))") == []
