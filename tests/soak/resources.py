"""What every sluice process holds: resident memory, file handles and threads, looked at once a second (oracle O5)."""

import os
import pathlib
import threading
import time

from soak.figures import Slope


class Sample:
    __slots__ = ("at", "rss_kb", "handles", "threads")

    def __init__(self, pid):
        self.at = time.time()
        lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        self.rss_kb, self.threads = int(lines["VmRSS"].split()[0]), int(lines["Threads"])
        self.handles = len(os.listdir(f"/proc/{pid}/fd"))


class Resources(threading.Thread):
    """Any thread adds hosts; `lives` maps (lane, worker) to the samples of each life of that process, in order."""

    def __init__(self):
        super().__init__(name="resources", daemon=True)
        self._hosts, self._ended = [], threading.Event()
        self.lives = {}

    def watch(self, lane, host):
        self._hosts.append((lane, host))

    def run(self):
        while not self._ended.wait(1):
            for lane, host in list(self._hosts):
                self._look(lane, host)

    def stop(self):
        self._ended.set()
        self.join()

    def _look(self, lane, host):
        process = host.process
        if process is None:
            return
        lives = self.lives.setdefault((lane, host.worker), {})
        try:
            lives.setdefault(process.pid, []).append(Sample(process.pid))
        except (OSError, KeyError, ValueError):
            pass  # it has just ended

    def of_lane(self, lane):
        """All samples of its processes."""
        return [sample for (of, _), lives in list(self.lives.items()) if of == lane for life in list(lives.values()) for sample in life]

    def longest_life(self, lane, worker):
        return max(self.lives.get((lane, worker), {0: []}).values(), key=len)


def memory_slope(samples):
    """MB an hour."""
    return Slope([(sample.at, sample.rss_kb / 1024) for sample in samples])
