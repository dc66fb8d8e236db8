"""C1: each row of the type table, with a schema and without, against the real server: what the source had is what is read back.

One event has a field for each case, one table a column. Cases whose value cannot be told without a schema (or only by a setting
that another case needs otherwise) are `SCHEMA` only.
"""

import base64
import json
import struct

import pytest

from harness import brokers, events, kcat
from harness.flow import Flow

TOPIC = "shop.public.types"
SCHEMA, BOTH = False, True  # is the case one without a schema, too?


def named(base, name, **parameters):
    return {"type": base, "optional": True, "name": name, "parameters": parameters} if parameters else \
        {"type": base, "optional": True, "name": name}


def plain(base):
    return {"type": base, "optional": True}


def array(item):
    return {"type": "array", "items": item, "optional": True}


def decimal(scale):
    return named("bytes", "org.apache.kafka.connect.data.Decimal", scale=str(scale))


def bits(length):
    return named("bytes", "io.debezium.data.Bits", length=str(length))


def timed(base, name):
    return named(base, f"io.debezium.time.{name}")


def structured(name, **parts):
    return timed("struct", f"Structured{name}"), parts


def wkb(kind, rings, points):
    head = struct.pack("<BI", 1, kind) + (b"" if rings is None else struct.pack("<I", rings))
    return base64.b64encode(head + struct.pack("<I", len(points)) + b"".join(struct.pack("<dd", *p) for p in points)).decode()


STRING, LONG, DOUBLE, BYTES = plain("string"), plain("int64"), plain("float64"), plain("bytes")
DATE, MICRO, MICROTIME = timed("int32", "Date"), timed("int64", "MicroTimestamp"), timed("int64", "MicroTime")
MILLI, NANO = timed("int64", "Timestamp"), timed("int64", "NanoTimestamp")
ISO, ISODATE, ZONED, ZONEDTIME = (timed("string", name) for name in ("IsoTimestamp", "IsoDate", "ZonedTimestamp", "ZonedTime"))
DURATION, INTERVAL = timed("int64", "MicroDuration"), timed("string", "Interval")
JSON, VARIABLE = named("string", "io.debezium.data.Json"), named("struct", "io.debezium.data.VariableScaleDecimal")
MAP = {"type": "map", "keys": STRING, "values": STRING, "optional": True}
POINT, CIRCLE, LINE, GEOMETRY = (named("struct", f"io.debezium.data.geometry.{name}") for name in ("Point", "Circle", "Line", "Geometry"))
SQUARE = wkb(3, 1, [(1, 1), (1, 0), (0, 0), (0, 1), (1, 1)])
SEGMENT = wkb(2, None, [(0, 0), (0, 1)])
ODD = "tab\tnl\nbs\\ cr\r \\N \\. ' \" 😀 \u2028 \x7f"
HSTORE = {"a": "1", "b": None, "c d": 'e"f', "x=>y": "back\\slash", "": "", "NULL": "NULL"}
HSTORE_TEXT = '""=>"", "a"=>"1", "b"=>NULL, "c d"=>"e\\"f", "NULL"=>"NULL", "x=>y"=>"back\\\\slash"'

# type of the column, schema of the field, value, what Postgres shows, with and without a schema
CASES = [
    ("boolean", plain("boolean"), True, "true", BOTH), ("bit(1)", plain("boolean"), True, "1", BOTH), ("text", plain("boolean"), False, "false", BOTH),
    ("bit(8)", bits(8), "sw==", "10110011", BOTH), ("bit(8)", bits(8), "", "00000000", BOTH), ("bit(7)", bits(7), "QA==", "1000000", BOTH),
    ("bit(64)", bits(64), "AAAAAAAAAIA=", "1" + 63 * "0", BOTH), ("varbit(33)", bits(33), "AAAAAAE=", "1" + 32 * "0", BOTH),
    ("varbit", bits(2147483647), "BQ==", "101", BOTH), ("varbit(16)", bits(16), "", "", BOTH), ("text", bits(8), "BQ==", "00000101", SCHEMA),
    ("smallint", plain("int16"), -32768, "-32768", BOTH), ("integer", plain("int32"), 2147483647, "2147483647", BOTH),
    ("bigint", LONG, -9223372036854775808, "-9223372036854775808", BOTH), ("bigint", LONG, 2**53 + 1, "9007199254740993", BOTH),
    ("oid", LONG, 4294967295, "4294967295", BOTH), ("whole", plain("int32"), 7, "7", BOTH), ("wholes", plain("int32"), 8, "8", BOTH),
    ("real", DOUBLE, "NaN", "NaN", BOTH), ("double precision", DOUBLE, "-Infinity", "-Infinity", BOTH), ("double precision", DOUBLE, "Infinity", "Infinity", BOTH),
    ("double precision", DOUBLE, -1.7976931348623157e308, "-1.7976931348623157e+308", BOTH), ("double precision", DOUBLE, -0.0, "-0", BOTH),
    ("double precision", DOUBLE, 5e-324, "5e-324", BOTH), ("text", DOUBLE, "NaN", "NaN", BOTH),
    ("numeric(10,2)", decimal(2), "1234", "-26588.24", BOTH), ("numeric(10,2)", decimal(2), "9999", "-5326.11", BOTH), ("numeric(10,2)", decimal(2), None, None, BOTH),
    ("numeric(10,2)", decimal(2), "AA==", "0.00", BOTH), ("numeric(10,2)", decimal(2), "/av0HAE=", "-99999999.99", BOTH),
    ("numeric(4,-2)", decimal(-2), "DA==", "1200", SCHEMA), ("numeric(38,18)", decimal(18), "9rZPCQ/9zOw7tm+vIccMsg==", "-12345678901234567890.123456789012345678", BOTH),
    ("numeric", VARIABLE, {"scale": 1, "value": "AMStkjDvWS/U6HtMait6LQ4dgB9v5A52bDk="}, "123456789012345678901234567890123456789012345678901234567890.5", BOTH),
    ("numeric", VARIABLE, {"scale": 21, "value": "/w=="}, "-0.000000000000000000001", BOTH), ("text", VARIABLE, {"scale": 1, "value": "BPs="}, "127.5", SCHEMA),
    ("numeric", STRING, "NAN", "NaN", BOTH), ("numeric", STRING, "POSITIVE_INFINITY", "Infinity", BOTH), ("numeric", STRING, "NEGATIVE_INFINITY", "-Infinity", BOTH),
    ("numeric(10,2)", STRING, "-12.50", "-12.50", BOTH), ("numeric(10,2)", DOUBLE, 10.005, "10.01", BOTH), ("numeric(10,2)", DOUBLE, -9.999999999e7, "-99999999.99", BOTH),
    # C30: money by the sink's own locale, whatever the server's.
    ("money", decimal(2), "gAAAAAAAAAA=", "-$92,233,720,368,547,758.08", BOTH), ("money", STRING, "-1234.11", "-$1,234.11", BOTH), ("money", DOUBLE, 1.25e7, "$12,500,000.00", BOTH),
    ("date", DATE, -2147472692, "infinity", BOTH), ("date", DATE, -2147472691, "-infinity", BOTH), ("date", DATE, -2440588, "4714-11-24 BC", BOTH),
    ("date", DATE, 2932896, "9999-12-31", BOTH), ("text", DATE, -719162, "0001-01-01", SCHEMA), ("date", ISODATE, "-5877611-06-21Z", "infinity", BOTH),
    ("time", MICROTIME, 86400000000, "24:00:00", BOTH), ("time", timed("int32", "Time"), 86400000, "24:00:00", SCHEMA), ("time(3)", timed("int32", "Time"), 123, "00:00:00.123", SCHEMA),
    ("time", timed("int64", "NanoTime"), 86400000000000, "24:00:00", SCHEMA), ("time", timed("string", "IsoTime"), "00:00:00.123Z", "00:00:00.123", BOTH),
    ("timestamp", MICRO, -1, "1969-12-31 23:59:59.999999", BOTH), ("timestamp", MICRO, 0, "1970-01-01 00:00:00", BOTH), ("timestamp", MICRO, None, None, BOTH),
    ("timestamp", MICRO, 9223372036825200000, "infinity", BOTH), ("timestamp", MICRO, -9223372036832400000, "-infinity", BOTH),
    ("timestamp", MICRO, -210831897600000001, "4713-12-31 23:59:59.999999 BC", BOTH), ("timestamp", MICRO, 601060287090123456, "21016-11-04 06:51:30.123456", BOTH),
    ("timestamp", MICRO, 9223371331199999999, "294247-01-01 23:59:59.999999", BOTH), ("timestamp", MICRO, 1711852200000000, "2024-03-31 02:30:00", BOTH),
    ("timestamp(3)", MILLI, 1704067200500, "2024-01-01 00:00:00.5", SCHEMA), ("timestamp", MILLI, 9223372036825200, "infinity", SCHEMA),
    ("timestamp", NANO, -1, "1969-12-31 23:59:59.999999", SCHEMA), ("timestamp", NANO, 2**63 - 1, "infinity", SCHEMA),
    ("timestamp", ISO, "-4711-01-01T00:00:00Z", "4712-01-01 00:00:00 BC", BOTH), ("timestamp", ISO, "+294247-01-10T04:00:25.2Z", "infinity", BOTH),
    ("text", ISO, "2024-01-01T00:00:00.5Z", "2024-01-01 00:00:00.5", SCHEMA), ("text", ZONED, "2024-01-01T00:00:00.5Z", "2024-01-01 00:00:00.5+00", SCHEMA),
    ("timestamptz", ZONED, "2024-02-29T18:29:59.999999Z", "2024-02-29 18:29:59.999999+00", BOTH), ("timestamptz", ZONED, "-infinity", "-infinity", BOTH),
    ("timestamp", ZONED, "2024-02-29T18:29:59.999999Z", "2024-02-29 18:29:59.999999", BOTH), ("timestamptz", MICRO, 1711852200000000, "2024-03-31 02:30:00+00", BOTH),
    ("timestamptz", ZONED, "-4713-12-31T23:59:59.999999Z", "4714-12-31 23:59:59.999999+00 BC", BOTH), ("timestamptz", ZONED, "+294247-01-01T23:59:59.999999Z", "294247-01-01 23:59:59.999999+00", BOTH),
    ("timetz", ZONEDTIME, "11:59:59.999999Z", "11:59:59.999999+00", BOTH), ("timetz", ZONEDTIME, "24:00:00Z", "24:00:00+00", BOTH),
    ("interval", DURATION, 37091106789000, "10303:05:06.789", BOTH), ("interval", DURATION, -36572706000000, "-10159:05:06", BOTH), ("interval", DURATION, -780000, "-00:00:00.78", BOTH),
    ("interval", DURATION, 2**63 - 1, "2562047788:00:54.775807", BOTH), ("interval", DURATION, -(2**63), "-2562047788:00:54.775808", BOTH),
    ("interval", INTERVAL, "P-1Y-2M3DT-4H-5M-6S", "-1 years -2 mons +3 days -04:05:06", BOTH), ("text", DURATION, 37091106789000, "10303:05:06.789", SCHEMA),
    ("date", *structured("Date", year=-4712, month=11, day=24), "4713-11-24 BC", BOTH), ("timestamp", *structured("Timestamp", specialValue="POSITIVE_INFINITY"), "infinity", BOTH),
    ("timestamp", *structured("Timestamp", year=294276, month=12, day=31, hour=23, minute=59, second=59, nanos=999999000), "294276-12-31 23:59:59.999999", BOTH),
    ("time", *structured("Time", hour=24, minute=0, second=0, nanos=0), "24:00:00", BOTH),
    ("timetz", *structured("ZonedTime", hour=24, minute=0, second=0, nanos=0, offsetSeconds=19800), "24:00:00+05:30", BOTH),
    ("timestamptz", *structured("ZonedTimestamp", year=2024, month=2, day=29, hour=23, minute=59, second=59, picoseconds=999999000000, offsetSeconds=-3600, zoneId=None),
     "2024-03-01 00:59:59.999999+00", BOTH),
    ("interval", *structured("Duration", years=-1, months=-2, days=3, hours=-4, minutes=-5, seconds=-6, nanos=-789000000), "-1 years -2 mons +3 days -04:05:06.789", BOTH),
    ("char(5)", STRING, "ab   ", "ab   ", BOTH), ("text", STRING, "", "", BOTH), ("text", STRING, None, None, BOTH), ("citext", STRING, "CiText", "CiText", BOTH),
    ("text", STRING, ODD, ODD, BOTH), ("varchar(50)", STRING, "\\N", "\\N", BOTH),
    ("text", STRING, "z; drop table t; --", "z; drop table t; --", BOTH), ("uuid", named("string", "io.debezium.data.Uuid"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", BOTH),
    ("json", JSON, '{"a": [1, 2.50, null], "a": 1}', '{"a": [1, 2.50, null], "a": 1}', BOTH), ("jsonb", JSON, '"str"', '"str"', BOTH), ("jsonb", JSON, "null", "null", BOTH),
    ("jsonb", JSON, None, None, BOTH), ("json", MAP, {"a": 'q"\\\n\u0001', "b": None}, r'{"a":"q\"\\\n\u0001","b":null}', BOTH), ("json", array(DOUBLE), [1.5, None, 2], "[1.5,null,2]", BOTH),
    ("json", plain("boolean"), True, "true", BOTH), ("xml", named("string", "io.debezium.data.Xml"), "<a/><b>x</b>", "<a/><b>x</b>", BOTH),
    ('"Mood"', named("string", "io.debezium.data.Enum", allowed="sad,ok,a,b"), "a,b", "a,b", BOTH), ("text", named("string", "io.debezium.data.Enum"), "happy's", "happy's", BOTH),
    ("bytea", BYTES, "3q2+7wA=", "\\xdeadbeef00", BOTH), ("bytea", BYTES, "", "\\x", BOTH), ("text", BYTES, "3q2+7wA=", "\\xdeadbeef00", SCHEMA),
    ("pair", BYTES, "KDEsImEsYiIp", '(1,"a,b")', BOTH), ("int4multirange", BYTES, "e1sxLDMpLFs1LDcpfQ==", "{[1,3),[5,7)}", BOTH), ("pair", STRING, "(2,x)", "(2,x)", BOTH),
    ("hstore", JSON, json.dumps(HSTORE), HSTORE_TEXT, BOTH), ("hstore", MAP, HSTORE, HSTORE_TEXT, BOTH), ("hstore", JSON, "{}", "", BOTH), ("text", MAP, {"a": "1"}, '{"a":"1"}', BOTH),
    ("inet", STRING, "192.168.0.1/24", "192.168.0.1/24", BOTH), ("cidr", STRING, "2001:db8::/32", "2001:db8::/32", BOTH), ("macaddr", STRING, "08:00:2b:01:02:03", "08:00:2b:01:02:03", BOTH),
    # C31: ranges verbatim, with their quotes.
    ("tsrange", STRING, '["2024-01-01 00:00:00","2024-02-01 00:00:00")', '["2024-01-01 00:00:00","2024-02-01 00:00:00")', BOTH), ("daterange", STRING, "[2024-01-01,infinity)", "[2024-01-01,infinity)", BOTH),
    ("tstzrange", STRING, '["2024-01-01 00:00:00+00",)', '["2024-01-01 00:00:00+00",)', BOTH), ("int4range", STRING, "empty", "empty", BOTH), ("numrange", STRING, "[1.1,2.2]", "[1.1,2.2]", BOTH),
    ("ltree", named("string", "io.debezium.data.Ltree"), "Top.Science", "Top.Science", BOTH), ("tsvector", named("string", "io.debezium.data.Tsvector"), "'it''s' 'two words':3A", "'it''s' 'two words':3A", BOTH),
    ("point", POINT, {"x": 1.5, "y": -2.25, "wkb": "AQEAAAAAAAAAAAD4PwAAAAAAAALA", "srid": None}, "(1.5,-2.25)", BOTH), ("point", POINT, {"x": "NaN", "y": "Infinity", "wkb": ""}, "(NaN,Infinity)", BOTH),
    ("circle", CIRCLE, {"center": {"x": 10, "y": 4.5}, "radius": 10}, "<(10,4.5),10>", BOTH), ("line", LINE, {"a": -1.0, "b": 0.5, "c": 0}, "{-1,0.5,0}", BOTH),
    ("box", GEOMETRY, {"wkb": SQUARE, "srid": None, "extensions": {"type": "box"}}, "(1,1),(0,0)", BOTH), ("polygon", GEOMETRY, {"wkb": SQUARE, "srid": None}, "((1,1),(1,0),(0,0),(0,1))", BOTH),
    ("lseg", GEOMETRY, {"wkb": SEGMENT, "srid": None}, "[(0,0),(0,1)]", BOTH), ("path", GEOMETRY, {"wkb": SEGMENT, "extensions": {"type": "path", "closed": "false"}}, "[(0,0),(0,1)]", BOTH),
    ("path", GEOMETRY, {"wkb": SEGMENT, "extensions": {"type": "path", "closed": "true"}}, "((0,0),(0,1))", BOTH), ("text", GEOMETRY, {"wkb": SEGMENT, "extensions": {"type": "lseg"}}, "[(0,0),(0,1)]", SCHEMA),
    ("integer[]", array(plain("int32")), [1, None, 3], "{1,NULL,3}", BOTH), ("integer[]", array(plain("int32")), [], "{}", BOTH), ("integer[]", array(plain("int32")), [None], "{NULL}", BOTH),
    ("integer[]", array(plain("int32")), None, None, BOTH), ("text[]", array(STRING), ["a", None, 'q"uote,comma', "", "NULL", "{b}", " c ", "back\\slash", "tab\t"],
     '{a,NULL,"q\\"uote,comma","","NULL","{b}"," c ","back\\\\slash","tab\t"}', BOTH),
    ("numeric(10,2)[]", array(decimal(2)), ["bg==", None, "1234"], "{1.10,NULL,-26588.24}", BOTH), ("numeric[]", array(VARIABLE), [{"scale": 1, "value": "BPs="}, None], "{127.5,NULL}", BOTH),
    ("timestamp[]", array(MICRO), [1704067200500000, 9223372036825200000], '{"2024-01-01 00:00:00.5",infinity}', BOTH), ("date[]", array(DATE), [0], "{1970-01-01}", BOTH),
    ("timestamptz[]", array(ZONED), ["2024-01-01T00:00:00.5Z"], '{"2024-01-01 00:00:00.5+00"}', BOTH), ("bytea[]", array(BYTES), ["3q0=", ""], '{"\\\\xdead","\\\\x"}', BOTH),
    ("jsonb[]", array(JSON), ['{"a": "b,c"}', "null", None], '{"{\\"a\\": \\"b,c\\"}","null",NULL}', BOTH), ("tsrange[]", array(STRING), ['["2024-01-01 00:00:00",)'], '{"[\\"2024-01-01 00:00:00\\",)"}', BOTH),
    ("hstore[]", array(JSON), ['{"a":"1"}'], '{"\\"a\\"=>\\"1\\""}', BOTH), ("inet[]", array(STRING), ["10.0.0.1"], "{10.0.0.1}", BOTH), ("boolean[]", array(plain("boolean")), [True, False], "{t,f}", BOTH),
    ('"Mood"[]', array(named("string", "io.debezium.data.Enum")), ["a,b", "ok"], '{"a,b",ok}', BOTH), ("box[]", array(GEOMETRY), [{"wkb": SQUARE}, None], "{(1,1),(0,0);NULL}", BOTH),
    ("text", array(STRING), ["a", None, "b c"], '{a,NULL,"b c"}', SCHEMA), ("text", array(MICRO), [0], '{"1970-01-01 00:00:00"}', SCHEMA), ("two[]", array(decimal(2)), ["bg=="], "{1.10}", BOTH),
]


@pytest.fixture
def broker(folder):
    made = brokers.MockBroker(folder / "mock", {TOPIC: 1})
    yield made
    made.stop()


@pytest.fixture
def types(db):
    db.sql("""CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS ltree;
              CREATE TYPE "Mood" AS ENUM ('sad', 'ok', 'happy''s', 'a,b'); CREATE TYPE pair AS (a int, b text);
              CREATE DOMAIN whole AS integer CHECK (value > 0); CREATE DOMAIN wholes AS whole; CREATE DOMAIN two AS numeric(10,2)""")


def event(op, id, fields, with_schema):
    """(key, value) of a change of a row with a field for each case."""
    row = {"id": id, **{name: value for name, (_, _, value, _, _) in fields.items()}}
    key, schemas = {"id": id}, {"id": plain("int32"), **{name: schema for name, (_, schema, _, _, _) in fields.items()}}
    envelope = {**json.loads(events.envelope(op, id)[1]), "before": row if op in "ud" else None, "after": None if op == "d" else row}
    if not with_schema:
        return json.dumps(key), json.dumps(envelope)
    images = [{"type": "struct", "optional": True, "field": image, "name": "shop.public.types.Value",
               "fields": [{**schema, "field": name} for name, schema in schemas.items()]} for image in ("before", "after")]
    key_schema = {"type": "struct", "optional": False, "name": "shop.public.types.Key", "fields": [{**plain("int32"), "field": "id"}]}
    return json.dumps({"schema": key_schema, "payload": key}), json.dumps(
        {"schema": {"type": "struct", "fields": images, "optional": False, "name": "shop.public.types.Envelope"}, "payload": envelope})


@pytest.mark.parametrize("with_schema", [True, False], ids=["with schemas", "without"])
def test_c1_each_type_is_exact(broker, db, hosts, sink, types, with_schema):
    fields = {f"c{n}": case for n, case in enumerate(CASES) if with_schema or case[4] is BOTH}
    columns = ", ".join(f"{name} {case[0]}" for name, case in fields.items())
    db.sql(f"CREATE TABLE target (n bigserial, operation_type text, id int, {columns}); CREATE TABLE target_now (id int PRIMARY KEY, {columns})")
    changes = [("c", 1), ("c", 2), ("u", 1), ("d", 2)]
    kcat.produce(broker.bootstrap, TOPIC, 0, [event(op, id, fields, with_schema) for op, id in changes])
    host = hosts(broker.bootstrap)
    host.connector("types", sink(topics=TOPIC, table_name="target", columns=None, mode="both", current_table_name="target_now"))
    host.start()
    Flow(broker.bootstrap, TOPIC, db, "types", "target", partitions=1).wait_written()

    db.sql("SET extra_float_digits = 1; SET lc_monetary = 'C'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'")
    # char(5) as text would lose its blanks.
    shown = ", ".join(f"format('%s', {name})" if case[0].startswith("char") else f"{name}::text" for name, case in fields.items())
    history, current = db.sql(f"SELECT {shown} FROM target ORDER BY n"), db.sql(f"SELECT {shown} FROM target_now")
    assert db.sql("SELECT operation_type, id FROM target ORDER BY n") == [("INSERT", 1), ("INSERT", 2), ("UPDATE", 1), ("DELETE", 2)]
    assert db.sql("SELECT id FROM target_now") == [(1,)]
    wrong = [(case[0], case[2], value, case[3]) for read in (*history, *current) for case, value in zip(fields.values(), read) if value != case[3]]
    assert wrong == []
