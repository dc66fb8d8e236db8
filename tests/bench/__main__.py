"""Runs the contestants by turns, and says what came out. run.sh prepares what this needs."""

import argparse
import pathlib
import shutil
import signal
import sys
import tempfile

from bench import bar, chart, compare, outcome, plan, report
from bench.measure import Result
from bench.stage import Stage
from harness import processes


def main():
    options = _options()
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell has its background jobs ignore the first
        signal.signal(ending, signal.default_int_handler)
    groups = ["main"] + [group for group in ("peers", "growth", "watched") if getattr(options, group)]
    try:
        contestants = plan.chosen(groups, options.only)
        before = outcome.load(options.compare) if options.compare else None
    except ValueError as error:
        sys.exit(f"tests/bench/run.sh: {error}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    folder.chmod(0o755)  # for root, Postgres runs as another user
    results = []
    try:
        stage = Stage(folder, options.events, options.seed)
        try:
            about = stage.about() | {"events": options.events, "repeat": options.repeat}
            for result in measure(stage, contestants, options.repeat):
                results.append(result)
        except KeyboardInterrupt:
            about["cut_short"] = True
            processes.kill_all()
        finally:
            stage.close()
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    code = tell(outcome.of_results(about, results), before, options)
    return 130 if "cut_short" in about else code


def measure(stage, contestants, repeat):
    """By turns, so that a machine that is slower for a while is so for all."""
    turns = [(number, contestant) for number in range(repeat) for contestant in contestants if number == 0 or not contestant.once]
    with bar.Bar(len(turns)) as shown:
        for number, contestant in turns:
            shown.begin(contestant.name)
            try:
                result = contestant.run(stage)
            except Exception as error:  # whatever it is, the others' hour is not to be lost
                processes.kill_all()  # what it has left running would disturb them
                result = Result(contestant.name, 0, 0, 0.0, ok=False, note=f"{type(error).__name__}: {error}")
            shown.end(f"{number + 1}/{repeat} {report.line(result)}")
            yield result


def tell(found, before, options):
    print(report.table(found))
    if options.json:
        outcome.save(found, options.json)
    if options.svg:
        pathlib.Path(options.svg).write_text(chart.draw(found))
    if before:
        print("\n".join(["", f"against {options.compare}:", *compare.lines(before, found)]))
    return 1 if found.faults else 0


def _options():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description="Measures sluice beside the limits of the machine and its "
                                     "peers. The exit code is 1 if the rows of any run were not exactly those sent.")
    parser.add_argument("--events", type=_positive, default=1_020_000, help="records in the topic, tombstones too (default: %(default)s)")
    parser.add_argument("--repeat", type=_positive, default=3, help="how often each contestant runs (default: %(default)s)")
    parser.add_argument("--only", metavar="PATTERN", help="only those whose name has a match of this regular expression")
    parser.add_argument("--peers", action="store_true", help="the Debezium JDBC sink on Connect and the Spark job as well")
    parser.add_argument("--growth", action="store_true", help="many partitions, many connectors, large tables as well")
    parser.add_argument("--watched", action="store_true", help="what an open page and a Prometheus cost as well")
    parser.add_argument("--seed", type=int, default=1, help="of the orders' lives (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="writes all figures there")
    parser.add_argument("--svg", metavar="FILE", help="draws the rates there")
    parser.add_argument("--compare", metavar="FILE", help="says what has changed against an earlier --json")
    parser.add_argument("--keep", action="store_true", help="leaves the folder with logs and data")
    return parser.parse_args()


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number above 0 is wanted")
    return number


if __name__ == "__main__":
    sys.exit(main())
