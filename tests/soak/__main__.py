"""The soak: see README.md. Exit code 0: nothing was violated; 1: the sentences at the end say what was."""

import argparse
import json
import os
import pathlib
import random
import signal
import sys

from soak import plan, report
from soak.run import Run


def _options():
    options = argparse.ArgumentParser(prog="soak", description="The real stack under a random workload with random faults, and the ledger of it.")
    length = options.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="so long, whatever the counts; without it until every lane has its full counts")
    length.add_argument("--short", action="store_true", help="each fault a few times, as in continuous integration")
    options.add_argument("--lanes", help="only these, separated by commas")
    options.add_argument("--json", type=pathlib.Path, help="a file for all figures")
    options.add_argument("--junit", type=pathlib.Path, help="a file for the verdict of each lane, as tests have it")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1, 2**31)))
    return options.parse_args()


def main():
    options = _options()
    made = plan.short(options.seed) if options.short else plan.for_minutes(options.seed, options.minutes)
    if options.lanes:
        made = plan.only(made, options.lanes.split(","))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of close(), which ends what was started
    run = Run(made, lambda line: print(line, flush=True))
    try:
        run.go()
        found = report.result(run)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1) + "\n")
        if options.junit:
            report.junit(found, options.junit)
        print(report.table(found), flush=True)
    finally:
        run.close()
    return 1 if found["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
