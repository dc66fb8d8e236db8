"""Makes inputs to begin with: `seeds.py TARGET FOLDER` writes a file each.

For `decode` out of the recorded events, a file for each field of each event: a whole event is mostly schema, and libFuzzer gets on with
small inputs; so each file is a batch of two: the event cut down to its key and one field, and the same as a delete. What no recording has
(shapes, vectors, structured times) is made by hand below. For the others out of the configurations in configs/, in this repository's
documents, and by hand.
"""

import hashlib
import json
import pathlib
import sys

_DATA = pathlib.Path(__file__).parent.parent / "data"
_CONFIGS = pathlib.Path(__file__).parent.parent.parent / "configs"
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


def _decode():
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
    # Four letters that choose the settings, each batch its own.
    return [(hashlib.sha256(batch.encode()).hexdigest()[:2] + "q@" + batch).encode() for batch in batches]


_TIMES = ["2024-02-29T23:59:59.999999Z", "-4711-01-01T00:00:00Z", "+294247-01-10T04:00:25.2Z", "24:00:00Z", "23:59:59.5+05:30", "0000-12-31Z", "infinity"]
_NUMBERS = ["-12.50", "1.0E-4", "9.999999999E7", "5.0", "1E3", "NaN", "POSITIVE_INFINITY", "AQ==", "-0", "0.10", ".5", "5.", "99999999999999999999999999999999999999999"]
_LONGS = [0, 1, -1, 86_400_000_000, 9223372036825200, 9223372036825200000, -9223372036832400000, 2**63 - 1, -(2**63), -2440588, 2145042905, 1795343871218000]


def _values():
    inputs = [b"\0" + scale.to_bytes(3, "big") + number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
              for scale in (0x038002, 0x028000, 0x037FFB, 0x01BFFF) for number in (0, 1, -1, 12345, -(2**63), 2**64, 10**38, -(10**60))]
    inputs += [b"\1" + text.encode() for text in _NUMBERS] + [b"\2" + text.encode() for text in _TIMES]
    return inputs + [b"\3" + number.to_bytes(8, "little", signed=True) for number in _LONGS]


def _copy():
    texts = [["1", "-32768", "32768"], ["1", "-2147483648"], ["1", "-9223372036854775808"], ["1.5", "-0", "NaN", "-Infinity", "3.4e38"], ["0.1", "1e308", "5e-324"], ["t", "false"],
             ["12.50", "-0.0001", "1E-4", "10000", "99999999.9999", "0", "1E20"], ["a\tb\\c\n\r", "\\N", "\\.", "ü", ""], ['{"a": [1, "\\\\"]}'], ["\\x", "\\x00ff", "\\xAb"],
             ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], ["2024-02-29", "4714-11-24 BC", "5874897-12-31", "infinity"], ["00:00:00", "23:59:59.999999"],
             ["2024-02-29 23:59:59.5", "2024-02-29 23:59:59+00", "0001-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "-infinity"]]
    return [bytes([wire + 1]) + "\x1e".join(values).encode() for wire, values in enumerate(texts)]


def _yaml():
    """What people write, and what has been found to fool readers of YAML."""
    files = [file.read_bytes() for file in sorted(_CONFIGS.glob("**/*.yaml"))]
    lines = [line for file in files for line in file.splitlines() if b": " in line and not line.startswith(b"#")]
    files = [b"\n".join(line for line in file.splitlines() if not line.lstrip().startswith(b"#")) for file in files] + lines
    return files + [text.encode() for text in (
        "a: &x [b]\nc: *x\n", "&x {a: *x}\n", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: !!python/object:os.system x\n", "a:\n\tb: 1\n", "a: 'x\nb: 2\n", "a: |\n  x\n  y\n",
        "a: >-\n  x\n\n  y\n", "? a\n: b\n", "{a: {b: {c: d}}}", "[a, b]", "a: [1, 2,]\n", "a: {b: 1, c: [d, e]}\n", "a: ~\n", '"a": "\\u0000"\n', '"\\x41": "\\u263A"\n', "%YAML 1.1\n---\na: b\n...\n",
        "a: b: c\n", "a:b\n", "- a\n- b\n", "name: x\nconnector.class: y\ntopics.regex: 'a(b|c)*'\n", "a: ${env:SLUICE_X}\n", "[" * 60, "a: " + "{b: " * 60)]


def _rest():
    """The requests that Kafka Connect was once asked, each in pieces of its own size, and what smuggling is made of."""
    requests = []
    for line in (_DATA / "rest-oracle.jsonl").read_text().splitlines():
        case = json.loads(line)
        headers = {"Host": "localhost:8083", **(case["request_headers"] or {})}
        body = case["request_body"] or ""
        if body:
            headers["Content-Length"] = str(len(body.encode()))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        requests.append(f"{case['method']} {case['path']} HTTP/1.1\r\n{head}\r\n{body}")
    post = "POST /connectors HTTP/1.1\r\nHost: localhost\r\n"
    requests += [post + "Transfer-Encoding: chunked\r\n\r\n1;x=1\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n",
                 post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
                 "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic b3BzOmE=\r\n\r\n" * 2, "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nCookie: a=b; c\r\n\r\n",
                 "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", "\r\n\r\nGET http://localhost/connectors?expand=status HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    return [bytes([number % 256]) + request.encode() for number, request in enumerate(dict.fromkeys(requests)) if len(request) < 1500]


_JDBC = {"name": "c", "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "topics": "shop.public.orders,t.b", "connection.url": "jdbc:postgresql://db:5432/shop?sslmode=verify-full",
         "connection.username": "shop", "connection.password": "${env:SLUICE_P}", "insert.mode": "upsert", "primary.key.mode": "record_key", "delete.enabled": "true"}
_OWN = {"name": "c", "connector.class": "debezium-postgres-sink", "topics": "t", "connection.url": "postgresql://w@db/shop", "connection.password": "S3cr3t", "table.name": "t"}


def _translate():
    changes = [{}, {"schema.evolution": "basic", "quote.identifiers": "true"}, {"collection.name.format": "${topic}_x", "field.include.list": "a,b"}, {"field.exclude.list": "a"},
               {"insert.mode": "insert", "primary.key.mode": "kafka", "delete.enabled": "false"}, {"primary.key.mode": "record_value", "primary.key.fields": "id", "delete.enabled": "false"},
               {"hibernate.x": "y", "use.time.zone": "Europe/Berlin"}, {"connection.url": "jdbc:postgresql://[::1]:5,b/x?currentSchema=a b&targetServerType=primary&options=-c x"},
               {"transforms": "u,r,i", "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState", "transforms.u.add.fields": "op,lsn:x", "transforms.u.delete.tombstone.handling.mode": "drop",
                "transforms.r.type": "org.apache.kafka.connect.transforms.ReplaceField$Value", "transforms.r.renames": "a:b,b:a", "transforms.r.exclude": "c",
                "transforms.i.type": "InsertField$Value", "transforms.i.topic.field": "t", "transforms.i.static.field": "s!", "transforms.i.static.value": "v"},
               {"transforms": "a,f", "transforms.a.type": "RegexRouter", "transforms.a.regex": "shop\\.(.*)", "transforms.a.replacement": "x_$1", "transforms.f.type": "Filter",
                "transforms.f.predicate": "p", "transforms.f.negate": "true", "predicates": "p", "predicates.p.type": "TopicNameMatches", "predicates.p.pattern": "t.*"},
               {"consumer.override.sasl.jaas.config": 'org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="S3cr3t";', "consumer.override.sasl.mechanism": "SCRAM-SHA-256"},
               {"mode": "both", "current.table.name": "n", "delete.mode": "soft", "soft.delete.column": "g", "columns.a": "@ts", "columns.*": "*"}, {"topics": "", "topics.regex": "a(b|c){2,3}[0-9]+"},
               {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "t", "errors.max.share": "2", "batch.max.bytes": "1GiB", "linger.ms": "1s", "isolation": "process", "fiel": "x"}]
    return ["\n".join(f"{key}={value}" for key, value in {**base, **change}.items()).replace("\\", "\\\\").encode() for base in (_JDBC, _OWN) for change in changes]


def _client():
    properties = [("security.protocol", "SASL_SSL"), ("sasl.mechanism", "PLAIN"), ("plugin.library.paths", "/tmp/x.so"), ("ssl.ca.location", "/etc/passwd"), ("fetch.max.wait.ms", "500"),
                  ("ssl.endpoint.identification.algorithm", ""), ("enable.ssl.certificate.verification", "false"), ("partition.assignment.strategy", "range,cooperative-sticky"), ("debug", "all"),
                  ("sasl.jaas.config", 'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b\\"c";'), ("compression.type", "zstd"), ("linger.ms", " 5 "),
                  ("ssl.truststore.type", "PEM"), ("ssl.truststore.certificates", "-----BEGIN CERTIFICATE-----"), ("group.instance.id", "x"), ("test.mock.num.brokers", "3")]
    addresses = ["postgresql://db:5432/shop", "postgresql:shop", "postgresql://a,b:1,[::1]:2/s?ssl=true&currentSchema=x y&options=-c%20a%3Db", "postgresql:///s?user=o'brien&sslmode=require&applicationName=a\\b",
                 "postgresql://db/s?targetServerType=master&connectTimeout=10&tcpKeepAlive=true", "mysql://db/s", "postgresql://db/%27%20host%3Devil?sslcert=a.pk8", "postgresql://db/s?password=x"]
    inputs = [f"{name}\x1e{value}".encode() for name, value in properties] + [f"\x1d{address}".encode() for address in addresses]
    return [bytes([number % 8]) + text for number, text in enumerate(inputs)]


_SEEDS = {"rest": _rest, "translate": _translate, "client": _client, "decode": _decode, "values": _values, "copy": _copy, "yaml": _yaml}


def main(target, folder):
    for content in _SEEDS[target]():
        (pathlib.Path(folder) / hashlib.sha1(content).hexdigest()).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
