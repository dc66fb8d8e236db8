"""The other limit: the same topic read by nothing but a client of Kafka that throws it away, as librdkafka's own program does."""

import os
import subprocess
import time

from bench.measure import Result, Watch


def run(stage, name, schemas):
    topic = stage.topic(schemas)
    command = ["kcat", "-C", "-b", stage.kafka.bootstrap, "-t", topic.name, "-o", "beginning", "-e", "-q", "-f", ".",
               "-X", "check.crcs=true", "-X", "queued.max.messages.kbytes=16384"]
    seen = stage.folder / "read.seen"
    watch = Watch({"broker": stage.broker_pid()})
    begun = time.monotonic()
    with seen.open("wb") as out:
        client = subprocess.Popen(command, stdout=out)
    _, status, used = os.wait4(client.pid, 0)  # what a process used is told to who waits for it
    elapsed = time.monotonic() - begun
    client.returncode = os.waitstatus_to_exitcode(status)
    cpu, _, _ = watch.finish()
    if client.returncode != 0 or seen.stat().st_size != topic.records:
        raise AssertionError(f"kcat ended with {client.returncode} and saw {seen.stat().st_size} records of {topic.name}, "
                             f"which has {topic.records}")
    return Result(name, topic.records, topic.rows, elapsed, cpu=cpu | {"client": used.ru_utime + used.ru_stime})
