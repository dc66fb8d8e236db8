"""Failpoints of the program under test (plugins/failpoint/README.md): which there are, and which of them have done what they were told."""

import re

from harness import paths, processes

_FIRED = re.compile(r"^failpoint (\S+?):(\d+):(abort|stop|error|sleep)$", re.MULTILINE)


def points():
    """{name: whether it takes `error`}, as the program itself tells; {} for one that was built without."""
    done = processes.run([paths.needed(paths.SLUICE, "build it: cmake --build --preset dev"), "validate"], env={"SLUICE_FAILPOINT": "list"})
    lines = [line.split() for line in done.stderr.splitlines()]
    return {words[0]: words[1] == "error" for words in lines if len(words) > 1 and re.fullmatch(r"[a-z]+\.[a-z_]+", words[0])}


def fired(text):
    """What a log tells: ["write.after_cas:1:abort", ...]. A process that is ended or frozen says so just before."""
    return [":".join(found) for found in _FIRED.findall(text)]
