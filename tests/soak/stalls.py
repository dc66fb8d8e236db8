"""When the machine's disk kept everyone waiting: no commit can be sooner than a write of four kilobytes beside it."""

import os
import threading
import time

_EVERY_S = 0.1
_LEAST_S = 0.5  # half of the shortest time that a lane is held to


class Stalls(threading.Thread):
    """From start() to stop(). Any thread reads `times`, (from, to) each in seconds since 1970, and `longest_s` of all writes."""

    def __init__(self, folder):
        super().__init__(name="stalls", daemon=True)
        self._file, self._ended = folder / "stalls", threading.Event()
        self.times, self.longest_s = [], 0.0

    def run(self):
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            while not self._ended.wait(_EVERY_S):
                begin = time.time()
                os.pwrite(file, os.urandom(4096), 0)
                os.fdatasync(file)
                self.note(begin, time.time())
        finally:
            os.close(file)

    def note(self, begin, end):
        self.longest_s = max(self.longest_s, end - begin)
        if end - begin > _LEAST_S:
            self.times.append((begin, end))

    def stop(self):
        self._ended.set()
        self.join()
