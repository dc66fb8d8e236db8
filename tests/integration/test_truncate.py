"""A TRUNCATE at the source, by truncate.mode."""

from harness.changes import change


def truncated(table):
    return change("t", table=table, key=None)


def tables(db, *names):
    for name in names:
        db.sql(f"CREATE TABLE {name} (n bigserial, operation_type text, id int, note text); CREATE TABLE {name}_now (id int PRIMARY KEY, note text)")
        db.sql(f"GRANT TRUNCATE ON {name}_now TO warehouse")


def both(sink, name, mode, **more):
    return sink(columns=None, mode="both", table_name=name, current_table_name=f"{name}_now", truncate_mode=mode, **more)


def test_a15_what_came_before_a_truncate_goes_stays_or_stops(pipes, db, sink):
    cases = {"apply": "apply", "narrow": "apply", "single": "apply", "ignore": "ignore", "fail": "fail"}
    pipe = pipes({f"shop.public.{name}_t": 1 for name in cases})
    tables(db, *(f"{name}_t" for name in cases))
    db.sql("ALTER TABLE narrow_t ALTER id SET NOT NULL")  # no room for a row without values
    for name, mode in cases.items():
        table = f"{name}_t"
        pipe.send(f"shop.public.{table}", [change("c", {"id": 1, "note": "a"}, table=table), truncated(table), change("c", {"id": 2, "note": "b"}, table=table)])
        pipe.connector(name, f"shop.public.{table}", both(sink, table, mode, batch_max_records=1 if name == "single" else 500))
    pipe.start()
    pipe.wait_written("apply", "narrow", "single", "ignore")
    pipe.host.wait_failed("fail", "shop.public.fail_t-0@1", "truncated", "truncate.mode")
    now = {name: [row[0] for row in db.sql(f"SELECT id FROM {name}_t_now ORDER BY 1")] for name in cases}
    assert now == {"apply": [2], "narrow": [2], "single": [2], "ignore": [1, 2], "fail": [1]}
    was = {name: db.sql(f"SELECT operation_type, id FROM {name}_t ORDER BY n") for name in cases}
    rows = [("INSERT", 1), ("INSERT", 2)]
    marked = [rows[0], ("TRUNCATE", None), rows[1]]
    assert was == {"apply": marked, "narrow": rows, "single": marked, "ignore": rows, "fail": rows[:1]}
    assert pipe.position("fail", "shop.public.fail_t") == 1


def test_a16_a_truncate_whose_place_among_the_rows_is_unknown_is_not_applied(pipes, db, sink):
    """In a topic of several partitions, and where several source tables share the target."""
    pipe = pipes({"shop.public.wide": 3, "shop.public.one": 1})
    tables(db, "wide", "shared")
    pipe.send("shop.public.wide", [truncated("wide")], partition=1)
    pipe.send("shop.public.one", [change("c", {"id": 1, "note": "a"}, table="one"), change("c", {"id": 2, "note": "b"}, table="two"), truncated("one")])
    pipe.connector("wide", "shop.public.wide", both(sink, "wide", "apply"))
    pipe.connector("shared", "shop.public.one", both(sink, "shared", "apply"))
    pipe.start()
    pipe.host.wait_failed("wide", "more than one partition", "truncate.mode: ignore")
    pipe.host.wait_condition("shared", "blocked: ", "rows of others are in table shared_now", "truncate.mode")
    assert (pipe.position("shared", "shop.public.one") or 0) <= 2, "the truncate is not passed"


def test_a_truncate_never_takes_rows_of_another_topic_with_it_not_even_those_of_an_earlier_life(pipes, db, sink):
    topics = ["shop.public.one", "shop.public.two"]
    pipe = pipes({topic: 1 for topic in topics})
    tables(db, "shared")
    pipe.send(topics[0], [change("c", {"id": 1, "note": "a"}, table="one")])
    pipe.send(topics[1], [change("c", {"id": 2, "note": "b"}, table="two")])
    pipe.connector("shared", topics, both(sink, "shared", "apply"))
    pipe.start()
    pipe.wait_written()
    pipe.host.stop()
    pipe.send(topics[0], [truncated("one")])
    pipe.start()
    pipe.host.wait_condition("shared", "blocked: ", "other topics go into the same table", "truncate.mode")
    assert [row[0] for row in db.sql("SELECT id FROM shared_now ORDER BY 1")] == [1, 2]
