"""The ledger of a topic that grows for an hour (oracles O1 to O3): the dump by kcat is loaded and compared bit by bit, and at the
end as a whole.

What the topic must become lies in the lane's own database, beside how far it was loaded, in one transaction: a database that
goes back to an earlier state by a failover stays consistent with itself.
"""

import json

from harness import events, kcat, ledger

_CHUNK = 2000
_STATUS_MAX = 50  # of the ledger's column

_CURRENT = "SELECT order_id, customer_id, product_name, amount, status, created_at, updated_at FROM"
_REPLAY = _CURRENT + """ (SELECT DISTINCT ON (order_id) * FROM {table} ORDER BY order_id, kafka_offset DESC) newest
WHERE operation_type <> 'DELETE'"""


class Reader:
    """What each record of one partition must become, one after the other. Decided here once more, without any of sluice's code."""

    def __init__(self, deleted_key=None):
        self.deleted_key = deleted_key  # of the record before, if that was a delete: its tombstone says nothing new
        self.rows, self.bad = [], []

    def read(self, record):
        if record.value is None:
            if record.key and record.key != self.deleted_key:  # other writers may come in between
                self.rows.append(events.tombstone_row(record))
                self.deleted_key = record.key
            return
        try:
            row = events.expected_row(record)
        except json.JSONDecodeError:
            self.bad.append(record.offset)
            return
        self.deleted_key = record.key if row[-2] == "DELETE" else None
        if "\0" in (row[5] or "") or len(row[7] or "") > _STATUS_MAX:
            self.bad.append(record.offset)
        else:
            self.rows.append(row)


class Checker:
    """One thread. `flows` read the same topic into tables of the same database; `current` is (history table, current table)."""

    def __init__(self, flows, db, current=None):
        self.flows, self._db, self._current = flows, db, current
        self._brokers, self._topic = flows[0].bootstrap, flows[0].topic
        self._checked = {flow: {} for flow in flows}  # {partition: compared below this offset}
        self._samples = []  # (flow, partition, from, next offset, rows)
        self.checks = self.samples = 0
        self.torn = []
        self.differences = []  # sentences
        db.sql("CREATE TABLE IF NOT EXISTS expected_until (part int PRIMARY KEY, upto bigint NOT NULL, deleted_key text)")
        db.sql("CREATE TABLE IF NOT EXISTS expected_bad (part int, off bigint)")
        ledger.create_expected(db)
        ledger.index_expected(db)
        for flow in flows:
            db.sql(f"CREATE INDEX ON {flow.table} (kafka_topic, kafka_partition, kafka_offset)")
        if current:
            db.sql(f"CREATE INDEX ON {current[0]} (order_id, kafka_offset DESC)")

    def sample(self):
        """One statement, hence one snapshot: the rows must be just the events below the position, whenever one looks. Only those
        that were not compared yet are counted."""
        for flow in self.flows:
            lows = self._checked[flow]
            self._samples += [(flow, *row) for row in self._db.sql(f"""
                SELECT p.partition, coalesce(c.low, 0), p.next_offset, (SELECT count(*) FROM {flow.table} l WHERE l.kafka_topic = p.topic
                    AND l.kafka_partition = p.partition AND l.kafka_offset >= coalesce(c.low, 0))
                FROM sluice.sink_offsets p LEFT JOIN unnest(%s::int[], %s::bigint[]) AS c(part, low) ON c.part = p.partition
                WHERE p.connector = %s AND p.topic = %s""", list(lows), list(lows.values()), flow.connector, flow.topic)]

    def check(self):
        """What was written since the last time."""
        reached = {flow: flow.positions() for flow in self.flows}
        for part in set().union(*reached.values()):
            self._load(part, max(positions.get(part, 0) for positions in reached.values()))
        self._check_samples()
        for flow in self.flows:
            self._compare(flow, reached[flow])
        self._compare_current()
        self.checks += 1

    def whole(self):
        """All of it, when nothing is written any more; the sum over the flows, without examples."""
        for part, end in kcat.ends(self._brokers, self._topic, self.flows[0].partitions).items():
            self._load(part, end)
        self._check_samples()
        totals = ledger.Difference(0, 0, 0, 0, 0, 0, 0, {})
        for flow in self.flows:
            difference = ledger.compare_loaded(self._db, flow.table)
            self._take(flow, difference)
            totals = totals.plus(difference)
        self._compare_current()
        return totals

    def evidence(self):
        """What helps to find out why, since the database goes with the run."""
        found = {"sink_offsets": self._db.sql("SELECT * FROM sluice.sink_offsets ORDER BY connector, partition"),
                 "sink_events": self._db.sql("SELECT * FROM sluice.sink_events ORDER BY id DESC LIMIT 400")}
        for flow in self.flows:
            found[f"lost from {flow.table}"] = self._db.sql(
                "SELECT part, count(*), min(off), max(off) FROM expected e WHERE NOT EXISTS (SELECT FROM "
                f"{flow.table} l WHERE (l.kafka_topic, l.kafka_partition, l.kafka_offset) = (e.topic, e.part, e.off)) GROUP BY 1 ORDER BY 1")
        return found

    def dead_letters(self, topic):
        """(bad records, letters): each bad record has a letter, and nothing else has; more than one is allowed."""
        bad = set(self._db.sql("SELECT part, off FROM expected_bad"))
        letters = [(int(letter.headers["__connect.errors.partition"]), int(letter.headers["__connect.errors.offset"]))
                   for letter in kcat.records(self._brokers, topic, seconds=120) if letter.headers]
        if bad - set(letters):
            self.differences.append(f"{topic}: {len(bad - set(letters))} bad records have no letter, for instance {sorted(bad - set(letters))[:3]}")
        if set(letters) - bad:
            self.differences.append(f"{topic}: {len(set(letters) - bad)} good records have a letter, for instance {sorted(set(letters) - bad)[:3]}")
        return len(bad), len(letters)

    # -- the expected rows

    def _load(self, part, end):
        start, deleted_key = (self._db.sql("SELECT upto, deleted_key FROM expected_until WHERE part = %s", part) or [(0, None)])[0]
        if start >= end:
            return
        self._db.sql("BEGIN")
        try:
            reader, seen = Reader(deleted_key), 0
            for record in kcat.records(self._brokers, self._topic, part, start, end - start, seconds=300):
                seen += 1
                reader.read(record)
                if len(reader.rows) == _CHUNK:
                    self._add(reader, part)
            assert seen == end - start, f"kcat found {seen} records in {self._topic}-{part} from {start} to {end}"
            self._add(reader, part)
            self._db.sql("INSERT INTO expected_until VALUES (%s, %s, %s) ON CONFLICT (part) DO UPDATE SET upto = EXCLUDED.upto, "
                         "deleted_key = EXCLUDED.deleted_key", part, end, reader.deleted_key)
            self._db.sql("COMMIT")
        except BaseException:
            self._db.close()  # and with it the transaction
            raise

    def _add(self, reader, part):
        ledger.add_expected(self._db, reader.rows)
        for offset in reader.bad:
            self._db.sql("INSERT INTO expected_bad VALUES (%s, %s)", part, offset)
        reader.rows, reader.bad = [], []

    # -- the comparisons

    def _compare(self, flow, positions):
        bounds = [(flow.topic, part, self._checked[flow].get(part, 0), position) for part, position in positions.items()]
        self._db.sql("CREATE TEMP TABLE IF NOT EXISTS bounds (topic text, part int, low bigint, high bigint)")
        self._db.sql("TRUNCATE bounds")
        for row in bounds:
            self._db.sql("INSERT INTO bounds VALUES (%s, %s, %s, %s)", *row)
        self._take(flow, ledger.compare_loaded(self._db, flow.table, "bounds"))
        self._checked[flow] = positions

    def _take(self, flow, difference):
        if not difference.clean():
            self.differences.append(f"{flow.table}: {difference}")

    def _check_samples(self):
        """Those whose events are loaded by now; the others wait."""
        until = dict(self._db.sql("SELECT part, upto FROM expected_until"))
        known = [sample for sample in self._samples if sample[3] <= until.get(sample[1], 0)]
        self._samples = [sample for sample in self._samples if sample[3] > until.get(sample[1], 0)]
        for flow, part, low, position, rows in known:
            wanted = self._db.value("SELECT count(*) FROM expected WHERE topic = %s AND part = %s AND off >= %s AND off < %s",
                                    flow.topic, part, low, position)
            if rows != wanted:
                self.torn.append(f"{flow.table} {flow.topic}-{part}: at position {position} there were {rows} rows from offset {low} on, not {wanted}")
        self.samples += len(known)

    def _compare_current(self):
        if not self._current:
            return
        history, current = self._current
        replay, current = _REPLAY.format(table=history), f"{_CURRENT} {current}"
        # One statement, hence one snapshot, whatever is being written.
        found = self._db.sql(f"(({replay}) EXCEPT ({current})) UNION ALL (({current}) EXCEPT ({replay}))")
        if found:
            self.differences.append(f"{self._current[1]}: {len(found)} rows that the replay of {history} has not, or the other way, for instance {found[:2]}")
