"""How long an event takes from the broker's log to a row that others see, at a steady pace.

From: the moment at which the broker appended it, by its own clock (message.timestamp.type=LogAppendTime). To: the first look of
arrivals.py that saw its transaction. Both are on one machine. The broker cuts its time to whole milliseconds and looks come about
every millisecond, so that each latency is told too long, by about 1 ms and 2 ms at most, never too short.

A commit waits for the disk. How long that takes by itself is measured beside it (disk.py): stalls of the disk are the contestants', too.
On a memory file system (TMPDIR=/dev/shm) there are none.

The table is orders_fact and, for this, each row's place in the topic and its transaction. Every contestant reads the same events,
with schemas, with one task and the settings for latency that it comes with.
"""

import dataclasses
import subprocess
import time

from bench import arrivals, check, disk, reference, sluice_run
from bench.measure import Result, Watch
from bench.peers import connect, jdbc_sink
from bench.stage import LIVE_ORDERS, MIX, RECORDINGS
from harness import kcat, load, waits

RATES = (100, 1000, 3000)  # events a second, tombstones not counted
_WARM_UP_S, _MEASURED_S = 3, 20
_BURST = 20_000            # events before it, as fast as they come: a Java process needs that to become fast
_PARTITIONS = 4
_TABLE = "orders_arrivals"


def run(stage, name, contestant, rate):
    topic = _make_topic(stage, name)
    database = _make_database(stage)
    sink = contestant(stage, name, database, topic)
    try:
        written = _send(stage, topic, sink, database, 0, count=_BURST, first_id=1_000_000)
        lookout, probe = arrivals.lookout(database), disk.probe(stage.folder)
        try:
            watch = Watch({"sink": sink.pid, "postgres": stage.postgres_pid()})
            begun = time.time()
            written = _send(stage, topic, sink, database, written, rate=rate, count=rate * (_WARM_UP_S + _MEASURED_S), first_id=2_000_000)
            cpu, _, _ = watch.finish()
        finally:
            looks, disk_ms = lookout.finish(), probe.finish()
    finally:
        sink.stop()
    appended = _append_times(stage, topic)
    _check_rows(stage, database, topic, sink, len(appended))
    window = [(begun + _WARM_UP_S) * 1e6, (begun + _WARM_UP_S + _MEASURED_S) * 1e6]
    rows = [(xid, appended[place]) for xid, *place in database.sql(f"SELECT transaction::text::bigint, {', '.join(_PLACE)} FROM {_TABLE}")
            for place in [tuple(place)] if window[0] <= appended[place] < window[1]]
    seen = arrivals.first_seen(looks, {xid for xid, _ in rows})
    database.drop()
    gaps = [(after.us - before.us) / 1e3 for before, after in zip(looks, looks[1:])]
    return Result(name, 0, 0, _MEASURED_S, more={
        **arrivals.figures([(seen[xid] - us) / 1e3 for xid, us in rows]), "rows": len(rows), "transactions": len(seen),
        **disk.figures(disk_ms), "look_p99_ms": arrivals.percentile(gaps, 0.99), **{f"{process}_cores": used / (_WARM_UP_S + _MEASURED_S) for process, used in cpu.items()}})


# ---- the contestants --------------------------------------------------------------------------------------------------


class Sluice:
    kind, columns = "history", reference.HISTORY

    def __init__(self, stage, name, database, topic):
        self._host, self._connector = sluice_run.host_for(stage, name)
        self._host.connector(self._connector, {
            **sluice_run.settings(database, topic, "history", 1), "table.name": _TABLE,
            "columns": {**{column: column for column in reference.ROW}, "cdc_timestamp": "@source.ts", "processed_at": "@now",
                        "operation_type": "@operation", **dict(zip(_PLACE, ("@partition", "@offset")))}})
        self._host.start()
        self.pid = self._host.process.pid

    def rows(self, counts):
        return counts["events"]

    def stop(self):
        self._host.stop(seconds=20)


class JdbcSink:
    """In batches as it comes: small ones are what a slow topic gives anyway. It drops deletes."""

    kind, columns = "inserts", reference.ROW

    def __init__(self, stage, name, database, topic):
        self._worker = connect.Worker(stage.folder / "runs" / f"{name.replace('/', '-')}-{time.monotonic_ns()}", stage.kafka.bootstrap)
        self.pid = self._worker.pid
        self._worker.add({**jdbc_sink.settings(database, topic.name, _TABLE, 1), "insert.mode": "insert",
                          "primary.key.mode": "kafka", "delete.enabled": "false"})
        self._worker.wait_running(1)

    def rows(self, counts):
        return counts["c"] + counts["u"]

    def stop(self):
        self._worker.kill()


# ---- topic, table, load -----------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Topic:
    name: str
    schemas: bool = True


# As the JDBC sink calls them, for it cannot call them otherwise.
_PLACE = ("__connect_partition", "__connect_offset")


def _make_topic(stage, name):
    topic = _Topic(f"bench.{name.replace('/', '.')}.{time.monotonic_ns()}")
    stage.kafka.tool("TopicCommand", "--create", "--topic", topic.name, "--partitions", _PARTITIONS, "--replication-factor", 1,
                     "--config", "message.timestamp.type=LogAppendTime")
    return topic


def _make_database(stage):
    database = stage.database()
    database.sql(f"""CREATE TABLE {_TABLE} (LIKE orders_fact INCLUDING ALL, __connect_topic text, __connect_partition int,
        __connect_offset bigint, transaction xid8 DEFAULT pg_current_xact_id())""")
    database.sql(f"ALTER TABLE {_TABLE} OWNER TO warehouse")
    return database


def _send(stage, topic, sink, database, written, **pace):
    """Runs the generator to its end, and waits until what it sent is in the table; how many rows that has then."""
    counts = load.write(stage.kafka.bootstrap, topic.name, file=RECORDINGS[True], schemas=True, mix=MIX, live_orders=LIVE_ORDERS,
                        seed=stage.seed, **pace)
    if counts["failed"]:
        raise AssertionError(f"{counts['failed']} records were not delivered: the broker is in trouble")
    wanted = written + sink.rows(counts)
    waits.until(f"{wanted} rows in {_TABLE}", lambda: database.value(f"SELECT count(*) FROM {_TABLE}") >= wanted, 120, every=0.2)
    return wanted


def _append_times(stage, topic):
    """{(partition, offset): microseconds since 1970}"""
    done = subprocess.run(["kcat", "-C", "-b", stage.kafka.bootstrap, "-t", topic.name, "-o", "beginning", "-e", "-q", "-f", "%p %o %T\n"],
                          capture_output=True, text=True, timeout=300, check=True)
    return {(int(partition), int(offset)): int(ms) * 1000 for partition, offset, ms in map(str.split, done.stdout.splitlines())}


def _check_rows(stage, database, topic, sink, records):
    """Each event once, in its place, with its values."""
    if sum(kcat.ends(stage.kafka.bootstrap, topic.name, _PARTITIONS).values()) != records:
        raise AssertionError(f"{topic.name} was not read back whole: {records} records")
    stage.reference.read(stage.kafka.bootstrap, topic.name, _PARTITIONS, records)
    check.same_rows(database, _TABLE, topic, sink.kind, columns=sink.columns)
    history, _ = reference.tables(topic.name)
    chosen = "WHERE operation_type <> 'DELETE'" if sink.kind == "inserts" else ""
    wanted = stage.reference.database.sql(f"SELECT part, off, order_id FROM {history} {chosen} ORDER BY 1, 2")
    if database.sql(f"SELECT {', '.join(_PLACE)}, order_id FROM {_TABLE} ORDER BY 1, 2") != wanted:
        raise check.RowsDiffer(f"{_TABLE}: the rows are not at the places that they have in {topic.name}")
