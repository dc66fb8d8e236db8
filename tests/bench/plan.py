"""Who runs, and in which order. A contestant's `run(stage)` answers a measure.Result of its name."""

import dataclasses
import re
import typing

from bench import copy_limit, growth, latency, read_limit, sluice_run, watched
from bench.peers import jdbc_sink, spark_job


@dataclasses.dataclass(frozen=True)
class Contestant:
    name: str
    run: typing.Callable  # stage -> Result
    group: str = "main"   # which option asks for it: main (always), peers, growth, watched
    once: bool = False    # it takes long, or is the same each time


def _copy(connections):
    name = f"copy/{connections}"
    return Contestant(name, lambda stage: copy_limit.run(stage, name, connections))


def _read(schemas):
    name = "read/schemas" if schemas else "read"
    return Contestant(name, lambda stage: read_limit.run(stage, name, schemas))


def _sluice(mode, tasks, schemas):
    name = f"sluice/{mode}/{tasks}{'/schemas' if schemas else ''}"
    return Contestant(name, lambda stage: sluice_run.run(stage, name, mode, tasks, schemas))


def _jdbc(mode, tasks):
    name = f"jdbc/{mode}/{tasks}"
    return Contestant(name, lambda stage: jdbc_sink.run(stage, name, mode, tasks), "peers")


def _growth(what, size, run, once=False):
    name = f"growth/{what}/{size}"
    return Contestant(name, lambda stage: run(stage, name, size), "growth", once)


def _latency(who, contestant, rate, group):
    name = f"latency/{who}/{rate}"
    return Contestant(name, lambda stage: latency.run(stage, name, contestant, rate), group)


def contestants():
    found = [_copy(1), _copy(2), _read(False), _read(True)]
    found += [_sluice(mode, tasks, schemas) for schemas in (False, True) for mode in ("history", "current", "both") for tasks in (1, 2)]
    found.append(Contestant("sluice/idle", lambda stage: sluice_run.idle(stage, "sluice/idle"), once=True))
    found.append(Contestant("sluice/outage", lambda stage: sluice_run.outage(stage, "sluice/outage"), once=True))
    found += [_latency("sluice", latency.Sluice, rate, "main") for rate in latency.RATES]
    found += [_jdbc(mode, tasks) for mode in ("insert", "upsert") for tasks in (1, 2)]
    found.append(Contestant("spark", lambda stage: spark_job.run(stage, "spark"), "peers"))
    found += [_latency("jdbc", latency.JdbcSink, rate, "peers") for rate in latency.RATES]
    found += [_growth("partitions", count, growth.partitions) for count in (1, 16, 64)]
    found += [_growth("connectors", count, growth.connectors) for count in (1, 10, 50)]
    found += [_growth("table", rows, growth.table) for rows in (100_000, 10_000_000)]
    found += [_growth("any-age", rows, growth.any_age) for rows in (100_000, 10_000_000)]
    found.append(_growth("history", 10_000_000, growth.history, once=True))
    for name, looked_at in (("watched/no", False), ("watched/yes", True)):
        found.append(Contestant(name, lambda stage, name=name, looked_at=looked_at: watched.run(stage, name, looked_at), "watched"))
    found.append(Contestant("watched/idle", lambda stage: watched.idle(stage, "watched/idle"), "watched", once=True))
    return found


def chosen(groups, pattern=None):
    """Those of the groups, and of them those whose name has a match of the regular expression."""
    found = [one for one in contestants() if one.group in groups and re.search(pattern or "", one.name)]
    if not found:
        names = ", ".join(one.name for one in contestants() if one.group in groups)
        raise ValueError(f"--only {pattern} matches none of: {names}")
    return found
