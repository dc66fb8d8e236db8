"""One topic on its way into one ledger: how far it is, and whether each of its events is there exactly once."""

import threading

import psycopg2

from harness import events, kcat, ledger, paths, waits


class Flow:
    """`connector` owns the positions; the topic has `partitions` partitions. `mode` is Debezium's decimal.handling.mode."""

    def __init__(self, bootstrap, topic, db, connector="orders", table="orders_ledger", partitions=4, mode="precise"):
        self.bootstrap, self.topic, self.db, self.connector, self.table = bootstrap, topic, db, connector, table
        self.partitions, self.mode = partitions, mode

    def positions(self):
        """{partition: next offset} as the sink keeps them, None where it was reset, {} while it keeps none."""
        if not self.db.value("SELECT to_regclass('sluice.sink_offsets') IS NOT NULL"):
            return {}
        return dict(self.db.sql("SELECT partition, next_offset FROM sluice.sink_offsets WHERE connector = %s AND topic = %s",
                                self.connector, self.topic))

    def owners(self):
        """How many different tasks hold the partitions."""
        return self.db.value("SELECT count(DISTINCT owner_id) FROM sluice.sink_offsets WHERE connector = %s AND topic = %s",
                             self.connector, self.topic)

    def wait_claimed(self, seconds=20):
        """Until each partition has a position."""
        waits.until("all partitions are claimed", lambda: len(self.positions()) == self.partitions, seconds * paths.SLOWNESS)

    def wait_written(self, seconds=30):
        """Until the positions have reached the ends of the topic. A task that has failed comes out as this timeout."""
        ends = kcat.ends(self.bootstrap, self.topic, self.partitions)

        def reached():
            positions = self.positions()
            assert all((positions.get(partition) or 0) >= end for partition, end in ends.items()), f"{positions}, topic {ends}"
            return True
        waits.until("everything in the topic is written", reached, seconds * paths.SLOWNESS)

    def wait_advanced(self, since, seconds=30):
        """Until every partition has moved on from the positions `since`: whoever owns them, all are served."""
        def all_moved():
            positions = self.positions()
            assert all((positions.get(partition) or 0) > since[partition] for partition in since), f"{positions}, before {since}"
            return True
        waits.until("every partition moves on", all_moved, seconds * paths.SLOWNESS)

    def rows(self):
        return self.db.value(f"SELECT count(*) FROM {self.table}")

    def expected(self):
        """The rows for an independent dump of the topic."""
        rows = (events.expected_row(record, self.mode) for record in kcat.dump(self.bootstrap, self.topic))
        return [row for row in rows if row is not None]

    def assert_exactly_once(self, note=""):
        return ledger.assert_exactly_once(self.db, self.expected(), self.table, note or self.topic)


class Sampler:
    """Takes snapshots of positions and rows at random times, in a thread of its own, from start() to stop()."""

    def __init__(self, flow, dice, low=0.2, high=1.0):
        self._flow, self._dice, self._low, self._high = flow, dice, low, high
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples = []

    def start(self):
        self._thread.start()

    def stop(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self):
        db = self._flow.db.another()
        while not self._stop.wait(self._dice.uniform(self._low, self._high)):
            try:
                self.samples += ledger.sample(db, self._flow.table, self._flow.connector)
            except psycopg2.Error:
                db.close()  # the server is away: that is what some tests are about
        db.close()
