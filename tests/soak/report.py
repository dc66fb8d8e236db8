"""What a run has to say: a line a lane while it goes on, and at its end a table and JSON."""

import datetime
import os
import pathlib
import platform
import xml.etree.ElementTree as xml

from harness import paths, processes
from soak.resources import memory_slope

_SETTLED_S = 60  # a process has taken what it needs by then


def progress(seconds, lane):
    samples = lane.stand.resources.of_lane(lane.name)[-1:]
    holds = "".join(f"; {sample.rss_kb / 1024:.0f} MB, {sample.handles} handles, {sample.threads} threads" for sample in samples)
    wrong = f"; {len(lane.violations)} VIOLATIONS" if lane.violations else ""
    return f"{seconds:6.0f} s  {lane.name:<12} {lane.told()}; {lane.written()} records written, {lane.checks()} checks{holds}{wrong}"


def result(run):
    """Everything, ready for json.dump()."""
    return {
        "seed": run.plan.seed, "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": _commit(), "machine": _machine(), "minutes": round(run.took_s / 60, 1), "asked_minutes": run.plan.minutes,
        "disk_stalls": len(run.stand.stalls.times), "disk_stall_max_s": run.stand.stalls.longest_s,
        "lanes": {lane.name: _lane(lane) for lane in run.lanes},
        "violations": run.violations, "verdict": "failed" if run.violations else "passed"}


def _lane(lane):
    return {**{name: getattr(lane.totals, name, None) for name in ("expected", "rows", "lost", "doubled", "strange", "wrong", "disordered")}, "bad_records": lane.bad_records, "dead_letters": lane.letters,
            "faults": lane.counts, "workload": lane.workload.counts if lane.prepared else {}, "figures": lane.figures(),
            "samples": lane.checker.samples if lane.prepared else 0, "torn": len(lane.checker.torn) if lane.prepared else 0,
            "moves": lane.positions.moves, "claims": lane.positions.claims, "position_faults": len(lane.positions.faults),
            "zombie_commits": len(lane.positions.zombies), "resources": _resources(lane)}


def _resources(lane):
    """Of all processes of the lane the most that one held, and of the one that lived longest how fast it grew."""
    samples = lane.stand.resources.of_lane(lane.name)
    found = {"memory_max_mb": _most(samples, "rss_kb", 1024), "handles_max": _most(samples, "handles"), "threads_max": _most(samples, "threads")}
    longest = max((lane.stand.resources.longest_life(lane.name, host.worker) for host in lane.hosts), key=len, default=[])
    settled = [sample for sample in longest if sample.at > longest[0].at + _SETTLED_S]
    if settled:
        slope = memory_slope(settled)
        found.update({"life_s": round(settled[-1].at - longest[0].at), "memory_mb_per_hour": slope.per_hour,
                      "memory_mb_per_hour_95": [slope.low, slope.high], "handles": _from_to(settled, "handles"), "threads": _from_to(settled, "threads")})
    return found


def _most(samples, name, unit=1):
    return round(max((getattr(sample, name) for sample in samples), default=0) / unit, 1)


def _from_to(samples, name):
    return [getattr(samples[0], name), getattr(samples[-1], name)]


def table(found):
    """Markdown."""
    lines = [f"Seed {found['seed']}, {found['date']}, commit {found['commit']}, {found['machine']}, {found['minutes']} minutes: **{found['verdict']}**", "",
             "| lane | faults | events in | rows out | lost | doubled | wrong, strange, out of order | torn samples | dead letters | memory | handles | threads |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, lane in found["lanes"].items():
        faults = ", ".join(f"{times} x {fault}" for fault, times in lane["faults"].items())
        held = lane["resources"]
        cells = [name, faults, _value(lane["expected"]), _value(lane["rows"]), lane["lost"], lane["doubled"],
                 f"{lane['wrong']}, {lane['strange']}, {lane['disordered']}", f"{lane['torn']} of {lane['samples']:,}",
                 f"{lane['dead_letters']} for {lane['bad_records']} bad", f"{held['memory_max_mb']} MB", held["handles_max"], held["threads_max"]]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "| lane | figure | value |", "| --- | --- | --- |"]
    for name, lane in found["lanes"].items():
        lines += [f"| {name} | {figure} | {_value(value)} |" for figure, value in lane["figures"].items() if value is not None]
    lines += ["", f"The disk made others wait for more than half a second {found['disk_stalls']} times, and for {found['disk_stall_max_s']:.2f} s at most; "
              "what was measured then is left out."]
    return "\n".join([*lines, "", *(f"- VIOLATION: {violation}" for violation in found["violations"])])


def junit(found, file):
    """A test case a lane, as harness/results.py counts them."""
    suite = xml.Element("testsuite", name="soak")
    for name in found["lanes"]:
        case = xml.SubElement(suite, "testcase", classname="soak", name=name)
        wrong = [violation for violation in found["violations"] if violation.startswith(f"{name}: ")]
        if wrong:
            xml.SubElement(case, "failure", message=wrong[0]).text = "\n".join(wrong)
    others = [violation for violation in found["violations"] if violation.split(": ")[0] not in found["lanes"]]
    if others:
        xml.SubElement(xml.SubElement(suite, "testcase", classname="soak", name="the run"), "failure", message=others[0]).text = "\n".join(others)
    xml.ElementTree(suite).write(file)


def _value(value):
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _commit():
    done = processes.run(["git", "-C", paths.ROOT, "describe", "--always", "--dirty"])
    return done.stdout.strip() or "unknown"


def _machine():
    models = {line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {', '.join(sorted(models)) or platform.machine()}, {memory:.0f} GB"
