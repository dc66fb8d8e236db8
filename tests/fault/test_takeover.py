"""Two processes with the same connector: one freezes or goes, the other takes over, and the first comes back."""

import time

from harness import scale, waits
from harness.fault_run import SESSION_SECONDS


# The soak holds it to 3 s on a quiet machine. A session that is only ended when the grace of its owner is over takes 10 s.
TAKEOVER_SECONDS = 6


def start_two(kafka, hosts, orders):
    first, second = hosts(kafka.bootstrap, "w1"), hosts(kafka.bootstrap, "w2")
    first.connector("orders", orders)
    first.start()
    second.start()
    return first, second


def wait_shared(flow):
    waits.until("two tasks share the partitions", lambda: flow.owners() == 2, 40)


def wait_taken_over(flow):
    """The other one owns all partitions, and moves them."""
    waits.until("the other process has taken over", lambda: flow.owners() == 1, SESSION_SECONDS + 20)
    flow.wait_advanced(flow.positions(), 20)


def test_e14_a_process_frozen_past_its_session_cannot_write_when_it_wakes(kafka, run, hosts, orders, dice):
    rounds = scale.count(2, 100)
    both = start_two(kafka, hosts, orders)
    run.begin(rate=500)
    for _ in range(rounds):
        wait_shared(run.flow)
        frozen = dice.choice(both)
        time.sleep(dice.uniform(0, 0.5))
        frozen.process.freeze()
        wait_taken_over(run.flow)
        frozen.process.thaw()
    wait_shared(run.flow)
    print(f"{rounds} freezes, each with a takeover")
    run.end(f"{rounds} freezes")


def freeze_in_copy(host, flow, seconds=60):
    """Stops the host at a moment when its backend waits for the rest of a COPY; that backend's pid."""
    waiting = ("SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
               "AND query LIKE '%COPY%FROM STDIN%' AND wait_event = 'ClientRead'")

    def caught():
        if not flow.db.sql(waiting):
            return None
        host.process.freeze()
        time.sleep(0.2)
        # Only a backend whose client is frozen waits in the same COPY for as long as that.
        first = set(flow.db.sql(waiting))
        time.sleep(0.2)
        still = first & set(flow.db.sql(waiting))
        if still:
            return still.pop()[0]
        host.process.thaw()
        return None
    return waits.until("the host is caught in the middle of a COPY", caught, seconds, every=0.001)


def test_e14_a_process_frozen_in_the_middle_of_a_copy_is_replaced(kafka, run, hosts, orders, dice):
    rounds = scale.count(2, 100)
    both = start_two(kafka, hosts, {**orders, "batch.max.records": 20000})
    run.begin(rate=8000, backlog=20000)
    seconds = []
    for _ in range(rounds):
        wait_shared(run.flow)
        frozen = dice.choice(both)
        backend = freeze_in_copy(frozen, run.flow)
        frozen_at = time.monotonic()
        wait_taken_over(run.flow)
        seconds.append(time.monotonic() - frozen_at)
        assert run.flow.db.sql("SELECT pid FROM pg_stat_activity WHERE pid = %s AND state = 'active'", backend) == [], \
            "the frozen process's backend still holds its transaction"
        frozen.process.thaw()
    wait_shared(run.flow)
    print(f"{rounds} freezes in COPY, each with a takeover, after {[f'{took:.1f}' for took in seconds]} s")
    assert max(seconds) <= SESSION_SECONDS + TAKEOVER_SECONDS
    run.end(f"{rounds} freezes in COPY", 180)


def test_one_of_two_processes_stops_or_dies_and_comes_back_again_and_again(kafka, run, hosts, orders, dice):
    rounds = scale.count(4, 100)
    both = start_two(kafka, hosts, orders)
    run.begin(rate=500)
    ends = {"stop": 0, "kill -9": 0}
    for n in range(rounds):
        wait_shared(run.flow)
        gone = dice.choice(both)
        how = ("stop", "kill -9")[n % 2]
        if how == "stop":
            gone.stop()
        else:
            gone.kill9()
        ends[how] += 1
        wait_taken_over(run.flow)
        gone.start(wait=False)
    wait_shared(run.flow)
    print(f"ended: {ends}, each with a takeover")
    run.end(f"{rounds} ends of one of two")
