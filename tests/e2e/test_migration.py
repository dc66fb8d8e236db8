"""Moving from Kafka Connect: its JDBC sinks stop in the middle of a busy day, sluice starts under the same names with the same
configurations, and not one record is skipped or written again."""

import json
import re
import threading
import urllib.parse

from harness import kcat, waits

_PARTITIONS = 4


class Shop:
    """A database of its own, which changes until stop(), and Debezium that publishes it with schemas, as the JDBC sink needs them."""

    def __init__(self, live, name):
        self.live, self.name, self.topic = live, name, f"{name}.public.items"
        live.create_database(name)
        with live.connect(name) as client, client.cursor() as cursor:
            cursor.execute("CREATE TABLE items (id serial PRIMARY KEY, note text, price numeric(10,2)); ALTER TABLE items REPLICA IDENTITY FULL")
            cursor.execute("INSERT INTO items (note, price) SELECT 'item ' || n, n / 100.0 FROM generate_series(1, 200) n")
        json_converter = "org.apache.kafka.connect.json.JsonConverter"
        live.put_connector(name, {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector", **live.credentials(name),
            "plugin.name": "pgoutput", "slot.name": name, "publication.name": name, "publication.autocreate.mode": "filtered",
            "table.include.list": "public.items", "topic.prefix": name, "poll.interval.ms": "20",
            "topic.creation.default.partitions": str(_PARTITIONS), "topic.creation.default.replication.factor": "1",
            **{f"{which}.converter{option}": value for which in ("key", "value")
               for option, value in (("", json_converter), (".schemas.enable", "true"), (".replace.null.with.default", "false"))}})
        self._stop = threading.Event()
        self._failures = []
        self._thread = threading.Thread(target=self._change)
        self._thread.start()

    def _change(self):
        try:
            with self.live.connect(self.name) as client, client.cursor() as cursor:
                n = 0
                while not self._stop.wait(0.005):
                    n += 1
                    cursor.execute("INSERT INTO items (note, price) VALUES (%s, %s)", (f"new {n}", n))
                    cursor.execute("UPDATE items SET note = note || '!', price = price + 0.01 WHERE id %% 50 = %s", (n % 50,))
                    if n % 7 == 0:
                        cursor.execute("DELETE FROM items WHERE id = (SELECT min(id) FROM items)")
        except Exception as error:  # pylint: disable=broad-except
            self._failures.append(repr(error))

    def stop(self):
        """What the table holds in the end, once all of it is published."""
        self._stop.set()
        self._thread.join()
        assert not self._failures, self._failures
        with self.live.connect(self.name) as client, client.cursor() as cursor:
            cursor.execute("INSERT INTO items (note) VALUES ('the last one') RETURNING id")
            last = cursor.fetchone()[0]
            cursor.execute("SELECT id, note, price FROM items ORDER BY id")
            rows = cursor.fetchall()
        waits.until("Debezium has published the last change", lambda: any(
            record.key and json.loads(record.key)["payload"]["id"] == last for record in kcat.dump(self.live.bootstrap, self.topic)), 60, every=0.2)
        return rows


def stop_in_connect(live, name):
    """The connector is gone from Connect; {partition: offset} as its group has committed them."""
    assert live.rest.put(f"/connectors/{name}/stop").status == 204
    waits.until(f"no task of {name} is left", lambda: live.rest.status(name).get("tasks") == [], 30)

    def offsets():
        answer = live.rest.get(f"/connectors/{name}/offsets")
        assert answer.status == 200, answer
        return {o["partition"]["kafka_partition"]: o["offset"]["kafka_offset"] for o in answer.body["offsets"]}
    committed = waits.until(f"the offsets of {name}", offsets, 30)
    live.remove_connector(name)
    return committed


def claims(host, name, topic):
    """{partition: offset} where sluice began to read, as its log tells the first claims."""
    found = {}
    for partition, offset in re.findall(rf"{name}-\d+: claimed {re.escape(topic)}-(\d+) at offset (\d+)", host.log()):
        found.setdefault(int(partition), int(offset))
    return found


def test_jdbc_sinks_of_connect_go_on_in_sluice_without_a_record_skipped_or_repeated(live, hosts, db):
    shop = Shop(live, f"moved_{db.name}")
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
    # Each change but a delete is a row with its coordinates: without a key, so that a record that is written again shows.
    db.sql("CREATE TABLE appended (id int, note text, price numeric, __connect_topic text, __connect_partition int, __connect_offset bigint)")
    url = urllib.parse.urlsplit(db.url)
    common = {
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "tasks.max": "2", "topics": shop.topic,
        "connection.url": f"jdbc:postgresql://{url.hostname}:{url.port}{url.path}", "connection.username": url.username,
        "connection.password": db.password, "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true", "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "true", "consumer.override.session.timeout.ms": "6000"}
    configs = {
        f"current_{db.name}": {**common, "insert.mode": "upsert", "primary.key.mode": "record_key", "delete.enabled": "true",
                               "schema.evolution": "basic"},
        f"appended_{db.name}": {**common, "insert.mode": "insert", "primary.key.mode": "kafka", "collection.name.format": "appended"}}
    current = shop.topic.replace(".", "_")
    for name, config in configs.items():
        live.put_connector(name, config)

    def both_write():
        for name in configs:
            assert "FAILED" not in json.dumps(live.rest.status(name)), live.rest.status(name)
        return db.value("SELECT to_regclass(%s) IS NOT NULL", current) and db.value(f"SELECT count(*) FROM {current}") > 100 and \
            db.value("SELECT count(*) FROM appended WHERE __connect_offset > 100") > 50
    waits.until("both sinks of Connect write", both_write, 60)
    committed = {name: stop_in_connect(live, name) for name in configs}
    written = db.value("SELECT count(*) FROM appended")

    host = hosts(live.bootstrap)
    host.start()
    for name, config in configs.items():
        answer = host.rest.post("/connectors", {"name": name, "config": config})
        assert answer.status == 201, answer
    waits.until("sluice goes on", lambda: db.value("SELECT count(*) FROM appended") > written, 30)
    rows = shop.stop()
    ends = kcat.ends(live.bootstrap, shop.topic, _PARTITIONS)

    def all_written():
        for name in configs:
            reached = dict(db.sql("SELECT partition, next_offset FROM sluice.sink_offsets WHERE connector = %s", name))
            assert reached == ends, f"{name} is at {reached}, the topic ends at {ends}"
        return True
    waits.until("sluice has written everything", all_written, 60)

    for name in configs:
        assert sum(committed[name].values()) > 0, "Connect's sink has written nothing"
        begun = claims(host, name, shop.topic)
        assert {partition: begun[partition] for partition in committed[name]} == committed[name], "not where Connect's sink was"
    assert db.sql(f"SELECT id, note, price FROM {current} ORDER BY id") == rows
    published = kcat.dump(live.bootstrap, shop.topic)
    changes = sorted((r.partition, r.offset) for r in published if r.value and json.loads(r.value)["payload"]["op"] != "d")
    assert db.sql("SELECT __connect_partition, __connect_offset FROM appended ORDER BY 1, 2") == changes
    print(f"{len(changes)} changes, {written} of them written by Connect's sink, the others by sluice")
    live.remove_connector(shop.name)
