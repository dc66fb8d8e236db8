#!/usr/bin/python3
"""Runs the list of the store on a Postgres of its own: run.py PROGRAM [--without-long]. The cases that mostly wait run beside the others."""

import os
import shutil
import subprocess
import sys
import tempfile

from harness import paths, postgres

# Beside each other, since they mostly wait; and whatever has no such name.
_KINDS = ["store (waits):*", "store (long):*"]


def main(program, *options):
    filters = [f"--test-case-exclude={','.join(_KINDS)}"]
    filters += [f"--test-case={kind}" for kind in _KINDS if kind != "store (long):*" or "--without-long" not in options]
    folder = paths.temporary_folder("conformance")
    server = postgres.Server(folder)
    try:
        running = [start(program, one, server.create_database()) for one in filters]
        failed = [process.wait() for process, _ in running]
        for _, said in running:
            said.seek(0)
            sys.stdout.write(said.read())
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(failed) else 0


def start(program, one, database):
    said = tempfile.TemporaryFile("w+")
    environment = {**os.environ, "SLUICE_CONFORMANCE_URL": database.url, "SLUICE_CONFORMANCE_PASSWORD": database.password,
                   "SLUICE_CONFORMANCE_ADMIN_URL": database.superuser_url}
    return subprocess.Popen([program, one, "--no-intro"], env=environment, stdout=said, stderr=subprocess.STDOUT), said


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
