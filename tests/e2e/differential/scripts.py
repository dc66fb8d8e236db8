"""What clients do to the tables. A script is fixed by the seed: its transactions, their statements and all values. How the
clients' scripts interleave, and with that which statements find their row, is up to the machine."""

import collections
import random
import threading
import time

import psycopg2.errors

from e2e.differential import tables
from e2e.differential.tables import quoted

# The clients' rows. Those of the samples are above, and stay as they were inserted.
_KEYS = 15
_SAMPLES = 1000
# Which tables the clients change. Those that are in need of an order of their own have a client to themselves.
_SHARED = tuple(table for table in tables.KEYED if table is not tables.LAST)


def insert(table, n, values):
    """One row as (text, arguments); nothing happens where its key is there already."""
    columns = {**table.key, **{name: kind.sql for name, kind in table.columns.items()}}
    names = ", ".join(map(quoted, columns))
    marks = ", ".join(f"%s::{sql}" for sql in columns.values())
    where, key = of_key(table, n)
    return (f"INSERT INTO {table.sql_name} ({names}) SELECT {marks} WHERE NOT EXISTS (SELECT FROM {table.sql_name} WHERE {where})",
            [*table.key_of(n), *values, *key])


def of_key(table, n):
    return " AND ".join(f"{quoted(name)} = %s::{sql}" for name, sql in table.key.items()), list(table.key_of(n))


def samples(table, seed, streamed):
    """Rows that between them hold every special value of every column, NULLs and ordinary values."""
    dice = random.Random(f"{seed} {table.name} {streamed}")
    columns = [(kind, kind.special + kind.streamed * streamed) for kind in table.columns.values()]
    rows = 1 + max(len(special) for _, special in columns)
    for row in range(rows):
        values = [special[row] if row < len(special) else None if row == rows - 1 else kind.value(dice) for kind, special in columns]
        yield insert(table, _SAMPLES + 200 * streamed + row, values)


def put_samples(source, seed, streamed):
    """Before the connectors start (they come by the snapshot), or after."""
    with source.connect() as client, client.cursor() as cursor:
        for table in tables.ALL:
            for text, arguments in samples(table, seed, streamed):
                cursor.execute(text, arguments)


# -- one client's script

def script(dice, transactions):
    """Transactions: each a list of (what, text, arguments), and whether it commits in the end."""
    return [([step for _ in range(dice.choice((1, 1, 1, 2, 3, 6))) for step in _steps(dice)], dice.random() > 0.1)
            for _ in range(transactions)]


def _steps(dice):
    table = dice.choice(_SHARED)
    what = dice.choices((_inserts, _updates, _nulls, _deletes, _key_changes, _short_lives, _taken_back), (30, 36, 6, 10, 8, 3, 3))[0]
    # A row's new key comes as another row, without the old one's values that are out of line: nobody could tell them.
    if table is tables.LONG and what is _key_changes:
        what = _updates
    return [(what.__name__.strip("_"), *step) for step in what(dice, table, dice.randrange(_KEYS))]


def _row(dice, table):
    return [kind.value(dice) for kind in table.columns.values()]


def _inserts(dice, table, n):
    return [insert(table, n + more, _row(dice, table)) for more in range(dice.choice((1, 1, 2, 3)))]


def _updates(dice, table, n):
    """Some columns. Of long ones mostly none: they stay as they are, and out of line."""
    names = [name for name in table.columns if not name.startswith("big") or dice.random() < 0.15]
    return [_set(table, n, {name: table.columns[name].value(dice) for name in dice.sample(names, dice.randrange(1, len(names) + 1))})]


def _nulls(dice, table, n):
    return [_set(table, n, {name: None for name in table.columns if dice.random() < 0.5 or name == list(table.columns)[0]})]


def _set(table, n, values):
    where, key = of_key(table, n)
    changes = ", ".join(f"{quoted(name)} = %s::{table.columns[name].sql}" for name in values)
    return f"UPDATE {table.sql_name} SET {changes} WHERE {where}", [*values.values(), *key]


def _deletes(dice, table, n):
    where, key = of_key(table, n)
    return [(f"DELETE FROM {table.sql_name} WHERE {where}", key)]


def _key_changes(dice, table, n):
    where, key = of_key(table, n)
    changes = ", ".join(f"{quoted(name)} = %s::{sql}" for name, sql in table.key.items())
    return [(f"UPDATE {table.sql_name} SET {changes} WHERE {where}", [*table.key_of(dice.randrange(_KEYS + 5)), *key])]


def _short_lives(dice, table, n):
    """Born, changed and gone in one transaction."""
    n += 500
    return [insert(table, n, _row(dice, table)), *_updates(dice, table, n), *_deletes(dice, table, n)]


def _taken_back(dice, table, n):
    """Rolled back to a savepoint while the transaction goes on."""
    return [("SAVEPOINT here", None), *_inserts(dice, table, n), *_deletes(dice, table, n), ("ROLLBACK TO SAVEPOINT here", None)]


# -- tables in need of an order of their own

def keyless_script(dice, transactions):
    """Without a key nothing stops two clients from making the same row."""
    table, found = tables.KEYLESS, []
    for _ in range(transactions):
        what = dice.choice((_inserts, _updates, _nulls, _deletes))
        found.append(([(f"keyless_{what.__name__.strip('_')}", *step) for step in what(dice, table, dice.randrange(20))], True))
    return found


def emptied_script(dice, transactions):
    table, found = tables.EMPTIED, []
    for at in range(transactions):
        what = dice.choice((_inserts, _inserts, _updates, _deletes))
        steps = [(what.__name__.strip("_"), *step) for step in what(dice, table, dice.randrange(20))]
        # In the middle, so that rows go and others come.
        if at in (transactions // 3, transactions * 2 // 3):
            steps.insert(0, ("truncates", f"TRUNCATE {table.sql_name}", None))
        found.append((steps, True))
    return found


def altering_script():
    """The table changes between other clients' statements."""
    changes = ("UPDATE shifting SET old_name = 'before ' || id, turned = id / 7.0, dropped = 'here'",
               "ALTER TABLE shifting ADD added numeric(12,4) DEFAULT 1.5",
               "UPDATE shifting SET added = id / 3.0 WHERE id % 2 = 0",
               "ALTER TABLE shifting DROP dropped",
               "UPDATE shifting SET old_name = 'then ' || id WHERE id % 3 = 0",
               "ALTER TABLE shifting RENAME old_name TO renamed",
               "UPDATE shifting SET renamed = 'after ' || id WHERE id % 5 = 0",
               "ALTER TABLE shifting ALTER turned TYPE text USING 'now ' || turned",
               "UPDATE shifting SET turned = 'text ' || id WHERE id % 4 = 0")
    return [([("alterings", change, None)], True) for change in changes]


def finish_altering(source):
    """ALTER TABLE tells nobody about the rows that are there already; a change of each does (B9)."""
    source.sql("UPDATE shifting SET touched = coalesce(touched, 0) % 1000 + 1")


# -- clients

class Clients:
    """They start at once. `transactions` are those of each client."""

    def __init__(self, source, seed, count=3, transactions=60):
        self.done = collections.Counter()
        self._lock = threading.Lock()
        self._failures = []

        def dice(name):
            return random.Random(f"{seed} {name}")
        found = [(script(dice(number), transactions), 0) for number in range(count)]
        found += [(keyless_script(dice("keyless"), transactions // 2), 0), (emptied_script(dice("emptied"), transactions // 2), 0),
                  (altering_script(), 0.4)]
        self._threads = [threading.Thread(target=self._run, args=(source, *client)) for client in found]
        for thread in self._threads:
            thread.start()

    def finish(self):
        """What they did, by name."""
        for thread in self._threads:
            thread.join()
        assert not self._failures, self._failures
        return self.done

    def _run(self, source, transactions, pause):
        try:
            with source.connect() as client, client.cursor() as cursor:
                client.autocommit = False
                for steps, commits in transactions:
                    self._transaction(client, cursor, steps, commits)
                    time.sleep(pause)
        except Exception as error:  # pylint: disable=broad-except
            # Whatever it is, it belongs into the test and not into a thread's last words.
            self._failures.append(repr(error))

    def _transaction(self, client, cursor, steps, commits):
        did = collections.Counter()
        try:
            for what, text, arguments in steps:
                cursor.execute(text, arguments)
                # Changed rows; -1 says that the statement was none that changes rows.
                did[what] += abs(cursor.rowcount)
            if commits:
                client.commit()
                did["commits"] = 1
            else:
                client.rollback()
                did = {"rollbacks": 1}
        except (psycopg2.errors.DeadlockDetected, psycopg2.errors.UniqueViolation):
            # Clients that change several rows, or want the same new key, get into each other's way: so do real ones.
            client.rollback()
            did = {"conflicts": 1}
        with self._lock:
            self.done.update(did)


# Each must have happened for a run to prove anything.
KINDS = ("inserts", "updates", "nulls", "deletes", "key_changes", "short_lives", "taken_back", "commits", "rollbacks", "truncates",
         "keyless_inserts", "keyless_updates", "keyless_deletes", "alterings")
