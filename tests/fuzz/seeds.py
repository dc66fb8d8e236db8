"""Makes inputs for fuzz_decode out of the recorded events: `seeds.py FOLDER` writes a file for each field of each event.

A whole event is mostly schema, and libFuzzer gets on with small inputs; so each file is a batch of two: the event cut down to its key
and one field, and the same as a delete. What no recording has (shapes, vectors, structured times) is made by hand below.
"""

import hashlib
import json
import pathlib
import sys

_DATA = pathlib.Path(__file__).parent.parent / "data"
# The column of the fuzzer's table where a recorded field is called otherwise.
_COLUMNS = {"i2": "id", "i4": "id", "i8": "id", "ol": "id", "r": "d", "n38_18": "n10_2", "amount": "n10_2", "c": "t", "vc": "t", "ct": "t", "bit1": "b", "ts0": "ts3",
            "created_at": "ts", "jb": "j", "ai": "a_id", "at": "a_t", "an": "a_n10_2", "ats": "a_ts", "au": "a_u", "order_id": "id"}
_WKB_LINE = "AQIAAAACAAAAAAAAAAAA+D8AAAAAAAACwAAAAAAAAPA/AAAAAAAAAEA="
_STRUCT = "io.debezium.time.Structured"
_MADE = [  # column, Connect's type, logical type, value
    ("tstz", "struct", f"{_STRUCT}ZonedTimestamp", {"year": 2024, "month": 2, "day": 29, "hour": 23, "minute": 59, "second": 58, "nanos": 999999999,
                                                    "picoseconds": 1, "offsetSeconds": 19800, "zoneId": "+05:30"}),
    ("dt", "struct", f"{_STRUCT}Date", {"year": -4712, "month": 1, "day": 1}), ("ts", "struct", f"{_STRUCT}Timestamp", {"specialValue": "NEGATIVE_INFINITY"}),
    ("iv", "struct", f"{_STRUCT}Duration", {"years": 1, "months": -2, "days": 3, "hours": 4, "minutes": 5, "seconds": 6, "nanos": 7}),
    ("ls", "struct", "io.debezium.data.geometry.Geometry", {"wkb": _WKB_LINE, "srid": None, "extensions": {"type": "path", "closed": "true"}}),
    ("ge", "struct", "io.debezium.data.geometry.Geography", {"wkb": _WKB_LINE, "srid": 4326}),
    ("ci", "struct", "io.debezium.data.geometry.Circle", {"center": {"x": 1, "y": "NaN"}, "radius": 3.5}),
    ("ln", "struct", "io.debezium.data.geometry.Line", {"a": 1, "b": 2, "c": "Infinity"}), ("ve", "array", "io.debezium.data.DoubleVector", [1, 2.5, "NaN"]),
    ("sv", "struct", "io.debezium.data.SparseDoubleVector", {"dimensions": 5, "vector": [[1, 0.5], [3, 2]]}),
    ("op", "bytes", None, "KDEsYSk="), ("hs", "map", None, {"a": "1", "b": None}), ("a_bx", "array", None, [None, ["(1,2)", "(3,4)"]]),
    ("j", "map", None, [[5, 1.5], ["a", None]]), ("iv", "string", "io.debezium.time.Interval", "P1Y2M3DT4H5M6.789S"),
]


def _enveloped(schema, payload):
    return json.dumps({"schema": schema, "payload": payload} if schema else payload, ensure_ascii=False, separators=(",", ":"))


def _batch(field, schema, value):
    """Insert, update and delete of one row of `id` and the field, with a schema or without."""
    fields = [{"type": "int64", "field": "id"}, schema] if schema else None
    row = {"id": 1, field: value}
    struct = fields and {"type": "struct", "fields": fields, "field": "after", "name": "a.Value"}
    envelope = struct and {"type": "struct", "fields": [{**struct, "field": "before"}, struct], "name": "a.Envelope"}
    key_schema = fields and {"type": "struct", "fields": fields[:1], "name": "a.Key"}
    source = {"ts_ms": 1795343871218, "lsn": 32122304, "txId": 771, "schema": "public", "table": "kitchen"}
    records = [{"before": None, "after": row, "source": source, "op": "c"}, {"before": {"id": 1}, "after": row, "source": source, "op": "u"},
               {"before": row, "after": None, "source": source, "op": "d"}, row | {"__op": "u", "__lsn": 7, "__deleted": "false"}]
    key = _enveloped(key_schema, {"id": 1})
    for record in records:
        yield key + "\x1f" + _enveloped(struct if "__op" in record else envelope, record)
    yield key + "\x1f"


def _fields_of(event):
    value = json.loads(event["value"] or "null")
    schema, payload = (value["schema"], value["payload"]) if value and "schema" in value else (None, value)
    images = {f["field"]: f.get("fields", []) for f in schema["fields"]} if schema else {}
    for image in ("before", "after"):
        for field, content in ((payload or {}).get(image) or {}).items():
            column = _COLUMNS.get(field, field)
            found = [f for f in images.get(image, []) if f["field"] == field]
            yield column, {**found[0], "field": column} if found else None, content


def _cut(text):  # the recorded texts of a hundred kilobytes say no more than short ones
    return text[:40] if isinstance(text, str) else text


def main(folder):
    folder = pathlib.Path(folder)
    batches = []
    for file in sorted(_DATA.glob("*/*.jsonl")):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if len(line) < 1500:
                batches.append((event["key"] or "") + "\x1f" + (event["value"] or ""))
            if event["value"]:
                batches += ["\x1e".join(_batch(c, s, _cut(v))) for c, s, v in _fields_of(event)]
    for column, kind, name, value in _MADE:
        schema = {"type": kind, "field": column, "name": name} if name else {"type": kind, "field": column}
        batches += ["\x1e".join(_batch(column, s, value)) for s in (schema, None)]
    for batch in batches:
        # Four letters that choose the settings, each batch its own.
        chosen = hashlib.sha256(batch.encode()).hexdigest()
        content = (chosen[:2] + "q@" + batch).encode()
        (folder / chosen[:16]).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1])
