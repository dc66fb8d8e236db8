"""What the lanes share: a real Kafka, the servers of Postgres, the samples of resources, and the times at which something that
concerns all of them was broken on purpose."""

import shutil
import threading
import time

from harness import brokers, pair, paths, postgres, processes, waits
from soak.resources import Resources
from soak.stalls import Stalls


class Stand:
    """Any thread. What takes a while to start does so beside the rest."""

    def __init__(self):
        self.folder = paths.temporary_folder("soak")
        self.resources = Resources()
        self.resources.start()
        self.stalls = Stalls(self.folder)
        self.stalls.start()
        self.troubled = []  # (from, to) in seconds since 1970, of what concerns all lanes
        self.broker = threading.Lock()  # held by who restarts it, and by who needs it to stay
        self._made = {}     # {name: [lock, thing]}
        self._lock = threading.Lock()

    @property
    def kafka(self):
        return self._once("kafka", lambda: brokers.Kafka(self.folder / "kafka"))

    def server(self, name):
        """The Postgres of that name. Its commits carry their times."""
        return self._once(name, lambda: _server(self.folder / f"postgres-{name}"))

    def pair(self):
        """A primary and its asynchronous standby; likewise."""
        return self._once("pair", lambda: pair.Pair(self.folder / "pair", track_commit_timestamp="on"))

    def is_troubled(self):
        """Something that concerns all lanes is broken now, or was not long ago."""
        return any(since <= time.time() <= until for since, until in list(self.troubled))

    def wait_untroubled(self):
        waits.until("what concerns all lanes is over", lambda: not self.is_troubled(), 150)

    def disturbed(self):
        """(from, to) of all that makes what is measured meanwhile say nothing about sluice."""
        return [*self.troubled, *self.stalls.times]

    def stop(self, keep_logs=False):
        """Ends everything. Of the folder at most what the processes said is left."""
        self.resources.stop()
        self.stalls.stop()
        processes.kill_all()
        for _, thing in self._made.values():
            if thing:
                thing.stop()
                if keep_logs:
                    for data in list(thing.folder.rglob("data")):
                        shutil.rmtree(data, ignore_errors=True)
        if not keep_logs:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _once(self, name, make):
        with self._lock:
            known = self._made.setdefault(name, [threading.Lock(), None])
        with known[0]:
            known[1] = known[1] or make()
        return known[1]


def _server(folder):
    made = postgres.Server(folder)
    made.configure(track_commit_timestamp="on", log_connections="on")  # which tells what a slow return waited for
    made.stop()
    made.start()
    return made
