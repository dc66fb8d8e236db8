#!/usr/bin/python3
"""Runs both lists, in parts beside each other, since they mostly wait: run.py STORE CONSUMER [--without-long], the two programs.

The store's list gets a Postgres of its own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import paths, postgres

_GROUP, _WAITS, _LONG = "consumer (group):*", "store (waits):*", "store (long):*"


def main(store, consumer, *options):
    folder = paths.temporary_folder("conformance")
    server = postgres.Server(folder)
    running = []
    try:
        running += [start(consumer, part) for part in [excluding(_GROUP), *(only(name) for name in names(consumer, _GROUP))]]
        parts = [excluding(_WAITS, _LONG), only(_WAITS)] + ([] if "--without-long" in options else [only(_LONG)])
        running += [start(store, part, environment(server.create_database())) for part in parts]
        return 0 if passed(running) else 1
    finally:
        for _, process, _ in running:
            process.kill()
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


def passed(running):
    """Waits for all, prints what each has said, and how many cases there were. A part in which nothing runs has not passed."""
    total_passed = total_failed = 0
    for name, process, said in running:
        code = process.wait()
        said.seek(0)
        text = said.read()
        cases = re.search(r"test cases: +(\d+) \| +(\d+) passed \| +(\d+) failed", text)
        ran, fine, failed = map(int, cases.groups()) if cases else (0, 0, 0)
        failed = failed or (code != 0 or ran == 0)
        print(f"{name}: FAILED, exit code {code}" if failed else name, text, sep="\n", flush=True)
        total_passed += fine
        total_failed += failed
    # As doctest says it, for harness/results.py: what a part leaves out, another one has.
    print(f"[doctest] test cases: {total_passed + total_failed} | {total_passed} passed | {total_failed} failed | 0 skipped")
    return not total_failed


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of main()'s end
    sys.exit(main(*sys.argv[1:]))
