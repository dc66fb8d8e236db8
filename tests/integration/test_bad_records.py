"""Bad records, found among thousands of good ones, and tables that are at fault themselves: what is written, what becomes a dead
letter, and what blocks. By the sink's own halving, in mode `both` wherever it makes a difference.
"""

import json
import pathlib
import re
import time

import pytest

from harness import kcat, paths, waits
from harness.changes import change, tombstone

TOPIC, DEAD = "shop.public.items", "dead"
TOLERANT = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD, "errors.deadletterqueue.context.headers.enable": "true",
            "linger.ms": 500}
BAD = "much too long for the column"


@pytest.fixture
def items(db):
    """items(name) makes a table of current rows and its history, both with a note that holds ten characters."""
    def make(name="items"):
        db.sql(f"CREATE TABLE {name}_now (id int PRIMARY KEY, note varchar(10)); CREATE TABLE {name} (n bigserial, id int, note varchar(10), operation_type text)")
    return make


@pytest.fixture
def both(sink):
    return lambda name="items", **more: {**sink(columns=None, mode="both", table_name=name, current_table_name=f"{name}_now"), **TOLERANT, **more}


def insert(id, note="good", table="items"):
    return change("c", {"id": id, "note": note}, table=table, lsn=id)


def letters(pipe):
    return kcat.dump(pipe.bootstrap, DEAD)


def test_e5_one_bad_row_among_10000_costs_a_few_transactions_and_is_the_only_one_missing(pipes, db, items, both):
    pipe = pipes({TOPIC: 1, DEAD: 1})
    items()
    pipe.send(TOPIC, [insert(n, BAD if n == 6789 else "good") for n in range(1, 10_001)])
    pipe.connector("items", TOPIC, both(**{"batch.max.records": 10_000, "batch.max.bytes": "64MiB"}))
    count = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    before = db.value(count)
    pipe.start()
    waits.until("there is a dead letter", lambda: letters(pipe), 30 * paths.SLOWNESS)
    asked = 0

    def passed():
        nonlocal asked
        asked += 1
        return db.value("SELECT max(next_offset) FROM sluice.sink_offsets") == 10_000
    waits.until("everything is written", passed, 30 * paths.SLOWNESS, every=0.2)
    pipe.host.stop()
    time.sleep(1)  # the server counts a session's transactions when it ends, and before it at most every ten seconds
    batches = db.value("SELECT count(DISTINCT xmin::text) FROM items")
    used = db.value(count) - before - asked
    print(f"{used} transactions, {batches} batches")
    assert used <= 28 + 20 + 2 * batches  # two a halving, and what a start needs

    assert {row[0] for row in db.sql("SELECT id FROM items")} == {row[0] for row in db.sql("SELECT id FROM items_now")} == set(range(1, 10_001)) - {6789}
    assert db.value("SELECT count(*) FROM items") == 9999
    [letter] = letters(pipe)
    assert json.loads(letter.key) == {"id": 6789}
    said = letter.headers
    assert (said["__connect.errors.topic"], said["__connect.errors.partition"], said["__connect.errors.offset"]) == (TOPIC, "0", "6788")
    assert said["__sluice.errors.sqlstate"] == "22001"
    assert "value too long for type character varying(10)" in said["__connect.errors.exception.message"]
    assert BAD not in said["__connect.errors.exception.message"]


def test_e6_bad_rows_are_isolated_wherever_they_are_and_too_many_of_them_block(pipes, db, items, both):
    """E6, E6b."""
    bad = {"ends": {0, 24, 25, 49}, "all": set(range(19)), "four": {0, 7, 8, 19}, "five": {0, 7, 8, 18, 19}}
    sizes = {"ends": 50, "all": 19, "four": 20, "five": 20}
    pipe = pipes({**{f"shop.public.{name}_items": 1 for name in bad}, DEAD: 1})
    for name, numbers in bad.items():
        items(f"{name}_items")
        pipe.send(f"shop.public.{name}_items", [insert(n, BAD if n in numbers else "good", f"{name}_items") for n in range(sizes[name])])
        pipe.connector(name, f"shop.public.{name}_items", both(f"{name}_items"))
    pipe.start()
    pipe.wait_written("ends", "all", "four")
    sentence = pipe.host.wait_condition("five", "blocked: ", "errors.max.share")
    assert "value too long" in sentence or "bad" in sentence, sentence
    for name, numbers in bad.items():
        expected = [] if name == "five" else sorted(set(range(sizes[name])) - numbers)
        for table in (f"{name}_items", f"{name}_items_now"):
            assert [row[0] for row in db.sql(f"SELECT id FROM {table} ORDER BY 1")] == expected, table
    dead = {}
    for letter in letters(pipe):
        dead.setdefault(letter.headers["__connect.errors.topic"], []).append(int(letter.headers["__connect.errors.offset"]))
    assert {topic: sorted(offsets) for topic, offsets in dead.items()} == {f"shop.public.{name}_items": sorted(bad[name]) for name in ("ends", "all", "four")}
    assert pipe.position("five", "shop.public.five_items") in (None, 0)


def test_e9_what_is_no_event_is_a_dead_letter_with_a_sentence_and_the_position_goes_on(pipes, db, items, both):
    """E9, C9, C10, G3, G6, A10: the batch is bad from end to end but for one row."""
    pipe = pipes({TOPIC: 1, DEAD: 1})
    items()
    db.sql('ALTER TABLE items ADD COLUMN "schema" text, ADD COLUMN payload text; ALTER TABLE items_now ADD COLUMN "schema" text, ADD COLUMN payload text')
    text = change("c", {"id": 1, "note": "HERE"}, table="items")[1]
    cases = [
        ('{"id":1}', "{broken", "it is not JSON"),
        ('{"id":1}', "[1]", "no object"),
        ('{"id":1}', '{"op":null,"before":null,"after":{"id":1},"source":{"table":"items"}}', '"op"'),
        ('{"id":1}', text.replace('"op": "c"', '"op": "z"'), '"op" is none of c, u, r, d, t and m'),
        ('{"id":1}', text.replace('"after": {"id": 1, "note": "HERE"}', '"after": null'), '"after" is missing'),
        ('{"id":1}', json.dumps({"specversion": "1.0", "id": "1", "source": "/shop", "type": "io.debezium.x", "data": {}}), "CloudEvents"),
        ('{"id":1}', text.replace("HERE", "half\\u0000"), "U+0000"),
        ('{"id":1}', text.replace("HERE", "half\\ud800"), "surrogate"),
        ('{"id":1}', text.replace("HERE", "byte \udcff"), "not valid UTF-8"),
        ("no json", None, "its key is no JSON object"),
        (None, text.replace('"op": "c"', '"op": "d"').replace('"after": {"id": 1, "note": "HERE"}', '"after": null'), "it deletes a row that it does not name"),
    ]
    pipe.send(TOPIC, [case[:2] for case in cases])
    pipe.connector("items", TOPIC, both(**{"errors.max.share": 1}))
    pipe.start()
    pipe.wait_written()
    said = {int(letter.headers["__connect.errors.offset"]): letter.headers["__connect.errors.exception.message"] for letter in letters(pipe)}
    assert [said.get(n) for n, case in enumerate(cases) if case[2] not in said.get(n, "")] == []
    assert len(said) == len(cases)
    assert not any("half" in sentence or "HERE" in sentence for sentence in said.values())
    assert db.value("SELECT count(*) FROM items") == 0

    pipe.send(TOPIC, [change("c", {"id": 2, "note": "row", "schema": "s", "payload": "p"}, table="items")])
    pipe.wait_written()
    assert db.sql('SELECT id, note, "schema", payload FROM items_now') == [(2, "row", "s", "p")]
    assert len(letters(pipe)) == len(cases)


def test_e6d_the_dead_letter_table_has_each_bad_record_once_through_kills(pipes, db, items, both, dice):
    pipe = pipes({TOPIC: 1})
    items()
    bad = set(range(3, 3000, 17))
    # What the database refuses, and what can never be read.
    pipe.send(TOPIC, [(f'{{"id":{n}}}', "{broken") if n % 2 and n in bad else insert(n, BAD if n in bad else "good") for n in range(3000)])
    settings = {name: value for name, value in both().items() if not name.startswith("errors.deadletterqueue.")}
    pipe.connector("items", TOPIC, {**settings, "errors.deadletterqueue.table.name": "bad_items", "batch.max.records": 40, "linger.ms": 0})
    pipe.start()
    for _ in range(2):
        at = db.value("SELECT to_regclass('bad_items') IS NOT NULL") and db.value("SELECT count(*) FROM bad_items")
        waits.until("more bad records", lambda: db.value("SELECT to_regclass('bad_items') IS NOT NULL") and db.value("SELECT count(*) FROM bad_items") > at,
                    30 * paths.SLOWNESS, every=0.01)
        time.sleep(dice.uniform(0, 0.05))
        pipe.host.kill9()
        pipe.host.start()
    pipe.wait_written(seconds=40)
    assert sorted(row[0] for row in db.sql("SELECT id FROM items")) == sorted(set(range(3000)) - bad)
    assert [row[0] for row in db.sql("SELECT id FROM items_now ORDER BY 1")] == sorted(set(range(3000)) - bad)
    rows = db.sql("SELECT topic, partition, \"offset\", convert_from(key, 'UTF8')::json->>'id', code, column_name, value IS NOT NULL FROM bad_items ORDER BY 3")
    assert [row[:4] for row in rows] == [(TOPIC, 0, n, str(n)) for n in sorted(bad)]
    assert {row[4] for row in rows if row[2] % 2 == 0} == {"22001"} and all(row[6] for row in rows)
    assert all(row[4] != "22001" for row in rows if row[2] % 2 == 1)


def test_what_stops_a_task_stops_it_whole_and_it_goes_on_there_once_it_is_mended(pipes, db, items, both):
    """B7: nothing of a batch over three tables is written while one of them cannot be. E7: a table at fault makes no dead letters.
    E10: without tolerance, neither of two tables is ahead of the other at the bad record."""
    names = ("aa", "bb", "cc")
    pipe = pipes({**{f"shop.public.{name}": 1 for name in (*names, "indexed", "strict")}, DEAD: 1})
    for name in (*names, "indexed", "strict"):
        items(name)
    db.sql("REVOKE INSERT ON cc FROM warehouse")
    for name in names:
        pipe.send(f"shop.public.{name}", [insert(n, table=name) for n in range(1, 4)])
    pipe.send("shop.public.indexed", [insert(1)])
    pipe.send("shop.public.strict", [*(insert(n, BAD if n == 31 else "good") for n in range(1, 51)), tombstone(id=50)])
    pipe.connector("three", [f"shop.public.{name}" for name in names], both("${source.table}", **{"current.table.name": "${source.table}_now"}))
    pipe.connector("indexed", "shop.public.indexed", both("indexed"))
    pipe.connector("strict", "shop.public.strict", {**both("strict"), "errors.tolerance": "none"})
    pipe.start()
    pipe.host.wait_condition("three", "blocked: ", "42501", "cc", "GRANT")
    for name in names:
        assert db.value(f"SELECT count(*) FROM {name}") == db.value(f"SELECT count(*) FROM {name}_now") == 0
        assert pipe.position("three", f"shop.public.{name}") in (None, 0)
    trace = pipe.host.wait_failed("strict", "shop.public.strict-0@30", "22001")
    assert BAD not in trace
    assert db.value("SELECT count(*) FROM strict") == db.value("SELECT count(*) FROM strict_now") == pipe.position("strict", "shop.public.strict") == 30
    pipe.wait_written("indexed")
    db.sql("ALTER TABLE indexed_now DROP CONSTRAINT indexed_now_pkey")
    pipe.send("shop.public.indexed", [insert(2)])
    pipe.host.wait_condition("indexed", "blocked: ", "indexed_now", "unique index")

    db.sql("GRANT INSERT ON cc TO warehouse; ALTER TABLE indexed_now ADD PRIMARY KEY (id)")
    db.sql("ALTER TABLE strict ALTER note TYPE text; ALTER TABLE strict_now ALTER note TYPE text")
    for name in ("three", "indexed", "strict"):
        assert pipe.host.rest.post(f"/connectors/{name}/restart?includeTasks=true").status in (202, 204)
    pipe.wait_written()
    rows = {name: (db.value(f"SELECT count(*) FROM {name}"), db.value(f"SELECT count(*) FROM {name}_now")) for name in (*names, "indexed", "strict")}
    assert rows == {"aa": (3, 3), "bb": (3, 3), "cc": (3, 3), "indexed": (2, 2), "strict": (51, 49)}
    # As Connect does it, the record that stopped a task without tolerance is in the dead-letter topic, too.
    assert [(letter.headers["__connect.errors.topic"], json.loads(letter.key)) for letter in letters(pipe)] == [("shop.public.strict", {"id": 31})]


def test_an_unchanged_large_value_is_no_reason_to_call_a_record_bad(pipes, db, sink):
    """C7b while halving: the history's column takes no NULL, and another record of the batch is bad."""
    pipe = pipes({TOPIC: 1, DEAD: 1})
    db.sql("CREATE TABLE items_now (id int PRIMARY KEY, note text NOT NULL, n smallint); CREATE TABLE items (seq bigserial, operation_type text, id int, note text, n smallint)")
    db.sql("ALTER TABLE items ADD CHECK (note IS NOT NULL OR operation_type = 'DELETE'), ADD CHECK (n < 1000); INSERT INTO items_now VALUES (1, 'long', 0)")

    def update(n, note="__debezium_unavailable_value", id=1):
        return change("u", {"id": id, "note": note, "n": n}, table="items")
    pipe.send(TOPIC, [update(1), update(2), change("d", before={"id": 1, "note": None, "n": None}, table="items"),
                      update(1000, "x", id=2), *(update(n, "x", id=3) for n in range(20))])
    settings = {**sink(columns=None, mode="both", table_name="items", current_table_name="items_now"), **TOLERANT}
    pipe.connector("items", TOPIC, settings)
    pipe.start()
    pipe.wait_written()
    assert db.sql("SELECT operation_type, note, n FROM items WHERE id = 1 ORDER BY seq") == [
        ("UPDATE", "long", 1), ("UPDATE", "long", 2), ("DELETE", None, None)]
    assert db.sql("SELECT id, n FROM items_now") == [(3, 19)]
    assert [(letter.headers["__connect.errors.offset"], letter.headers["__sluice.errors.sqlstate"]) for letter in letters(pipe)] == [("3", "23514")]


def test_f59_rows_a_thousand_times_as_long_as_their_records_are_written_in_pieces(pipes, db, sink):
    """Each a number of four letters and a scale that makes it 131072 digits: a batch of them would take half a gigabyte."""
    count, pipe = 3000, pipes({TOPIC: 1})
    db.sql("CREATE TABLE items (id int PRIMARY KEY, n numeric)")
    pipe.send(TOPIC, [change("c", {"id": n, "n": {"scale": -131071, "value": "AQ=="}}, table="items") for n in range(count)])
    pipe.connector("items", TOPIC, sink(columns=None, mode="current", table_name="items", **{"linger.ms": 500}))
    pipe.start()
    pipe.wait_written(seconds=90)
    assert db.sql("SELECT count(*), min(n) = max(n), max(n)::text = '1' || repeat('0', 131071) FROM items") == [(count, True, True)]
    batches = db.value("SELECT count(DISTINCT xmin::text) FROM items")
    status = pathlib.Path(f"/proc/{pipe.host.process.pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1)) // 1024
    print(f"{count} rows of 131 kB in {batches} transactions, {peak} MB at most")
    assert batches >= 4, "the batches were small anyway: this test would test nothing"
    assert peak < 450 or paths.SANITIZER, f"{peak} MB"
