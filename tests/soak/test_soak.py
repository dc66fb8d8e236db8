"""The short soak holds, and its ledger finds what is wrong with a result."""

import os
import random

import pytest

from harness import results
from soak import plan, report
from soak.run import Run


@pytest.fixture(scope="module")
def run():
    made = Run(plan.short(int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1, 2**31))))
    try:
        made.go()
        yield made
    finally:
        made.close()


@pytest.fixture
def lane(run):
    return next(lane for lane in run.lanes if lane.name == "kills")


def inspected(lane):
    """The sentences of a new look at all that the lane has written."""
    lane.violations.clear()
    lane.checker.differences.clear()
    lane.positions.take(lane.watching)
    lane.inspect()
    return " ".join(lane.violations)


def test_a_short_soak_of_all_lanes_loses_and_doubles_nothing(run, tmp_path):
    found = report.result(run)
    print(report.table(found))
    assert found["violations"] == []
    assert all(lane["lost"] == lane["doubled"] == 0 < lane["rows"] for lane in found["lanes"].values())
    report.junit(found, tmp_path / "soak.xml")
    assert results.count(tmp_path / "soak.xml") == (len(run.lanes), 0)


_ONE = "id = (SELECT min(id) FROM orders_ledger WHERE amount IS NOT NULL)"
_COLUMNS = ("order_id, customer_id, product_name, amount, status, created_at, updated_at, cdc_timestamp, processed_at, operation_type, "
            "kafka_topic, kafka_partition, kafka_offset, lsn")


@pytest.mark.parametrize("spoil, mend, found", [
    (f"DELETE FROM orders_ledger WHERE {_ONE}", "INSERT INTO orders_ledger SELECT * FROM kept", "lost 1"),
    (f"INSERT INTO orders_ledger ({_COLUMNS}) SELECT {_COLUMNS} FROM kept", "DELETE FROM orders_ledger WHERE id = (SELECT max(id) FROM orders_ledger)",
     "doubled 1"),
    (f"UPDATE orders_ledger SET amount = amount + 0.01 WHERE {_ONE}", f"UPDATE orders_ledger SET amount = amount - 0.01 WHERE {_ONE}",
     "wrong content"),
    ("UPDATE orders_current SET status = status || '.' WHERE order_id = (SELECT min(order_id) FROM orders_current)",
     "UPDATE orders_current SET status = rtrim(status, '.')", "orders_current: 2 rows")], ids=["lost", "doubled", "changed", "current"])
def test_a_row_that_is_spoiled_is_found(run, lane, spoil, mend, found):
    lane.db.sql(f"CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT * FROM orders_ledger WHERE {_ONE}")
    lane.db.sql(spoil)
    assert found in inspected(lane)
    lane.db.sql(mend)
    assert inspected(lane) == "", "what was spoiled was mended: the ledger sees what is not there"


def test_a_commit_by_a_session_that_is_not_the_owners_is_found(run, lane):
    lane.db.sql("SET application_name = 'sluice:00000000-0000-4000-8000-000000000000:kills-history-0'")
    lane.db.sql("UPDATE sluice.sink_offsets SET next_offset = next_offset + 1 WHERE partition = 0")
    assert "zombie: kills-history kills.public.orders-0: session sluice:00000000" in inspected(lane)
    lane.db.sql("UPDATE sluice.sink_offsets SET next_offset = next_offset - 1 WHERE partition = 0")
    assert "positions: kills-history kills.public.orders-0 went back" in inspected(lane)
    file = run.stand.folder / "soak.xml"
    report.junit({**report.result(run), "violations": lane.violations}, file)
    assert results.count(file) == (len(run.lanes) - 1, 1)
