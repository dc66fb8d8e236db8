"""The Spark job that sluice replaces: orders_job.py on Spark 3.4.1, local[2], in the Python environment that fetch.sh makes."""

import os
import pathlib
import time
import urllib.parse

from bench import check
from bench.measure import Result, Watch
from bench.peers import drain
from harness import paths, processes

BATCH, ROWS = 100_000, 10_000
NOTE = (f"local[2], 2 GB of heap; {BATCH:,} records a micro-batch, {ROWS:,} rows a JDBC batch, rewritten to inserts of many rows; the "
        "clock runs from its first rows to its last")
_JOB = pathlib.Path(__file__).with_name("orders_job.py")


def run(stage, name, seconds=900):
    topic = stage.topic(schemas=False)
    database = stage.database()
    begun = time.monotonic()
    job = start(stage.folder / "runs" / f"{name.replace('/', '-')}-{time.monotonic_ns()}", stage.kafka.bootstrap, topic, database)
    watch = Watch({"spark": job.pid, "postgres": stage.postgres_pid(), "broker": stage.broker_pid()})

    def still_well():
        if not job.alive() and job.exit_code() != 0:
            raise RuntimeError(f"the Spark job has failed\n{job.tail(60)}")
    drained = drain.wait(database, drain.Appended("orders_fact", topic.rows), still_well, watch.mark, seconds)
    cpu, peak, steady = watch.finish()
    # It has still to note that it is done.
    if job.wait(60, "writing its last row"):
        raise RuntimeError(f"the Spark job has failed\n{job.tail(60)}")
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return Result(name, round(topic.records * drained.share), round(topic.rows * drained.share), drained.seconds, cpu=cpu,
                  resident_mb={"spark": peak["spark"]}, note=NOTE,
                  more={"steady_mb": steady["spark"], "first_row_ms": (drained.begun - begun) * 1e3,
                        "records_per_s_with_start": topic.records / (drained.ended - begun)})


def start(folder, bootstrap, topic, database):
    peers = _peers()
    spark = next((peers / "python" / "lib").glob("python3*/site-packages/pyspark"))
    url = urllib.parse.urlsplit(database.url)
    python = str(peers / "python" / "bin" / "python")
    # Spark writes a time in the time zone of its Java, and the table's have none.
    conf = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.driver.extraJavaOptions": "-Duser.timezone=UTC"}
    command = [spark / "bin" / "spark-submit", "--master", "local[2]", "--driver-memory", "2g",
               "--jars", ",".join(map(str, sorted((peers / "jars").glob("*.jar")))),
               *(word for key, value in conf.items() for word in ("--conf", f"{key}={value}")),
               _JOB, "--bootstrap", bootstrap, "--topic", topic.name, "--checkpoint", folder / "checkpoint",
               "--jdbc", f"jdbc:postgresql://{url.hostname}:{url.port}{url.path}", "--user", url.username,
               "--batch", BATCH, "--rows", ROWS]
    # spark-submit becomes Java, with the job's Python as its child: this process is the one to be watched.
    return processes.Process("Spark", command, folder / "spark.log", env={
        "SPARK_HOME": str(spark), "PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python, "ORDERS_PASSWORD": database.password,
        "SPARK_LOCAL_DIRS": str(folder), "SPARK_LOCAL_IP": "127.0.0.1"})


def _peers():
    """The folder that fetch.sh fills."""
    done = processes.run(["bash", "-c", 'source "$0" && echo "$SLUICE_CACHE"', paths.DEPLOY / "lib.sh"], check=True)
    return paths.needed(pathlib.Path(done.stdout.strip()) / "peers" / "complete", "fetch it: ./deploy/setup.sh --bench").parent
