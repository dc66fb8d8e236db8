"""C16, C20, C22: what Postgres refuses is that record's fault alone, and its letter says by which column and why."""

from harness.changes import change

TOPIC = "shop.public.limits"


def test_each_value_that_the_table_refuses_is_a_letter_of_its_own_and_the_others_are_rows(pipes, db, sink):
    db.sql("""CREATE SCHEMA moods; CREATE TYPE moods."Mood" AS ENUM ('ok', 'a,b'); GRANT USAGE ON SCHEMA moods TO warehouse;
        CREATE TABLE parents (id int PRIMARY KEY); INSERT INTO parents VALUES (1); GRANT SELECT ON parents TO warehouse;
        CREATE TABLE limits (id int PRIMARY KEY, short varchar(5), small numeric(4,2), must text NOT NULL, parent int REFERENCES parents,
          even int CHECK (even % 2 = 0), mood moods."Mood", whole int, bytes bytea)""")
    good = {"short": "12345", "small": "99.99", "must": "", "parent": 1, "even": 2, "mood": "a,b", "whole": 2147483647, "bytes": ""}
    bad = {  # column, value, SQLSTATE
        2: ("short", "123456", "22001"), 3: ("small", "100.00", "22003"), 4: ("must", None, "23502"), 5: ("parent", 2, "23503"), 6: ("even", 1, "23514"),
        7: ("mood", "sad", "22P02"), 8: ("whole", 2147483648, "22003"), 9: ("bytes", "no base64", "22P02")}
    rows = [{"id": id, **good, **({bad[id][0]: bad[id][1]} if id in bad else {})} for id in range(1, 101)]
    rows[98] = {**rows[98], "small": "10.005"}  # C22b: Postgres rounds
    rows[99] = {**rows[99], "bytes": "3q2+7wA="}  # C20
    pipe = pipes({TOPIC: 1})
    pipe.send(TOPIC, [change("c", row, table="limits") for row in rows])
    pipe.connector("limits", TOPIC, {**sink(columns=None, mode="current", table_name="limits", decimal_handling_mode="string"), "errors.tolerance": "all",
                                     "errors.deadletterqueue.table.name": "dead"})
    pipe.start()
    pipe.wait_written()
    letters = {id: (column, code) for id, column, code in db.sql("SELECT (convert_from(key, 'UTF8')::json->>'id')::int, column_name, code FROM dead")}
    assert {id: code for id, (_, code) in letters.items()} == {id: code for id, (_, _, code) in bad.items()}
    # A constraint over several columns names none.
    assert {id: column for id, (column, _) in letters.items() if id not in (5, 6)} == {id: column for id, (column, _, _) in bad.items() if id not in (5, 6)}
    assert [id for id, in db.sql("SELECT id FROM limits ORDER BY 1")] == [id for id in range(1, 101) if id not in bad]
    assert db.sql("SELECT small::text FROM limits WHERE id = 99") == [("10.01",)]
    assert db.sql("SELECT bytes = '\\xdeadbeef00', (SELECT bytes = '' FROM limits WHERE id = 1) FROM limits WHERE id = 100") == [(True, True)]
