"""When rows became visible, and what that comes to.

A session that asks for nothing but its snapshot, a thousand times a second, takes no lock that a writer wants and reads no table;
afterwards each row's transaction tells which look was the first to see it. The time of a commit as Postgres keeps it
(track_commit_timestamp) would not do: it is taken before the commit is on the disk.
"""

import bisect
import dataclasses
import math
import time

from bench.background import Background
from harness import postgres

_EVERY_S = 0.0005


@dataclasses.dataclass(frozen=True)
class Look:
    """One snapshot: transactions below `next_xid` are over and seen, but for those that were under way."""

    us: int             # since 1970, taken after the snapshot
    next_xid: int
    under_way: frozenset

    @staticmethod
    def of(text, us):
        """`text` as pg_snapshot is written: "xmin:xmax:xid,xid"."""
        _, next_xid, under_way = text.split(":")
        return Look(us, int(next_xid), frozenset(int(xid) for xid in under_way.split(",") if xid))

    def sees(self, xid):
        return xid < self.next_xid and xid not in self.under_way


def first_seen(looks, xids):
    """{transaction: when the first look saw it}, in microseconds since 1970. What was seen once stays seen."""
    found = {}
    for xid in xids:
        at = bisect.bisect_left(looks, True, key=lambda look: look.sees(xid))
        if at == 0 or at == len(looks):
            raise AssertionError(f"transaction {xid} was {'seen by the first' if at == 0 else 'not seen by the last'} of {len(looks)} "
                                 "looks: they do not cover it")
        found[xid] = looks[at].us
    return found


def percentile(numbers, share):
    """The smallest of the numbers that at least so many are not above: no number is made up between two."""
    ordered = sorted(numbers)
    if not ordered:
        raise ValueError("a percentile of nothing")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures(milliseconds):
    """What is told of latencies."""
    return {"p50_ms": percentile(milliseconds, 0.5), "p99_ms": percentile(milliseconds, 0.99),
            "p999_ms": percentile(milliseconds, 0.999), "max_ms": max(milliseconds)}


def lookout(database):
    """Looks until it is finished; the looks, in order."""
    return Background(_look, database.server, database.name)


def _look(stopping, server, name):
    database = postgres.Database(server, name)
    # Prepared, since planning costs more than asking. The clock comes after the snapshot: never too early.
    database.sql("PREPARE look AS SELECT pg_current_snapshot()::text, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    looks = []
    while not stopping():
        looks += database.sql("EXECUTE look")
        time.sleep(_EVERY_S)
    database.close()
    return [Look.of(text, us) for text, us in looks]
