"""A crash, a freeze or a failure at every step: crash_lanes.py says what is done at each failpoint, this is the whole of it."""

import collections
import concurrent.futures
import os
import time
import traceback

from crash_lanes import LANES, Frozen

from harness import failpoints, processes, paths, scale

# Their hosts mostly wait, for Kafka's group and for each other's end.
AT_ONCE = 3
# SLUICE_LANES=Small,Both: only these, for who looks for a fault; what the others would fire is not asked for then.
ONLY = os.environ.get("SLUICE_LANES", "").split(",")


def run(lane):
    """What it fired, how long it took, and why it failed, if it did."""
    begun, why = time.monotonic(), ""
    try:
        lane.run()
    except Exception:  # told with the others' at the end
        why = traceback.format_exc()
    finally:
        lane.close()
    return lane, time.monotonic() - begun, why


def test_f02_nothing_is_lost_doubled_or_torn_by_a_crash_or_a_failure_at_any_failpoint(kafka, postgres_server, folder, seed):
    known = failpoints.points()
    assert len(known) >= 40, f"the program names {len(known)} failpoints: it was built without them"
    fired, failures, numbers = collections.Counter(), [], iter(range(10000))
    rounds = scale.count(1, 25)
    for _ in range(rounds):
        lanes = [lane(kafka, postgres_server, folder, next(numbers), seed) for lane in ([Frozen] if rounds > 1 else []) + LANES if ONLY == [""] or lane.__name__ in ONLY]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for lane, seconds, why in pool.map(run, lanes):
                fired.update(lane.fired)
                print(f"{type(lane).__name__}: {sum(lane.fired.values())} in {seconds:.1f} s{', FAILED' if why else ''}")
                if why:
                    failures.append(f"{type(lane).__name__}:\n{why}")
    counts = collections.defaultdict(collections.Counter)
    for orders, times in fired.items():
        name, _, action = orders.split(":")
        counts[name][action] += times
    for name in known:
        print(f"{name:<24}" + "".join(f"{counts[name][action]:>5} {action}" for action in ("abort", "stop", "error")))
    assert not failures, "\n".join(failures)
    if ONLY != [""]:
        return
    unseen = [name for name in known if not counts[name].total()]
    assert not unseen, f"no test fires {unseen}"
    wanting = [name for name, can_fail in known.items() if can_fail and not counts[name]["error"]]
    assert not wanting, f"no test lets these fail: {wanting}"


def test_a_failpoint_that_does_not_exist_is_refused_with_the_one_that_was_meant():
    def refused(orders):
        done = processes.run([paths.SLUICE, "validate"], env={"SLUICE_FAILPOINT": orders})
        assert done.returncode == 1, done
        return done.stderr
    assert 'there is no point "write.aftr_cas"; did you mean "write.after_cas"?' in refused("group.gained:1:abort,write.aftr_cas:1:abort")
    for orders in ("write.after_cas", "write.after_cas:0:abort", "write.after_cas:1:explode", "write.after_cas:1:sleep", "write.after_cas:1:abort:5"):
        assert f'"{orders}" is not of the form NAME:NTH:abort' in refused(orders)
    assert "the point put.begun has no step that could fail" in refused("put.begun:1:error")
