"""How long the disk takes to make a few bytes durable while something else is measured. A commit waits for the same: where the disk stands
still for a moment, so does whoever commits to it.
"""

import multiprocessing
import os
import signal
import time

from bench.arrivals import percentile

_EVERY_S = 0.02
_BLOCK, _BLOCKS = bytes(4096), 256
_ANSWERS_S = 60


class Probe:
    """Writes to a file of its own in `folder` from start to finish(), in a process of its own."""

    def __init__(self, folder):
        context = multiprocessing.get_context("fork")
        self._stop, self._told = context.Event(), context.Queue()
        self._process = context.Process(target=_probe, args=(folder / "disk.probe", self._stop, self._told), daemon=True)
        self._process.start()

    def finish(self):
        """Milliseconds of each write, in order."""
        self._stop.set()
        taken = self._told.get(timeout=_ANSWERS_S)
        self._process.join(10)
        return taken


def figures(milliseconds):
    return {"disk_p99_ms": percentile(milliseconds, 0.99), "disk_max_ms": max(milliseconds)}


def _probe(path, stop, out):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one will stop it
    with open(path, "wb", buffering=0) as file:
        file.write(_BLOCK * _BLOCKS)
        os.fsync(file.fileno())
        taken = []
        while not stop.is_set():
            begun = time.monotonic()
            os.pwrite(file.fileno(), _BLOCK, len(taken) % _BLOCKS * len(_BLOCK))  # in place, as a log that is used again
            os.fdatasync(file.fileno())
            taken.append((time.monotonic() - begun) * 1e3)
            time.sleep(_EVERY_S)
    path.unlink()
    out.put(taken)
