"""What a topic's records must become, read from it once and decoded without any of sluice's code (harness/events.py).

Kept in a database of its own beside those of the runs: per topic a table of its history, of its current rows a view.
"""

import functools
import json
import multiprocessing
import signal
import subprocess
import tempfile

from harness import events, kcat, ledger, postgres

_DATABASE = "bench_reference"
# What a row is compared by. `processed_at` says when it was written: it has to be there, its value is the run's own.
ROW = ("order_id", "customer_id", "product_name", "amount", "status", "created_at", "updated_at")
HISTORY = (*ROW, "cdc_timestamp", "operation_type")
# In the order in which sluice writes orders_fact.
WRITTEN = (*ROW, "cdc_timestamp", "processed_at", "operation_type")


class Reference:
    """Stands on the server alone: whoever has a database of it finds the reference, too."""

    def __init__(self, server):
        admin = postgres.Database(server, "postgres")
        if not admin.sql("SELECT 1 FROM pg_database WHERE datname = %s", _DATABASE):
            admin.sql(f"CREATE DATABASE {_DATABASE}")
        admin.close()
        self.database = postgres.Database(server, _DATABASE)

    def read(self, bootstrap, topic, partitions, records):
        """Reads the topic to its end, and answers how many rows the current state has."""
        history, current = tables(topic)
        with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
            decode = functools.partial(_decode, bootstrap, topic, folder)
            # The pool ends its workers by SIGTERM. This process may have a handler of its own for that, which a worker that waits for a
            # lock would not come to run.
            with multiprocessing.get_context("fork").Pool(2, signal.signal, (signal.SIGTERM, signal.SIG_DFL)) as pool:
                read = pool.map(decode, range(partitions), chunksize=1)
            if sum(read) != records:
                raise AssertionError(f"{topic}: {sum(read)} records were read back, {records} were sent")
            self._load(folder, history, partitions)
        self.database.sql(f"""CREATE VIEW {current} AS SELECT {", ".join(ROW)} FROM (SELECT DISTINCT ON (order_id) *
            FROM {history} ORDER BY order_id, n DESC) newest WHERE operation_type <> 'DELETE'""")
        return self.database.value(f"SELECT count(*) FROM {current}")

    def _load(self, folder, history, partitions):
        self.database.sql("DROP TABLE IF EXISTS loaded")
        self.database.sql("""CREATE UNLOGGED TABLE loaded (topic text, part int, off bigint, order_id int, customer_id int,
            product_name text, amount numeric(10,2), status text, created_us bigint, updated_us bigint, changed_us bigint,
            operation text, lsn bigint)""")
        for partition in range(partitions):
            with open(f"{folder}/{partition}", encoding="utf-8") as rows:
                self.database.copy("COPY loaded FROM STDIN", rows)
        created, updated, changed = (ledger.TIMESTAMP.format(name) for name in ("created_us", "updated_us", "changed_us"))
        # All changes of an order are in one partition, so that their offsets tell their order.
        self.database.sql(f"""CREATE TABLE {history} AS SELECT part, off, order_id, customer_id, product_name, amount, status,
            {created} AS created_at, {updated} AS updated_at, {changed} AS cdc_timestamp, operation AS operation_type,
            row_number() OVER (PARTITION BY order_id ORDER BY off) AS n FROM loaded""")
        self.database.sql("DROP TABLE loaded")
        self.database.sql(f"VACUUM ANALYZE {history}")

    def write_copy_text(self, topic, partitions, path):
        """Writes the rows of these partitions as sluice would send them to orders_fact, byte for byte but for the moment in
        processed_at."""
        history, _ = tables(topic)
        columns = ", ".join("timestamp '2026-01-02 03:04:05.678901'" if name == "processed_at" else name for name in WRITTEN)
        chosen = f"SELECT {columns} FROM {history} WHERE part = ANY('{{{','.join(map(str, partitions))}}}') ORDER BY off, part"
        with open(path, "wb") as out:
            self.database.copy(f"COPY ({chosen}) TO STDOUT", out)


def tables(topic):
    """The names, as SQL writes them, of a topic's history and current rows."""
    return f'"{topic}/history"', f'"{topic}/current"'


def _decode(bootstrap, topic, folder, partition):
    """Writes the partition's rows as COPY's text, and answers how many records it has."""
    command = ["kcat", "-C", "-b", bootstrap, "-t", topic, "-p", str(partition), "-o", "beginning", "-e", "-q",
               "-X", "check.crcs=true", "-f", "%o\t%S\t%s\n"]
    payload_of = _Payload()
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader, open(f"{folder}/{partition}", "w", encoding="utf-8") as out:
        for line in reader.stdout:
            count += 1
            offset, size, value = line[:-1].split(b"\t", 2)
            if size == b"-1":  # a tombstone
                continue
            row = events.expected_row(kcat.Record(topic, partition, int(offset), None, payload_of(value).decode()))
            out.write("\t".join(map(ledger.copy_cell, row)) + "\n")
    if reader.returncode:
        raise AssertionError(f"kcat ended with {reader.returncode} while reading {topic} [{partition}]")
    return count


class _Payload:
    """The envelope without its schema block. Four fifths of an event are the same block again, so it is parsed once."""

    def __init__(self):
        self._block = None

    def __call__(self, value):
        if not value.startswith(b'{"schema":'):
            return value
        if self._block is None or not value.startswith(self._block):
            self._block = value[:value.index(b',"payload":{"before":') + len(b',"payload":')]
            if json.loads(value[len(self._block):-1]) != json.loads(value)["payload"]:
                raise AssertionError(f"the end of the schema block was not found: {value}")
        return value[len(self._block):-1]
