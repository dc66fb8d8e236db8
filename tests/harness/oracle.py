"""What Kafka Connect 4.1.1 was asked and answered (data/rest-oracle.jsonl), and how an answer of sluice is held against it."""

import http.client
import json
import pathlib
import re
import socket

FILE = pathlib.Path(__file__).parent.parent / "data" / "rest-oracle.jsonl"
# The recorded address; sluice takes any port in Host.
HOST = "127.0.0.1:8083"

# What depends on the run, on the worker or on Java: it has to be there, its value is another. `x` is a long text that was cut.
_ANY_VALUE = {"version", "commit", "kafka_cluster_id", "worker_id", "trace", "last_modified", "task.class", "documentation",
              "recommended_values", "display_name", "x"}
# Settings whose default and value is the version of a plugin.
_VERSIONS = {"connector.plugin.version"}
# These members may be there beside the recorded ones.
_ADDED = {"condition", "order_in_group"}
# The connector with a PASSWORD option that was asked for, and what is asked for in its place.
_JDBC = "io.debezium.connector.jdbc.JdbcSinkConnector"
_WITH_PASSWORD = "debezium-postgres-sink"


def cases():
    return [json.loads(line) for line in FILE.read_text().splitlines()]


def _settings():
    string = "org.apache.kafka.connect.storage.StringConverter"
    return {"connector.class": "FileStreamSink", "tasks.max": "1", "topics": "restprobe-a", "file": "/dev/null",
            "key.converter": string, "value.converter": string}


SETTINGS = _settings()


def _body(case):
    """The request's body as bytes. Where the recording only describes it, it is made here."""
    text = case["request_body"]
    if text is None:
        return b""
    text = text.replace(_JDBC, _WITH_PASSWORD)
    long_one = re.fullmatch(r"a valid (?:create request|config) whose extra key x holds (\d+) bytes", text)
    if long_one or text == "a valid config with 5000 extra keys":
        extra = {"x": "v" * int(long_one[1])} if long_one else {f"key{n}": "v" for n in range(5000)}
        config = {**SETTINGS, "name": "restprobe-v", **extra}
        if case["path"] == "/connectors":
            config.pop("name")
            return json.dumps({"name": "restprobe-c", "config": config}).encode()
        return json.dumps(config).encode()
    return text.encode("utf-8", "surrogateescape")


def _bytes_of(case):
    if case["id"] == "raw-long-header":
        return b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nX-Long: " + b"x" * 9000 + b"\r\nConnection: close\r\n\r\n"
    if case["method"] == "RAW":
        return case["request_body"].encode()
    body = _body(case)
    headers = {"Host": HOST, **case["request_headers"]}
    if body or case["method"] in ("POST", "PUT", "PATCH"):
        headers["Content-Length"] = str(len(body))
    path = case["path"].replace(_JDBC, _WITH_PASSWORD).replace("/JdbcSinkConnector/", f"/{_WITH_PASSWORD}/")
    lines = [f"{case['method']} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text


def _read(stream, method):
    status = 100
    while status == 100:  # "100 Continue" comes before the answer
        status = int(stream.readline().split()[1])
        headers = http.client.parse_headers(stream)
    length = 0 if method == "HEAD" or status == 204 else int(headers.get("Content-Length") or 0)
    return Answer(status, dict(headers.items()), stream.read(length).decode())


def send(port, case):
    """Sends the request as it was recorded. Of two on one connection the first answer's status counts, the bodies follow one another."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(_bytes_of(case))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was sent whole; the answer is there
        method = case["method"] if case["method"] != "RAW" else "GET"
        with connection.makefile("rb") as stream:
            first = _read(stream, method)
            if case["id"] == "raw-keepalive-two":
                first.text += _read(stream, method).text
        return first


def differences(recorded, got, at=""):
    """Where the answer's JSON says something else than the recorded one: a list of texts. Members may stand in any order."""
    if isinstance(recorded, dict) and isinstance(got, dict):
        found = [f"{at}: {name} is missing" for name in sorted(recorded.keys() - got.keys() - {"trace"})]
        found += [f"{at}: {name} is new" for name in sorted(got.keys() - recorded.keys() - _ADDED - {"trace"})]
        for name in recorded.keys() & got.keys():
            if name not in _ANY_VALUE:
                found += differences(recorded[name], got[name], f"{at}.{name}")
        return found
    if isinstance(recorded, list) and isinstance(got, list):
        by_name = [_by_name(recorded), _by_name(got)]
        if None not in by_name:
            # Settings: the recording is cut, and a plugin has others than Connect's.
            both = sorted((by_name[0].keys() & by_name[1].keys()) - _VERSIONS)
            return [text for name in both for text in differences(by_name[0][name], by_name[1][name], f"{at}.{name}")]
        if len(recorded) != len(got):
            return [f"{at}: {len(recorded)} items, now {len(got)}"]
        return [text for pair in zip(_sorted(recorded), _sorted(got)) for text in differences(*pair, f"{at}[]")]
    return [] if recorded == got else [f"{at}: {recorded!r}, now {got!r}"]


def _sorted(items):
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def _by_name(items):
    names = {}
    for item in items:
        described = item.get("value", item) if isinstance(item, dict) else {}
        if not isinstance(described, dict) or "name" not in described:
            return None
        names[described["name"]] = item
    return names
