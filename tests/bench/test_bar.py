"""The moving line of the benchmark and of the quick start: on a terminal, and nowhere else."""

import os
import sys

import pytest

from harness import paths, processes
from harness.terminal import Terminal

MEASURE = """
import time
from bench.__main__ import measure
from bench.measure import Result
from bench.plan import Contestant

def run(stage):
    time.sleep(0.2)
    return Result("copy/1", 10, 10, 1.0)
def fail(stage):
    raise ValueError("as it is told to")

for result in measure(None, [Contestant("copy/1", run), Contestant("bad", fail, once=True)], 2):
    pass
"""
# Only the program that builds is not the real one: it says what ninja says.
BUILD = """
set -euo pipefail
source deploy/lib.sh
source deploy/host.sh
cmake() { if [ "$1" = --build ]; then printf '[1/4] one\\n[4/4] four\\n'; return "$code"; fi; }
build_release sluice
say "goes on"
"""
TERMINAL = {"TERM": "xterm", "CI": ""}


@pytest.fixture
def env(folder):
    return {**os.environ, **TERMINAL, "SLUICE_CACHE": str(folder), "code": "0"}


def cwd_of(command):
    return paths.ROOT if command[0] == "bash" else paths.ROOT / "tests"


@pytest.fixture
def drawn(folder, env):
    """What a command draws on a terminal, and its exit code."""
    (folder / "logs").mkdir()

    def draw(command, **changed):
        with Terminal(command, env={**env, **changed}, cwd=cwd_of(command)) as terminal:
            code = terminal.await_end(30)
            return terminal.output, code
    return draw


def test_the_benchmark_shows_how_many_runs_are_done_and_keeps_the_lines_of_those(drawn):
    output, code = drawn([sys.executable, "-c", MEASURE])
    assert code == 0
    assert "copy/1:" in output and "1/3 [" in output and "\r" in output
    lines = [line.split("\r")[-1].strip() for line in output.split("\r\n")]
    assert [line.partition(":")[0] for line in lines if line] == ["1/2 copy/1", "1/2 bad", "2/2 copy/1"], lines


def test_the_benchmark_draws_nothing_for_a_file_or_for_ci(drawn, env):
    command = [sys.executable, "-c", MEASURE]
    done = processes.run(command, env=env, cwd=cwd_of(command), check=True)
    assert "\r" not in done.stderr and "\x1b" not in done.stderr and done.stderr.count("\n") == 3, done
    output, code = drawn(command, CI="true")
    assert code == 0 and output.replace("\r\n", "\n") == done.stderr


def test_the_quick_start_shows_how_far_a_build_is(drawn, folder):
    output, code = drawn(["bash", "-c", BUILD])
    assert code == 0
    assert "building [#######.......................] 1 of 4" in output and "building [##############################] 4 of 4\r\x1b[K" in output
    assert output.endswith("\r\x1b[K== goes on\r\n")
    assert (folder / "logs" / "build-release.log").read_text() == "[1/4] one\n[4/4] four\n"


def test_the_quick_start_draws_nothing_for_a_file_or_for_ci_and_tells_a_build_that_failed(drawn, env):
    expected = "== building sluice\n== goes on\n"
    assert drawn(["bash", "-c", BUILD], CI="1")[0].replace("\r\n", "\n") == expected
    done = processes.run(["bash", "-c", BUILD], env=env, cwd=paths.ROOT)
    assert (done.stdout, done.stderr) == ("", expected)
    failed = processes.run(["bash", "-c", BUILD], env={**env, "code": "3"}, cwd=paths.ROOT)
    assert failed.returncode == 1 and "the build failed; the end of" in failed.stderr and "[4/4] four" in failed.stderr
