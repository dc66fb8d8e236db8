"""Clients of the shop that change orders at the same time: what a busy day does to the table, and some of what it should not."""

import collections
import random
import threading
import time

import psycopg2.errors

_AMOUNTS = ("0.00", "0.01", "-0.01", "-12.50", "99999999.99", "-99999999.99", "1.27", "1.28", "-1.29", None)
_TEXTS = ("Laptop", "", "\\N", "NULL", "tab\tline\nreturn\r", "it's \"so\" \\ \\. %s $1", "x'); DROP TABLE orders; --", "日本 😀 é",
          "\x01\x7f", " blanks ", "x" * 50, None)
_TIMES = ("infinity", "-infinity", "4712-01-01 00:00:00 BC", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999", None)
# Ids for orders that change their key; few enough that an id is given up and taken again, above all that SERIAL gives.
_NEW_IDS = (1_500_000_000, 1_500_000_300)


class Clients:
    """`count` clients, each with its own choices from the seed. How they interleave is up to the machine."""

    def __init__(self, stack, count, seed, transactions=None, pause=0):
        """Each client makes `transactions`, or goes on until stop(); between two it rests for up to `pause` seconds."""
        self.done = collections.Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failures = []
        self._threads = [threading.Thread(target=self._run, args=(stack, random.Random(f"{seed} {n}"), transactions, pause))
                         for n in range(count)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """What they did, by name, once all have ended."""
        self._stop.set()
        return self.finish()

    def finish(self):
        for thread in self._threads:
            thread.join()
        assert not self._failures, self._failures
        return self.done

    def _run(self, stack, dice, transactions, pause):
        try:
            with stack.connect() as client, client.cursor() as cursor:
                client.autocommit = False
                made = 0
                while made != transactions and not self._stop.is_set():
                    self._transaction(client, cursor, dice)
                    made += 1
                    time.sleep(pause * dice.random())
        except Exception as error:  # pylint: disable=broad-except
            # Whatever it is, it belongs into the test and not into a thread's last words.
            self._failures.append(repr(error))

    def _transaction(self, client, cursor, dice):
        did = collections.Counter()
        try:
            for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
                step = dice.choices(_STEPS, _WEIGHTS)[0]
                step(cursor, dice)
                # Changed rows; -1 says that the last statement was none that changes rows.
                did[step.__name__.strip("_")] += abs(cursor.rowcount)
            if dice.random() < 0.12:
                client.rollback()
                did = {"rollbacks": 1}
            else:
                client.commit()
                did["commits"] = 1
        except (psycopg2.errors.DeadlockDetected, psycopg2.errors.UniqueViolation):
            # Clients that change several rows, or want the same new id, get into each other's way: so do real ones.
            client.rollback()
            did = {"conflicts": 1}
        with self._lock:
            self.done.update(did)


def _values(dice):
    """customer_id, product_name, amount, status, created_at: mostly ordinary, sometimes extreme."""
    amount = dice.choice(_AMOUNTS) if dice.random() < 0.2 else f"{dice.randrange(-5000, 200000) / 100:.2f}"
    name = dice.choice(_TEXTS) if dice.random() < 0.3 else f"Widget {dice.randrange(1000)}"
    created = dice.choice(_TIMES) if dice.random() < 0.1 else f"2024-02-29 12:00:00.{dice.randrange(10**6):06}"
    return dice.randrange(1, 60), name, amount, dice.choice(("PENDING", "PAID", "SHIPPED", "DELIVERED", None)), created


def _some_order(cursor, dice):
    """An id near a random place; that somebody else takes it away meanwhile is part of the game."""
    cursor.execute("SELECT order_id FROM orders OFFSET %s LIMIT 1", (dice.randrange(400),))
    found = cursor.fetchone()
    return found[0] if found else 1


def _inserts(cursor, dice):
    rows = [_values(dice) for _ in range(dice.choice((1, 1, 2, 5)))]
    marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
    cursor.execute(f"INSERT INTO orders (customer_id, product_name, amount, status, created_at) VALUES {marks}",
                   [value for row in rows for value in row])


def _updates(cursor, dice):
    customer, name, amount, status, _ = _values(dice)
    cursor.execute("UPDATE orders SET customer_id = %s, product_name = %s, amount = %s, status = %s, updated_at = clock_timestamp() "
                   "WHERE order_id = %s", (customer, name, amount, status, _some_order(cursor, dice)))


def _updates_of_a_customer(cursor, dice):
    cursor.execute("UPDATE orders SET status = %s WHERE customer_id = %s", (f"PAID {dice.randrange(100)}", dice.randrange(1, 60)))


def _deletes(cursor, dice):
    cursor.execute("DELETE FROM orders WHERE order_id = %s", (_some_order(cursor, dice),))


def _key_changes(cursor, dice):
    cursor.execute("UPDATE orders SET order_id = %s WHERE order_id = %s", (dice.randrange(*_NEW_IDS), _some_order(cursor, dice)))


def _short_lives(cursor, dice):
    """Born, changed and gone in one transaction."""
    cursor.execute("INSERT INTO orders (customer_id, product_name, amount, status) VALUES (%s, 'short', 1, 'NEW') RETURNING order_id",
                   (dice.randrange(1, 60),))
    born = cursor.fetchone()[0]
    cursor.execute("UPDATE orders SET amount = amount + 0.01 WHERE order_id = %s", (born,))
    cursor.execute("DELETE FROM orders WHERE order_id = %s", (born,))


def _taken_back(cursor, dice):
    """Rolled back to a savepoint while the transaction goes on."""
    cursor.execute("SAVEPOINT here")
    _inserts(cursor, dice)
    _deletes(cursor, dice)
    cursor.execute("ROLLBACK TO SAVEPOINT here")


_STEPS = (_inserts, _updates, _updates_of_a_customer, _deletes, _key_changes, _short_lives, _taken_back)
_WEIGHTS = (26, 36, 1, 24, 10, 4, 4)
# Each must have happened for a run to prove anything.
KINDS = ("inserts", "updates", "updates_of_a_customer", "deletes", "key_changes", "short_lives", "taken_back", "commits", "rollbacks")
