"""Limits of the kernel's for one process and its threads, by a control group of its own: of version 1 or 2, whichever the machine has.
Takes root, as tests of packages do.
"""

import itertools
import os
import pathlib

_ROOT = pathlib.Path("/sys/fs/cgroup")
_PERIOD_US = 100_000
_numbers = itertools.count(1)


class Group:
    """`with Group("cpu") as group`: nothing is limited until a limit is set, which may be before or after a process is added. What
    still runs in it when it ends goes back to where everybody is."""

    def __init__(self, controller):
        self._controller = controller
        name = f"sluice-test-{os.getpid()}-{next(_numbers)}"
        self._is_second = (_ROOT / "cgroup.controllers").exists()
        self._above = _ROOT if self._is_second else _ROOT / controller
        if self._is_second and controller not in (_ROOT / "cgroup.subtree_control").read_text().split():
            (_ROOT / "cgroup.subtree_control").write_text(f"+{controller}")
        assert self._above.is_dir(), f"this machine has no control groups for {controller}: {self._above} is missing"
        self._folder = self._above / name
        self._folder.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in (self._folder / "cgroup.procs").read_text().split():
            (self._above / "cgroup.procs").write_text(pid)
        self._folder.rmdir()

    def add(self, pid):
        """The whole process, with the threads that it has."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def limit_cpu(self, share):
        """Of one processor."""
        quota = int(share * _PERIOD_US)
        if self._is_second:
            self._write("cpu.max", f"{quota} {_PERIOD_US}")
        else:
            self._write("cpu.cfs_quota_us", quota)

    def throttled(self):
        """How many periods it had to wait in."""
        for line in self._read("cpu.stat").splitlines():
            if line.startswith("nr_throttled "):
                return int(line.split()[1])
        return 0

    def limit_memory(self, size):
        self._write("memory.max" if self._is_second else "memory.limit_in_bytes", size)

    def limit_threads(self, most):
        """None: no limit any more."""
        self._write("pids.max", "max" if most is None else most)

    def threads(self):
        return int(self._read("pids.current"))

    def refused_threads(self):
        return int(self._read("pids.events").split()[1])

    def _write(self, file, value):
        (self._folder / file).write_text(str(value))

    def _read(self, file):
        return (self._folder / file).read_text()
