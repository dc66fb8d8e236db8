"""A column of every type: what Debezium recorded of it lands in a table of the same types, each value as the source has it.

`truth` is the source's own table, made by the statements that were recorded. Where a setting of the source loses something
before the sink, the difference is written down here, and nothing else may differ.
"""

import json

import pytest

from harness import brokers, kcat, paths
from harness.flow import Flow

KITCHEN = paths.DATA / "kitchen"
TOPIC, COMPOSITE, ODD = "shop.public.kitchen", "shop.public.composite", "shop.public.Odd__Name"
PARTITIONS = 4
# Sent in UTC: the offset is lost. An interval as a number has no months and days.
ZONES = {(3, "tmtz"): "11:59:59.999999+00", (1, "tmtz"): "10:00:00+00"}
HOURS = {(1, "iv"): "10303:05:06.789", (3, "iv"): "-10159:05:06"}
LOSSES = {
    "schemas": {**ZONES, **HOURS, (3, "n"): None},  # precise has no NaN (C24b)
    "plain": {**ZONES, **HOURS, (3, "tm"): "00:00:00"},  # isostring has no 24:00:00 (C12b)
}
# A double has 17 digits, connect's times three after the point. (Intervals were sent as text here.)
DOUBLES = {
    **ZONES, (1, "ts"): "1970-01-01 00:00:00", (3, "ts"): "9999-12-31 23:59:59.999",
    (1, "n38_0"): "-1" + 38 * "0", (3, "n38_0"): "1" + 38 * "0",
    (1, "n38_18"): "-12345678901234567000.000000000000000000", (3, "n38_18"): "12345678901234567000.000000000000000000",
    (4, "n"): "12345678901234567" + 43 * "0", (1, "m"): "-92233720368547760", (3, "m"): "0.01"}
MODES = {"schemas": {}, "plain": {"decimal_handling_mode": "string", "time_precision_mode": "isostring"},
         "dbl": {"binary_handling_mode": "hex"}}


@pytest.fixture
def broker(folder):
    made = brokers.MockBroker(folder / "mock", {TOPIC: PARTITIONS, COMPOSITE: PARTITIONS, ODD: PARTITIONS})
    yield made
    made.stop()


@pytest.fixture
def truth(db):
    """The source's table, and beside it every version of a row with the operation that made it."""
    db.sql("CREATE SCHEMA truth")
    db.sql("SET search_path = truth, public")  # its extensions' types are in no usual schema either
    db.sql((KITCHEN / "kitchen.sql").read_text())
    db.sql("CREATE TABLE versions AS SELECT 'INSERT'::text AS operation_type, * FROM kitchen")
    db.sql("INSERT INTO versions SELECT 'DELETE', * FROM kitchen WHERE id = 3")
    db.sql("UPDATE kitchen SET t = NULL, n10_2 = 1.00 WHERE id = 1")
    db.sql("INSERT INTO versions SELECT 'UPDATE', * FROM kitchen WHERE id = 1")
    db.sql("CREATE TABLE public.target (operation_type text, LIKE kitchen INCLUDING GENERATED)")
    db.sql("ALTER TABLE public.target ALTER id DROP NOT NULL")
    db.sql("ALTER TABLE public.target DROP COLUMN bx")  # Debezium 3.3 sends no boxes
    db.sql("GRANT USAGE ON SCHEMA truth TO warehouse")
    return [name for name, in db.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'target'::regclass AND attnum > 0 "
                                     "AND NOT attisdropped AND attname <> 'operation_type'")]


def write(broker, topic, file):
    of_partition = {}
    for record in map(json.loads, filter(None, file.read_text().split("\n"))):
        of_partition.setdefault(record["partition"], []).append((record["key"], record["value"]))
    for partition, pairs in of_partition.items():
        kcat.produce(broker.bootstrap, topic, partition, pairs)


def differences(db, columns):
    """{(operation, id, column): (written, in the source)} where they are not the same text."""
    db.sql("SET extra_float_digits = 1; SET lc_monetary = 'C'; SET timezone = 'UTC'")
    # A numeric without a scale shows as many digits as it came with: 128.0 is 128.
    cells = ", ".join(f"('{column}', {'trim_scale(n)' if column == 'n' else column}::text)" for column in columns)
    of_table = f"(SELECT operation_type, id, cell.* FROM {{}}, LATERAL (VALUES {cells}) AS cell(name, value))"
    rows = db.sql(f"SELECT operation_type, id, name, a.value, b.value FROM {of_table.format('public.target')} a FULL JOIN "
                  f"{of_table.format('truth.versions')} b USING (operation_type, id, name) WHERE a.value IS DISTINCT FROM b.value")
    return {(operation, number, name): (written, source) for operation, number, name, written, source in rows}


@pytest.fixture
def started(broker, hosts, sink, truth):
    """started(recording) is a host that writes it into `target`."""
    def run(name):
        write(broker, TOPIC, KITCHEN / f"{name}.jsonl")
        host = hosts(broker.bootstrap)
        host.connector("kitchen", sink(topics=TOPIC, table_name="target", columns=None, **MODES[name]))
        host.start()
        return host
    return run


@pytest.fixture
def written(broker, db, truth, started):
    """written(recording) is what differs after it went through the whole path."""
    def run(name):
        started(name)
        Flow(broker.bootstrap, TOPIC, db, "kitchen", "target").wait_written()
        return differences(db, truth)
    return run


@pytest.mark.parametrize("name", LOSSES)
def test_r9_current_rows_are_the_sources_rows_at_the_end(broker, db, hosts, sink, truth, name):
    db.sql("ALTER TABLE target ADD PRIMARY KEY (id)")
    write(broker, TOPIC, KITCHEN / f"{name}.jsonl")
    host = hosts(broker.bootstrap)
    host.connector("kitchen", sink(topics=TOPIC, table_name="target", columns=None, mode="current", **MODES[name]))
    host.start()
    Flow(broker.bootstrap, TOPIC, db, "kitchen", "target").wait_written()

    assert [number for number, in db.sql("SELECT id FROM target ORDER BY id")] == [1, 2, *range(4, 14)]
    # Of each row only its last version is to be compared, whatever operation made it.
    db.sql("DELETE FROM versions v WHERE id = 3 OR id = 1 AND operation_type = 'INSERT'")
    db.sql("UPDATE target SET operation_type = (SELECT operation_type FROM versions v WHERE v.id = target.id)")
    found = differences(db, truth)
    assert {(number, column): value for (_, number, column), (value, _) in found.items()} == \
        {place: value for place, value in LOSSES[name].items() if place[0] == 1}


@pytest.mark.parametrize("name", LOSSES)
def test_r9_each_value_is_the_sources_but_for_what_the_source_did_not_send(written, db, name):
    found = written(name)
    assert db.value("SELECT count(*) FROM target") == 15
    assert {(number, column): value for (_, number, column), (value, _) in found.items()} == LOSSES[name]


def test_r10_a_double_loses_digits_and_connects_times_lose_microseconds_and_nothing_else(written, db):
    db.sql("ALTER TABLE target ALTER n38_0 TYPE numeric, ALTER m TYPE numeric")  # the others' limits are too narrow for the doubles
    found = written("dbl")
    assert db.value("SELECT count(*) FROM target") == 15
    assert {(number, column): value for (_, number, column), (value, _) in found.items()} == DOUBLES


def test_r10_c24c_a_double_beyond_the_columns_limits_is_a_bad_record_with_the_columns_name(started):
    started("dbl").wait_failed("kitchen", "22003")


def test_r10_the_others_are_written_where_bad_records_are_tolerated(broker, db, hosts, sink, truth):
    write(broker, TOPIC, KITCHEN / "dbl.jsonl")
    host = hosts(broker.bootstrap)
    host.connector("kitchen", {**sink(topics=TOPIC, table_name="target", columns=None, **MODES["dbl"]), "errors.tolerance": "all",
                               "errors.max.share": 0.5, "errors.deadletterqueue.table.name": "dead"})
    host.start()
    Flow(broker.bootstrap, TOPIC, db, "kitchen", "target").wait_written()
    letters = db.sql("SELECT code, value_of->>'op', (COALESCE(NULLIF(value_of->'after', 'null'), value_of->'before')->>'id')::int, column_name FROM "
                     "(SELECT *, convert_from(value, 'UTF8')::jsonb->'payload' AS value_of FROM dead) d ORDER BY 3, 2")
    assert [(code, op, number) for code, op, number, _ in letters] == [("22003", "c", 1), ("22003", "u", 1), ("22003", "c", 3), ("22003", "d", 3)]
    assert {column for *_, column in letters} <= {"n38_0", "m"}
    assert db.value("SELECT count(*) FROM target") == 11
    rest = {place: value for place, value in DOUBLES.items() if place[0] not in (1, 3)}
    db.sql("DELETE FROM versions WHERE id IN (1, 3)")
    assert {(number, column): value for (_, number, column), (value, _) in differences(db, truth).items()} == rest


def test_r14_b8_each_record_is_read_by_its_own_schema_when_columns_come_go_and_change_their_type(broker, db, hosts, sink):
    write(broker, COMPOSITE, paths.DATA / "topics" / "schemas.public.composite.jsonl")
    db.sql("CREATE TABLE target (operation_type text, tenant text, id int, v text, extra numeric(12,4), renamed text)")
    host = hosts(broker.bootstrap)
    host.connector("composite", sink(topics=COMPOSITE, table_name="target", columns=None))
    host.start()
    Flow(broker.bootstrap, COMPOSITE, db, "composite", "target").wait_written()
    rows = db.sql("SELECT tenant, extra::text, renamed FROM target WHERE operation_type = 'INSERT' AND tenant > 't2' ORDER BY 1")
    assert rows == [("t3", "2.2500", None), ("t4", "9.7500", None), ("t5", None, "0.0001"), ("t6", None, "now text")]


def test_r13_odd_names_meet_their_columns_and_sql_in_a_value_is_a_value(broker, db, hosts, sink):
    write(broker, ODD, paths.DATA / "topics" / "plain.public.Odd__Name.jsonl")
    db.sql('CREATE TABLE "Odd ""Name" ("Select" int PRIMARY KEY, "weird col" text, "ünï" text)')
    host = hosts(broker.bootstrap)
    host.connector("odd", sink(topics=ODD, table_name="${source.table}", columns=None, mode="current"))
    host.start()
    Flow(broker.bootstrap, ODD, db, "odd", '"Odd ""Name"').wait_written()
    assert db.sql('SELECT * FROM "Odd ""Name"') == [(1, "z; drop table t; --", "y")]


def test_r14_current_rows_follow_a_change_of_key_and_every_change_of_the_columns(broker, db, hosts, sink):
    write(broker, COMPOSITE, paths.DATA / "topics" / "schemas.public.composite.jsonl")
    db.sql("CREATE TABLE target (tenant text, id int, v text, extra numeric(12,4), renamed text, PRIMARY KEY (tenant, id))")
    host = hosts(broker.bootstrap)
    host.connector("composite", sink(topics=COMPOSITE, table_name="target", columns=None, mode="current"))
    host.start()
    Flow(broker.bootstrap, COMPOSITE, db, "composite", "target").wait_written()
    rows = db.sql("SELECT tenant, id, extra::text, renamed FROM target ORDER BY 1, 2")
    assert rows == [("t2", 2, None, None), ("t3", 3, "2.2500", None), ("t4", 4, "9.7500", None), ("t5", 5, None, "0.0001"), ("t6", 6, None, "now text")]
