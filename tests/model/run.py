#!/usr/bin/env python3
"""Looks at every state of claim_and_write.pml, then at each mutant until it is caught. Wants spin and gcc: deploy/setup.sh --tests."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).with_name("claim_and_write.pml")
SOUND = [[], ["-DPARTITIONS=2", "-DBATCHES=1", "-DMAX_CLAIMS=1", "-DNO_PERSON"]]
MUTANTS = ["NO_EPOCH", "LAST_WRITER_WINS", "READ_BEFORE_FENCE", "START_FROM_KAFKA", "ADOPT_ANY_TOPIC"]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tests/model: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def check(switches):
    """How many states there are, and whether an assertion was violated in one."""
    with tempfile.TemporaryDirectory() as folder:
        run(["spin", "-a", *switches, str(MODEL)], folder)
        run(["gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=2000", "-o", "pan", "pan.c"], folder)
        told = run(["./pan", "-w20", "-m100000"], folder)
    states = re.search(r"(\d+) states, stored", told)
    errors = re.search(r"errors: (\d+)", told)
    # A search that was cut short proves nothing.
    if not states or not errors or "Search not completed" in told and errors[1] == "0" or "max search depth too small" in told:
        sys.exit(f"tests/model: the search did not come to its end:\n{told}")
    return int(states[1]), errors[1] != "0", told


def main():
    if not shutil.which("spin"):
        sys.exit("tests/model: there is no spin; ./deploy/setup.sh --tests installs it")
    wrong = False
    for switches in SOUND:
        states, violated, told = check(switches)
        print(f"{' '.join(switches) or 'the model'}: {states} states, {'VIOLATED' if violated else 'nothing wrong'}")
        wrong = wrong or violated
        if violated:
            print(told)
    for mutant in MUTANTS:
        states, violated, _ = check([f"-D{mutant}"])
        print(f"{mutant}: {'caught' if violated else 'NOT CAUGHT'} after {states} states")
        wrong = wrong or not violated
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
