"""The differential test proves nothing unless its comparison can fail."""

import pytest

from e2e.differential import comparison, losses, tables
from e2e.differential.settings import SOURCES

_TABLE = tables.EMPTIED
_ROWS = "(1, 'one', 1.00), (2, 'two', 2.00), (3, NULL, NULL)"


@pytest.fixture
def compared(db):
    """compared(what to do to the target) gives the differences of two tables that are equal before."""
    for schema in ("source", "target"):
        db.sql(f"CREATE SCHEMA {schema}; {_TABLE.target_ddl(schema, primary=False)} INSERT INTO {schema}.emptied VALUES {_ROWS}")

    def differences(change):
        db.sql(change)
        return [str(difference) for difference in comparison.compare(
            db, SOURCES[0], _TABLE, _TABLE.all_columns, comparison.current("target", _TABLE), "target")]
    return differences


@pytest.mark.parametrize("change, told", [
    ("SELECT 1", []),
    ("DELETE FROM target.emptied WHERE id = 2", ["target rows: 1 differ, e.g. missing ('2',)"]),
    ("INSERT INTO target.emptied VALUES (4, 'four', 4)", ["target rows: 1 differ, e.g. extra ('4',)"]),
    ("INSERT INTO target.emptied VALUES (1, 'one', 1.00)", ["target rows: 1 differ, e.g. twice ('1',)"]),
    ("UPDATE target.emptied SET note = '' WHERE id = 3", ["target note: 1 differ, e.g. source None, target ''"]),
    ("UPDATE target.emptied SET amount = 1.01 WHERE id = 1", ["target amount: 1 differ, e.g. source '1.00', target '1.01'"]),
])
def test_the_comparison_tells_which_row_or_column_differs(compared, change, told):
    assert compared(change) == told


@pytest.mark.parametrize("row, there", [
    ("(10, 'later', NULL, 'UPDATE')", [("later",)]),
    ("(10, NULL, NULL, 'DELETE')", []),
])
def test_the_replay_of_a_history_is_what_its_newest_row_says(db, row, there):
    db.sql(f"CREATE SCHEMA target; {_TABLE.target_ddl('target', 'operation_type text', 'hist_id bigserial', primary=False)}")
    db.sql("INSERT INTO target.emptied VALUES (10, 'first', 1, 'INSERT')")
    db.sql(f"INSERT INTO target.emptied VALUES {row}")
    assert db.sql(f"SELECT note FROM {comparison.replayed('target', _TABLE)} AS t") == there


def test_nothing_is_lost_of_the_types_that_every_setting_carries_whole():
    for source in SOURCES:
        for name, sql in (("a", "text"), ("b", "bigint"), ("c", "jsonb"), ("d", "timestamptz"), ("e", "text[]"), ("f", "bytea")):
            assert losses.seen_through(source, name, sql) == name
