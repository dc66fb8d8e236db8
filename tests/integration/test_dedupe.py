"""dedupe.source: what Debezium sends again after its own crash, or in a second snapshot, is in the history once (A18, A19, H4)."""

from harness.changes import change, tombstone
from harness.waits import until

TOPIC = "shop.public.parts"
COLUMNS = {"id": "id", "note": "note", "op": "@op", "lsn": "@lsn"}


def event(op, lsn, id, note=None):
    row = {"id": id, "note": note}
    return change(op, None if op == "d" else row, row if op == "d" else None, table="parts", lsn=lsn)


def history(db, table="parts_history"):
    return db.sql(f"SELECT op, lsn, id, note FROM {table} ORDER BY n")


def test_a_change_that_was_sent_twice_is_written_once(pipes, db, sink):
    db.sql("CREATE TABLE parts_history (n bigserial, id int NOT NULL, note text, op text, lsn bigint, UNIQUE (id, op, lsn))")
    db.sql("CREATE TABLE plain_history (n bigserial, id int NOT NULL, note text, op text, lsn bigint)")
    pipe = pipes({TOPIC: 1})
    common = sink(columns=COLUMNS, topics=TOPIC, **{"batch_max_records": 3})
    pipe.connector("once", TOPIC, {**common, "table.name": "parts_history", "dedupe.source": "true"})
    pipe.connector("twice", TOPIC, {**common, "table.name": "plain_history"})
    snapshot = [event("r", 10, 1, "a"), event("r", 10, 2, "b")]
    stream = [event("c", 20, 3, "c"), event("u", 30, 1, "a2"), event("d", 40, 2, "b"), tombstone(id=2)]
    key_change = [event("d", 50, 3, "c"), tombstone(id=3), event("c", 50, 4, "c")]  # one LSN, two changes
    pipe.send(TOPIC, snapshot + stream + key_change)
    pipe.start()
    pipe.wait_written()
    first = [("r", 10, 1, "a"), ("r", 10, 2, "b"), ("c", 20, 3, "c"), ("u", 30, 1, "a2"), ("d", 40, 2, "b"), ("d", 50, 3, "c"), ("c", 50, 4, "c")]
    assert history(db) == first

    # Debezium begins again a little earlier; then somebody asks for a second snapshot, after a change that nobody has seen.
    pipe.send(TOPIC, stream[1:] + key_change)
    pipe.send(TOPIC, [event("r", 60, 1, "a2"), event("r", 60, 4, "changed unseen"), event("c", 70, 5, "e"), event("c", 70, 5, "e")])
    pipe.wait_written()
    assert history(db) == first + [("r", 60, 4, "changed unseen"), ("c", 70, 5, "e")]
    assert len(history(db, "plain_history")) == len(first) + 4 + 4, "without dedupe.source each is one more row"


def test_a_table_that_cannot_tell_is_refused_with_what_it_needs(pipes, db, sink):
    db.sql("CREATE TABLE parts_history (n bigserial, id int NOT NULL, note text, op text, lsn bigint, UNIQUE (id, lsn))")
    pipe = pipes({TOPIC: 1})
    pipe.connector("once", TOPIC, {**sink(columns=COLUMNS, topics=TOPIC), "table.name": "parts_history", "dedupe.source": "true"})
    pipe.start()
    condition = until("the task says why", lambda: pipe.host.task("once").get("condition"), 20)
    assert condition.startswith("blocked: ") and "dedupe.source needs" in condition and "unique index" in condition
    # The index that is missing is all it needs; it goes on by itself, which is not waited for here.
