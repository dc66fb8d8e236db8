"""The history of sluice.sink_offsets, as the trigger of ledger.watch_positions() keeps it, read while it grows (oracle O4), and
the recovery times that it tells: when which owner moved a position, by the server's own times of the commits."""

import bisect
import threading
import time

from soak.figures import touches

# DELETE .. RETURNING takes each row once, whenever its transaction commits. The numbers order the moves of one partition, since
# they are drawn under its row's lock, and a move that commits later has a higher one.
_TAKE = """
WITH taken AS (DELETE FROM position_history RETURNING n, connector, topic, part, epoch, next_offset, owner_id::text AS owner,
               extract(epoch FROM coalesce(pg_xact_commit_timestamp(xmin), at))::float8 AS at, writer)
SELECT connector, topic, part, epoch, next_offset, owner, at, writer FROM taken ORDER BY n"""


class Place:
    """Where one partition of one connector stands."""
    __slots__ = ("epoch", "next_offset", "owner", "owner_since", "owner_moved")

    def __init__(self, epoch, next_offset, owner, owner_since):
        self.epoch, self.next_offset = epoch, next_offset
        self.owner, self.owner_since = owner, owner_since  # who signed for it last, and when that was
        self.owner_moved = None  # when this owner first moved it on


class Positions:
    """Any thread. take() reads on; `listener(connector, at, owner_since)` hears of each move."""

    def __init__(self, listener=None):
        self._listener = listener
        self._lock = threading.Lock()
        self.places = {}  # {(connector, topic, part): Place}
        self._met = {}    # {owner: when it was first seen}
        self.moves = self.claims = self.transactions = 0
        self.faults = []   # sentences
        self.zombies = []  # commits by a session that is not the owner's

    def take(self, db):
        with self._lock:
            rows = db.sql(_TAKE)
            self.transactions += len({at for *_, at, _ in rows})
            for row in rows:
                self._take(*row)

    def forget(self):
        """The database went back to an earlier state, and its history with it: what follows is told from there."""
        with self._lock:
            self.places = {}

    def _take(self, connector, topic, part, epoch, next_offset, owner, at, writer):
        where = f"{connector} {topic}-{part}"
        since = self._met.setdefault(owner, at)
        place = self.places.get((connector, topic, part))
        if writer.startswith("sluice:") and writer.split(":")[1] != owner:
            self.zombies.append(f"{where}: session {writer} moved it to {next_offset} while it was {owner}'s")
        if place is None:
            self.claims += 1
            self.places[connector, topic, part] = Place(epoch, next_offset, owner, at)
            return
        signed_over = owner != place.owner
        if epoch < place.epoch or next_offset < place.next_offset:
            self.faults.append(f"{where} went back: epoch {place.epoch} -> {epoch}, offset {place.next_offset} -> {next_offset}")
        elif epoch == place.epoch and next_offset == place.next_offset and not signed_over:
            self.faults.append(f"{where} was moved to where it was: epoch {epoch}, offset {next_offset}")
        elif next_offset > place.next_offset and epoch != place.epoch:
            self.faults.append(f"{where} was moved by a claim: epoch {place.epoch} -> {epoch}, offset {place.next_offset} -> {next_offset}")
        moved = next_offset > place.next_offset
        self.claims += epoch > place.epoch
        self.moves += moved
        place.epoch, place.next_offset = epoch, next_offset
        if signed_over:
            place.owner, place.owner_since, place.owner_moved = owner, at, None
        if moved:
            place.owner_moved = place.owner_moved or at
            if self._listener:
                self._listener(connector, at, since)


class Recoveries:
    """From a fault to the first move after it, of each connector. begin() before the faults' moves are taken."""

    # No process that is started after a fault has claimed anything sooner: an older claim was on its way when the fault came.
    _LEAST_S = 0.03

    def __init__(self, new_owner):
        """`new_owner`: only moves of an owner that came after the fault count."""
        self._new_owner = new_owner
        self.begun = []    # seconds since 1970
        self._ended = {}   # {(number, connector): seconds since 1970}

    def begin(self, at):
        self.begun.append(at)

    def moved(self, connector, at, owner_since):
        number = bisect.bisect_left(self.begun, (owner_since if self._new_owner else at) - self._LEAST_S) - 1
        if number >= 0:
            self._ended.setdefault((number, connector), at)

    def recovered(self, number):
        """Whether all connectors have moved that ever did after a fault."""
        connectors = {connector for _, connector in list(self._ended)}
        return bool(connectors) and all((number, connector) in self._ended for connector in connectors)

    def longest(self, number):
        """What one recovery took, until the last of the connectors had moved; None: none has."""
        ends = [end for (which, _), end in list(self._ended.items()) if which == number]
        return max(ends) - self.begun[number] if ends else None

    def seconds(self, troubled=()):
        """What each recovery took, and how many are left out, since they touched one of `troubled`, (from, to) each. A fault that
        was followed by another one before the recovery has none."""
        measured, left_out = self._measured(troubled)
        return [end - begin for begin, end in measured], left_out

    def slowest(self, troubled=()):
        """The three that took longest, and when: what to look for in the logs."""
        measured, _ = self._measured(troubled)
        slowest = sorted(measured, key=lambda times: times[0] - times[1])[:3]
        return ", ".join(f"{end - begin:.2f} s from {time.strftime('%H:%M:%S', time.gmtime(begin))}" for begin, end in slowest)

    def _measured(self, troubled):
        times = [(self.begun[number], end) for (number, _), end in list(self._ended.items())]  # others are added meanwhile
        measured = [(begin, end) for begin, end in times if not touches(begin, end, troubled)]
        return measured, len(times) - len(measured)
