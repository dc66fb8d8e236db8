"""`isolation: process`: a connector's tasks in a worker process of its own are used as those in the host are, and end with it."""

import os
import pathlib
import signal

import pytest

from harness import events, kcat, metrics, paths, processes, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"
QUICK = {"consumer.override.session.timeout.ms": 3000, "consumer.override.heartbeat.interval.ms": 300}


@pytest.fixture
def out(folder):
    """Not beside the host's own files, which a worker does not get at: no file comes into such a folder from there."""
    made = folder / "out"
    made.mkdir()
    return made


def lines(file):
    return file.read_text().splitlines() if file.exists() else []


def worker_of(host, connector):
    """The worker's process id, as the status tells it; it has to be a child of the host."""
    pid = int(host.task(connector).get("worker_process", 0))
    return pid if pid in processes.descendants(host.process.pid) else None


def gone(pid):
    return not pathlib.Path(f"/proc/{pid}").exists()


def wait_gone(pid):
    waits.until(f"the worker {pid} is gone", lambda: gone(pid), 15 * paths.SLOWNESS)


def file_sink(target, **more):
    return {"connector.class": "FileStreamSink", "topics": TOPIC, "file": str(target), "isolation": "process",
            "restart.backoff.ms": 200, **QUICK, **more}


def produce(mock, first, last):
    kcat.produce(mock.bootstrap, TOPIC, 0, [(str(number), f"line {number}") for number in range(first, last)])


def wait_lines(target, last):
    waits.until(f"{last} lines are there", lambda: len(lines(target)) >= last, 30 * paths.SLOWNESS)


def test_an_isolated_connector_is_used_over_rest_as_any_other(mock, hosts, out):
    target = out / "lines.txt"
    host = hosts(mock.bootstrap).start()
    produce(mock, 0, 10)
    assert host.rest.post("/connectors", {"name": "lines", "config": {k: str(v) for k, v in file_sink(target).items()}}).status == 201
    host.wait_running("lines", 30)
    wait_lines(target, 10)
    first = worker_of(host, "lines")
    assert first, host.rest.status("lines")

    # What it counts and logs comes out of the host, with its own names on it.
    def counted():
        seen = metrics.Metrics(host.rest)
        return (seen.sum("sluice_sink_task_sink_record_written_total", connector="lines", task="0") == 10
                and seen.sum("sluice_connector_worker_resident_memory_bytes", connector="lines") > 2**20
                and seen.sum("sluice_sink_task_put_batch_time_seconds_count", connector="lines", task="0") >= 1)
    waits.until("its metrics are there", counted, 10 * paths.SLOWNESS)
    waits.until("its topic is known", lambda: host.rest.get("/connectors/lines/topics").body == {"lines": {"topics": [TOPIC]}}, 10)
    assert "lines-0: the group gave" in host.log()
    assert host.rest.put("/admin/loggers/sluice.task", {"level": "DEBUG"}).status == 200

    assert host.rest.put("/connectors/lines/pause").status == 202
    host.wait_for_task("lines", "is paused", lambda task: task["state"] == "PAUSED", 10)
    produce(mock, 10, 20)
    host.resume("lines")
    wait_lines(target, 20)
    assert worker_of(host, "lines") == first

    # Whoever restarts its only task gets another process.
    assert host.rest.post("/connectors/lines/tasks/0/restart").status == 204
    wait_gone(first)
    host.wait_running("lines", 30)
    second = waits.until("another worker runs", lambda: worker_of(host, "lines"), 10 * paths.SLOWNESS)
    assert second != first

    host.stop_connector("lines")
    wait_gone(second)
    host.resume("lines")
    host.wait_running("lines", 30)
    produce(mock, 20, 30)
    wait_lines(target, 30)
    third = worker_of(host, "lines")
    assert host.rest.delete("/connectors/lines").status == 204
    wait_gone(third)
    assert lines(target) == [f"line {number}" for number in range(30)]
    assert len(processes.descendants(host.process.pid)) == 1


def test_all_tasks_of_a_connector_share_a_worker_and_the_host_takes_it_along(mock, hosts, sink, db):
    flow = Flow(mock.bootstrap, TOPIC, db)
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(20))
    host = hosts(mock.bootstrap)
    host.connector("orders", sink(tasks_max=2, isolation="process"))
    host.start()
    for number in (0, 1):
        host.wait_running("orders", 30, number)
    worker = worker_of(host, "orders")
    assert {int(task["worker_process"]) for task in host.rest.status("orders")["tasks"]} == {worker}
    flow.wait_written()
    host.stop(seconds=8)
    assert gone(worker)
    flow.assert_exactly_once("two tasks in one worker")


def test_a_killed_worker_comes_back_and_no_other_connector_notices(mock, hosts, out):
    isolated, beside = out / "isolated.txt", out / "beside.txt"
    host = hosts(mock.bootstrap)
    host.connector("isolated", file_sink(isolated, **{"restart.backoff.ms": 1000}))
    host.connector("beside", {**file_sink(beside), "isolation": "thread"})
    host.start()
    produce(mock, 0, 5)
    wait_lines(isolated, 5)
    wait_lines(beside, 5)
    worker = waits.until("its worker is known", lambda: worker_of(host, "isolated"), 10)
    os.kill(worker, signal.SIGKILL)
    host.wait_failed("isolated", f"the worker process {worker} was killed by SIGKILL", "It is started again by itself")
    assert host.task("beside")["state"] == "RUNNING"
    host.wait_running("isolated", 30)
    produce(mock, 5, 10)
    wait_lines(isolated, 10)
    wait_lines(beside, 10)
    assert lines(beside) == [f"line {number}" for number in range(10)]
    deaths = metrics.Metrics(host.rest).sum("sluice_connector_worker_deaths_total", connector="isolated")
    assert deaths == 1


def test_a_worker_that_hangs_is_killed_and_comes_back(mock, hosts, out):
    target = out / "lines.txt"
    host = hosts(mock.bootstrap)
    host.connector("lines", file_sink(target))
    host.start()
    produce(mock, 0, 5)
    wait_lines(target, 5)
    worker = worker_of(host, "lines")
    os.kill(worker, signal.SIGSTOP)
    wait_gone(worker)
    assert f"the worker process {worker} was killed by the host, since it has said nothing for 10 s" in host.log()
    host.wait_running("lines", 30)


def test_a_killed_host_leaves_no_worker(mock, hosts, out):
    target = out / "lines.txt"
    host = hosts(mock.bootstrap)
    host.connector("lines", file_sink(target))
    host.start()
    host.wait_running("lines", 30)
    worker = worker_of(host, "lines")
    os.kill(host.process.pid, signal.SIGKILL)
    wait_gone(worker)
    host.kill9()
