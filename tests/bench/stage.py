"""What every contestant runs on: a real broker with the input in it, a real Postgres, and fresh databases with empty tables."""

import contextlib
import dataclasses
import os
import pathlib

from bench import reference
from harness import brokers, kcat, load, paths, postgres, processes

# Of sixteen changes, as in the design's measurements: per 1,020,000 records 600,000 inserts, 300,000 updates, 60,000 deletes and
# their 60,000 tombstones.
MIX, CHANGES_OF_MIX, RECORDS_OF_MIX = "10:5:1", 16, 17
FIRST_KEY = 20_000_000  # of the new orders
LIVE_ORDERS = 10_000  # later changes of an order come while it is one of so many
RECORDINGS = {False: paths.DATA / "orders" / "precise.jsonl", True: paths.DATA / "orders" / "schemas.jsonl"}

# For a bench: no checkpoint falls into a run, so that none pays for another's, and the log's segments are used again, as in a
# server that has run for long. The same for all contestants; all else is as deploy/postgres.sh makes it.
POSTGRES = {"max_wal_size": "4GB", "min_wal_size": "4GB", "checkpoint_timeout": "1h"}
SHOWN = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "min_wal_size",
         "checkpoint_timeout", "wal_level", "autovacuum")
_SEGMENTS_MB = 1536  # so much of the log is there before the first run: no run but the longest writes more

# Kafka's own defaults for a broker's Java, but for the path: what deploy/live sets saves start-up, not work.
JAVA = "-Xms1g -Xmx1g -XX:+UseG1GC -XX:-UsePerfData"

CURRENT_TABLE = """
CREATE TABLE orders_current (
  order_id INT PRIMARY KEY, customer_id INT, product_name VARCHAR(255), amount DECIMAL(10,2), status VARCHAR(50),
  created_at TIMESTAMP, updated_at TIMESTAMP)"""


@dataclasses.dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    schemas: bool
    records: int      # all, tombstones too
    rows: int         # changes: what a history has
    keys: int         # what is left at the end: what the current state has
    bytes: int        # in the broker's log
    ends: dict        # {partition: next offset}


class Stage:
    """Owns what it starts, in `folder`, until close()."""

    def __init__(self, folder, records, seed):
        self.folder, self.seed = pathlib.Path(folder), seed
        self.changes = max(1, records // RECORDS_OF_MIX) * CHANGES_OF_MIX
        self._topics = {}
        os.environ["SLUICE_JAVA_OPTIONS"] = JAVA
        with contextlib.ExitStack() as started:
            self.kafka = brokers.Kafka(self.folder / "kafka")
            started.callback(self.kafka.stop)
            self.postgres = postgres.Server(self.folder / "postgres")
            started.callback(self.postgres.stop)
            self._settle_postgres()
            self._warm_up()
            self.reference = reference.Reference(self.postgres)
            self._started = started.pop_all()

    def close(self):
        self._started.close()

    # -- the processes, for measure.Watch

    def broker_pid(self):
        return int((self.kafka.folder / "kafka.pid").read_text())

    def postgres_pid(self):
        return self.postgres.pid()

    # -- the input

    def topic(self, schemas, partitions=4, changes=None, name=None, **generator):
        """Made on first use: real Debezium events, re-keyed by the project's one generator, which may be given more options. What is
        in it is known from an independent reading of it, which reference.py keeps."""
        changes = changes or self.changes
        name = name or f"bench.{'schemas' if schemas else 'plain'}.{partitions}.{changes}"
        if name not in self._topics:
            self._topics[name] = self._make_topic(name, schemas, partitions, changes, generator)
        return self._topics[name]

    def _make_topic(self, name, schemas, partitions, changes, generator):
        self.kafka.tool("TopicCommand", "--create", "--topic", name, "--partitions", partitions, "--replication-factor", 1)
        if schemas:
            generator = generator | {"schemas": True}
        counts = load.write(self.kafka.bootstrap, name, 3600, file=RECORDINGS[schemas], count=changes, mix=MIX, live_orders=LIVE_ORDERS,
                            first_id=FIRST_KEY, seed=self.seed, **generator)
        records = counts["events"] + counts["tombstones"]
        ends = kcat.ends(self.kafka.bootstrap, name, partitions)
        if sum(ends.values()) != records or counts["failed"]:
            raise AssertionError(f"the topic {name} holds {sum(ends.values())} records, {records} were sent: {counts}")
        keys = self.reference.read(self.kafka.bootstrap, name, partitions, records)
        logs = (self.kafka.folder / "kafka" / "data").glob(f"{name}-*/*.log")
        return Topic(name, partitions, schemas, records, counts["events"], keys, sum(log.stat().st_size for log in logs), ends)

    # -- the target

    def database(self):
        """A fresh database with an empty orders_fact, as deploy/warehouse makes it, and an empty orders_current; what was written
        before is on the disk, so that nobody pays for it later."""
        database = self.postgres.create_database()
        database.sql(CURRENT_TABLE)
        database.sql("ALTER TABLE orders_current OWNER TO warehouse")
        self.settle()
        return database

    def settle(self):
        admin = postgres.Database(self.postgres, "postgres")
        admin.sql("CHECKPOINT")
        admin.close()

    def about(self):
        """What the figures depend on, for the report."""
        admin = postgres.Database(self.postgres, "postgres")
        settings = {name: admin.value(f"SHOW {name}") for name in SHOWN}
        admin.close()
        return {"postgres": settings, "java": JAVA, "cores": os.cpu_count(), "memory_mb": _memory_mb(), "seed": self.seed}

    def _warm_up(self):
        """A broker makes what it needs for groups when the first one comes, which takes it a second. The member goes with the topic's one
        record: with -e kcat may wait for ever, where the end of a partition crosses a rebalance."""
        self.kafka.create_topic("bench.warm-up")
        processes.run(["kcat", "-b", self.kafka.bootstrap, "-G", "bench-warm-up", "-c", "1", "-q", "-X", "auto.offset.reset=earliest", "bench.warm-up"],
                      check=True)

    def _settle_postgres(self):
        admin = postgres.Database(self.postgres, "postgres")
        for name, value in POSTGRES.items():
            admin.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        admin.sql("SELECT pg_reload_conf()")
        # A new segment is written twice and synced; the first contestants would pay for all of them.
        admin.sql(f"CREATE TABLE filler AS SELECT n, repeat('x', 1000) FROM generate_series(1, {_SEGMENTS_MB} * 1000) n")
        admin.sql("DROP TABLE filler")
        admin.sql("CHECKPOINT")
        admin.close()


def _memory_mb():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // 1024
    return 0


