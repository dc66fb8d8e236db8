"""Current rows and their history, in one transaction: each case of acceptance-cases.md is a story of events and what is left of it.

All stories go through one host at once, each in a topic and two tables of its own; through one connector in large batches, and
through another one record a batch, since how many records share a batch must not matter (B6).
"""

import json

import pytest

from harness import kcat
from harness.changes import change, tombstone

GONE = "__debezium_unavailable_value"
LONG = "a long text " * 1000


class Story:
    """Events of one table, and the rows that they must leave. `given` are rows that are there before."""

    def __init__(self, name, given=()):
        self.table = name.lower()
        self.topic = f"shop.public.{self.table}"
        self.given, self.records, self.current, self.history = given, [], [], []
        self._lsn = 0

    def add(self, op, row=None, before=None, **more):
        self._lsn += 1
        self.records.append(change(op, row, before, table=self.table, **{"lsn": self._lsn, **more}))
        return self

    def c(self, id, **columns):
        return self.add("c", {"id": id, **columns})

    def u(self, id, **columns):
        return self.add("u", {"id": id, **columns})

    def d(self, id, **before):
        return self.add("d", before={"id": id, "note": None, "extra": None, **before})

    def t(self, id):
        self.records.append(tombstone(id=id))
        return self

    def raw(self, key, value):
        self.records.append((key, value))
        return self

    def leaves(self, *current):
        """Rows (id, note, extra) of the current table, by id."""
        self.current = sorted(current)
        return self

    def tells(self, *history):
        """Rows (operation, id, note, extra) of the history, in their order."""
        self.history = list(history)
        return self


STORIES = [
    Story("A1").c(1, note="a").t(1).c(1, note="b").leaves((1, "b", None))
    .tells(("INSERT", 1, "a", None), ("DELETE", 1, None, None), ("INSERT", 1, "b", None)),
    Story("A2").c(1, note="a").d(1).t(1).c(1, extra="x").leaves((1, None, "x"))
    .tells(("INSERT", 1, "a", None), ("DELETE", 1, None, None), ("INSERT", 1, None, "x")),
    Story("A3", given=[(1, "a", None), (2, "b", None)]).d(1, note="a").leaves((2, "b", None)).tells(("DELETE", 1, "a", None)),
    Story("A4", given=[(1, "a", None)]).t(1).leaves().tells(("DELETE", 1, None, None)),
    Story("A5").c(1, note="a").raw(None, None).leaves((1, "a", None)).tells(("INSERT", 1, "a", None)),
    Story("A6", given=[(1, "a", None), (2, "b", None)]).raw('{"id":1}', "null")
    .raw('{"id":2}', '{"schema":{"type":"struct","fields":[],"optional":true},"payload":null}')
    .leaves().tells(("DELETE", 1, None, None), ("DELETE", 2, None, None)),
    Story("A7").d(1).t(1).c(2, note="b").leaves((2, "b", None)).tells(("DELETE", 1, None, None), ("INSERT", 2, "b", None)),
    Story("A13").c(1, note="a").u(1, note="b").u(1, note="c").leaves((1, "c", None))
    .tells(("INSERT", 1, "a", None), ("UPDATE", 1, "b", None), ("UPDATE", 1, "c", None)),
    Story("A14").u(1, note=GONE, extra="x").leaves((1, None, "x")).tells(("UPDATE", 1, None, "x")),
    Story("A20").add("c", {"id": 1, "note": "a"}, lsn=7).add("u", {"id": 1, "note": "b"}, lsn=7).add("d", before={"id": 1, "note": "b"}, lsn=7)
    .leaves().tells(("INSERT", 1, "a", None), ("UPDATE", 1, "b", None), ("DELETE", 1, "b", None)),
    Story("B4").c(1, note=None).c(2, note="b").leaves((1, None, None), (2, "b", None)).tells(("INSERT", 1, None, None), ("INSERT", 2, "b", None)),
    Story("C3").c(1, note=None, extra="").c(2, note="", extra=None).leaves((1, None, ""), (2, "", None))
    .tells(("INSERT", 1, None, ""), ("INSERT", 2, "", None)),
    Story("C7", given=[(2, LONG, "old"), (3, "of before", None)])
    .u(1, note="x").u(1, note=GONE, extra="y")
    .u(2, note=GONE, extra="new")
    .d(3).c(3, extra="z").u(3, note=GONE, extra="zz")
    .u(4, note="a", extra=None).u(4, note=GONE, extra="b").u(4, note="c").u(4, note=GONE, extra="d")
    .leaves((1, "x", "y"), (2, LONG, "new"), (3, None, "zz"), (4, "c", "d"))
    .tells(("UPDATE", 1, "x", None), ("UPDATE", 1, "x", "y"), ("UPDATE", 2, LONG, "new"), ("DELETE", 3, None, None), ("INSERT", 3, None, "z"),
           ("UPDATE", 3, None, "zz"), ("UPDATE", 4, "a", None), ("UPDATE", 4, "a", "b"), ("UPDATE", 4, "c", None), ("UPDATE", 4, "c", "d")),
    Story("C7c").u(1, note=f"it says {GONE} here").c(2, note=GONE).leaves((1, f"it says {GONE} here", None), (2, GONE, None))
    .tells(("UPDATE", 1, f"it says {GONE} here", None), ("INSERT", 2, GONE, None)),
    Story("C28", given=[(1, "a", "b")]).u(1, extra="c").c(2, note="n").leaves((1, "a", "c"), (2, "n", None))
    .tells(("UPDATE", 1, None, "c"), ("INSERT", 2, "n", None)),
    Story("D7").c(1, note="z; drop table t; --", extra="'\"\\\t\n\r\\N \\. 😀\u2028").leaves((1, "z; drop table t; --", "'\"\\\t\n\r\\N \\. 😀\u2028"))
    .tells(("INSERT", 1, "z; drop table t; --", "'\"\\\t\n\r\\N \\. 😀\u2028")),
    Story("G1").c(1, note="a").raw('{"serverName":"shop"}', '{"ts_ms":1}').raw('{"id":"7"}', '{"status":"BEGIN","id":"7","ts_ms":1,"event_count":null,"data_collections":null}')
    .raw('{"prefix":"p"}', json.dumps({"op": "m", "ts_ms": 1, "source": {"ts_ms": 1, "lsn": 5}, "message": {"prefix": "p", "content": "YQ=="}}))
    .leaves((1, "a", None)).tells(("INSERT", 1, "a", None)),
    Story("G2").add("r", {"id": 1, "note": "a"}, snapshot="first").add("r", {"id": 2, "note": "b"}, snapshot=True).c(3, note="c")
    .add("r", {"id": 3, "note": "cc"}, snapshot="incremental")
    .leaves((1, "a", None), (2, "b", None), (3, "cc", None))
    .tells(("SNAPSHOT", 1, "a", None), ("SNAPSHOT", 2, "b", None), ("INSERT", 3, "c", None), ("SNAPSHOT", 3, "cc", None)),
    Story("H1").c(1, note="a").u(1, note="b").u(1, note="c").d(1, note="c").t(1).leaves()
    .tells(("INSERT", 1, "a", None), ("UPDATE", 1, "b", None), ("UPDATE", 1, "c", None), ("DELETE", 1, "c", None)),
]


def pairs_of_key_changes(count):
    """A8: one transaction gives each row another key; Debezium sends a delete, a tombstone and an insert with the same LSN."""
    story = Story("A8")
    for n in range(1, count + 1):
        story.add("c", {"id": n, "note": str(n)}, lsn=1)
    for n in range(1, count + 1):
        story.add("d", before={"id": n}, lsn=2).t(n).add("c", {"id": n + count, "note": str(n)}, lsn=2)
    told = [("INSERT", n, str(n), None) for n in range(1, count + 1)]
    for n in range(1, count + 1):
        told += [("DELETE", n, None, None), ("INSERT", n + count, str(n), None)]
    return story.leaves(*((n + count, str(n), None) for n in range(1, count + 1))).tells(*told)


def create_tables(db, schema, stories):
    db.sql(f"CREATE SCHEMA {schema} AUTHORIZATION warehouse")
    for story in stories:
        db.sql(f"CREATE TABLE {schema}.{story.table}_now (id int PRIMARY KEY, note text, extra text)")
        db.sql(f"CREATE TABLE {schema}.{story.table}_was (n bigserial, operation_type text, id int, note text, extra text)")
        for row in story.given:
            db.sql(f"INSERT INTO {schema}.{story.table}_now VALUES (%s, %s, %s)", *row)
    db.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO warehouse; GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO warehouse")


def both(sink, schema, **more):
    return sink(columns=None, mode="both", table_name=schema + ".${source.table}_was", current_table_name=schema + ".${source.table}_now", **more)


def test_each_story_leaves_its_rows_and_its_history_whatever_the_batches(pipes, db, sink):
    stories = [*STORIES, pairs_of_key_changes(250)]
    pipe = pipes({story.topic: 1 for story in stories})
    for story in stories:
        pipe.send(story.topic, story.records)
    runs = {"large": (stories, 5000), "small": (STORIES, 1)}
    for schema, (told, size) in runs.items():
        create_tables(db, schema, told)
        pipe.connector(schema, [story.topic for story in told], both(sink, schema, batch_max_records=size))
    pipe.start()
    pipe.wait_written()

    wrong = []
    for schema, (told, _) in runs.items():
        for story in told:
            current = db.sql(f"SELECT id, note, extra FROM {schema}.{story.table}_now ORDER BY id")
            history = db.sql(f"SELECT operation_type, id, note, extra FROM {schema}.{story.table}_was ORDER BY n")
            if current != story.current:
                wrong.append((story.table, schema, "current", current, story.current))
            if history != story.history:
                wrong.append((story.table, schema, "history", history, story.history))
    assert wrong == []
    assert len(kcat.dump(pipe.bootstrap, "shop.public.a8")) == 1000
    assert db.value("SELECT count(DISTINCT xmin::text) FROM large.a8_was") < 10, "key changes cost transactions of their own"


def test_the_guard_keeps_older_changes_from_newer_rows(pipes, db, sink):
    """A18, A19, and A21: the mark of a soft delete is guarded too."""
    topic = "shop.public.items"
    pipe = pipes({topic: 1})
    db.sql("CREATE TABLE hard (id int PRIMARY KEY, note text, lsn bigint); CREATE TABLE soft (id int PRIMARY KEY, note text NOT NULL, lsn pg_lsn, gone timestamp)")

    def at(lsn, op, id, note=None, before=None):
        return change(op, None if op == "d" else {"id": id, "note": note}, before or ({"id": id, "note": None} if op == "d" else None), table="items", lsn=lsn)
    first = [at(10, "c", 1, "ten"), at(11, "u", 1, "eleven"), at(12, "c", 2, "twelve"), at(13, "c", 3, "thirteen")]
    again = [at(10, "c", 1, "ten"), at(11, "u", 1, "eleven")]
    pipe.send(topic, first)
    guarded = {"columns": None, "mode": "current", "lsn_column": "lsn"}
    pipe.connector("hard", topic, sink(table_name="hard", **guarded))
    pipe.connector("soft", topic, sink(table_name="soft", delete_mode="soft", soft_delete_column="gone", **guarded))
    pipe.start()
    pipe.wait_written()
    pipe.send(topic, [*again, at(9, "u", 2, "nine"), at(5, "d", 2), at(14, "d", 3), tombstone(id=3), at(13, "u", 3, "late"), at(15, "d", 4)])
    pipe.wait_written()
    assert db.sql("SELECT * FROM hard ORDER BY id") == [(1, "eleven", 11), (2, "twelve", 12)]
    assert db.sql("SELECT id, note, lsn::text, gone::text FROM soft ORDER BY id") == [
        (1, "eleven", "0/B", None), (2, "twelve", "0/C", None), (3, "thirteen", "0/E", "1970-01-01 00:00:14")]
    pipe.send(topic, [at(16, "c", 3, "again"), at(17, "u", 2, "new")])
    pipe.wait_written()
    assert db.sql("SELECT id, note, gone FROM soft ORDER BY id") == [(1, "eleven", None), (2, "new", None), (3, "again", None)]


def test_keys_of_several_columns_of_settings_and_of_the_database(pipes, db, sink):
    """A9, A17, C25, C26, D1, D2, D3, and a key that only the database finds equal."""
    topics = {f"shop.public.{name}": 1 for name in ("pairs", "skus", "ids", "Odd", "ci")}
    pipe = pipes(topics)
    db.sql("""CREATE EXTENSION IF NOT EXISTS citext; CREATE SCHEMA other;
        CREATE TABLE pairs (b int, a text, v text, PRIMARY KEY (a, b));
        CREATE TABLE skus (sku text UNIQUE NOT NULL, id int, v text);
        CREATE TABLE ids (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, v text, twice int GENERATED ALWAYS AS (id * 2) STORED);
        CREATE TABLE other."Odd.Table" ("Order" int PRIMARY KEY, "a.b" text, "we""ird" text, "select" text, "; drop" text);
        CREATE TABLE "Odd.Table" (wrong int); CREATE TABLE other."OddxTable" (wrong int);
        CREATE TABLE ci (k citext PRIMARY KEY, v text);
        GRANT ALL ON ALL TABLES IN SCHEMA public, other TO warehouse; GRANT USAGE ON SCHEMA other TO warehouse""")

    def of(table, op, row=None, before=None, key=("id",)):
        return change(op, row, before, table=table, key=key)
    pipe.send("shop.public.pairs", [of("pairs", "c", {"a": a, "b": b, "v": f"{a}{b}"}, key=("a", "b")) for a in "xy" for b in (1, 2)]
              + [of("pairs", "d", before={"a": "x", "b": 2, "v": None}, key=("a", "b"))])
    pipe.send("shop.public.skus", [
        of("skus", "c", {"id": 1, "sku": "p", "v": "1"}, key=None), of("skus", "c", {"id": 2, "sku": "q", "v": "2"}, key=None),
        of("skus", "u", {"id": 1, "sku": "r", "v": "3"}, {"id": 1, "sku": "p", "v": "1"}, key=None),
        of("skus", "d", before={"id": 2, "sku": "q", "v": "2"}, key=None), (None, None)])
    pipe.send("shop.public.ids", [of("ids", "c", {"id": 7, "n": 70, "v": "a", "twice": 14}), of("ids", "c", {"id": 8, "n": 80, "v": "b", "twice": 16}),
                                  of("ids", "u", {"id": 7, "n": 71, "v": "c", "twice": 14})])
    pipe.send("shop.public.Odd", [of("Odd", "c", {"Order": 1, "a.b": "x", 'we"ird': "y", "select": "z", "; drop": "w"}, key=("Order",)),
                                  of("Odd", "u", {"Order": 1, "a.b": "xx", 'we"ird': "yy", "select": "zz", "; drop": "ww"}, key=("Order",))])
    pipe.send("shop.public.ci", [of("ci", "c", {"k": "Key", "v": "1"}, key=("k",)), of("ci", "c", {"k": "KEY", "v": "2"}, key=("k",)), of("ci", "c", {"k": "b", "v": "3"}, key=("k",))])
    current = {"columns": None, "mode": "current"}
    pipe.connector("pairs", "shop.public.pairs", sink(table_name="pairs", **current))
    pipe.connector("skus", "shop.public.skus", sink(table_name="skus", key_columns="sku", **current))
    pipe.connector("ids", "shop.public.ids", sink(table_name="ids", **current))
    pipe.connector("odd", "shop.public.Odd", sink(table_name='other."Odd.Table"', **current))
    pipe.connector("ci", "shop.public.ci", sink(table_name="ci", **current))
    pipe.start()
    pipe.wait_written()
    assert db.sql("SELECT a, b, v FROM pairs ORDER BY 1, 2") == [("x", 1, "x1"), ("y", 1, "y1"), ("y", 2, "y2")]
    assert db.sql("SELECT sku, id, v FROM skus ORDER BY 1") == [("r", 1, "3")]
    assert db.sql("SELECT id, v, twice FROM ids ORDER BY 1") == [(7, "c", 14), (8, "b", 16)]
    assert db.sql('SELECT * FROM other."Odd.Table"') == [(1, "xx", "yy", "zz", "ww")]
    assert db.sql("SELECT k::text, v FROM ci ORDER BY v") == [("Key", "2"), ("b", "3")]


def test_what_cannot_be_told_apart_is_said_and_nothing_is_deleted_for_it(pipes, db, sink):
    """A10, A11, A17."""
    pipe = pipes({"shop.public.keyless": 1, "shop.public.deleted": 1, "shop.public.swapped": 1, "shop.public.noindex": 1})
    db.sql("CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE); INSERT INTO t SELECT n, n FROM generate_series(1, 5) n; CREATE TABLE bare (id int, u int); INSERT INTO bare VALUES (1, 1)")
    pipe.send("shop.public.keyless", [change("c", {"id": 9, "u": 9}, table="keyless", key=None)])
    pipe.send("shop.public.deleted", [change("d", None, None, table="deleted", key=None)])
    pipe.send("shop.public.swapped", [change("u", {"id": 1, "u": 2}, table="swapped"), change("u", {"id": 2, "u": 1}, table="swapped")])
    pipe.send("shop.public.noindex", [change("d", before={"id": 1, "u": None}, table="noindex")])
    current = {"columns": None, "mode": "current"}
    for name in ("keyless", "deleted", "swapped"):
        pipe.connector(name, f"shop.public.{name}", sink(table_name="t", **current))
    pipe.connector("noindex", "shop.public.noindex", sink(table_name="bare", **current))
    pipe.start()
    pipe.host.wait_condition("keyless", "blocked: ", "the records have no key", "key.columns", "mode: history")
    pipe.host.wait_failed("deleted", "shop.public.deleted-0@0", "it deletes a row that it does not name")
    pipe.host.wait_failed("swapped", "23505")
    pipe.host.wait_condition("noindex", "blocked: ", "table bare has neither a primary key nor a unique index")
    assert db.sql("SELECT * FROM t ORDER BY 1") == [(n, n) for n in range(1, 6)]
    assert db.value("SELECT count(*) FROM bare") == 1


@pytest.mark.parametrize("deletes", ["soft", "ignore"])
def test_deleted_rows_are_marked_or_left_where_the_settings_say_so(pipes, db, sink, deletes):
    """A21."""
    topic = "shop.public.items"
    pipe = pipes({topic: 1})
    db.sql("CREATE TABLE items (id int PRIMARY KEY, note text NOT NULL, gone boolean NOT NULL DEFAULT false)")
    pipe.send(topic, [change("c", {"id": n, "note": str(n)}, table="items") for n in (1, 2, 3)])
    settings = {"delete_mode": deletes, "soft_delete_column": "gone" if deletes == "soft" else None}
    pipe.connector("items", topic, sink(columns=None, table_name="items", mode="current", **settings))
    pipe.start()
    pipe.wait_written()
    pipe.send(topic, [change("d", before={"id": 1, "note": None}, table="items"), tombstone(id=1), tombstone(id=2), tombstone(id=9),
                      change("d", before={"id": 3, "note": None}, table="items"), change("c", {"id": 3, "note": "new"}, table="items")])
    pipe.wait_written()
    soft = deletes == "soft"
    assert db.sql("SELECT * FROM items ORDER BY id") == [(1, "1", soft), (2, "2", soft), (3, "new", False)]


def test_a12_tasks_that_write_the_same_rows_in_opposite_order_go_on(pipes, db, sink):
    """Deadlocks are the database's to find and the task's to try again."""
    topic = "shop.public.items"
    pipe = pipes({topic: 2})
    db.sql("CREATE TABLE items (n bigserial, operation_type text, id int, note text); CREATE TABLE items_now (id int PRIMARY KEY, note text)")
    for partition in (0, 1):
        order = (1, 2) if partition == 0 else (2, 1)
        pipe.send(topic, [change("u", {"id": id, "note": f"{partition} {n}"}, table="items") if n % 3 else change("d", before={"id": id, "note": None}, table="items")
                          for n in range(1, 401) for id in order], partition)
    pipe.connector("items", topic, sink(columns=None, mode="both", table_name="items", current_table_name="items_now", tasks_max=2, batch_max_records=5))
    pipe.start()
    pipe.wait_written(seconds=40)
    assert db.value("SELECT count(*) FROM items") == 1600
    last = db.sql("SELECT id, note FROM items_now ORDER BY id")
    assert [id for id, _ in last] == [1, 2] and {note for _, note in last} <= {"0 400", "1 400"}


def test_a8b_a_key_change_over_two_partitions_ends_the_same_whichever_comes_first(pipes, db, sink):
    topic = "shop.public.items"
    pipe = pipes({topic: 2})
    db.sql("CREATE TABLE items (n bigserial, operation_type text, id int, note text); CREATE TABLE items_now (id int PRIMARY KEY, note text)")
    pipe.send(topic, [change("c", {"id": n, "note": str(n)}, table="items") for n in (1, 3)], 0)
    pipe.connector("items", topic, sink(columns=None, mode="both", table_name="items", current_table_name="items_now", tasks_max=2))
    pipe.start()
    pipe.wait_written()

    def gone(id):
        return [change("d", before={"id": id, "note": None}, table="items", lsn=9), tombstone(id=id)]
    made = {id: [change("c", {"id": id, "note": f"was {id - 1}"}, table="items", lsn=9)] for id in (2, 4)}
    for step in ((gone(1), 0), (made[2], 1), (made[4], 1), (gone(3), 0)):
        pipe.send(topic, *step)
        pipe.wait_written()
    assert db.sql("SELECT id, note FROM items_now ORDER BY id") == [(2, "was 1"), (4, "was 3")]
    assert db.sql("SELECT operation_type, id FROM items ORDER BY n") == [
        ("INSERT", 1), ("INSERT", 3), ("DELETE", 1), ("INSERT", 2), ("INSERT", 4), ("DELETE", 3)]


def test_b2_b3_wide_rows_and_infinite_times_at_the_ends_of_a_large_batch(pipes, db, sink):
    topic = "shop.public.wide"
    pipe = pipes({topic: 1})
    names = [f"c{n}" for n in range(20)]
    rows = [{"id": n, **{name: f"{name} {n}" for name in names}, "at": n * 1_000_000} for n in range(1, 5001)]
    rows[0]["at"], rows[-1]["at"] = 9223372036825200000, -9223372036832400000
    columns = "id int {}, " + ", ".join(f"{name} text" for name in names) + ", at timestamp"
    db.sql(f"CREATE TABLE wide ({columns.format('')}); CREATE TABLE wide_now ({columns.format('PRIMARY KEY')})")
    pipe.send(topic, [change("c", row, table="wide") for row in rows])
    pipe.connector("wide", topic, sink(columns=None, mode="both", table_name="wide", current_table_name="wide_now", batch_max_records=5000))
    pipe.start()
    pipe.wait_written(seconds=40)
    for table in ("wide", "wide_now"):
        assert db.sql(f"SELECT count(*), count(DISTINCT (id, c0, c19)), min(at)::text, max(at)::text FROM {table}") == [(5000, 5000, "-infinity", "infinity")]


def test_c6_c7b_unchanged_values_of_any_type_under_any_key_are_kept_and_told_by_the_history(pipes, db, sink):
    topic = "shop.public.large"
    pipe = pipes({topic: 1})
    columns = "k text, at timestamp, amount numeric(10,2), j jsonb, b bytea, l text[], t text, n int"
    db.sql(f"CREATE TABLE large (seq bigserial, operation_type text, {columns}); CREATE TABLE large_now ({columns}, PRIMARY KEY (at, k, amount))")
    keys = [{"k": k, "at": n * 1_000_000, "amount": f"{n}.50"} for n, k in enumerate(["a\tb", "back\\slash\\n", "'; \"", "\n", ""])]
    values = {"j": '{"a": "x\\\\y"}', "b": "3q0=", "l": ["a,b", None, "\\"], "t": "tab\t back\\ \\N"}
    gone = {"j": GONE, "b": "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==", "l": [GONE], "t": GONE}
    whole = ("k", "at", "amount")
    pipe.send(topic, [change("c", {**key, **values, "n": 1}, table="large", key=whole) for key in keys])
    pipe.connector("large", topic, sink(columns=None, mode="both", table_name="large", current_table_name="large_now", decimal_handling_mode="string"))
    pipe.start()
    pipe.wait_written()
    pipe.send(topic, [change("u", {**key, **gone, "n": n}, table="large", key=whole) for n in (2, 3) for key in keys])
    pipe.wait_written()
    pipe.send(topic, [change("u", {**key, **gone, "t": None, "n": 4}, table="large", key=whole) for key in keys])
    pipe.send(topic, [change("u", {**key, **gone, "n": 5}, table="large", key=whole) for key in keys])
    pipe.wait_written()
    kept = "j::text, b, l, t"
    [first] = db.sql(f"SELECT DISTINCT {kept} FROM large WHERE n = 1")
    assert (first[0], bytes(first[1]), *first[2:]) == ('{"a": "x\\\\y"}', b"\xde\xad", ["a,b", None, "\\"], "tab\t back\\ \\N")
    assert db.value("SELECT count(*) FROM large") == 25
    assert db.value("SELECT count(*) FROM large h JOIN large f USING (k, j, b, l) WHERE f.n = 1 AND h.n > 1 AND (h.t IS NOT DISTINCT FROM f.t) = (h.n < 4)") == 20
    assert db.value("SELECT count(*) FROM large_now c JOIN large f USING (k, at, amount, j, b, l) WHERE f.n = 1 AND c.n = 5 AND c.t IS NULL") == 5
