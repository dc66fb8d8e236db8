#!/usr/bin/python3
"""Runs both lists, in parts beside each other, since they mostly wait: run.py STORE CONSUMER [--without-long], the two programs.

The store's list gets a Postgres of its own.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import paths, postgres

_GROUP, _WAITS, _LONG = "consumer (group):*", "store (waits):*", "store (long):*"


def main(store, consumer, *options):
    running = [start(consumer, part) for part in [excluding(_GROUP), *(only(name) for name in names(consumer, _GROUP))]]
    folder = paths.temporary_folder("conformance")
    server = postgres.Server(folder)
    try:
        parts = [excluding(_WAITS, _LONG), only(_WAITS)] + ([] if "--without-long" in options else [only(_LONG)])
        running += [start(store, part, environment(server.create_database())) for part in parts]
        return 0 if all([passed(*one) for one in running]) else 1
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def only(name):
    return f"--test-case={name.replace(',', '?')}"  # a comma would end the pattern


def excluding(*patterns):
    """What has no such name: no case is left out."""
    return f"--test-case-exclude={','.join(patterns)}"


def names(program, pattern):
    listed = subprocess.run([program, "--list-test-cases", only(pattern)], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.startswith(pattern.rstrip("*"))]


def environment(database):
    return {"SLUICE_CONFORMANCE_URL": database.url, "SLUICE_CONFORMANCE_PASSWORD": database.password, "SLUICE_CONFORMANCE_ADMIN_URL": database.superuser_url}


def start(program, part, its_environment=None):
    said = tempfile.TemporaryFile("w+")
    process = subprocess.Popen([program, part, "--no-intro"], env={**os.environ, **(its_environment or {})}, stdout=said, stderr=subprocess.STDOUT)
    return os.path.basename(program) + " " + part, process, said


def passed(name, process, said):
    """Waits for it, and prints what it has said. A part in which nothing runs has not passed."""
    code = process.wait()
    said.seek(0)
    text = said.read()
    fine = code == 0 and re.search(r"test cases: +[1-9]\d* \|.*\| +0 failed", text) is not None
    print(name if fine else f"{name}: FAILED, exit code {code}", text, sep="\n", flush=True)
    return fine


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
