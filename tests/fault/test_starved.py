"""A machine that gives the process too little: memory, processor time, threads."""

import time

import pytest

from harness import load, scale, waits
from harness.cgroups import Group
from harness.fault_run import SESSION_SECONDS
from harness.sluice import flat

MEMORY_MAX, MACHINE_HAS = 64 << 20, 256 << 20


def start(hosts, kafka, orders, **more):
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, **more})
    host.start()
    return host


def peak_kb(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("the kernel tells no VmHWM")


def test_f06_a_backlog_many_times_the_memory_is_worked_off_within_the_budget(kafka, run, hosts, orders):
    events = scale.count(100_000, 1_000_000)
    host = start(hosts, kafka, orders, **{"memory.max": "64MiB"})
    run.flow.wait_claimed()
    normal = host.process.resident_kb()
    host.stop()
    load.write(kafka.bootstrap, run.flow.topic, rate=0, count=events, seed=run.seed, seconds=300)
    with Group("memory") as group:
        group.limit_memory(MACHINE_HAS)
        host.start(wait=False)
        group.add(host.process.pid)
        run.flow.wait_written(120)
        peak = peak_kb(host.process)
        assert host.running(), "it was killed"
        host.stop()
    print(f"{events} events, {normal} kB resident when idle, {peak} kB at most, memory.max {MEMORY_MAX >> 10} kB")
    assert peak - normal <= MEMORY_MAX * 1.2 / 1024
    run.flow.assert_exactly_once("a backlog in little memory")


def test_f07_with_a_fiftieth_of_a_processor_it_is_slow_and_stays_in_the_group(kafka, run, hosts, orders):
    """A tenth, as the catalogue has it, is enough for any load that the generator makes beside the other tests."""
    seconds = scale.count(2 * SESSION_SECONDS + 3, 300)
    host = start(hosts, kafka, orders)
    run.begin(rate=300)
    with Group("cpu") as group:
        group.add(host.process.pid)
        group.limit_cpu(0.02)
        seen = len(host.log())
        time.sleep(seconds)
        run.flow.wait_advanced(run.flow.positions(), 30)
        throttled = group.throttled()
        log = host.log()[seen:]
    print(f"{seconds} s with a fiftieth of a processor, which it had to wait for {throttled} times")
    assert throttled > seconds, "it hardly ever had to wait: this test would test nothing"
    rebalances = log.count("the group gave") + log.count("given back to the group") + log.count("lost to another member")
    assert rebalances == 0, log
    run.end("a fiftieth of a processor")


# With none the task's first thread is missing, then the one that watches it, then the Kafka client's own and that which polls it.
@pytest.mark.parametrize("spare", range(4))
def test_f11_without_threads_a_task_fails_says_why_and_starts_by_itself_once_there_are_some(kafka, run, hosts, orders, spare):
    host = hosts(kafka.bootstrap)
    host.start()
    load.write(kafka.bootstrap, run.flow.topic, rate=0, count=200, seed=run.seed)
    with Group("pids") as group:
        group.add(host.process.pid)
        group.limit_threads(group.threads() + spare)
        assert host.rest.put("/connectors/orders/config", flat(orders)).status == 201
        trace = host.wait_failed("orders", "thread", seconds=20)
        print(f"{spare} threads left: {trace}")
        assert group.refused_threads() > 0, "no thread was refused: this test would test nothing"
        assert host.rest.get("/").status == 200
        group.limit_threads(None)
        waits.until("it runs by itself", lambda: host.task("orders").get("state") == "RUNNING", 20)
        run.flow.wait_written()
    run.flow.assert_exactly_once("threads there again")
