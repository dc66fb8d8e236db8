"""The real pipeline up to the topic: the shop's Postgres, Debezium on Kafka Connect, Kafka (deploy/live/start.sh)."""

import contextlib
import io
import json
import pathlib
import time
import urllib.parse

import psycopg2

from harness import envfile, events, kcat, paths, processes, waits
from harness.rest import Rest

_COLUMNS = "order_id, customer_id, product_name, amount, status, created_at, updated_at"


class Stack:
    PARTITIONS = 4

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        processes.run([paths.DEPLOY / "live" / "start.sh", self.folder], seconds=240, check=True)
        values = envfile.read(self.folder / "env")
        self.bootstrap, self.topic, self.source_url = values["KAFKA_BOOTSTRAP"], values["TOPIC"], values["SOURCE_URL"]
        self.connect_url = values["CONNECT_URL"]
        self.rest = Rest(int(self.connect_url.rpartition(":")[2]), timeout=60)
        self._superuser_url = envfile.read(self.folder / "source" / "env")["POSTGRES_URL"]

    def stop(self):
        processes.run([paths.DEPLOY / "live" / "stop.sh", self.folder], seconds=60, check=True)

    def connect(self, database=None):
        """A client of the shop's database, or of another; each statement commits for itself unless the test says otherwise."""
        url = urllib.parse.urlsplit(self.source_url)
        return _client((url._replace(path=f"/{database}") if database else url).geturl())

    def sql(self, text, *args):
        with self.connect() as client, client.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    # -- further databases and connectors beside the shop's

    def create_database(self, name):
        """The shop's role owns it, and with that may publish its tables."""
        with _client(self._superuser_url) as client, client.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" OWNER shop')

    def credentials(self, database):
        """How Debezium gets into a database."""
        url = urllib.parse.urlsplit(self.source_url)
        return {"database.hostname": url.hostname, "database.port": str(url.port), "database.user": url.username,
                "database.password": url.password, "database.dbname": database}

    def put_connector(self, name, config):
        answer = self.rest.put(f"/connectors/{name}/config", config)
        assert answer.status in (200, 201), answer

    def remove_connector(self, name):
        answer = self.rest.delete(f"/connectors/{name}")
        assert answer.status == 204, answer

    def wait_until_it_streams(self, slot, seconds=90):
        """Debezium takes up its slot for good once the snapshot is behind it and the stream begins."""
        def active():
            status = self.rest.status(slot)
            assert "FAILED" not in json.dumps(status), status
            return self.sql("SELECT active FROM pg_replication_slots WHERE slot_name = %s AND active", slot)
        waits.until(f"Debezium's connector {slot} streams", active, seconds, every=0.2)

    def ends(self):
        return kcat.ends(self.bootstrap, self.topic, self.PARTITIONS)

    def expected_rows(self):
        """What the history must hold by now, from a dump of the topic by another client than sluice."""
        rows = [events.expected_row(record) for record in kcat.dump(self.bootstrap, self.topic)]
        return [row for row in rows if row]

    def wait_until_quiet(self, db, connectors, seconds=120):
        """Until Debezium has published everything that was committed, and each connector has written all of that.

        The order that is made here is the last change, so it is published last; what other partitions still lack then comes
        within a moment, which is what the second in the end is for.
        """
        last = self.sql("INSERT INTO orders (customer_id, product_name, amount, status) VALUES (0, 'the last one', 0, 'END') "
                        "RETURNING order_id")[0][0]
        ends = {}

        def written():
            nonlocal ends
            for connector in connectors:
                reached = dict(db.sql("SELECT partition, next_offset FROM sluice.sink_offsets WHERE connector = %s AND topic = %s",
                                      connector, self.topic))
                assert reached == ends, f"{connector} is at {reached}, the topic ends at {ends}"
            return True

        def published():
            nonlocal ends
            before = self.ends()
            time.sleep(1)
            ends = self.ends()
            return ends == before and any(record.key == f'{{"order_id":{last}}}' for record in
                                          kcat.dump(self.bootstrap, self.topic))
        waits.until("Debezium has published all changes", published, seconds, every=0.2)
        waits.until("everything published is written", written, seconds)

    def copy_orders(self, db, table="source_orders"):
        """The shop's table as it is now, beside the history in the warehouse, so that SQL can compare them."""
        db.sql(f"DROP TABLE IF EXISTS {table}")
        db.sql(f"""CREATE TABLE {table} (order_id int PRIMARY KEY, customer_id int, product_name varchar(255), amount numeric(10,2),
                   status varchar(50), created_at timestamp, updated_at timestamp)""")
        rows = io.StringIO()
        with self.connect() as client, client.cursor() as cursor:
            cursor.copy_expert(f"COPY (SELECT {_COLUMNS} FROM orders) TO STDOUT", rows)
        rows.seek(0)
        db.copy(f"COPY {table} ({_COLUMNS}) FROM STDIN", rows)
        return db.value(f"SELECT count(*) FROM {table}")


def _client(url):
    client = psycopg2.connect(url)
    client.autocommit = True
    # Not the connection's own `with`, which would make one transaction of all its statements.
    return contextlib.closing(client)
