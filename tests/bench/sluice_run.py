"""sluice, as a user would run it: the release build, a connector's file, every setting that can be left out left out."""

import http.client
import itertools
import os
import time

import psycopg2
import psycopg2.errors

from bench import check
from bench.measure import Result, Watch
from harness import postgres, sluice

_EVERY_S = 0.02  # how often the position is looked at: oftener, and the looking would take a share of the machine
_runs = itertools.count(1)
_PASSWORD = "SLUICE_WAREHOUSE_PASSWORD"


def run(stage, name, mode, tasks, schemas=False):
    topic, database = stage.topic(schemas), stage.database()
    host, connector = host_for(stage, name)
    host.connector(connector, settings(database, topic, mode, tasks))
    result = drained(stage, name, host, database, topic)
    for table, kind in written(mode):
        check.same_rows(database, table, topic, kind)
    database.drop()
    return result


def drained(stage, name, host, database, topic, connectors=1, tenths=False, seconds=1800):
    """Starts the host, has each of its connectors read the topic to its end, and stops it. `tenths`: says how fast it was at the end
    beside how fast at the beginning. The clock runs from the first move of the
    positions that is seen to the last; what was written by the first does not count. CPU is counted over the same time."""
    begun = time.monotonic()
    host.start(wait=False)
    watch = Watch({"sluice": host.process.pid, "postgres": stage.postgres_pid(), "broker": stage.broker_pid()})
    ready = _await_ready(host)
    drain = _drain(host, Positions(database), connectors * topic.records, watch, time.monotonic() + seconds)
    cpu, peak, steady = watch.finish()
    host.stop(seconds=20)
    rows = round(drain.records / topic.records * topic.rows)
    more = {"steady_mb": steady["sluice"], "ready_ms": (ready - begun) * 1e3, "first_row_ms": (drain.first - begun) * 1e3}
    if tenths:
        more["last_of_first_tenth"] = drain.last_of_first_tenth()
    return Result(name, drain.records, rows, drain.seconds, cpu=cpu, resident_mb={"sluice": peak["sluice"]}, more=more)


def idle(stage, name, seconds=10):
    """One connector whose topic has been read to its end: what the process holds then, having read next to nothing."""
    topic = stage.topic(schemas=False, changes=16, name="bench.idle")
    database = stage.database()
    host, connector = host_for(stage, name)
    host.connector(connector, settings(database, topic, "history", 1))
    begun = time.monotonic()
    host.start(wait=False)
    watch = Watch({"sluice": host.process.pid})
    ready = _await_ready(host)
    _drain(host, Positions(database), topic.records, watch, begun + 60)
    time.sleep(seconds)
    resident = host.process.resident_kb() / 1024
    cpu, _, _ = watch.finish()
    host.stop(seconds=20)
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return Result(name, 0, 0, seconds, cpu=cpu, more={"idle_mb": resident, "ready_ms": (ready - begun) * 1e3})


def outage(stage, name, settle=5, seconds=15):
    """Postgres stops in the midst of the run, and comes back: what the process holds may rise while its queues fill, for `settle`
    seconds, and not after that, however long it lasts."""
    topic = stage.topic(schemas=True)
    database = stage.database()
    host, connector = host_for(stage, name)
    host.connector(connector, settings(database, topic, "history", 1))
    host.start(wait=False)
    watch = Watch({"sluice": host.process.pid})
    _drain(host, Positions(database), topic.records // 4, watch, time.monotonic() + 300)
    for connected in (database, stage.reference.database):
        connected.close()
    stage.postgres.stop()
    time.sleep(settle)
    settled = host.process.resident_kb() / 1024
    time.sleep(seconds)
    at_end = host.process.resident_kb() / 1024
    stage.postgres.start()
    _drain(host, Positions(database), topic.records, watch, time.monotonic() + 300)
    cpu, peak, _ = watch.finish()
    host.stop(seconds=20)
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return Result(name, 0, 0, 0.0, cpu=cpu, resident_mb={"sluice": peak["sluice"]},
                  more={"outage_mb": at_end, "grown_mb": at_end - settled})


def host_for(stage, name):
    """(host, name of its connector), which no run before has had: its consumer group begins with nothing."""
    connector = f"{name.replace('/', '-')}-{next(_runs)}"
    return sluice.Sluice(stage.folder / "runs" / connector, stage.kafka.bootstrap), connector


def settings(database, topic, mode, tasks):
    os.environ[_PASSWORD] = database.password
    found = {"connector.class": "debezium-postgres-sink", "tasks.max": tasks, "topics": topic.name, "mode": mode,
             "connection.url": database.url, "connection.password": f"${{env:{_PASSWORD}}}",
             "table.name": "orders_current" if mode == "current" else "orders_fact"}
    if mode == "both":
        found["current.table.name"] = "orders_current"
    if not topic.schemas:
        found["decimal.handling.mode"] = "precise"
    return found


def written(mode):
    """The tables that a run fills, and what is to be in them."""
    tables = {"history": ("orders_fact", "history"), "current": ("orders_current", "current")}
    return [tables[kind] for kind in tables if mode in (kind, "both")]


class Positions:
    """How far the sink is, by the table that moves with its rows; on a connection of its own, since it is asked often."""

    _ASK = "SELECT count(next_offset), coalesce(sum(next_offset), 0) FROM sluice.sink_offsets"

    def __init__(self, database):
        self._database = postgres.Database(database.server, database.name)

    def sum(self):
        """Of all partitions; None while the sink has claimed none."""
        try:
            claimed, position = self._database.sql(self._ASK)[0]
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
            return None
        return int(position) if claimed else None

    def close(self):
        self._database.close()


class _Drain:
    def __init__(self, first, records, seconds, moves):
        self.first, self.records, self.seconds, self._moves = first, records, seconds, moves

    def last_of_first_tenth(self):
        """How fast the last tenth was, as a share of the first."""
        (begin, low), (end, high) = self._moves[0], self._moves[-1]
        tenth = (high - low) / 10
        begun = next(at for at, position in self._moves if position >= low + tenth)
        ending = next(at for at, position in self._moves if position >= high - tenth)
        return (begun - begin) / (end - ending) if end > ending else 1.0


def _drain(host, positions, end, watch, deadline):
    """Until the positions have come to `end` together."""
    claimed = None
    moves = []  # (moment, sum of the positions)
    position = 0
    while position < end:
        seen = positions.sum()
        now = time.monotonic()
        if seen is not None and claimed is None:
            claimed = now
        if seen and seen != position:
            position = seen
            moves.append((now, position))
            if len(moves) == 1 and position < end / 2:
                watch.mark()
        if not host.process.alive() or now > deadline:
            raise AssertionError(f"the positions stand at {position} of {end}\n{host.process.tail()}")
        if position < end:
            time.sleep(_EVERY_S)
    positions.close()
    first, by_then = moves[0]
    if by_then < end / 2:
        return _Drain(first, end - by_then, now - first, moves)
    # A topic of a batch or two: there is nothing in between, so that the clock has to run from the claim.
    return _Drain(first, end, now - claimed, moves)


def _await_ready(host, seconds=30):
    """The moment at which /health/ready said so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=1)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            pass
        finally:
            connection.close()
        if not host.process.alive():
            break
        time.sleep(0.002)
    raise AssertionError(f"sluice is not ready within {seconds} s\n{host.process.tail()}")
