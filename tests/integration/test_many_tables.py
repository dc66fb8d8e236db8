"""Whole recordings of Debezium, many tables through one connector, in mode `both`: current tables are the source's at the end."""

import json
from decimal import Decimal

from harness import events, kcat, load, paths

TOPICS = paths.DATA / "topics"
PARTITIONS = 4
ORDER = "order_id int {}, customer_id int, product_name varchar(255), amount numeric(10,2), status varchar(50), created_at timestamp, updated_at timestamp"
# recording, decimal.handling.mode at the source
ORDERS = {"precise": "precise", "string": "string", "double": "double", "schemas": None}


def send_recorded(pipe, *topics):
    for topic in topics:
        of_partition = {}
        for record in map(json.loads, filter(None, (TOPICS / f"{topic}.jsonl").read_text().split("\n"))):
            of_partition.setdefault(record["partition"], []).append((record["key"], record["value"]))
        for partition, pairs in of_partition.items():
            pipe.send(topic, pairs, partition)


def names(*prefixes):
    return {"mode": "both", "table.name": prefixes[0] + "${source.table}", "current.table.name": prefixes[1] + "${source.table}"}


def composite(db, was, now):
    for name, more in ((was, "n bigserial, operation_type text"), (now, "PRIMARY KEY (tenant, id)")):
        db.sql(f"CREATE TABLE {name} (tenant text, id int, v text, extra numeric, renamed text, {more})")


def test_recorded_tables_of_a_whole_source_go_through_one_connector(pipes, db, sink):
    """R11, R13 (D5, D6), R14, R15: tables are found by the source's names, not by the topics'."""
    plain = ["plain.public.composite", "plain.public.Odd__Name", "plain.public.toasty", "plain.message"]
    schemas = ["schemas.public.composite", "schemas.transaction", "__debezium-heartbeat.schemas", "schemas.message"]
    pipe = pipes({topic: PARTITIONS for topic in (*plain, *schemas)})
    composite(db, "was_composite", "now_composite")
    composite(db, "s_was_composite", "s_now_composite")
    odd = '"Select" int {}, "weird col" text, "ünï" text'
    db.sql(f'CREATE TABLE "was_Odd ""Name" (n bigserial, operation_type text, {odd.format("")}); CREATE TABLE "now_Odd ""Name" ({odd.format("PRIMARY KEY")})')
    db.sql("CREATE TABLE was_toasty (n bigserial, operation_type text, id int, big text, note text); CREATE TABLE now_toasty (id int PRIMARY KEY, big text, note text)")
    send_recorded(pipe, *plain, *schemas)
    pipe.connector("plain", plain, {**sink(columns=None, decimal_handling_mode="string", time_precision_mode="isostring"), **names("was_", "now_")})
    pipe.connector("schemas", schemas, {**sink(columns=None), **names("s_was_", "s_now_")})
    pipe.start()
    pipe.wait_written()

    for prefix in ("", "s_"):
        assert db.sql(f"SELECT tenant, id, v, extra::text, renamed FROM {prefix}now_composite ORDER BY 1") == [
            ("t2", 2, "b", None, None), ("t3", 3, "x", "2.2500", None), ("t4", 4, None, "9.7500", None), ("t5", 5, None, None, "0.0001"), ("t6", 6, None, None, "now text")]
        # A change of key is a delete, whose tombstone adds nothing, and an insert.
        assert db.sql(f"SELECT operation_type, count(*) FROM {prefix}was_composite GROUP BY 1 ORDER BY 1") == [("DELETE", 2), ("INSERT", 7), ("UPDATE", 1)]
    assert db.sql('SELECT * FROM "now_Odd ""Name"') == [(1, "z; drop table t; --", "y")]
    assert db.sql('SELECT operation_type, "weird col" FROM "was_Odd ""Name" ORDER BY n') == [("INSERT", "x"), ("UPDATE", "z; drop table t; --")]
    assert db.sql("SELECT operation_type, length(big), big IS NULL, note FROM was_toasty ORDER BY n") == [
        ("INSERT", 96000, False, "first"), ("UPDATE", 96000, False, "second"), ("UPDATE", 9, False, "second"), ("DELETE", None, True, None)]
    assert db.value("SELECT count(*) FROM now_toasty") == 0


def test_r12_a_recorded_table_without_a_key_has_its_history_and_its_truncate(pipes, db, sink):
    pipe = pipes({topic: PARTITIONS for topic in ("plain.public.nokey", "schemas.public.nokey")})
    for name in ("ignored", "applied"):
        db.sql(f"CREATE TABLE {name} (n bigserial, operation_type text, a int, b text)")
    send_recorded(pipe, *pipe.topics)
    pipe.connector("ignored", "plain.public.nokey", sink(columns=None, table_name="ignored"))
    pipe.connector("applied", "schemas.public.nokey", sink(columns=None, table_name="applied", truncate_mode="apply"))
    pipe.start()
    pipe.wait_written()
    rows = [("INSERT", 1, "a"), ("INSERT", 1, "a"), ("INSERT", 2, "b"), ("UPDATE", 1, "c"), ("UPDATE", 1, "c"), ("DELETE", 2, "b"), ("INSERT", 9, "after truncate")]
    assert db.sql("SELECT operation_type, a, b FROM ignored ORDER BY n") == rows
    assert db.sql("SELECT operation_type, a, b FROM applied ORDER BY n") == [*rows[:6], ("TRUNCATE", None, None), rows[6]]


def orders_now(db, name, ids, columns):
    return db.sql(f"SELECT {columns} FROM now.{name} WHERE order_id = ANY(%s) ORDER BY order_id", list(ids))


def test_r1_to_r8_the_orders_of_another_recording_are_exact_under_four_settings(pipes, db, sink):
    """Values are those of the statements that were recorded; only times under `connect` are cut to milliseconds."""
    sources = {"dbserver1": {"decimal_handling_mode": "precise"}, "schemas": {}, "dbl": {},
               "plain": {"decimal_handling_mode": "string", "time_precision_mode": "isostring"}}
    pipe = pipes({f"{name}.public.orders": PARTITIONS for name in sources})
    db.sql("CREATE SCHEMA now AUTHORIZATION warehouse")
    for name, settings in sources.items():
        db.sql(f"CREATE TABLE was_{name} (n bigserial, operation_type text, {ORDER.format('')}); CREATE TABLE now.{name} ({ORDER.format('PRIMARY KEY')})")
        send_recorded(pipe, f"{name}.public.orders")
        pipe.connector(name, f"{name}.public.orders", sink(columns=None, mode="both", table_name=f"was_{name}", current_table_name=f"now.{name}", **settings))
    db.sql("GRANT ALL ON ALL TABLES IN SCHEMA now TO warehouse")
    pipe.start()
    pipe.wait_written()

    for name in sources:
        cut = name == "dbl"
        assert db.sql(f"SELECT operation_type, count(*) FROM was_{name} GROUP BY 1 ORDER BY 1") == [
            ("DELETE", 4), ("INSERT", 29), ("SNAPSHOT", 4), ("UPDATE", 12)], name  # R1
        assert db.value(f"SELECT sum(amount) FROM was_{name}") == Decimal("100003345.77")
        assert [id for id, in db.sql(f"SELECT order_id FROM now.{name} ORDER BY 1")] == [*range(1, 7), *range(10, 25), *range(27, 34), 1000]  # R2
        assert db.sql(f"SELECT sum(amount), count(amount) FROM now.{name}") == [(Decimal("100002753.24"), 28)]
        assert orders_now(db, name, (3, 4, 6, 1000), "product_name, amount::text, status") == [  # R3, R4
            (None, "-12.50", orders_now(db, name, (3,), "status")[0][0]), ('Ünïcode "q" \\ 日本 😀', "99999999.99", "SHIPPED"),
            (orders_now(db, name, (6,), "product_name")[0][0], "28.52", "SHIPPED"), ("Widget 5", "35.65", "SHIPPED")]
        assert orders_now(db, name, (27, 28), "created_at::text, updated_at::text") == [  # R5, R6
            ("1969-12-31 23:59:59.999" + ("" if cut else "999"), "0001-01-01 00:00:00"), ("9999-12-31 23:59:59.999" + ("" if cut else "999"), "1970-01-01 00:00:00")]
        assert orders_now(db, name, (28,), "amount, status") == [(None, None)]
        assert orders_now(db, name, (29, 30), "created_at::text") == [("4712-01-01 00:00:00 BC",), ("infinity",)]  # R7
        assert orders_now(db, name, (30,), "updated_at::text") == [("-infinity",)]
        assert orders_now(db, name, (31, 32, 33), "product_name, amount::text, status") == [  # R8
            ("tab\tnl\nbs\\ cr\r end", orders_now(db, name, (31,), "amount::text")[0][0], "\\N"), ("", "0.00", ""),
            ("x" * 255, orders_now(db, name, (33,), "amount::text")[0][0], "s" * 50)]
    exact = "SELECT order_id, customer_id, product_name, amount, status, date_trunc('milliseconds', created_at), date_trunc('milliseconds', updated_at) FROM now"
    for name in ("schemas", "plain", "dbl"):
        assert db.sql(f"({exact}.dbserver1 EXCEPT {exact}.{name}) UNION ALL ({exact}.{name} EXCEPT {exact}.dbserver1)") == [], name


def test_r1_to_r4_recorded_orders_are_the_sources_orders_in_each_decimal_mode(pipes, db, sink):
    """D8: RegexRouter names the tables, and positions keep the real topics."""
    pipe = pipes({f"{name}.public.orders": PARTITIONS for name in ORDERS})
    for name, mode in ORDERS.items():
        topic = f"{name}.public.orders"
        load.write(pipe.bootstrap, topic, file=paths.DATA / "orders" / f"{name}.jsonl", recorded=True)
        db.sql(f"CREATE TABLE {name} (n bigserial, operation_type text, {ORDER.format('')}); CREATE TABLE {name}_now ({ORDER.format('PRIMARY KEY')})")
        pipe.connector(name, topic, {
            **sink(columns=None, mode="both", decimal_handling_mode=mode), "table.name": "${topic}", "current.table.name": "${topic}_now",
            "transforms": "r", "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.r.regex": r"(.*)\.public\.orders",
            "transforms.r.replacement": "$1"})
    pipe.start()
    pipe.wait_written()
    for name, mode in ORDERS.items():
        left, rows = {}, 0
        for record in kcat.dump(pipe.bootstrap, f"{name}.public.orders"):
            row = events.expected_row(record, mode or "precise")
            if row:
                rows += 1
                left[row[3]] = None if row[11] == "DELETE" else (row[3], row[4], row[5], None if row[6] is None else Decimal(str(row[6])), row[7])
        assert db.sql(f"SELECT order_id, customer_id, product_name, amount, status FROM {name}_now ORDER BY 1") == sorted(filter(None, left.values()))
        assert db.value(f"SELECT count(*) FROM {name}") == rows
    for name in ("string", "double", "schemas"):
        assert db.sql(f"(TABLE precise_now EXCEPT TABLE {name}_now) UNION ALL (TABLE {name}_now EXCEPT TABLE precise_now)") == []
    assert len(db.sql("SELECT 1 FROM precise_now")) > 20
    assert {Decimal("-12.50"), Decimal("99999999.99"), None} <= {row[0] for row in db.sql("SELECT amount FROM precise_now")}


def test_names_that_cannot_be_tables_are_said(pipes, db, sink):
    """D4 where the name comes from the source."""
    long = "t" * 60
    pipe = pipes({f"shop.public.{long}": 1})
    pipe.send(f"shop.public.{long}", [('{"id":1}', json.dumps({"op": "c", "before": None, "after": {"id": 1}, "source": {"schema": "public", "table": long}}))])
    pipe.connector("long", f"shop.public.{long}", sink(columns=None, table_name="public_${source.table}"))
    pipe.start()
    pipe.host.wait_condition("long", "blocked: ", "more than 63 bytes", "RegexRouter")
