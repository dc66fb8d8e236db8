"""Configurations as they are pasted from Kafka Connect: the same table contents as our own settings make."""

import json
import urllib.parse

import pytest

from harness import brokers, kcat, load, paths
from harness.flow import Flow

ORDERS, COMPOSITE = "schemas.public.orders", "schemas.public.composite"


def records(topic):
    return [json.loads(line) for line in (paths.DATA / "topics" / f"{topic}.jsonl").read_text().splitlines()]


@pytest.fixture
def broker(folder):
    made = brokers.MockBroker(folder / "recorded", {ORDERS: 4, COMPOSITE: 4})
    for topic in (ORDERS, COMPOSITE):
        load.write(made.bootstrap, topic, file=paths.DATA / "topics" / f"{topic}.jsonl", recorded=True)
    yield made
    made.stop()


@pytest.fixture
def pasted(db, sink):
    """pasted(settings) is a connector of Debezium's JDBC sink as people have it, password and all."""
    own = sink()
    url = urllib.parse.urlsplit(db.url)

    def settings(**changed):
        return {
            "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "tasks.max": "1", "topics": ORDERS,
            "connection.url": f"jdbc:postgresql://{url.hostname}:{url.port}{url.path}?ApplicationName=pasted&reWriteBatchedInserts=true",
            "connection.username": url.username, "connection.password": own["connection.password"],
            "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "true",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "true",
            **{name: str(text) for name, text in own.items() if name.startswith("consumer.override.")},
            "batch.size": "500", "connection.pool.max_size": "4", "hibernate.c3p0.timeout": "60",
            **{name.replace("_", "."): text for name, text in changed.items()}}
    return settings


def wait_written(broker, db, *connectors, topic=ORDERS):
    for connector in connectors:
        Flow(broker.bootstrap, topic, db, connector).wait_written()


def differences(db, left, right, columns="*"):
    left, right = f"SELECT {columns} FROM {left}", f"SELECT {columns} FROM {right}"
    return db.sql(f"({left} EXCEPT ALL {right}) UNION ALL ({right} EXCEPT ALL {left})")


def test_a_pasted_jdbc_sink_makes_the_tables_that_our_own_settings_make(broker, db, hosts, sink, pasted):
    db.sql("CREATE SCHEMA dw AUTHORIZATION warehouse")
    db.sql("CREATE TABLE dw.appended (order_id int, customer_id int, status text, extra text DEFAULT 'left alone', operation_type text)")
    host = hosts(broker.bootstrap)
    own = {"topics": ORDERS, "columns": None}
    host.connector("own", sink(**own, table_name="dw.own", mode="current", auto_create="true"))
    host.connector("own_appended", sink(**own, table_name="dw.own_appended", auto_create="true"))
    # In a file as YAML, and over REST as it stands in a JSON file.
    host.connector("pasted", pasted(**{"insert_mode": "upsert", "primary_key_mode": "record_key", "delete_enabled": "true",
                                       "schema_evolution": "basic", "collection_name_format": "dw.${topic}"}))
    host.start()
    appending = pasted(**{"primary_key_mode": "kafka", "collection_name_format": "dw.appended", "quote_identifiers": "true",
                          "field_include_list": "order_id,customer_id,status"})
    db.sql("ALTER TABLE dw.appended ADD __connect_topic text, ADD __connect_partition int, ADD __connect_offset bigint")
    answer = host.rest.post("/connectors", {"name": "appending", "config": appending})
    assert answer.status == 201, answer
    wait_written(broker, db, "own", "own_appended", "pasted", "appending")

    assert db.value("SELECT count(*) FROM dw.own") > 0
    assert differences(db, "dw.own", "dw.schemas_public_orders") == []
    changes = [r for r in records(ORDERS) if r["value"] and json.loads(r["value"])["payload"].get("op") in ("c", "u", "r")]
    assert db.sql("SELECT __connect_topic, __connect_partition, __connect_offset FROM dw.appended ORDER BY 2, 3") == \
        [(ORDERS, r["partition"], r["offset"]) for r in changes]
    assert differences(db, "dw.appended", "dw.own_appended WHERE operation_type <> 'DELETE'", "order_id, customer_id, status") == []
    # What a JDBC sink does not fill, the pasted one does not either.
    assert db.sql("SELECT DISTINCT extra, operation_type FROM dw.appended") == [("left alone", None)]
    # What is stored and shown stays as it was sent.
    assert host.rest.get("/connectors/appending/config").body == {**appending, "name": "appending"}


def test_what_cannot_be_honoured_is_refused_at_its_key_before_anything_runs(broker, hosts, pasted):
    host = hosts(broker.bootstrap).start()
    answer = host.rest.post("/connectors", {"name": "bad", "config": pasted(
        insert_mode="update", use_time_zone="Europe/Berlin", **{"connection_url": "jdbc:postgresql://db/x?socketFactory=a.B"})})
    assert answer.status == 400
    for named in ("insert.mode: ", "use.time.zone: ", "connection.url: its parameter socketFactory"):
        assert named in answer.body["message"], answer
    assert "3 error(s)" in answer.body["message"], answer


def test_filtered_records_are_passed_and_fields_replaced(broker, db, hosts, sink):
    db.sql("CREATE SCHEMA dw AUTHORIZATION warehouse")
    db.sql("CREATE TABLE slim (id int PRIMARY KEY, state text, origin text)")
    host = hosts(broker.bootstrap)
    host.connector("slim", sink(topics=f"{ORDERS},{COMPOSITE}", columns=None, table_name="slim", mode="current", key_columns="id") | {
        "transforms": "orders,unwrap,slim,origin",
        "transforms.orders.type": "org.apache.kafka.connect.transforms.Filter",
        "transforms.orders.predicate": "isOrders", "transforms.orders.negate": "true",
        "predicates": "isOrders", "predicates.isOrders.pattern": ".*[.]orders",
        "predicates.isOrders.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.slim.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
        "transforms.slim.include": "order_id,status", "transforms.slim.renames": "order_id:id,status:state",
        "transforms.origin.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.origin.static.field": "origin", "transforms.origin.static.value": "shop: \\eu"})
    host.connector("whole", sink(topics=ORDERS, columns=None, table_name="dw.whole", mode="current", auto_create="true"))
    host.start()
    wait_written(broker, db, "slim", "whole")
    # Nothing of that topic is written, and yet its positions come to the end.
    wait_written(broker, db, "slim", topic=COMPOSITE)
    assert db.value("SELECT count(*) FROM slim") > 0
    assert db.sql("SELECT id, state FROM slim ORDER BY 1") == db.sql("SELECT order_id, status FROM dw.whole ORDER BY 1")
    assert db.sql("SELECT DISTINCT origin FROM slim") == [("shop: \\eu",)]


def test_records_with_a_header_are_filtered(folder, db, hosts, sink, mock):
    topic = "dbserver1.public.orders"
    line = next(json.loads(text) for text in (paths.DATA / "topics" / f"{topic}.jsonl").read_text().splitlines() if json.loads(text)["partition"] == 0)
    kcat.produce(mock.bootstrap, topic, 0, [(line["key"], line["value"])], headers=("test=1",))
    kcat.produce(mock.bootstrap, topic, 0, [(line["key"], line["value"])])
    host = hosts(mock.bootstrap)
    host.connector("orders", sink() | {
        "transforms": "real", "transforms.real.type": "Filter", "transforms.real.predicate": "isTest",
        "predicates": "isTest", "predicates.isTest.type": "HasHeaderKey", "predicates.isTest.name": "test"})
    host.start()
    Flow(mock.bootstrap, topic, db).wait_written()
    assert db.sql("SELECT kafka_offset FROM orders_ledger") == [(1,)]
