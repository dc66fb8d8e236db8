"""The main sink under `isolation: process`: kill -9 of its worker, and of the host, at random moments."""

import os
import signal
import time

from harness import processes, scale, waits


def worker_of(host):
    return int(host.task("orders").get("worker_process", 0))


def test_f12_kill_nine_of_the_worker_at_random_moments_under_load(kafka, run, hosts, orders, dice):
    kills = scale.count(5, 300)
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "isolation": "process", "restart.backoff.ms": 100, "restart.backoff.max.ms": 200})
    host.start()
    run.begin(rate=1000)
    worked, recovered = 0, []
    for _ in range(kills):
        before = run.flow.rows()
        time.sleep(dice.uniform(0.1, 1.5))
        if dice.random() < 0.7:  # the others in the middle of its start
            waits.until("it writes", lambda: run.flow.rows() > before, 60)
        worked += run.flow.rows() > before
        worker = waits.until("a worker is there", lambda: worker_of(host), 30)
        os.kill(worker, signal.SIGKILL)
        started = time.monotonic()
        waits.until("another one is there", lambda: worker_of(host) not in (0, worker), 30)
        recovered.append(time.monotonic() - started)
    recovered.sort()
    print(f"{kills} kills of the worker, before {worked} of them there were new rows; another one after {recovered[len(recovered) // 2]:.2f} s, "
          f"{recovered[-1]:.2f} s at most")
    assert worked >= kills // 3, "it was hardly ever killed at work: this test would test nothing"
    assert host.running()
    run.end(f"{kills} kills of the worker")


def test_f01_kill_nine_of_a_host_leaves_no_worker_that_goes_on_writing(kafka, run, hosts, orders, dice):
    kills = scale.count(3, 100)
    host = hosts(kafka.bootstrap)
    host.connector("orders", {**orders, "isolation": "process"})
    host.start()
    run.begin(rate=1000)
    for _ in range(kills):
        time.sleep(dice.uniform(0.5, 1.5))
        worker = waits.until("a worker is there", lambda: worker_of(host), 30)
        # The host alone: that its worker goes, too, is the kernel's and the worker's part.
        os.kill(host.process.pid, signal.SIGKILL)
        waits.until("the worker is gone", lambda: not os.path.exists(f"/proc/{worker}"), 5)
        host.kill9()
        host.start(wait=False)
        waits.until("the host is back", host.rest.answers, 20)
    assert len(processes.descendants(host.process.pid)) <= 2
    run.end(f"{kills} kills of the host")
