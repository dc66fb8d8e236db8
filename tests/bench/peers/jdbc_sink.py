"""Debezium's own JDBC sink on Kafka Connect, with batches of 5,000 and what else makes it fast: it writes each of its statements'
rows in one round trip, it fetches whole batches, and its Java has Kafka's own settings.

It needs schemas. `insert` appends what is inserted and updated to orders_fact; it has no way to append a delete, so it drops them.
`upsert` keeps orders_current as the source has it.
"""

import time
import urllib.parse

from bench import check, reference
from bench.measure import Result, Watch
from bench.peers import connect, drain

BATCH = 5000
NOTE = "Connect with -Xmx2g, G1; batch.size and max.poll.records 5,000; the clock runs from its first rows to its last"
_JSON = "org.apache.kafka.connect.json.JsonConverter"


def run(stage, name, mode, tasks, seconds=900):
    topic = stage.topic(schemas=True)
    database = stage.database()
    target, kind, table = _target(stage, topic, mode)
    worker = connect.Worker(stage.folder / "runs" / f"{name.replace('/', '-')}-{time.monotonic_ns()}", stage.kafka.bootstrap)
    try:
        watch = Watch({"connect": worker.pid, "postgres": stage.postgres_pid(), "broker": stage.broker_pid()})
        begun = time.monotonic()
        worker.add({**settings(database, topic.name, table, tasks), **_MODES[mode], **_FULL_BATCHES})
        worker.wait_running(tasks)
        drained = drain.wait(database, target, _now_and_then(worker.assert_well), watch.mark, seconds)
        cpu, peak, steady = watch.finish()
    finally:
        worker.kill()
    check.same_rows(database, table, topic, kind, columns=reference.ROW)
    database.drop()
    return Result(name, round(topic.records * drained.share), round(target.rows * drained.share), drained.seconds, cpu=cpu,
                  resident_mb={"connect": peak["connect"]}, note=NOTE,
                  more={"steady_mb": steady["connect"], "first_row_ms": (drained.begun - begun) * 1e3})


_MODES = {
    "insert": {"insert.mode": "insert", "primary.key.mode": "none", "delete.enabled": "false"},
    # Without the buffer a statement may not name a row twice, so that the driver could not send many rows in one.
    "upsert": {"insert.mode": "upsert", "primary.key.mode": "record_key", "delete.enabled": "true", "use.reduction.buffer": "true"}}

_FULL_BATCHES = {
    "batch.size": BATCH, "consumer.override.max.poll.records": BATCH,
    # An event with schemas has 3.5 KB: by default a partition gives 300 of them at a time.
    "consumer.override.max.partition.fetch.bytes": 16 << 20, "consumer.override.fetch.max.bytes": 64 << 20}


def settings(database, topic, table, tasks):
    url = urllib.parse.urlsplit(database.url)
    return {"connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "tasks.max": tasks, "topics": topic,
            "connection.url": f"jdbc:postgresql://{url.hostname}:{url.port}{url.path}?reWriteBatchedInserts=true",
            "connection.username": url.username, "connection.password": database.password,
            "collection.name.format": table, "schema.evolution": "none", "consumer.override.auto.offset.reset": "earliest",
            **{f"{which}.converter{option}": value for which in ("key", "value")
               for option, value in (("", _JSON), (".schemas.enable", "true"), (".replace.null.with.default", "false"))}}


def _target(stage, topic, mode):
    """(what is waited for, how it is checked, the table)"""
    history, current = reference.tables(topic.name)
    known = stage.reference.database
    if mode == "insert":
        rows = known.value(f"SELECT count(*) FROM {history} WHERE operation_type <> 'DELETE'")
        return drain.Appended("orders_fact", rows), "inserts", "orders_fact"
    last_rows = known.sql(f"""SELECT DISTINCT ON (part) order_id, c.updated_at FROM {history} h JOIN {current} c USING (order_id)
        WHERE h.updated_at = c.updated_at AND operation_type <> 'DELETE' ORDER BY part, off DESC""")
    return drain.Upserted("orders_current", topic.keys, last_rows), "current", "orders_current"


def _now_and_then(check_well, every_s=2):
    """Asking a worker how it is takes it from its work: not at each look."""
    asked = time.monotonic()

    def ask():
        nonlocal asked
        if time.monotonic() - asked >= every_s:
            check_well()
            asked = time.monotonic()
    return ask
