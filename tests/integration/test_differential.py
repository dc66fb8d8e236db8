"""Random changes against a small model in Python: the current table is what the model keeps, the history what it was told.

One host carries a table for each of many seeds, through batches of two sizes at once.
"""

import random

from harness.changes import change, tombstone

GONE = "__debezium_unavailable_value"
SEEDS, CHANGES = 20, 150
OPERATIONS = {"c": "INSERT", "u": "UPDATE", "d": "DELETE", "r": "SNAPSHOT"}


class Model:
    """What a source table looks like to somebody who sees only its events. A column that an event lacks stays as it is; a placeholder
    stands for what the row had."""

    def __init__(self, table):
        self.table, self.rows, self.history, self.events, self._lsn = table, {}, [], [], 0

    def put(self, op, id, values):
        self._lsn += 1
        self.events.append(change(op, {"id": id, **values}, table=self.table, lsn=self._lsn))
        had = self.rows.get(id, {})
        known = {name: had.get(name) if op == "u" and value == GONE else value for name, value in values.items()}
        self.rows[id] = {**had, **known}
        self.history.append((OPERATIONS[op], id, known.get("a"), known.get("b"), known.get("c")))

    def remove(self, id, deletes=True, buries=True):
        """A delete is followed by a tombstone, which says nothing new; one alone is the delete."""
        self._lsn += 1
        if deletes:
            self.events.append(change("d", None, {"id": id, "a": None, "b": None, "c": None}, table=self.table, lsn=self._lsn))
        if buries:
            self.events.append(tombstone(id=id))
        if deletes or buries:
            self.rows.pop(id, None)
            self.history.append(("DELETE", id, None, None, None))

    def current(self):
        return sorted((id, row.get("a"), row.get("b"), row.get("c")) for id, row in self.rows.items())


def play(model, dice):
    for _ in range(CHANGES):
        id = dice.randrange(1, 9)
        values = {name: dice.choice([None, "", "x\t\\N", f"{name}{dice.randrange(1000)}"]) for name in dice.sample("abc", dice.randrange(4))}
        what = dice.random()
        if id not in model.rows or what < 0.1:
            model.put(dice.choice("ccr"), id, values)
        elif what < 0.6:
            model.put("u", id, {name: GONE if dice.random() < 0.4 else value for name, value in values.items()})
        elif what < 0.7:  # another key, as Debezium sends it; the new one may be taken, since it was seen late
            row, other = model.rows[id], dice.randrange(1, 9)
            model.remove(id)
            if other != id:
                model.remove(other, buries=dice.random() < 0.5)
            model.put("c", other, dict(row))
        else:
            model.remove(id, *dice.choice([(True, True), (True, False), (False, True)]))


def test_random_changes_leave_what_the_model_keeps(pipes, db, sink, seed):
    models = [Model(f"m{n}") for n in range(SEEDS)]
    for n, model in enumerate(models):
        play(model, random.Random(seed + n))
    pipe = pipes({f"shop.public.{model.table}": 1 for model in models})
    for model in models:
        pipe.send(f"shop.public.{model.table}", model.events)
    sizes = {"large": 500, "small": random.Random(seed).randrange(7, 40)}
    for schema, size in sizes.items():
        db.sql(f"CREATE SCHEMA {schema}")
        for model in models:
            db.sql(f"CREATE TABLE {schema}.{model.table}_now (id int PRIMARY KEY, a text, b text, c text)")
            db.sql(f"CREATE TABLE {schema}.{model.table} (n bigserial, operation_type text, id int, a text, b text, c text)")
        db.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO warehouse; GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO warehouse; GRANT USAGE ON SCHEMA {schema} TO warehouse")
        pipe.connector(schema, [f"shop.public.{model.table}" for model in models], sink(
            columns=None, mode="both", table_name=schema + ".${source.table}", current_table_name=schema + ".${source.table}_now", batch_max_records=size))
    pipe.start()
    pipe.wait_written(seconds=60)
    for n, model in enumerate(models):
        for schema, size in sizes.items():
            where = f"seed {seed + n}, batches of {size}"
            assert db.sql(f"SELECT id, a, b, c FROM {schema}.{model.table}_now ORDER BY id") == model.current(), where
            assert db.sql(f"SELECT operation_type, id, a, b, c FROM {schema}.{model.table} ORDER BY n") == model.history, where
