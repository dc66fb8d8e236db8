"""A large batch of a history is written while it is still being read. What is out of the ordinary about it must end as if it had
been read first: nothing lost, doubled or out of order. Each batch here is large enough to be poured, and the table notes for each COPY
that was committed whether it was.
"""

import json

import pytest

from harness import kcat, paths, waits
from harness.changes import change

TOPIC, DEAD = "shop.public.items", "dead"
COUNT = 4000
NOTE = "n" * 120
TOLERANT = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD, "errors.deadletterqueue.context.headers.enable": "true"}

# The position moves after the rows where they are poured, and before them where they are kept.
_WATCHED = """
CREATE TABLE items (n bigserial, id int, note varchar(200) {check}, operation_type text);
CREATE TABLE statements (position bigint);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO statements SELECT next_offset FROM sluice.sink_offsets;
  RETURN NULL;
END $$;
CREATE TRIGGER watch BEFORE INSERT ON items EXECUTE FUNCTION watch();
ALTER TABLE items OWNER TO warehouse; GRANT ALL ON statements TO warehouse"""


def insert(id, note=NOTE, **more):
    return change("c", {"id": id, "note": note, **more}, table="items", lsn=id)


class Pouring:
    def __init__(self, pipe, db, sink):
        self.pipe, self.db, self.sink = pipe, db, sink

    def table(self, check=""):
        self.db.sql(_WATCHED.format(check=check))

    def write(self, pairs, **settings):
        """All of them in one batch, behind one that makes the table known."""
        self.pipe.send(TOPIC, [(None, None)])
        self.pipe.connector("items", TOPIC, {**self.sink(columns=None, table_name="items"), "linger.ms": 1000, "batch.max.records": 10_000,
                                             "batch.max.bytes": "64MiB", **settings})
        self.pipe.start()
        self.pipe.wait_written()
        self.pipe.send(TOPIC, pairs)
        self.pipe.wait_written(seconds=40)
        return [row[0] for row in self.db.sql("SELECT id FROM items ORDER BY n")]

    def poured(self):
        """Of each COPY, whether it began before the position had moved."""
        return [row[0] == 1 for row in self.db.sql("SELECT position FROM statements")]

    def letters(self):
        return [json.loads(letter.key)["id"] for letter in kcat.dump(self.pipe.bootstrap, DEAD)]


@pytest.fixture
def pouring(pipes, db, sink):
    return Pouring(pipes({TOPIC: 1, DEAD: 1}), db, sink)


def test_a_large_batch_is_written_while_it_is_read_each_row_once_and_in_order(pouring):
    pouring.table()
    assert pouring.write([insert(n) for n in range(COUNT)]) == list(range(COUNT))
    assert all(pouring.poured()), "nothing here is out of the ordinary"


@pytest.mark.parametrize("bad", ["by the sink", "by Postgres"])
def test_a_record_that_is_refused_in_the_middle_is_a_dead_letter_and_the_others_are_written_once(pouring, bad):
    pouring.table()
    pairs = [insert(n) for n in range(COUNT)]
    key, _ = pairs[COUNT - 7]
    pairs[COUNT - 7] = (key, "{ no JSON") if bad == "by the sink" else insert(COUNT - 7, "x" * 201)
    assert pouring.write(pairs, **TOLERANT) == [n for n in range(COUNT) if n != COUNT - 7]
    assert pouring.letters() == [COUNT - 7]
    assert not any(pouring.poured()), "what had been poured was rolled back"


def test_a_batch_that_cannot_be_poured_is_followed_by_some_that_are_not_tried_and_then_by_ones_that_are_again(pouring):
    pouring.table()
    assert len(pouring.write([insert(n, "x" * 201 if n == COUNT - 7 else NOTE) for n in range(COUNT)], **TOLERANT)) == COUNT - 1
    for round in range(1, 4):
        pouring.db.sql("TRUNCATE statements")
        pouring.pipe.send(TOPIC, [insert(round * COUNT + n) for n in range(COUNT)])
        pouring.pipe.wait_written(seconds=40)
        began_at = {row[0] for row in pouring.db.sql("SELECT position FROM statements")}
        poured = round * COUNT + 1 in began_at
        if round == 1:
            assert not poured, began_at
    assert poured, began_at


def test_a_column_that_comes_up_in_the_middle_is_added_and_no_value_of_it_is_missing(pouring):
    pouring.table()
    fields = {"id": {"type": "int32", "optional": False}, "note": {"type": "string", "optional": True}}
    more = {**fields, "late": {"type": "int32", "optional": True}}
    pairs = [change("c", {"id": n, "note": NOTE, **({"late": n} if n >= COUNT // 2 else {})}, table="items", lsn=n,
                    fields=more if n >= COUNT // 2 else fields) for n in range(COUNT)]
    assert pouring.write(pairs, **{"unknown.columns": "add"}) == list(range(COUNT))
    assert pouring.db.sql("SELECT count(*), count(late), min(late), max(late) FROM items") == [(COUNT, COUNT // 2, COUNT // 2, COUNT - 1)]


def test_a_fence_that_falls_while_rows_are_poured_leaves_none_of_them(pouring):
    """The table's check holds the batch up in its middle, with rows poured; meanwhile the partition gets another owner."""
    pouring.table(check="CHECK (id <> 2000 OR pg_sleep(3) IS NOT NULL)")
    pouring.write([insert(n) for n in range(10)])
    pouring.pipe.send(TOPIC, [insert(10 + n) for n in range(COUNT)])
    epoch = pouring.db.value("SELECT epoch FROM sluice.sink_offsets")
    waits.until("the COPY stands still in its middle", lambda: pouring.db.value(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND wait_event = 'PgSleep'"), 30 * paths.SLOWNESS)
    held = pouring.db.value("SELECT count(*) FROM (SELECT FROM sluice.sink_offsets FOR UPDATE SKIP LOCKED) free")
    assert held == 0, "the transaction that pours holds the position"
    assert pouring.db.value("SELECT epoch FROM sluice.sink_offsets") == epoch
    pouring.pipe.wait_written(seconds=60)
    assert [row[0] for row in pouring.db.sql("SELECT id FROM items ORDER BY n")] == list(range(10 + COUNT))


def test_a_connection_that_is_lost_after_a_poured_batch_is_made_anew_and_the_next_batch_is_written(pouring):
    pouring.table()
    assert pouring.write([insert(n) for n in range(COUNT)]) == list(range(COUNT))
    assert any(pouring.poured())
    pouring.db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice:%'")
    pouring.pipe.send(TOPIC, [insert(COUNT + n) for n in range(COUNT)])
    pouring.pipe.wait_written(seconds=40)
    assert [row[0] for row in pouring.db.sql("SELECT id FROM items ORDER BY n")] == list(range(2 * COUNT))
    assert "starting again" not in pouring.pipe.host.log(), "the sink goes on by itself"
