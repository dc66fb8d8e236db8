"""The database whose every type is watched, and the Debezium connectors that watch it; on the stack that all e2e tests share."""

import io
import time

from e2e.differential import tables
from harness import kcat, waits

# What all connectors have in common. Small queues and buffers: one worker runs them all.
_DEBEZIUM = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "tasks.max": "1", "plugin.name": "pgoutput",
    "publication.autocreate.mode": "filtered", "schema.include.list": "public", "skipped.operations": "none",
    "topic.creation.default.partitions": "4", "topic.creation.default.replication.factor": "1",
    "topic.creation.groups": "ordered", "topic.creation.ordered.partitions": "1", "topic.creation.ordered.replication.factor": "1",
    "topic.creation.ordered.include": r".*\.(" + "|".join(table.name for table in tables.ORDERED) + ")",
    "poll.interval.ms": "50", "max.batch.size": "512", "max.queue.size": "1024",
    "producer.override.buffer.memory": "8388608", "producer.override.linger.ms": "2",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.replace.null.with.default": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.replace.null.with.default": "false"}


class Source:
    def __init__(self, live, name="kinds"):
        self.live, self.name = live, name
        live.create_database(name)
        self.sql(tables.TYPES)
        for table in tables.ALL:
            self.sql(table.source_ddl())

    def connect(self):
        return self.live.connect(self.name)

    def sql(self, text, *args):
        with self.connect() as client, client.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    def watch(self, sources):
        """All at once: each takes seconds to begin. Returns when all snapshots are behind them."""
        for source in sources:
            self.live.put_connector(source.name, {**self.live.credentials(self.name), **_DEBEZIUM, **source.debezium()})
        for source in sources:
            self.live.wait_until_it_streams(source.name)

    def leave(self, sources):
        """Nobody watches any more: other tests of the stack have the machine to themselves."""
        for source in sources:
            self.live.remove_connector(source.name)

    def wait_until_published(self, sources, seconds=120):
        """Until each connector has published everything that was committed until now.

        The row that is made here is the last change, so it is published last; what other partitions still lack then comes within
        a moment, which is what the second in the end is for.
        """
        number = self.sql("INSERT INTO last (id, said) SELECT coalesce(max(id), 0) + 1, 'end' FROM last RETURNING id")[0][0]
        ends = {}

        def published():
            nonlocal ends
            for source in sources:
                assert any(record.value and f'"id":{number},"said":"end"' in record.value
                           for record in kcat.dump(self.live.bootstrap, source.topic(tables.LAST))), f"{source.name} is behind"
            before = self.ends(sources)
            time.sleep(1)
            ends = self.ends(sources)
            return ends == before
        waits.until("Debezium has published all changes", published, seconds, every=0.2)
        return ends

    def ends(self, sources):
        """{(topic, partition): next offset}"""
        return {(source.topic(table), partition): end
                for source in sources for table in source.tables
                for partition, end in kcat.ends(self.live.bootstrap, source.topic(table), 1 if table in tables.ORDERED else 4).items()}

    def copy(self, table, db, schema):
        """The table as it is now, beside what sluice wrote, so that SQL can compare them."""
        columns = ", ".join(tables.quoted(name) for name in self.columns(table))
        rows = io.StringIO()
        with self.connect() as client, client.cursor() as cursor:
            cursor.copy_expert(f"COPY (SELECT {columns} FROM {table.sql_name}) TO STDOUT", rows)
        rows.seek(0)
        db.copy(f"COPY {schema}.{table.sql_name} ({columns}) FROM STDIN", rows)

    def columns(self, table):
        """name -> type, as the table is now; as declared where it is one of those that do not change."""
        now = dict(self.sql("""SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""", f"public.{table.sql_name}"))
        return {**now, **table.all_columns}
