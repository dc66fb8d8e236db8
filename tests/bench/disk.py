"""How long the disk takes to make a few bytes durable while something else is measured. A commit waits for the same: where the disk stands
still for a moment, so does whoever commits to it.
"""

import os
import time

from bench.arrivals import percentile
from bench.background import Background

_EVERY_S = 0.02
_BLOCK, _BLOCKS = bytes(4096), 256


def probe(folder):
    """Writes to a file of its own in `folder` until it is finished; milliseconds of each write, in order."""
    return Background(_probe, folder / "disk.probe")


def figures(milliseconds):
    return {"disk_p99_ms": percentile(milliseconds, 0.99), "disk_max_ms": max(milliseconds)}


def _probe(stopping, path):
    with open(path, "wb", buffering=0) as file:
        file.write(_BLOCK * _BLOCKS)
        os.fsync(file.fileno())
        taken = []
        while not stopping():
            begun = time.monotonic()
            os.pwrite(file.fileno(), _BLOCK, len(taken) % _BLOCKS * len(_BLOCK))  # in place, as a log that is used again
            os.fdatasync(file.fileno())
            taken.append((time.monotonic() - begun) * 1e3)
            time.sleep(_EVERY_S)
    path.unlink()
    return taken
