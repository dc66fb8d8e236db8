"""One lane: a topic, a database, hosts and a workload of its own, one kind of fault, and the ledger of it all.

A lane has two threads beside its workload: its own makes the faults, the other watches, which is to say that it takes samples,
reads the history of the positions and compares the ledger now and then.
"""

import json
import os
import random
import threading
import time
import traceback

import psycopg2

from harness import brokers, ledger, sluice, waits
from harness.flow import Flow
from soak.checker import Checker
from soak.history import Positions, Recoveries
from soak.workload import Workload

_DEFAULT_SESSION = {"consumer_override_session_timeout_ms": None, "consumer_override_heartbeat_interval_ms": None}


class Lane(threading.Thread):
    """start(), then stop() sooner or later, then read `violations`, `counts` and `figures()`.

    What a lane is made of is said by the class: `goals` (the counts that are enough), `sources` (what must have happened at least
    once), `base`, `burst` and `bad` (its workload), `workers` (its hosts), `both` (a second connector, in mode both)."""

    sources = ()
    base, burst, bad, both = 60, 4000, False, False
    by_new_owner = True  # what its faults end is a process, and a recovery the first commit of the next
    workers = ("w1",)

    def __init__(self, name, stand, plan):
        super().__init__(name=name, daemon=True)
        self.stand, self.plan = stand, plan
        self.dice = random.Random(f"{plan.seed} {name}")
        self.goals = self.goals_of(plan)
        self.counts = {source: 0 for source in (*self.goals, *self.sources)}
        self.violations = []  # sentences
        self.recoveries = Recoveries(self.by_new_owner)
        self.positions = Positions(self.recoveries.moved)
        self.totals = None  # what checker.whole() found
        self.bad_records = self.letters = 0
        self.hosts = []
        self.partitions = brokers.Kafka.PARTITIONS
        self._logs = 0
        self.unseen = 0  # looks that came to nothing
        self.prepared = self.ended = False
        self._stopping, self._watched = threading.Event(), threading.Event()

    # -- what a lane may say otherwise

    @staticmethod
    def goals_of(plan):
        """{what its faults are called: how many are enough}"""
        raise NotImplementedError

    def make_server(self):
        return self.stand.server("shared")

    def settings(self):
        """Of its connectors, beside those of every lane."""
        return {}

    def release(self):
        """What its class has made; after everything."""

    def step(self):
        """One fault and what is to be seen of it."""
        raise NotImplementedError

    def judge(self):
        """What the figures must come to."""

    def figures(self):
        """{name: value} for the table; at the end, or None where nothing is to be told."""
        return {}

    def told(self):
        """The same in short, while it goes on."""
        return ""

    # -- its life

    def run(self):
        try:
            self._prepare()
            while not self._stopping.is_set():
                self.step()
                if self.reached() and self.plan.minutes is None:
                    self.pause(self.dice.uniform(3, 10))  # it has enough: the processor is for the lanes that have not
            self._finish()
        except Exception:
            self.violate(f"the lane broke off: {traceback.format_exc()}")
            if self.prepared:
                self.workload.leave()
        finally:
            self._watched.set()
            self.release()
            self.ended = True

    def stop(self):
        self._stopping.set()

    def stopping(self):
        return self._stopping.is_set()

    def pause(self, seconds):
        """Sleeps, unless the run ends."""
        self._stopping.wait(seconds)

    def violate(self, sentence):
        self.violations.append(f"{self.name}: {sentence}")
        print(f"VIOLATION: {time.strftime('%H:%M:%S')} {self.name}: {sentence}", flush=True)

    def reached(self):
        """Enough of everything."""
        return all(times >= self.goals.get(name, 1) for name, times in self.counts.items())

    def happened(self, name, times=1):
        self.counts[name] += times

    def must_run(self, host):
        if not host.process.alive():
            self.violate(f"{host.worker} ended by itself, with {host.process.exit_code()}\n{host.process.tail()}")

    def _prepare(self):
        self.folder = self.stand.folder / self.name
        self.folder.mkdir()
        kafka = self.stand.kafka
        self.topic = f"{self.name}.public.orders"
        kafka.create_topic(self.topic)
        self.server = self.make_server()
        self.db = ledger.database(self.server)
        self.db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE text")  # for large rows
        self.flows = [self._flow(f"{self.name}-history", "orders_ledger", self.db)]
        current = None
        if self.both:
            ledger.create(self.db, "orders_ledger_both")
            self.db.sql("ALTER TABLE orders_ledger_both ALTER product_name TYPE text")
            self.db.sql("""CREATE TABLE orders_current (order_id int PRIMARY KEY, customer_id int, product_name text, amount numeric(10,2),
                           status varchar(50), created_at timestamp, updated_at timestamp)""")
            self.flows.append(self._flow(f"{self.name}-both", "orders_ledger_both", self.db))
            current = "orders_ledger_both", "orders_current"
        self.dead = f"{self.topic}-dead" if self.bad else None
        if self.dead:
            kafka.create_topic(self.dead)
        self.hosts = [self._host(worker) for worker in self.workers]
        self.write_connectors()
        for host in self.hosts:
            host.start()
            self.stand.resources.watch(self.name, host)
        for flow in self.flows:
            flow.wait_claimed(60)
        ledger.watch_positions(self.db)
        # Connections of its own: no two threads share one.
        self.watching = self.db.another()
        self.checker = Checker([self._flow(flow.connector, flow.table, self.watching) for flow in self.flows], self.watching, current)
        self.workload = Workload(self.name, self.folder, kafka.bootstrap, self.topic, self.dice_of("workload"), base=self.base,
                                 burst=self.burst, bad=self.bad, longest_s=self.plan.phase_s, excused=self.stand.is_troubled)
        self.workload.start()
        self.flows[0].wait_advanced(self.flows[0].positions(), 60)
        self._watcher = threading.Thread(target=self._watch, name=f"{self.name} watch", daemon=True)
        self._watcher.start()
        self.prepared = True

    def write_connectors(self):
        for flow in self.flows:
            self.hosts[0].connector(flow.connector, self._settings_of(flow))

    def grow_to(self, partitions):
        """The topic has more of them by now."""
        self.partitions = partitions
        for flow in [*self.flows, *self.checker.flows]:
            flow.partitions = partitions

    def put_log_away(self, host):
        """Of a process that has ended: the harness reads a log whole after each kill, which must not grow for a thousand lives."""
        self._logs = (self._logs + 1) % 10
        host.process.log.replace(host.process.log.with_suffix(f".{self._logs}"))

    def dice_of(self, purpose):
        """Random numbers of a thread of its own."""
        return random.Random(f"{self.plan.seed} {self.name} {purpose}")

    def _flow(self, connector, table, db):
        return Flow(self.stand.kafka.bootstrap, self.topic, db, connector, table, brokers.Kafka.PARTITIONS)

    def _host(self, worker):
        return sluice.Sluice(self.folder, self.stand.kafka.bootstrap, f"{self.name}-{worker}", secrets_paths=[str(self.folder)])

    def _settings_of(self, flow):
        made = ledger.sink(self.folder, self.db, topics=self.topic, table_name=flow.table, **_DEFAULT_SESSION)
        if flow.table != "orders_ledger":
            made.update({"mode": "both", "current.table.name": "orders_current"})
        if self.dead:
            made.update({"errors.tolerance": "all", "errors.deadletterqueue.topic.name": self.dead,
                         "errors.deadletterqueue.context.headers.enable": True})
        if self.plan.session_ms:
            made.update({"consumer.override.session.timeout.ms": self.plan.session_ms,
                         "consumer.override.heartbeat.interval.ms": min(1000, self.plan.session_ms // 3)})
        return {**made, **self.settings()}

    # -- the thread that watches

    def _watch(self):
        # Of this thread and the programs that it starts: what is compared meanwhile shall not take the processor from what recovers.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        dice = self.dice_of("watch")
        next_check = time.monotonic() + self.plan.check_every_s
        while not self._watched.wait(dice.uniform(0.3, 1.5)):
            try:
                self.positions.take(self.watching)
                self.checker.sample()
                if time.monotonic() > next_check:
                    self.checker.check()
                    next_check = time.monotonic() + self.plan.check_every_s
            except (psycopg2.Error, AssertionError):
                self.unseen += 1  # the database or the broker is away: that is what some lanes are about; the end is judged strictly

    # -- the end

    def _finish(self):
        for host in self.hosts:
            host.process.thaw()
        self.stand.wait_untroubled()
        self.workload.stop()
        for flow in self.flows:
            flow.wait_written(180)
        self._watched.set()
        self._watcher.join()
        self.positions.take(self.watching)
        self.inspect()
        for host in self.hosts:
            try:
                host.stop(seconds=10)
            except AssertionError as error:
                self.violate(f"{host.worker} did not end well: {str(error).splitlines()[0]}")
        for source, times in self.counts.items():
            if not times:
                self.violate(f"not once: {source}; this run did not test it")
        for kind, times in self.workload.counts.items():
            if not times and not self.plan.short:
                self.violate(f"not one phase of the workload was {kind!r}")
        self.judge()

    def inspect(self):
        """The oracles over all of it."""
        self.totals = self.checker.whole()
        if self.dead:
            self.bad_records, self.letters = self.checker.dead_letters(self.dead)
        for what in self.checker.differences:
            self.violate(f"ledger: {what}")
        if self.checker.differences:
            (self.folder / "evidence.json").write_text(json.dumps(self.checker.evidence(), indent=1, default=str))
        for what in self.checker.torn[:5]:
            self.violate(f"no prefix of the topic: {what}")
        if not self.checker.samples:
            self.violate("no sample was taken, so that nothing is known of what was to be seen meanwhile")
        for what in self.positions.faults[:5]:
            self.violate(f"positions: {what}")
        for what in self.positions.zombies[:5]:
            self.violate(f"zombie: {what}")
        if not self.positions.moves:
            self.violate("no position moved")

    def checks(self):
        return self.checker.checks if self.prepared else 0

    def written(self):
        """Records that its connectors have behind them."""
        return sum(place.next_offset for place in list(self.positions.places.values()))

    def limit(self, what, seconds, limit):
        """The goal, on a machine that may be as much slower as the plan says."""
        if seconds is None:
            self.violate(f"{what} was not to be measured")
        elif seconds > limit * self.plan.slack:
            self.violate(f"{what} is {seconds:.2f} s, and may be {limit * self.plan.slack:g} s")

    def wait(self, claim, check, seconds, every=0.05):
        """As waits.until, for what the figures judge: False where it did not come, which is a violation."""
        try:
            return waits.until(claim, check, seconds * self.plan.slack, every)
        except waits.NotInTime as error:
            self.violate(str(error).splitlines()[0])  # without the ends of all logs
            return False
