"""What a run costs: processor seconds and resident memory of each process, as /proc tells; and the result of a run."""

import dataclasses
import os
import pathlib
import threading

from harness import processes

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.1  # how often memory is looked at


@dataclasses.dataclass
class Result:
    """One run of one contestant. `records` and `rows` are what was moved in `seconds`; more figures are in `more`."""

    name: str
    records: int
    rows: int
    seconds: float
    cpu: dict = dataclasses.field(default_factory=dict)          # {process: seconds}
    resident_mb: dict = dataclasses.field(default_factory=dict)  # {process: peak}
    ok: bool = True
    note: str = ""
    more: dict = dataclasses.field(default_factory=dict)         # {name of a figure: number}

    @property
    def records_per_s(self):
        return self.records / self.seconds if self.seconds else 0.0

    @property
    def rows_per_s(self):
        return self.rows / self.seconds if self.seconds else 0.0

    def cpu_us(self, process):
        """Processor time for each record."""
        return self.cpu[process] / self.records * 1e6


class Watch:
    """Watches {name: pid or [pids]} until finish(). The processor time of a process includes its children, those too that have
    ended by then and been waited for: so a Postgres server is watched by its first process alone."""

    def __init__(self, watched):
        self._roots = {name: [pids] if isinstance(pids, int) else list(pids) for name, pids in watched.items()}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.mark()
        self._thread.start()

    def mark(self):
        """The clock of the run begins: processor time counts from here, and the steady state of memory."""
        self._marked = self._cpu_now()
        self._resident = {name: [] for name in self._roots}

    def cpu(self):
        """{name: processor seconds since mark()}"""
        now = self._cpu_now()
        return {name: now[name] - self._marked[name] for name in now}

    def finish(self):
        """({name: processor seconds since mark()}, {name: peak}, {name: steady}); memory in MB, of the named processes alone
        without their children. The peak is of their whole life, steady is the median of what was seen since mark()."""
        cpu = self.cpu()
        self._end.set()
        self._thread.join()
        self._see()  # a run may be over before the next look
        peak = {name: sum(_status_kb(pid, "VmHWM") for pid in pids) / 1024 for name, pids in self._roots.items()}
        steady = {name: sorted(seen)[len(seen) // 2] / 1024 for name, seen in self._resident.items()}
        return cpu, peak, steady

    def _look(self):
        while True:
            self._see()
            if self._end.wait(_EVERY_S):
                return

    def _see(self):
        seen = self._resident
        for name, pids in self._roots.items():
            seen[name].append(sum(_status_kb(pid, "VmRSS") for pid in pids))

    def _cpu_now(self):
        return {name: sum(_tree_seconds(pid) for pid in pids) for name, pids in self._roots.items()}


def _tree_seconds(pid):
    """Of the process, of its children that are gone, and of all below it that run."""
    total = 0
    for at in processes.descendants(pid):
        try:
            fields = pathlib.Path(f"/proc/{at}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended; its parent accounts for it
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def _status_kb(pid, field):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0
