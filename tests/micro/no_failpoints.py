"""A release build has no failpoints: not in what its compiler sees of any file that marks one, nor in its programs, as far as they are
built. Takes seconds, since nothing is compiled: python3 -m micro.no_failpoints BUILD_FOLDER
"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = re.findall(r'^\s*\{"([a-z]+\.[a-z_]+)", k', (ROOT / "plugins" / "failpoint" / "points.h").read_text(), re.MULTILINE)
BUILT = ("bin/sluice", "plugins/debezium-postgres-sink.so")


def commands(build):
    """{file that marks a failpoint: how it is compiled}."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if (ROOT / "host" in file.parents or ROOT / "plugins" in file.parents) and "SLUICE_FAILPOINT" in file.read_text():
            found[file] = (shlex.split(entry["command"]), entry["directory"])
    return found


def preprocessed(command, folder):
    at = command.index("-o")
    without_output = command[:at] + command[at + 2:]
    return subprocess.run([*without_output, "-E"], cwd=folder, check=True, capture_output=True, text=True).stdout


def names_in(text):
    return [name for name in NAMES if f'"{name}"' in text]


def main(build):
    marked = commands(build)
    assert len(NAMES) >= 40 and len(marked) >= 10, f"{len(NAMES)} names, {len(marked)} files with failpoints: this test would test nothing"
    faults = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for file, text in zip(marked, pool.map(lambda how: preprocessed(*how), marked.values())):
            if names_in(text) or "failpoint::" in text:
                faults.append(f"{file.relative_to(ROOT)} is compiled with {names_in(text)[:3]}")
    built = [build / program for program in BUILT if (build / program).exists()]
    for program in built:
        inside = program.read_bytes()
        names = [name for name in NAMES if name.encode() + b"\0" in inside]
        if names:
            faults.append(f"{program.name} has {names[:3]}")
    print(f"{len(marked)} files and {len(built)} programs looked at, {len(faults)} with failpoints")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
