"""What the runs of one call came to: the figures of each contestant, as the report, the chart and --compare read them, and as the
JSON file keeps them."""

import dataclasses
import json
import pathlib

from bench import stats

VERSION = 1


@dataclasses.dataclass(frozen=True)
class Outcome:
    about: dict    # where and how it ran
    figures: dict  # {contestant: {figure: stats.Figure}}
    faults: dict   # {contestant: what was wrong with its rows}

    def figure(self, contestant, name):
        """None where it was not measured."""
        return self.figures.get(contestant, {}).get(name)


def of_results(about, results):
    """`results` are measure.Result, several for each name."""
    by_name = {}
    for result in results:
        by_name.setdefault(result.name, []).append(result)
    figures, faults = {}, {}
    for name, runs in by_name.items():
        good = [_numbers(run) for run in runs if run.ok]
        figures[name] = {number: stats.figure(run[number] for run in good if number in run)
                         for number in dict.fromkeys(number for run in good for number in run)}
        bad = [run.note for run in runs if not run.ok]
        if bad:
            faults[name] = bad
    return Outcome(about, figures, faults)


def _numbers(result):
    found = {}
    if result.records and result.seconds:
        found = {"events_per_s": result.records_per_s, "rows_per_s": result.rows_per_s,
                 **{f"{process}_cpu_us": result.cpu_us(process) for process in result.cpu}}
    found.update({f"{process}_peak_mb": peak for process, peak in result.resident_mb.items()})
    found.update(result.more)
    return found


def save(outcome, path):
    pathlib.Path(path).write_text(json.dumps(
        {"version": VERSION, "about": outcome.about, "faults": outcome.faults,
         "figures": {name: {number: _kept(figure) for number, figure in numbers.items()}
                     for name, numbers in outcome.figures.items()}}, indent=1) + "\n")


def _kept(figure):
    """The values suffice; the rest is for who reads the file."""
    return {"median": figure.median, "low": figure.low, "high": figure.high, "values": figure.values}


def load(path):
    try:
        kept = json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as a result of the benchmark: {error}") from None
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        raise ValueError(f"{path} is no result of this benchmark's version {VERSION}: make it anew with --json")
    return Outcome(kept["about"], {name: {number: stats.figure(figure["values"]) for number, figure in numbers.items()}
                                   for name, numbers in kept["figures"].items()}, kept["faults"])
