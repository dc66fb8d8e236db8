"""The clock of a peer's run: from its first rows to its last, by looking at its table as others see it.

A peer keeps no position beside its rows, so that looking has to be cheap in another way: whether there is a row at all, and
whether the last ones are there. The whole table is counted once at either end.
"""

import dataclasses
import time

from harness import postgres

_EVERY_S = 0.05  # a look costs Postgres some 100 us


@dataclasses.dataclass(frozen=True)
class Drained:
    begun: float      # time.monotonic() when the first rows were seen
    ended: float      # and when all were
    share: float      # of all rows, what came between the two

    @property
    def seconds(self):
        return self.ended - self.begun


class Appended:
    """All rows are there: the table's sequence says when it is worth counting them."""

    def __init__(self, table, rows):
        self.table, self.rows = table, rows

    def done(self, database):
        return (database.value(f"SELECT last_value FROM {self.table}_id_seq") >= self.rows
                and database.value(f"SELECT count(*) FROM {self.table}") >= self.rows)


class Upserted:
    """The last row of each partition is there, hence also what came before it, and as many rows as there shall be."""

    def __init__(self, table, rows, last_rows):
        """`last_rows`: (order_id, updated_at) of each partition, as the reference has it."""
        self.table, self.rows, self.last_rows = table, rows, tuple(last_rows)

    def done(self, database):
        found = database.value(f"SELECT count(*) FROM {self.table} WHERE (order_id, updated_at) IN %s", self.last_rows)
        return found == len(self.last_rows) and database.value(f"SELECT count(*) FROM {self.table}") == self.rows


def wait(database, target, still_well, at_first, seconds):
    """Until `target` is done; still_well() raises where the peer has failed, at_first() is told when the first rows are there."""
    looker = postgres.Database(database.server, database.name)
    deadline = time.monotonic() + seconds
    try:
        while not looker.value(f"SELECT EXISTS (SELECT FROM {target.table})"):
            _next_look(still_well, deadline, target, looker)
        begun = time.monotonic()
        at_first()
        seen = looker.value(f"SELECT count(*) FROM {target.table}")
        while not target.done(looker):
            _next_look(still_well, deadline, target, looker)
        return Drained(begun, time.monotonic(), 1 - seen / target.rows)
    finally:
        looker.close()


def _next_look(still_well, deadline, target, looker):
    still_well()
    if time.monotonic() > deadline:
        raise AssertionError(f"{target.table} has {looker.value(f'SELECT count(*) FROM {target.table}')} rows, and should have "
                             f"{target.rows}: it takes too long")
    time.sleep(_EVERY_S)
