"""Lanes: each is a connector with a topic, a database and a host of its own, fed with one kind of batch. Its host lives many short
lives, each of which ends at another failpoint; after each of them what is in the database is held against what was sent.
"""

import collections
import contextlib
import http.client
import json
import pathlib
import random
import signal
import time

from harness import events, failpoints, kcat, ledger, processes, sluice, waits
from harness.changes import change
from harness.flow import Flow

# Short, so that a takeover does not take long; a host that was killed is back long before.
SESSION_MS = 2500
SESSION = {"consumer.override.session.timeout.ms": SESSION_MS, "consumer.override.heartbeat.interval.ms": 500}
GONE = "__debezium_unavailable_value"
_ROWS = """SELECT p.partition, p.next_offset, count(l.kafka_offset), count(DISTINCT l.kafka_offset), coalesce(max(l.kafka_offset), -1)
  FROM sluice.sink_offsets p LEFT JOIN orders_ledger l ON (l.kafka_topic, l.kafka_partition) = (p.topic, p.partition) GROUP BY 1, 2"""

DIES, STOPS, STOPS_WELL, GOES_ON = "dies", "dies while it stops", "stops all the same", "goes on"


class Life(collections.namedtuple("Life", "orders how meddle", defaults=(DIES, None))):
    """`orders` is SLUICE_FAILPOINT, `how` it ends, `meddle` what is done to it once all was written."""

    def ends_frozen(self):
        """The same, but frozen where it would have died."""
        return self._replace(orders=self.orders.replace(":abort", ":stop"))


def dies_at(*points, **more):
    """A life for each point, which may name the pass: `decode.record:3`."""
    return [Life(f"{point if ':' in point else point + ':1'}:abort", **more) for point in points]


def goes_on_after(*orders):
    """A life for each of them, in which several steps fail."""
    return [Life(",".join(f"{point if ':' in point else point + ':1'}:error" for point in points), GOES_ON) for points in orders]


class Lane:
    """Inserts into the ledger, ten a partition."""

    lives = ()
    feeds_partitions = 2  # of the topic's, at a time

    def __init__(self, kafka, server, folder, number, seed):
        self.kafka, self.folder = kafka, folder / f"lane{number}"
        self.folder.mkdir()
        self.topic = f"lane{number}.public.orders"
        self.name = f"lane{number}"  # of the connector: lanes that shared one would share its group
        self.dice = random.Random(f"{seed} {number}")
        self.fired = collections.Counter()
        self.next_id, self.feeds = 1, 0
        kafka.create_topic(self.topic)
        # What each record of a partition is to become, in order of offsets; the first of partition 0 made the topic.
        self.sent = {partition: [] for partition in range(kafka.PARTITIONS)}
        self.sent[0].append(None)
        self.db = ledger.database(server)
        self.flow = Flow(kafka.bootstrap, self.topic, self.db, connector=self.name, partitions=kafka.PARTITIONS)
        self.host = self.make_host("w1")
        self.watched = False
        self.set_up()
        self.host.connector(self.name, self.connector())

    def make_host(self, worker):
        return sluice.Sluice(self.folder, self.kafka.bootstrap, worker, connectors=self.folder / "connectors", secrets_paths=[str(self.folder)])

    def connector(self):
        """Its settings; None in those of the lane takes one away."""
        settings = {**ledger.sink(self.folder, self.db, topics=self.topic), **SESSION, **self.settings()}
        return {name: value for name, value in settings.items() if value is not None}

    def close(self):
        if self.host.running():
            self.host.process.thaw()
            self.host.kill9()
        self.db.drop()

    # -- what makes a kind of batch

    def set_up(self):
        """Before the connector is made."""

    def settings(self):
        return {}

    def records(self, partition):
        """[((key, value), what it is to become)], for one more feed."""
        made = []
        for _ in range(10):
            made.append((events.envelope("c", self.next_id, amount=f"{self.next_id / 100:.2f}", lsn=self.next_id), True))
            self.next_id += 1
        return made

    # -- one life after the other

    def feed(self):
        for n in range(self.feeds_partitions):
            partition = (self.feeds + n) % self.kafka.PARTITIONS
            made = self.records(partition)
            kcat.produce(self.kafka.bootstrap, self.topic, partition, [pair for pair, _ in made])
            self.sent[partition] += [meant for _, meant in made]
        self.feeds += self.feeds_partitions

    def run(self):
        for life in self.lives:
            self.live(life)
        self.finish()

    def live(self, life):
        self.feed()
        seen = len(self.host.log()) if self.host.process else 0
        self.host.environment = {"SLUICE_FAILPOINT": life.orders}
        self.host.start(wait=False)
        if life.meddle:
            self.flow.wait_written()
            life.meddle(self)
        if life.how == DIES:
            self.await_death(life)
        elif life.how == STOPS:
            self.flow.wait_written()
            self.host.process.send(signal.SIGTERM)
            self.await_death(life)
        elif life.how == STOPS_WELL:
            self.flow.wait_written()
            self.host.stop()
        else:
            self.flow.wait_written()
            assert self.host.process.alive(), f"{life}: it ended\n{self.host.process.tail()}"
            self.host.kill9()
        self.note_fired(life, self.host.log()[seen:])
        self.watch()
        self.check()

    def await_death(self, life):
        code = self.host.process.wait(30, str(life))
        assert code == -signal.SIGKILL, f"{life}: it ended with {code}\n{self.host.process.tail()}"

    def note_fired(self, life, log):
        found = failpoints.fired(log)
        assert sorted(found) == sorted(life.orders.split(",")), f"{life}: fired {found}"
        self.fired.update(found)

    def watch(self):
        if not self.watched and self.flow.positions():
            ledger.watch_positions(self.db)
            self.watched = True

    def wanted(self, positions):
        """What was sent below the positions and is to become something."""
        return {partition: [meant for meant in self.sent[partition][:at] if meant] for partition, at in positions.items()}

    def check(self):
        """What is in the database is just what was sent below its positions, at this instant: one statement, one snapshot."""
        if not self.flow.positions():
            assert self.flow.rows() == 0
            return
        for partition, at, rows, different, last in self.db.sql(_ROWS):
            wanted = len(self.wanted({partition: at})[partition])
            assert (rows, different) == (wanted, wanted) and last < at, \
                f"{self.topic}-{partition}: position {at}, {wanted} rows wanted, {rows} there, {different} different, the last {last}"

    def finish(self):
        """A last life without any failpoint: all arrives, and the oracles are asked."""
        self.host.environment = {}
        self.feed()
        self.host.start(wait=False)
        self.flow.wait_written(30)
        self.check()
        self.oracles()
        self.host.stop()

    def oracles(self):
        self.flow.assert_exactly_once(type(self).__name__)
        ledger.assert_positions_only_grow(self.db, type(self).__name__)


def waits_for_a_new_client(lane):
    """And writes with it."""
    waits.until("a new Kafka client is made", lambda: "has lost sight of all brokers; a new one is made" in lane.host.log(), 30)
    lane.feed()


class Small(Lane):
    """History, one round trip: from joining the group to what the host notes."""

    lives = [
        *dies_at("tables.before_commit", "group.gained", "claim.begun", "claim.looked_up", "connect.opened", "connect.ready"),
        *dies_at("claim.before_upsert", "claim.after_upsert", "claim.before_commit", "claim.committed", "claim.opened", "claim.assigned"),
        *dies_at("fetch.fetched", "fetch.built", "put.begun", "write.begun", "decode.record:3"),
        *goes_on_after(("claim.begun", "connect.opened", "claim.before_upsert", "claim.committed"),
                       ("connect.ready", "claim.after_upsert", "claim.before_commit", "claim.opened")),
        *dies_at("fetch.witness"),  # there is one only after something was written
        *dies_at("group.looked_for"),  # once the client has told who coordinates its group
        Life("verify.before_read:1:error,advance.asked:2:abort"),  # once nothing comes any more
        Life("client.statistics:1:error,client.statistics:2:error", GOES_ON, waits_for_a_new_client),
    ]


class Written(Lane):
    """The same kind of batch: from its first statement to the end of the process."""

    def take_away(self):
        """As another owner's claim does; what comes then is fenced."""
        self.db.sql("UPDATE sluice.sink_offsets SET epoch = epoch + 1")
        self.feed()

    # Of its statements two are those that prepare the connection, then BEGIN, the positions, COPY, COMMIT.
    lives = [
        *goes_on_after(("tables.before_commit",)),
        *dies_at("prepare.done", "write.after_cas", "copy.sending", "copy.sent", "write.statement:4", "write.statement:5",
                 "write.statement:6", "write.after_commit", "write.committed", "put.answered", "put.noted"),
        *goes_on_after(("write.after_cas", "adopt.before_commit", "copy.sending:2"), ("copy.sent", "write.statement:8", "write.after_commit"),
                       ("prepare.done",)),
        Life("commit.asked:1:error", STOPS_WELL),
        Life("write.after_cas:1:error,adopt.before_commit:1:abort"),
        Life("write.after_commit:1:error,adopt.committed:1:abort"),
        *dies_at("restart.dropped", "restart.made", meddle=take_away),
        *dies_at("stop.begun", "close.begun", "stop.closed", "commit.asked", "commit.done", "stop.committed", "stop.destroyed", "stop.left", how=STOPS),
    ]


class Copied(Lane):
    """History, a megabyte and more: the first batch of a process teaches it the table, the next is poured into COPY while it is decoded."""

    feeds_partitions = 1
    batch, text = 450, 2400

    def set_up(self):
        self.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")
        letters = "".join(self.dice.choices("abcdefghij ", k=self.text))
        self.product = letters

    def settings(self):
        return {"batch.max.records": self.batch, "linger.ms": 300}

    def records(self, partition):
        first = self.next_id
        self.next_id += 2 * self.batch + 20
        return [(events.envelope("c", n, product=self.product, lsn=n), True) for n in range(first, self.next_id)]

    lives = [
        *dies_at("write.after_begin", "pour.held", "decode.record:700", "copy.sending:6", "copy.sent:2", "write.after_cas:2", "write.before_commit",
                 "write.after_commit:2", "write.committed:2"),
        *goes_on_after(("write.after_begin",), ("pour.held",), ("copy.sending:6",), ("copy.sent:2",), ("write.before_commit",), ("write.after_commit:2",)),
    ]


class PositionAlone(Lane):
    """Nothing to write: all records are filtered, and the positions are moved by themselves."""

    def settings(self):
        return {"transforms": "drop", "transforms.drop.type": "Filter", "transforms.drop.predicate": "isDead",
                "predicates": "isDead", "predicates.isDead.type": "RecordIsTombstone"}

    def records(self, partition):
        self.next_id += 10
        return [((json.dumps({"order_id": self.next_id + n}), None), False) for n in range(10)]

    lives = [
        *dies_at("advance.built", "write.after_cas", "write.before_commit", "write.after_commit", "write.committed", "put.answered"),
        *goes_on_after(("write.after_cas", "write.before_commit:2"), ("write.after_commit",)),
    ]

    def oracles(self):
        """And once something to write, behind all that was not."""
        made = Lane.records(self, 0)
        kcat.produce(self.kafka.bootstrap, self.topic, 0, [pair for pair, _ in made])
        self.sent[0] += [True] * len(made)
        self.flow.wait_written(30)
        self.check()
        super().oracles()


class Current(Lane):
    """The newest state of each order, by a merge."""

    has_ledger = False
    columns = "order_id, customer_id, product_name, status"

    def set_up(self):
        self.db.sql("""CREATE TABLE orders_current (order_id int PRIMARY KEY, customer_id int, product_name text, amount numeric(10,2),
                       status text, created_at timestamp, updated_at timestamp)""")
        self.alive = {partition: {} for partition in self.sent}

    def settings(self):
        return {"mode": "current", "table.name": "orders_current", "columns": None}

    def records(self, partition):
        made, alive = [], self.alive[partition]
        for _ in range(12):
            self.next_id += 1
            op = self.dice.choice("cccuud" if len(alive) > 12 else "cccuu" if alive else "c")
            order = self.next_id if op == "c" else self.dice.choice(list(alive))
            product, status = f"Widget {self.next_id}" if op == "c" else alive[order][1], f"S{self.next_id}"
            told = GONE if op == "u" and self.has_ledger else product  # as Debezium sends a large value that did not change
            if op == "d":
                del alive[order]
            else:
                alive[order] = (self.next_id, product, status)
            pair = events.envelope(op, order, customer_id=self.next_id, product=told, status=status, lsn=self.next_id)
            made.append((pair, (op, order, (self.next_id, product, status))))
        return made

    lives = [
        *dies_at("stage.made", "write.after_cas", "copy.sending", "copy.sent", "write.statement:7", "write.statement:9", "write.statement:10",
                 "write.after_commit"),
        *goes_on_after(("stage.made", "copy.sending", "copy.sent:2"), ("write.statement:10", "write.after_commit")),
    ]

    def fold(self, positions):
        state = {}
        for changes in self.wanted(positions).values():
            for op, order, row in changes:
                if op == "d":
                    state.pop(order, None)
                else:
                    state[order] = row
        return {(order, *row) for order, row in state.items()}

    def check(self):
        if not self.flow.positions():
            return
        found = self.db.sql(f"""SELECT (SELECT json_object_agg(partition, next_offset) FROM sluice.sink_offsets),
                                (SELECT coalesce(json_agg(json_build_array({self.columns})), '[]') FROM orders_current)""")[0]
        positions = {int(partition): at for partition, at in found[0].items()}
        wanted, rows = self.fold(positions), {tuple(row) for row in found[1]}
        assert rows == wanted, f"at {positions}: {sorted(rows - wanted)[:3]} instead of {sorted(wanted - rows)[:3]}"
        if self.has_ledger:
            super().check()

    def oracles(self):
        assert len(self.alive[0]) > 10, "hardly any row was left to be right: this test would test nothing"
        ledger.assert_positions_only_grow(self.db, type(self).__name__)


class Both(Current):
    """History and current rows in one transaction, and large values that updates leave out."""

    has_ledger = True

    def settings(self):
        return {"mode": "both", "current.table.name": "orders_current"}

    lives = [
        *dies_at("copy.sending:2", "copy.sent:2", "write.after_begin", "write.values_fetched", "write.rows_written", "write.before_commit",
                 "write.after_commit"),
        *goes_on_after(("copy.sending:2", "write.values_fetched", "write.rows_written"), ("write.after_begin", "write.before_commit", "write.after_commit")),
    ]

    def oracles(self):
        products, rows = {}, []
        for row in sorted(self.flow.expected(), key=lambda row: row[:3]):
            order, product = row[3], row[5]
            product = products[order] if product == GONE else product
            products[order] = product
            rows.append((*row[:5], product, *row[6:]))
        assert any(row[5] == GONE for row in self.flow.expected()), "no value was left out: this test would test nothing"
        ledger.assert_exactly_once(self.db, rows, note="Both")
        super().oracles()


class DeadLetters(Lane):
    """Every tenth record is refused, found by the sink, and goes to a topic and a table."""

    feeds_partitions = 1
    table = "orders_dead_letters"

    def set_up(self):
        self.db.sql("ALTER TABLE orders_ledger ADD CONSTRAINT no_threes CHECK (order_id % 10 <> 3)")

    def settings(self):
        return {"errors.tolerance": "all", "errors.max.share": 0.9, "errors.deadletterqueue.topic.name": f"{self.topic}-dead",
                "errors.deadletterqueue.context.headers.enable": "true", "errors.deadletterqueue.table.name": self.table}

    def records(self, partition):
        first, self.next_id = self.next_id, self.next_id + 10
        return [(events.envelope("c", n, lsn=n), n % 10 != 3) for n in range(first, first + 10)]

    lives = [
        *dies_at("letters.table_made", "bisect.savepoint", "bisect.refused", "bisect.found", "reject.judged", "letters.begun", "letters.produced",
                 "letters.acknowledged", "reject.durable", "write.rows_written", "letters.table_written", "write.before_commit", "write.after_commit"),
        *goes_on_after(("bisect.savepoint", "bisect.refused:2", "letters.begun"), ("write.rows_written", "letters.table_written", "write.after_commit")),
    ]

    def bad(self, positions):
        return {(partition, offset) for partition, at in positions.items() for offset, meant in enumerate(self.sent[partition][:at]) if meant is False}

    def letters(self):
        if not self.db.value("SELECT to_regclass(%s) IS NOT NULL", self.table):
            return []
        return self.db.sql(f"SELECT partition, \"offset\" FROM {self.table}")

    def check(self):
        super().check()
        kept, bad = self.letters(), self.bad(self.flow.positions())
        assert set(kept) == bad and len(kept) == len(bad), f"letters in the table {sorted(kept)}, bad records {sorted(bad)}"

    def oracles(self):
        bad = self.bad(self.flow.positions())
        good = [row for row in self.flow.expected() if row[1:3] not in bad]
        ledger.assert_exactly_once(self.db, good, note=type(self).__name__)
        ledger.assert_positions_only_grow(self.db, type(self).__name__)
        sent = {(int(r.headers["__connect.errors.partition"]), int(r.headers["__connect.errors.offset"]))
                for r in kcat.dump(self.kafka.bootstrap, f"{self.topic}-dead")}
        assert sent == bad, f"letters in the topic {sorted(sent)}, bad records {sorted(bad)}"


class RefusedAtCommit(DeadLetters):
    """What only COMMIT refuses: the sink finds nobody to blame, so that the host halves the batch down to the record."""

    def set_up(self):
        self.db.sql("""CREATE FUNCTION refuse_threes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       IF NEW.order_id % 10 = 3 AND current_query() LIKE '%COMMIT%' THEN RAISE 'no threes'; END IF; RETURN NULL; END $$""")
        self.db.sql("""CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders_ledger DEFERRABLE INITIALLY DEFERRED
                       FOR EACH ROW EXECUTE FUNCTION refuse_threes()""")

    lives = dies_at("bisect.halved", "bisect.halved:3", "reject.judged", "letters.acknowledged", "reject.durable", "letters.table_written")


class Replayed(DeadLetters):
    """Dead letters whose cause is mended are replayed, each once, whatever happens in between."""

    lives = goes_on_after(("letters.table_made",))

    def finish(self):
        super().finish()
        self.db.sql("ALTER TABLE orders_ledger DROP CONSTRAINT no_threes")
        bad = len(self.bad(self.flow.positions()))
        self.replay("replay.before_commit:1:abort", -signal.SIGKILL, 0)
        self.replay("replay.before_commit:1:error,replay.committed:1:abort", -signal.SIGKILL, bad)
        self.replay(None, 0, bad)

    def replay(self, orders, code, rows):
        self.host.environment = {"SLUICE_FAILPOINT": orders} if orders else {}
        done = self.host.command("dlq", "replay", self.host.connectors / f"{self.name}.yaml")
        assert done.returncode == code, f"{orders}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        if orders:
            self.note_fired(Life(orders), done.stderr)
        there = self.db.sql("SELECT kafka_partition, kafka_offset FROM orders_ledger WHERE order_id % 10 = 3")
        assert len(there) == len(set(there)) == rows, f"{orders}: {len(there)} rows of letters, {rows} wanted"


class Altered(Lane):
    """Offsets set by a person: all of them or none."""

    feeds_partitions = 4

    lives = ()

    def finish(self):
        self.feed()
        self.host.start()
        self.flow.wait_written()
        self.watch()
        self.host.stop_connector(self.name)
        ends = self.flow.positions()
        self.host.kill9()
        self.alter("alter.group_done:1:abort", ends, ends)
        self.alter("alter.before_commit:1:error", ends, ends)
        self.alter("alter.before_commit:1:abort", ends, ends)
        self.alter("alter.committed:1:abort", ends, dict.fromkeys(ends, 5))
        self.host.environment = {}
        self.host.start()
        assert self.patch(ends) == 200
        assert self.flow.positions() == ends
        self.host.resume(self.name)
        self.feed()
        self.flow.wait_written()
        self.check()
        self.flow.assert_exactly_once("Altered")
        self.host.stop()

    def patch(self, offsets):
        """The status of the answer; None if there was none."""
        edits = [{"partition": {"kafka_topic": self.topic, "kafka_partition": p}, "offset": {"kafka_offset": at}} for p, at in offsets.items()]
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.host.rest.ask("PATCH", f"/connectors/{self.name}/offsets", {"offsets": edits}).status
        return None

    def alter(self, orders, ends, wanted):
        seen = len(self.host.log())
        self.host.environment = {"SLUICE_FAILPOINT": orders}
        self.host.start()
        waits.until("the connector is read", lambda: self.host.rest.get(f"/connectors/{self.name}/status").status == 200, 10)
        status = self.patch(dict.fromkeys(ends, 5))
        if orders.endswith(":error"):
            assert status == 500, status
            self.host.kill9()
        else:
            assert status is None, status
            self.await_death(Life(orders))
        self.note_fired(Life(orders), self.host.log()[seen:])
        assert self.flow.positions() == wanted, orders


class Made(Lane):
    """Tables that auto.create makes and columns that unknown.columns adds; each feed brings a field more."""

    feeds_partitions = 1
    fields = {"id": {"type": "int32", "optional": False}, "note": {"type": "string", "optional": True}}

    def set_up(self):
        self.db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
        self.extra = {}

    def settings(self):
        return {"mode": "both", "table.name": "made", "current.table.name": "made_now", "columns": None, "auto.create": "true", "unknown.columns": "add"}

    def records(self, partition):
        new = f"c{self.next_id}"
        self.extra[new] = {"type": "string", "optional": True}
        made = []
        for _ in range(5):
            made.append((change("c", {"id": self.next_id, "note": "a", new: "x"}, table="made", fields={**self.fields, **self.extra}, lsn=self.next_id), True))
            self.next_id += 1
        return made

    lives = [
        Life("create.before_commit:1:error,create.before_commit:2:abort"),
        *dies_at("create.committed"),
        Life("add.before_commit:1:error,add.before_commit:2:abort"),
        *dies_at("add.committed"),
    ]

    def check(self):
        for table in ("made", "made_now"):
            if not self.db.value("SELECT to_regclass(%s) IS NOT NULL", table):
                continue
            # One statement, one snapshot.
            positions, rows, different = self.db.sql(
                f"SELECT (SELECT json_object_agg(partition, next_offset) FROM sluice.sink_offsets), count(*), count(DISTINCT id) FROM {table}")[0]
            wanted = sum(len(part) for part in self.wanted({int(p): at for p, at in positions.items()}).values())
            assert rows == different == wanted, f"{table} at {positions}: {rows} rows, {different} different, {wanted} wanted"

    def oracles(self):
        wrong = self.db.sql("SELECT count(*) FROM made h FULL JOIN made_now n USING (id) WHERE h.id IS NULL OR n.id IS NULL")[0][0]
        assert wrong == 0 and self.db.value("SELECT count(*) FROM made") == self.next_id - 1
        ledger.assert_positions_only_grow(self.db, "Made")


class Revoked(Lane):
    """The group takes partitions away, for a member that comes."""

    feeds_partitions = 4

    def join(self):
        """A member that reads what it is given and commits nothing."""
        self.member = processes.Process("kcat, a member", [
            "kcat", "-b", self.kafka.bootstrap, "-G", f"connect-{self.name}", "-q", "-X", "partition.assignment.strategy=cooperative-sticky",
            "-X", "enable.auto.commit=false", "-X", f"session.timeout.ms={SESSION_MS}", "-X", "heartbeat.interval.ms=500", self.topic], self.folder / "kcat.log")

    lives = dies_at("group.going", "revoke.begun", "revoke.drained", "close.begun", "revoke.closed", "revoke.committed", "revoke.before_unassign",
                    "revoke.unassigned", meddle=join)

    def live(self, life):
        try:
            super().live(life)
        finally:
            if self.member:
                self.member.stop(10)
                self.member = None

    member = None


class TakenOver(Lane):
    """Frozen where others die: a second host takes over, and what wakes up then writes nothing more. Both live on, so that the next
    one to be frozen has its partitions soon."""

    feeds_partitions = 4
    # What the host that takes over meets where the frozen one's transaction holds the rows.
    in_the_way = ("claim.blocked:1:abort", "claim.owners_ended:1:abort")
    lives = [*(life.ends_frozen() for life in dies_at("write.after_cas", "claim.committed")),
             Life("write.committed:1:stop,group.lost:1:error")]  # what it still sends for the member that it was ends its Kafka client

    def set_up(self):
        self.other = self.make_host("w2")

    def close(self):
        if self.other.running():
            self.other.process.thaw()
            self.other.kill9()
        super().close()

    def run(self):
        self.host.start()
        self.flow.wait_claimed()
        self.other.start()
        self.wait_shared()
        self.watch()
        for life in self.lives:
            self.live(life)
            self.host, self.other = self.other, self.host
        self.feed()
        self.flow.wait_written(30)
        self.check()
        self.oracles()
        for host in (self.host, self.other):
            host.stop()

    def wait_shared(self):
        waits.until("two hosts share the partitions", lambda: self.flow.owners() == 2, 30)

    def live(self, life):
        holds_rows = life.orders.startswith("write.after_cas")
        self.restart(self.other, self.in_the_way[0] if holds_rows else None)
        self.wait_shared()
        seen = self.restart(self.host, life.orders)
        self.feed()
        waits.until("it is frozen", lambda: state_of(self.host.process) == "T", 20, every=0.01)
        frozen = time.monotonic()
        if holds_rows:
            self.dies_in_the_way(self.other, self.in_the_way)
        self.flow.wait_written(30)
        took = time.monotonic() - frozen
        self.check()
        print(f"{life.orders}: taken over after {took:.1f} s")
        self.feed()
        self.flow.wait_written(30)
        self.host.process.thaw()
        self.wait_shared()  # it has found out, and is given new ones
        self.note_fired(life, self.host.log()[seen:])
        self.check()

    def restart(self, host, orders):
        """Where its log begins."""
        host.kill9()
        seen = len(host.log())
        host.environment = {"SLUICE_FAILPOINT": orders} if orders else {}
        host.start(wait=False)
        return seen

    def dies_in_the_way(self, host, points):
        for n, orders in enumerate(points):
            seen = len(host.log()) if n else 0
            code = host.process.wait(30, orders)
            assert code == -signal.SIGKILL, f"{orders}: it ended with {code}\n{host.process.tail()}"
            assert orders in failpoints.fired(host.log()[seen:])
            self.fired[orders] += 1
            following = points[n + 1] if n + 1 < len(points) else None
            host.environment = {"SLUICE_FAILPOINT": following} if following else {}
            host.start(wait=False)


class Frozen(TakenOver):
    """The same at every point of a small batch: in a soak, since each takes seconds."""

    lives = [life.ends_frozen() for lane in (Small, Written) for life in lane.lives
             if life.how == DIES and not life.meddle and "," not in life.orders and not life.orders.startswith("tables.")]


def state_of(process):
    """One letter, as `ps` shows it."""
    return pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


# Those that take longest come first.
LANES = [Written, TakenOver, Small, DeadLetters, Copied, Current, Both, Revoked, PositionAlone, RefusedAtCommit, Altered, Made, Replayed]
