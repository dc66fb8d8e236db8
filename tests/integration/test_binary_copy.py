"""Large batches of a history go to Postgres in COPY's binary format. Whatever a value is, the row must be the one that Postgres makes of
the same event's text: so each event is written twice here, in small batches as text and in large ones as binary.
"""

import base64
import json
import string
import uuid

import pytest

from harness.changes import change

TOPIC = "shop.public.kinds"
COUNT = 3000

_COLUMNS = """id int, i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision, b boolean, n numeric, n4 numeric(24,4), dom amount, t text,
    v varchar(60), c char(8), js json, jb jsonb, by bytea, u uuid, d date, tm time, ts timestamp, ts3 timestamp(3), tz timestamptz"""
_TABLES = f"""
CREATE DOMAIN amount AS numeric(18,6) CHECK (VALUE IS NULL OR VALUE > -1e15);
CREATE TABLE as_text ({_COLUMNS}); CREATE TABLE as_binary ({_COLUMNS}); CREATE TABLE copies (command text, target text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO copies VALUES (current_query(), TG_TABLE_NAME);
  RETURN NULL;
END $$;
CREATE TRIGGER watch BEFORE INSERT ON as_text EXECUTE FUNCTION watch();
CREATE TRIGGER watch BEFORE INSERT ON as_binary EXECUTE FUNCTION watch();
ALTER TABLE as_text OWNER TO warehouse; ALTER TABLE as_binary OWNER TO warehouse; GRANT ALL ON copies TO warehouse"""

# The ends of ranges, and what the formats write in ways of their own. The rare ones have no binary form here, so that a batch with one
# of them goes as text after all.
_ENDS = {
    "i2": [0, -1, 32767, -32768], "i4": [0, 2147483647, -2147483648], "i8": [0, 9223372036854775807, -9223372036854775808],
    "f4": [0.0, -0.0, 1.17549435e-38, 3.4028235e38, 0.1, "NaN", "Infinity", "-Infinity"],
    "f8": [0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1, "NaN", "Infinity", "-Infinity"],
    "n": ["0", "-0", "0.00", "-0.000", "1", "10000", "9999", "0.0001", "0.00009999", "123456789012345678901234567890.123456789", "1.0E7", "1.50E-9", "1E20", "9" * 400, "." + "1" * 300],
    "n4": ["0", "99999999999999999999.9999", "-0.00005", "0.00004", "1.23456789", "12345678.9"], "dom": ["0.0000005", "-1", "999999999999.999999"],
    "t": ["", "\\", "\\N", "\\.", "\t\n\r\\", "ä😀", "a" * 200, "\u0001\u001f\u007f", "\"quoted\", 'twice'"], "v": ["", " ", "\\t"], "c": ["", "x", "12345678", "  a"],
    "js": ["{}", "[1, 2]", '{"a":"\\n\\\\"}', " null "], "jb": ["{}", '{"b":1,"a":[1.50,null]}', '"ä\\u00e4"', "1e2"],
    "by": ["", "AA==", "/////w=="], "d": [0, -1, 10957, 2932896, -719162, -719163, -2440588, 2145042905, -2147472692, -2147472691],
    "tm": [0, 1, 86399999999, 43200000000], "ts": [0, -1, 946684800000000, 253402300799999999, -62135596800000000, -62135596800000001, -210831897600000000, 9223371331199999999, 9223372036825200000, -9223372036832400000, 1700000000123456],
    "ts3": [0, -1, 1700000000123, 253402300799999], "tz": ["2024-02-29T12:00:00Z", "1999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9Z", "12024-01-01T00:00:00Z", "-0044-03-15T01:00:00Z", "infinity", "-infinity"],
    "u": [str(uuid.UUID(int=0))], "b": [True, False],
}
_RARE = {"tm": 86400000000, "n": "NaN", "n4": "1" * 10 + "E-1001"}


def _any(dice, column):
    if dice.random() < 0.1:
        return None
    if dice.random() < 0.3:
        return dice.choice(_ENDS[column])
    digits = lambda most: "".join(dice.choices(string.digits, k=dice.randint(1, most)))  # noqa: E731
    match column:
        case "i2" | "i4" | "i8":
            bits = {"i2": 15, "i4": 31, "i8": 63}[column]
            return dice.randint(-2 ** dice.randint(1, bits), 2 ** dice.randint(1, bits) - 1)
        case "f4":
            return dice.uniform(-1, 1) * 10 ** dice.randint(-30, 30)
        case "f8":
            return dice.uniform(-1, 1) * 10 ** dice.randint(-300, 300)
        case "n":
            return dice.choice(["", "-"]) + digits(40) + dice.choice(["", "." + digits(30), "E" + str(dice.randint(-20, 20))])
        case "n4" | "dom":
            return dice.choice(["", "-"]) + digits(12) + dice.choice(["", "." + digits(9)])
        case "t":
            return "".join(dice.choices(string.printable + "äß€😀\\\\\\\t\n", k=dice.randint(0, 40)))
        case "v":
            return "".join(dice.choices(string.ascii_letters + "\\ü", k=dice.randint(0, 20)))
        case "c":
            return "".join(dice.choices(string.ascii_letters + " ", k=dice.randint(0, 8)))
        case "js" | "jb":
            return json.dumps({"".join(dice.choices(string.printable, k=3)): dice.choice([dice.random(), None, True, [1, "x\\"], {"y": "ß"}])})
        case "by":
            return base64.b64encode(dice.randbytes(dice.randint(0, 30))).decode()
        case "d":
            return dice.randint(-2_000_000, 5_000_000)
        case "tm":
            return dice.randint(0, 86_400_000_000)
        case "ts":
            return dice.randint(-200_000_000_000_000_000, 900_000_000_000_000_000)
        case "ts3":
            return dice.randint(-62_000_000_000_000, 253_000_000_000_000)
        case "tz":
            return f"{dice.randint(1, 9999):04}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}" + \
                dice.choice(["", f".{dice.randint(0, 999999):06}"]) + "Z"
        case "u":
            return dice.choice([str.lower, str.upper])(str(uuid.UUID(bytes=dice.randbytes(16))))
        case "b":
            return dice.random() < 0.5
    raise AssertionError(column)


@pytest.mark.parametrize("rare", [False, True])
def test_a_row_is_the_same_whether_it_went_to_postgres_as_text_or_as_binary(pipes, db, sink, dice, rare):
    db.sql(_TABLES)
    rows = [{"id": n, **{column: _any(dice, column) for column in _ENDS}} for n in range(COUNT)]
    if rare:
        for column, value in _RARE.items():
            dice.choice(rows)[column] = value
    pipe = pipes({TOPIC: 1})
    pipe.send(TOPIC, [(None, None)])
    for table, records in (("as_text", 100), ("as_binary", 10_000)):
        pipe.connector(table, TOPIC, {**sink(columns=None, table_name=table), "decimal.handling.mode": "string", "linger.ms": 500,
                                      "batch.max.bytes": "64MiB", "batch.max.records": records})
    pipe.start()
    pipe.wait_written()
    pipe.send(TOPIC, [change("c", row, table="kinds", lsn=row["id"]) for row in rows])
    pipe.wait_written(seconds=60)
    formats = {target: {"(FORMAT binary)" in command for (command,) in db.sql("SELECT command FROM copies WHERE target = %s", target)}
               for target in ("as_text", "as_binary")}
    assert formats == {"as_text": {False}, "as_binary": {not rare}}
    written = {table: db.sql(f"SELECT t::text FROM {table} t ORDER BY id") for table in formats}
    assert len(written["as_binary"]) == COUNT
    different = [(text, binary) for text, binary in zip(written["as_text"], written["as_binary"]) if text != binary]
    assert not different, different[:3]


@pytest.mark.parametrize("altered", ["double precision", "timestamp USING now()"])
def test_a_column_that_got_another_type_of_the_same_size_meanwhile_is_not_misread(pipes, db, sink, altered):
    db.sql("CREATE TABLE items (id bigint, note varchar(200)); ALTER TABLE items OWNER TO warehouse")
    pipe = pipes({TOPIC: 1})
    pipe.send(TOPIC, [(None, None)])
    pipe.connector("items", TOPIC, {**sink(columns=None, table_name="items"), "linger.ms": 500, "batch.max.records": 10_000, "batch.max.bytes": "64MiB"})
    pipe.start()
    pipe.wait_written()
    pipe.send(TOPIC, [change("c", {"id": n, "note": "n" * 150}, table="items", lsn=n) for n in range(4000)])
    pipe.wait_written(seconds=40)
    db.sql(f"ALTER TABLE items ALTER id TYPE {altered}; TRUNCATE items")
    pipe.send(TOPIC, [change("c", {"id": n, "note": "n" * 150}, table="items", lsn=n) for n in range(4000)])
    if altered.startswith("double"):
        pipe.wait_written(seconds=40)
        assert db.sql("SELECT count(*), min(id), max(id), sum(id) FROM items") == [(4000, 0, 3999, 3999 * 2000)]
    else:
        # As events without schemas say them, these numbers are microseconds.
        pipe.wait_written(seconds=40)
        assert db.sql("SELECT count(*), min(id)::text, max(id)::text FROM items") == [(4000, "1970-01-01 00:00:00", "1970-01-01 00:00:00.003999")]
