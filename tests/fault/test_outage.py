"""The warehouse is away for a while: sluice waits, says so, needs no more memory, and takes no record for a bad one."""

import time

import pytest

from harness import kcat, postgres, scale
from harness.fault_run import seconds_to_first_commit

# What the host may hold for a connector: librdkafka's queue of 16 MiB with what is on its way to it, and a batch of 16 MiB.
GROWTH_MAX_KB = 80 * 1024
# After the queue is full nothing grows any more, beyond what an allocator does by itself.
LATE_GROWTH_MAX_KB = 8 * 1024


@pytest.mark.alone
def test_e2_an_outage_costs_no_memory_and_no_record_and_the_state_tells(kafka, run, hosts, orders, postgres_server):
    seconds = scale.count(60, 1800)
    host = hosts(kafka.bootstrap)
    dead = f"{run.flow.topic}-dead"
    kafka.create_topic(dead)
    host.connector("orders", {**orders, "errors.tolerance": "all", "errors.deadletterqueue.topic.name": dead})
    host.start()
    run.begin(rate=3000)
    time.sleep(3)
    before = run.flow.positions()
    normal = host.process.resident_kb()
    postgres_server.stop()
    run.flow.db.close()

    resident = []
    end = time.monotonic() + seconds
    host.wait_condition("orders", "waiting for the database: ", seconds=15)
    while time.monotonic() < end:
        resident.append(host.process.resident_kb())
        task = host.task("orders")
        assert task["state"] == "RUNNING" and task.get("condition", "").startswith("waiting for the database: "), task
        time.sleep(0.5)

    postgres_server.start()
    postgres.wait_until_it_answers(run.flow.db)
    took = seconds_to_first_commit(run.flow)
    run.flow.wait_advanced(before, 20)
    host.wait_running("orders")
    late = resident[len(resident) // 2:]
    print(f"resident: {normal} kB before, at most {max(resident)} kB during {seconds} s away, {min(late)} to {max(late)} kB in the "
          f"second half; the first commit came {took:.2f} s after Postgres took connections again")
    assert took <= 1
    assert max(resident) - normal <= GROWTH_MAX_KB
    assert max(late) - min(late) <= LATE_GROWTH_MAX_KB
    run.end(f"{seconds} s without Postgres")
    letters = len(kcat.dump(kafka.bootstrap, dead)) - 1  # less the one that made the topic
    assert letters == 0, f"{letters} records were dead-lettered for an outage"
