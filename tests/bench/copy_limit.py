"""The limit: COPY of the same rows into the same indexed table, by nothing but a client that sends a file."""

import multiprocessing
import pathlib
import time

import psycopg2

from bench import check, reference
from bench.measure import Result, Watch

_CHUNK = 256 * 1024  # what the client sends at once; larger is no faster


def run(stage, name, connections, seconds=900):
    topic = stage.topic(schemas=False)
    files = _files(stage, topic, connections)
    database = stage.database()
    context = multiprocessing.get_context("fork")
    barrier, took = context.Barrier(connections + 1), context.Queue()
    clients = [context.Process(target=_client, args=(stage.postgres, database.name, file, barrier, took)) for file, _ in files]
    for client in clients:
        client.start()
    watch = Watch({"postgres": stage.postgres_pid(), "client": [client.pid for client in clients]})
    barrier.wait(60)
    watch.mark()
    spans = [took.get(timeout=seconds) for _ in clients]
    cpu, _, _ = watch.finish()
    barrier.wait(60)
    for client in clients:
        client.join(30)
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    elapsed = max(end for _, end in spans) - min(begin for begin, _ in spans)
    rows = sum(count for _, count in files)
    return Result(name, rows, rows, elapsed, cpu=cpu)


def _files(stage, topic, connections):
    """(path, rows) for each connection: it has the partitions that a task would have."""
    found = []
    for number in range(connections):
        path = pathlib.Path(stage.folder) / f"copy-{topic.name}-{number}-of-{connections}"
        mine = [partition for partition in range(topic.partitions) if partition * connections // topic.partitions == number]
        if not path.exists():
            stage.reference.write_copy_text(topic.name, mine, path)
        with path.open("rb") as rows:
            found.append((path, sum(1 for _ in rows)))
    return found


def _client(server, database, path, barrier, took):
    connection = psycopg2.connect(host="127.0.0.1", port=server.port, dbname=database, user="warehouse",
                                  password=server.warehouse_password)
    with connection, connection.cursor() as cursor, open(path, "rb") as rows:
        barrier.wait(60)
        begin = time.monotonic()
        cursor.copy_expert(f"COPY orders_fact ({', '.join(reference.WRITTEN)}) FROM STDIN", rows, size=_CHUNK)
    # The block's end is the commit.
    took.put((begin, time.monotonic()))
    connection.close()
    # The parent reads what this process has used while it is there.
    barrier.wait(60)
