"""The wall clock is set, by an hour and back again, while it runs: libfaketime between the process and the system's clock. The monotonic
clock, which timers go by, is left as it is; it is what a person who sets a clock does."""

import pathlib
import time

from harness import paths, scale, waits
from harness.metrics import Metrics

LIBRARY = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
TURNS = ("+1h", "-1h", "+0", "-10m", "+1h")
HOUR = 3600


def test_f08_a_wall_clock_that_jumps_ends_no_wait_and_makes_no_nonsense_of_the_figures(kafka, run, hosts, orders, folder):
    turn = folder / "clock"
    turn.write_text("+0\n")
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.environment = {"LD_PRELOAD": str(paths.needed(LIBRARY, "./deploy/setup.sh --tests brings it")), "FAKETIME_TIMESTAMP_FILE": str(turn),
                        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    host.start()
    run.begin(rate=300)
    host.wait_running("orders")
    seen = len(host.log())
    for by in TURNS * scale.count(1, 20):
        turn.write_text(f"{by}\n")
        before = run.flow.positions()
        waits.until("rows are written at the other time", lambda: abs(seconds_off(run.flow.db) - seconds_of(by)) < 30, 10)
        run.flow.wait_advanced(before, 10)
        waits.holds("it runs, with nothing to wait for", lambda: host.task("orders") and "condition" not in host.task("orders"), 2)
        check_figures(Metrics(host.rest))
    log = host.log()[seen:]
    for word in ("the group gave", "given back", "lost to another member", "WARN", "ERROR", "timed out"):
        assert word not in log, log
    run.end("a clock that was set")
    # Not asked to stop: librdkafka waits by the wall clock, in a function of glibc's that libfaketime does not know, so that the hour is
    # added to each of its waits as long as the clock is ahead. A clock that is really set disturbs only the wait that is under way.
    host.kill9()


def seconds_of(by):
    number = int(by.strip("hm"))
    return number * {"h": HOUR, "m": 60}.get(by[-1], 1)


def seconds_off(db):
    """How far ahead the process's clock is, as the newest row has it (`@now`)."""
    return float(db.value("SELECT extract(epoch FROM processed_at - clock_timestamp() AT TIME ZONE 'UTC') FROM orders_ledger ORDER BY id DESC LIMIT 1"))


def check_figures(metrics):
    lag = metrics.sum("sluice_sink_task_sink_record_lag")
    assert 0 <= lag < 10_000, f"a lag of {lag}"
    for stage, seconds in metrics.by("stage", "sluice_latency_seconds_sum").items():
        count = metrics.by("stage", "sluice_latency_seconds_count")[stage]
        # An hour is what it looks like to a clock that is an hour ahead; more it cannot be.
        assert 0 <= seconds <= count * (HOUR + 60), f"{stage}: {count} records took {seconds} s"
    assert 0 <= metrics.sum("sluice_sink_task_put_batch_time_seconds_sum") < 60
