"""Tables that change: fields without a column, columns without a field, tables that are created, and two tasks that do it at once."""

from harness.changes import change

INT, TEXT = {"type": "int32", "optional": False}, {"type": "string", "optional": True}
AMOUNT = {"type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2", "connect.decimal.precision": "10"}}
NOTE = {"id": INT, "note": TEXT}
MORE = {**NOTE, "amount": AMOUNT, "ￃﾼnￃﾯ": TEXT}  # ünï, as Debezium breaks it


def columns(db, table):
    return dict(db.sql("SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                       table))


def both(sink, name, **more):
    return sink(columns=None, mode="both", table_name=name, current_table_name=f"{name}_now", **more)


def test_c27_f5_a_new_field_is_left_out_blocks_or_becomes_a_column_and_so_does_a_column_that_goes(pipes, db, sink):
    names = ("ignore", "fail", "add")
    pipe = pipes({f"shop.public.d_{name}": 1 for name in names})
    for name in names:
        db.sql(f"CREATE TABLE d_{name} (n bigserial, operation_type text, id int, note text); CREATE TABLE d_{name}_now (id int PRIMARY KEY, note text DEFAULT 'none')")
        db.sql(f"ALTER TABLE d_{name} OWNER TO warehouse; ALTER TABLE d_{name}_now OWNER TO warehouse")
        topic = f"shop.public.d_{name}"
        pipe.send(topic, [change("c", {"id": 1, "note": "a"}, table=f"d_{name}", fields=NOTE)])
        pipe.connector(name, topic, both(sink, f"d_{name}", unknown_columns=name))
    pipe.start()
    pipe.wait_written()
    for name in names:
        table = f"d_{name}"
        pipe.send(f"shop.public.{table}", [
            change("c", {"id": 2, "note": "b"}, table=table, fields=NOTE),
            change("c", {"id": 3, "note": "c", "amount": "BNI=", "ￃﾼnￃﾯ": "x"}, table=table, fields=MORE),
            change("u", {"id": 1, "note": "aa", "amount": "AA==", "ￃﾼnￃﾯ": None}, table=table, fields=MORE),
            change("u", {"id": 2, "amount": "AQ=="}, table=table, fields={"id": INT, "amount": AMOUNT}),
            change("c", {"id": 4}, table=table, fields={"id": INT})])
    pipe.wait_written("ignore", "add")
    pipe.host.wait_condition("fail", "blocked: ", '"amount"', "unknown.columns")
    # What came with the first event that has the new field waits with it; the one before may have come in a batch of its own.
    assert db.sql("SELECT id, note FROM d_fail ORDER BY n") in ([(1, "a")], [(1, "a"), (2, "b")])
    assert columns(db, "d_ignore_now") == {"id": "integer", "note": "text"}
    assert db.sql("SELECT * FROM d_ignore_now ORDER BY id") == [(1, "aa"), (2, "b"), (3, "c"), (4, "none")]
    assert columns(db, "d_add_now") == {"id": "integer", "note": "text", "amount": "numeric(10,2)", "ünï": "text"}
    assert db.sql('SELECT id, note, amount::text, "ünï" FROM d_add_now ORDER BY id') == [
        (1, "aa", "0.00", None), (2, "b", "0.01", None), (3, "c", "12.34", "x"), (4, "none", None, None)]
    assert db.sql('SELECT operation_type, id, note, amount::text, "ünï" FROM d_add ORDER BY n') == [
        ("INSERT", 1, "a", None, None), ("INSERT", 2, "b", None, None), ("INSERT", 3, "c", "12.34", "x"), ("UPDATE", 1, "aa", "0.00", None),
        ("UPDATE", 2, None, "0.01", None), ("INSERT", 4, None, None, None)]
    assert 'the field "amount" of the events is left out' in pipe.host.log()


def test_f1_two_tasks_create_a_table_and_add_columns_to_it_at_once(pipes, db, sink):
    partitions = 2
    pipe = pipes({"shop.public.made": partitions})
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
    for p in range(partitions):
        pipe.send("shop.public.made", [change("c", {"id": p * 10 + 1, "note": "a"}, table="made", fields=NOTE)], partition=p)
    pipe.connector("made", "shop.public.made", both(sink, "made", auto_create="true", unknown_columns="add", tasks_max=2))
    pipe.start()
    pipe.wait_written()
    for n in range(2, 6):
        fields = {**NOTE, **{f"c{i}": TEXT for i in range(2, n + 1)}}
        for p in range(partitions):
            pipe.send("shop.public.made", [change("c", {"id": p * 10 + n, "note": "b", f"c{n}": f"{p}{n}"}, table="made", fields=fields)], partition=p)
    pipe.wait_written()
    for number in range(2):
        pipe.host.wait_running("made", number=number)
    assert list(columns(db, "made_now")) == ["id", "note", "c2", "c3", "c4", "c5"]
    assert columns(db, "made") == {**{name: "text" for name in ("note", "operation_type", "c2", "c3", "c4", "c5")}, "id": "integer",
                                   "cdc_timestamp": "timestamp without time zone", "processed_at": "timestamp without time zone"}
    assert db.sql("SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'made_now'::regclass AND indisprimary") == [("id",)]
    assert db.value("SELECT count(*) FROM made") == db.value("SELECT count(*) FROM made_now") == 10
    assert db.sql("SELECT id, c3 FROM made_now WHERE c3 IS NOT NULL ORDER BY 1") == [(3, "03"), (13, "13")]


def test_f2_a_target_that_is_altered_under_a_running_task_is_read_again(pipes, db, sink):
    pipe = pipes({"shop.public.items": 1})
    db.sql("CREATE TABLE items (n bigserial, operation_type text, id int, note varchar(5)); CREATE TABLE items_now (id int PRIMARY KEY, note varchar(5))")

    def send(id, note, **more):
        pipe.send("shop.public.items", [change("c", {"id": id, "note": note, **more}, table="items")])
    send(1, "a")
    pipe.connector("items", "shop.public.items", both(sink, "items"))
    pipe.start()
    pipe.wait_written()
    for table in ("items", "items_now"):
        db.sql(f"ALTER TABLE {table} ADD COLUMN extra text, ALTER COLUMN note TYPE text")
    send(2, "longer than five", extra="x")
    pipe.wait_written()
    for table in ("items", "items_now"):
        db.sql(f"ALTER TABLE {table} ALTER COLUMN id TYPE bigint, DROP COLUMN extra, ADD COLUMN extra int")
    send(3, "b", extra=7)
    pipe.wait_written()
    assert db.sql("SELECT id, note, extra FROM items_now ORDER BY id") == db.sql("SELECT id, note, extra FROM items ORDER BY n") == [
        (1, "a", None), (2, "longer than five", None), (3, "b", 7)]
    assert "blocked: " not in pipe.host.log()


def test_a_table_that_cannot_be_created_is_said_with_what_to_do(pipes, db, sink):
    """auto.create needs an event with a schema and a key."""
    topics = {f"shop.public.{name}": 1 for name in ("schemaless", "keyless")}
    pipe = pipes(topics)
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
    pipe.send("shop.public.schemaless", [change("c", {"id": 1, "note": "a"}, table="schemaless")])
    pipe.send("shop.public.keyless", [change("c", {"id": 1, "note": "a"}, table="keyless", key=None, fields=NOTE)])
    for name in ("schemaless", "keyless"):
        pipe.connector(name, f"shop.public.{name}", sink(columns=None, mode="current", table_name=name, auto_create="true"))
    pipe.start()
    pipe.host.wait_condition("schemaless", "blocked: ", "table schemaless is missing", "has no schema", "create the table")
    pipe.host.wait_condition("keyless", "blocked: ", "table keyless is missing", "set key.columns")


def test_a_tombstone_before_any_event_of_a_table_that_is_to_be_created_stops_nothing(pipes, db, sink):
    """A compacted topic may begin with one. A history waits for the event that says what its columns are, since it would lack a row."""
    modes = {"current": "current", "history": "history", "both": "both"}
    pipe = pipes({f"shop.public.made_{name}": 1 for name in (*modes, "alone", "told")})
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")

    def tombstone(id):
        return change("c", {"id": id}, table="", fields=NOTE)[0], None
    for name, mode in {**modes, "alone": "current", "told": "history"}.items():
        table = f"made_{name}"
        behind = [change("c", {"id": 1, "note": "a"}, table=table, fields=NOTE), change("d", None, {"id": 1, "note": None}, table=table, fields=NOTE),
                  tombstone(1), change("c", {"id": 7, "note": "b"}, table=table, fields=NOTE)]
        # In one batch with the tombstone, however busy the machine is: alone it would wait for a person.
        pipe.send(f"shop.public.{table}", [tombstone(7), *(behind if name in modes else [])])
        pipe.connector(name, f"shop.public.{table}", sink(columns=None, mode=mode, table_name=table, auto_create="true", linger_ms=2000,
                                                          current_table_name=f"{table}_now" if mode == "both" else None))
    pipe.start()
    pipe.wait_written(*modes, "alone")
    history = [("DELETE", 7), ("INSERT", 1), ("DELETE", 1), ("INSERT", 7)]
    assert db.sql("SELECT id, note FROM made_current") == db.sql("SELECT id, note FROM made_both_now") == [(7, "b")]
    assert db.sql("SELECT operation_type, id FROM made_history") == db.sql("SELECT operation_type, id FROM made_both") == history
    assert db.value("SELECT to_regclass('made_alone') IS NULL")
    pipe.host.wait_condition("told", "blocked: ", "table made_told is missing, and the first record for it is a tombstone", "create the table")
    pipe.send("shop.public.made_alone", [change("c", {"id": 1, "note": "a"}, table="made_alone", fields=NOTE)])
    pipe.wait_written("alone")
    assert db.sql("SELECT id, note FROM made_alone") == [(1, "a")]
