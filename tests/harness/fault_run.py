"""What every fault run does around its fault: load and snapshots, and at the end the oracles."""

import datetime
import random
import time

from harness import ledger, load, waits
from harness.flow import Flow, Sampler

# Members that are gone are noticed after this.
SESSION_SECONDS = 6
QUICK_SESSION = {"consumer.override.session.timeout.ms": SESSION_SECONDS * 1000, "consumer.override.heartbeat.interval.ms": 1000}


def regressions(host):
    """How often it found that the database had gone back behind what it had written, and began again from there."""
    return sum("the database has gone back behind" in line and "starting again" in line for line in host.log().splitlines())


def seconds_to_first_commit(flow):
    """From when the server took connections again, all by its own clock."""
    accepting = flow.db.server.accepting_since()
    first = ledger.first_commit(flow.db, datetime.datetime.fromtimestamp(accepting, datetime.timezone.utc))
    assert flow.db.server.accepting_since() == accepting, "it has restarted once more meanwhile"
    return first.timestamp() - accepting


class FaultRun:
    """begin() with hosts running, do the fault, end()."""

    def __init__(self, kafka, topic, db, folder, seed, connector="orders"):
        self.flow = Flow(kafka.bootstrap, topic, db, connector=connector, partitions=kafka.PARTITIONS)
        self.folder, self.seed = folder, seed
        self.load = None
        self._sampler = Sampler(self.flow, random.Random(seed))

    def begin(self, rate, backlog=0):
        """`rate` new events a second from now on, 0 where the test writes them itself; `backlog` at once before them."""
        self.flow.wait_claimed(30)
        ledger.watch_positions(self.flow.db)
        if backlog:
            load.write(self.flow.bootstrap, self.flow.topic, rate=0, count=backlog, seed=self.seed)
        if rate:
            self.load = load.Load(self.folder, self.flow.bootstrap, self.flow.topic, rate=rate, seed=self.seed + 1, first_id=10000000)
        self._sampler.start()
        if rate:
            self.flow.wait_advanced(self.flow.positions(), 60)

    def wait_sampled(self):
        """Until there is one more snapshot: where faults follow each other so fast that by chance none would fall between them."""
        before = len(self._sampler.samples)
        waits.until("a snapshot is taken", lambda: len(self._sampler.samples) > before, 20)

    def kill_nine(self, host, dice, kills, low=0.1, high=1.5):
        """Ends the host `kills` times at random moments, from the middle of its start to well into its work; every third time not before it
        has written something, however slow the machine is."""
        worked, starts = 0, host.starts
        for number in range(kills):
            before = self.flow.rows()
            if number % 3 == 2:
                waits.until("rows come", lambda: self.flow.rows() > before, 60)
            time.sleep(dice.uniform(low, high))
            host.kill9()
            worked += self.flow.rows() > before
            host.start(wait=False)
        print(f"{kills} kills, after {worked} of these lives there were new rows")
        assert host.starts == starts + kills
        assert worked >= kills // 4, "it was hardly ever killed at work: this test would test nothing"

    def end(self, note, seconds=120):
        """No more load; all of it arrives; nothing is lost, doubled, torn, or went back."""
        if self.load:
            print(f"load: {self.load.stop()}")
        if not self._sampler.samples:  # it was over before the first one
            self.wait_sampled()
        self.flow.wait_written(seconds)
        self.close()
        self.flow.assert_exactly_once(note)
        ledger.assert_prefixes(self.flow.db, self._sampler.samples, note)
        ledger.assert_positions_only_grow(self.flow.db, note)

    def close(self):
        self._sampler.stop()


class Gaps:
    """How long no position moved, from the history that FaultRun.begin() has kept. From its making on, by the database's clock."""

    def __init__(self, db):
        self._db = db
        self.begun = self.now()

    def now(self):
        return self._db.value("SELECT clock_timestamp()")

    def longest(self, partitions=None):
        """Seconds in which none of the partitions moved, up to now."""
        moves = self._db.sql("SELECT at FROM position_history WHERE at > %s AND (%s::int[] IS NULL OR part = ANY (%s::int[])) ORDER BY at",
                             self.begun, partitions, partitions)
        times = [self.begun, *(at for (at,) in moves), self.now()]
        return max((later - earlier).total_seconds() for earlier, later in zip(times, times[1:]))

    def first_move(self, since, partition=None):
        """Seconds from a moment to the first move after it; None: there was none."""
        at = self._db.value("SELECT min(at) FROM position_history WHERE at > %s AND (%s::int IS NULL OR part = %s::int)", since, partition, partition)
        return None if at is None else (at - since).total_seconds()
