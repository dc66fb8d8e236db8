"""Processes under test: output goes to a file, everything has a deadline, and nothing outlives the test run."""

import atexit
import os
import pathlib
import signal
import subprocess
import time

from harness import sanitizers

_running = []


class Process:
    """One child in a session of its own, so that kill9() reaches its children as well."""

    def __init__(self, name, command, log, env=None, stdin=None, cwd=None):
        self.name = name
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                [str(part) for part in command], stdout=out, stderr=subprocess.STDOUT, stdin=stdin or subprocess.DEVNULL,
                env={**os.environ, **sanitizers.ENVIRONMENT, **(env or {})}, cwd=cwd, start_new_session=True)
        _running.append(self)

    @property
    def pid(self):
        return self._child.pid

    @property
    def stdin(self):
        return self._child.stdin

    def alive(self):
        return self._child.poll() is None

    def awaited(self):
        """Nobody has ended it yet, or seen it end."""
        return self in _running

    def exit_code(self):
        return self._child.poll()

    def send(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def freeze(self):
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)

    def kill9(self):
        """Unlike stop(), gives the process no chance to tidy up."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait(10)
        self._forget()

    def stop(self, seconds=10, number=signal.SIGTERM):
        """The exit code; the time that it took is in stop_took. A process that does not stop is a failure."""
        started = time.monotonic()
        self.send(number)
        return self.wait(seconds, f"signal {number}", started)

    def wait(self, seconds, why="being started", started=None):
        started = started or time.monotonic()
        try:
            code = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            stacks = self._stacks()
            self.kill9()
            raise AssertionError(f"{self.name} did not end within {seconds:g} s of {why}\n{stacks}{self.tail()}") from None
        self.stop_took = time.monotonic() - started
        self._forget()
        return code

    def _stacks(self):
        """Where its threads are, as far as gdb is there to tell."""
        try:
            got = subprocess.run(["gdb", "-p", str(self.pid), "-batch", "-ex", "thread apply all bt 12"], capture_output=True,
                                 text=True, timeout=30, check=False)
            return f"--- stacks of {self.name}\n{got.stdout[-6000:]}\n"
        except (FileNotFoundError, subprocess.TimeoutExpired):
            return ""

    def resident_kb(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines=30):
        last = "\n".join(self.text().splitlines()[-lines:])
        return f"--- end of {self.log} ({self.name}, {'running' if self.alive() else f'exit {self.exit_code()}'})\n{last}\n"

    def _forget(self):
        if self in _running:
            _running.remove(self)


def all_tails():
    return "".join(process.tail() for process in _running)


def run(command, seconds=60, env=None, cwd=None, check=False, text=None):
    """A command that ends by itself: its code and its whole output. `text` is what it reads."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, check=False,
                          env={**os.environ, **sanitizers.ENVIRONMENT, **(env or {})}, cwd=cwd,
                          **({"stdin": subprocess.DEVNULL} if text is None else {"input": text}))
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(str(p) for p in command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def descendants(pid):
    """The process and all below it: what `ps` would show as its tree."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        at = todo.pop()
        found.append(at)
        todo.extend(children.get(at, []))
    return found


@atexit.register
def kill_all():
    for process in list(_running):
        process.thaw()
        process.kill9()
