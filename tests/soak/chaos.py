"""Three hosts, and everything at once: what happens to processes on one thread, what happens to all that they stand on, on another.

A round strikes with each fault once, in random order; then everything is mended, and each partition has to move on.
"""

import threading
import time
import traceback

from harness import waits
from harness.proxy import FaultProxy
from soak.figures import percentile, text
from soak.lane import Lane

_PARTITIONS_MOST = 12
_BROKER_EVERY_S = 240  # it stops all lanes
_AFTER_BROKER_S = 15   # what is measured so soon after it is not what it would be
_MOVES_ON_S = 90       # a session, since somebody may have been frozen just now, and then what a rebalance left to nobody


class Chaos(Lane):
    base, burst, bad = 30, 3000, True
    workers = ("w1", "w2", "w3")
    by_new_owner = False

    def __init__(self, name, stand, plan):
        self._processes = {"kill -9": self._kill, "freeze": self._freeze, "SIGTERM": self._terminate, "pause and resume": self._pause,
                           "restart by REST": self._restart, "stop and resume": self._stop_and_resume}
        self._ground = {"connections cut": self._cut, "network late": self._delay, "network silent": self._silence,
                        "target locked": self._lock, "Postgres restarted": self._restart_postgres, "Postgres killed": self._kill_postgres,
                        "settings edited": self._edit}
        if not plan.short:  # Kafka's own tools take longer than a short run has
            self._ground["partition added"] = self._add_partition
        self.sources = (*self._processes, *self._ground, *([] if plan.short else ["broker restarted"]))
        super().__init__(name, stand, plan)
        self._proxy = None
        self._edits = 0
        self._broker_at = -_BROKER_EVERY_S
        self.seconds = []  # from the end of a round until each partition has moved

    @staticmethod
    def goals_of(plan):
        return {"round": plan.rounds}

    def make_server(self):
        self._proxy = FaultProxy(self.plan.seed)
        server = self.stand.server(self.name)
        self._network = self._proxy.listen(server.port)
        return server

    def settings(self):
        return {"connection.url": self.db.url_at(self._network.address), "tasks.max": 2, "batch.max.records": 2000 + self._edits % 7}

    def release(self):
        if self._proxy:
            self._proxy.close()

    def step(self):
        beside = threading.Thread(target=self._strike, args=(self._processes, self.dice_of(f"processes {self.counts['round']}")), daemon=True)
        beside.start()
        self._strike(self._ground, self.dice)
        beside.join()
        if self.stopping():
            return
        if not self.plan.short and time.monotonic() > self._broker_at + _BROKER_EVERY_S and self.stand.broker.acquire(blocking=False):
            try:
                self._restart_broker()
            finally:
                self.stand.broker.release()
        self._network.heal()
        self._await_moves()
        self.happened("round")

    def _strike(self, faults, dice):
        try:
            for name in dice.sample(list(faults), len(faults)):
                if self.stopping():
                    return
                self.pause(dice.uniform(0, 2))
                self.happened(name, faults[name](dice))
        except Exception:
            self.violate(f"a fault could not be made: {traceback.format_exc()}")
            self.stop()

    def _await_moves(self):
        """Each partition that is known moves on, whoever has it."""
        self.positions.take(self.db)
        before = {at: place.next_offset for at, place in self.positions.places.items()}
        begin = time.monotonic()

        def moved():
            self.positions.take(self.db)
            places = self.positions.places
            return self.stopping() or all(places[at].next_offset > offset for at, offset in before.items())
        if self.wait("each partition moves on after a round", moved, _MOVES_ON_S, every=0.1) and not self.stopping():
            self.seconds.append(time.monotonic() - begin)

    # -- faults; each answers how often it struck

    def _kill(self, dice):
        host = self._some_host(dice)
        host.kill9()
        self.put_log_away(host)
        self.pause(dice.uniform(0, 2))
        host.start(wait=False)
        return 1

    def _freeze(self, dice):
        host = self._some_host(dice)
        host.process.freeze()
        self.pause(dice.uniform(0.5, 1 if self.plan.short else 15))
        host.process.thaw()
        return 1

    def _terminate(self, dice):
        host = self._some_host(dice)
        self._await_rest(host)
        host.stop(seconds=15)
        host.start(wait=False)
        return 1

    def _pause(self, dice):
        host = self._some_host(dice)
        self._ask(host, "put", "pause")
        self.pause(dice.uniform(0.2, 3))
        self._ask(host, "put", "resume")
        return 1

    def _restart(self, dice):
        self._ask(self._some_host(dice), "post", "restart?includeTasks=true")
        return 1

    def _stop_and_resume(self, dice):
        host = self._some_host(dice)
        self._ask(host, "put", "stop")
        self.pause(dice.uniform(0.2, 3))
        self._ask(host, "put", "resume")
        return 1

    def _cut(self, dice):
        before = self._network.counters()
        self._network.cut(dice.choice(["reset", "close"]))
        after = self._network.counters()
        return after["reset"] + after["closed"] > before["reset"] + before["closed"]

    def _delay(self, dice):
        self._network.set(delay_ms=dice.randint(20, 300), jitter_ms=dice.randint(0, 100))
        self.pause(dice.uniform(1, 5))
        self._network.heal()
        return 1

    def _silence(self, dice):
        self._network.set(blackhole=True)
        self.pause(dice.uniform(0.5, 5))
        self._network.heal()
        return 1

    def _lock(self, dice):
        holder = self.db.another()
        holder.sql("BEGIN")
        holder.sql("LOCK TABLE orders_ledger IN ACCESS EXCLUSIVE MODE")
        self.pause(dice.uniform(0.5, 5))
        holder.sql("COMMIT")
        holder.close()
        return 1

    def _restart_postgres(self, _):
        self.server.stop()
        self.server.start()
        self.db.close()
        return 1

    def _kill_postgres(self, _):
        self.server.kill9()
        self.server.start()
        self.db.close()
        return 1

    def _edit(self, _):
        """As an editor that saves; the hosts see it by themselves."""
        self._edits += 1
        self.write_connectors()
        return 1

    def _add_partition(self, _):
        if self.partitions == _PARTITIONS_MOST:
            return 0
        self.stand.kafka.tool("TopicCommand", "--alter", "--topic", self.topic, "--partitions", str(self.partitions + 1))
        self.grow_to(self.partitions + 1)
        return 1

    def _restart_broker(self):
        self._broker_at = time.monotonic()
        begin = time.time()
        self.stand.troubled.append((begin, begin + 120))  # until it is known
        self.stand.kafka.stop()
        self.stand.kafka.start()
        self.stand.troubled[-1] = (begin, time.time() + _AFTER_BROKER_S)
        self.happened("broker restarted")

    # -- what they are made of

    def _some_host(self, dice):
        host = dice.choice(self.hosts)
        self.must_run(host)
        return host

    def _await_rest(self, host):
        waits.until(f"REST of {host.worker} answers", host.rest.answers, 30 * self.plan.slack)

    def _ask(self, host, how, what):
        self._await_rest(host)
        answer = getattr(host.rest, how)(f"/connectors/{self.flows[0].connector}/{what}")
        if answer.status >= 300 and answer.status != 409:
            self.violate(f"{what} was answered with {answer}")

    def figures(self):
        return {"rounds": self.counts["round"], "all partitions move again p50 s": percentile(self.seconds, 0.5),
                "all partitions move again max s": max(self.seconds, default=None), "partitions": self.partitions if self.prepared else None}

    def told(self):
        return f"{self.counts['round']} rounds, all partitions moved again after {text(percentile(self.seconds, 0.5))} s (p50)"
