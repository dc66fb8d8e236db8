"""Its Postgres is away: first once for long, then again and again for a moment (faults 40 and the outage of faults.md section 4)."""

import time

from soak.figures import percentile, text
from soak.lane import Lane
from soak.resources import memory_slope

_BACK_S = 1.0
_SLOPE_MB_PER_HOUR = 1.0
_RANGE_KB = 8 * 1024  # what an allocator does by itself
_SETTLED_S = 60       # until librdkafka's queue and the batch in hand are full
_LONG, _FAST, _KILLED = "long outage", "restart of Postgres", "kill -9 of Postgres"


class Outages(Lane):
    base, bad = 80, True
    by_new_owner = False

    def __init__(self, name, stand, plan):
        super().__init__(name, stand, plan)
        self.slope = None
        self.range_kb = None
        self.away_s = 0

    @staticmethod
    def goals_of(plan):
        return {_LONG: 1, _FAST: plan.restarts, _KILLED: plan.restarts}

    def make_server(self):
        return self.stand.server(self.name)

    def step(self):
        if not self.counts[_LONG]:
            self._long()
        else:
            self.pause(self.dice.uniform(1, 6))
            source = _KILLED if self.counts[_KILLED] < self.counts[_FAST] else _FAST
            self._stop_server(source)
            self.pause(self.dice.uniform(0, 3))
            self._back(source)

    def _long(self):
        self._stop_server(_LONG)
        begin = time.time()
        # As much as the host may hold, at once: from then on it must not grow.
        self.workload.write_burst(60_000, self.dice)
        self._wait_for_condition()
        while time.time() < begin + self.plan.outage_s and not self.stopping():
            task = self._task()
            told = task.get("condition", "").startswith("waiting for the database: ") or self.stand.is_troubled()  # the broker may be away, too
            if task.get("state") != "RUNNING" or not told:
                self.violate(f"{time.time() - begin:.0f} s into the outage the task said {task}")
                break
            self.pause(1)
        self.away_s = time.time() - begin
        self._judge_memory(begin)
        with self.stand.broker:
            self.stand.wait_untroubled()
            self._back(_LONG)
        # A restart in the middle of the backlog would measure how long a full batch takes, not how soon it is back.
        self.flows[0].wait_written(600)

    def _stop_server(self, source):
        self.server.kill9() if source == _KILLED else self.server.stop()
        self.db.close()

    def _back(self, source):
        """Starts it, and waits for the first commit."""
        self.server.start()
        self.recoveries.begin(self.server.accepting_since())
        self.must_run(self.hosts[0])
        self.happened(source)
        number = len(self.recoveries.begun) - 1
        self.wait("the lane goes on after its Postgres came back", lambda: self._take() or self.recoveries.recovered(number), 30)

    def _take(self):
        self.positions.take(self.db)

    def _task(self):
        return self.hosts[0].task(self.flows[0].connector)

    def _wait_for_condition(self):
        self.wait("the task says that it waits for the database", lambda: "condition" in self._task(), 30)

    def _judge_memory(self, begin):
        samples = [sample for sample in self.stand.resources.longest_life(self.name, self.hosts[0].worker)
                   if sample.at > begin + _SETTLED_S]
        self.slope = memory_slope(samples)
        if not samples:
            return
        self.range_kb = max(sample.rss_kb for sample in samples) - min(sample.rss_kb for sample in samples)
        if self.range_kb > _RANGE_KB:
            self.violate(f"after the first minute of the outage the resident memory moved by {self.range_kb} kB")
        if self.slope.low is not None and self.slope.low > _SLOPE_MB_PER_HOUR:
            self.violate(f"in the outage the resident memory grew by {self.slope.per_hour:.2f} MB an hour, and by more than {self.slope.low:.2f} for sure")

    def figures(self):
        seconds, left_out = self.recoveries.seconds(self.stand.disturbed())
        known = self.slope and self.slope.per_hour is not None
        return {"away s": round(self.away_s), "memory slope MB/h": self.slope.per_hour if known else None,
                "memory slope 95 %": f"{self.slope.low:.2f} to {self.slope.high:.2f}" if known else None,
                "memory range kB": self.range_kb, "back after it s": self._after_long(),
                "Postgres back": len(seconds), "left out": left_out,
                "back p50 s": percentile(seconds, 0.5), "back p99 s": percentile(seconds, 0.99), "back max s": max(seconds, default=None),
                "slowest": self.recoveries.slowest(self.stand.disturbed())}

    def _after_long(self):
        return self.recoveries.longest(0) if self.recoveries.begun else None

    def told(self):
        seconds, _ = self.recoveries.seconds(self.stand.disturbed())
        return (f"away for {self.away_s:.0f} s, {self.counts[_FAST]} restarts and {self.counts[_KILLED]} kills of Postgres, back p50 "
                f"{text(percentile(seconds, 0.5))} s, p99 {text(percentile(seconds, 0.99))} s")

    def judge(self):
        seconds, _ = self.recoveries.seconds(self.stand.disturbed())
        if len(seconds) < (self.counts[_FAST] + self.counts[_KILLED]) // 4:
            self.violate(f"only {len(seconds)} returns of Postgres could be measured")
        self.limit("back after the long outage", self._after_long(), _BACK_S)
        self.limit("back after Postgres, p99", percentile(seconds, 0.99), _BACK_S)
