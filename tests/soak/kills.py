"""kill -9 of the only host of two connectors, again and again, by a supervisor that starts it anew at once (fault 1)."""

import time

from soak.figures import percentile, text
from soak.lane import Lane

_P50_S, _P99_S = 1.0, 3.0


class Kills(Lane):
    sources = ("kill -9 while it started",)
    base, bad, both = 30, True, True

    @staticmethod
    def goals_of(plan):
        return {"kill -9": plan.kills}

    def step(self):
        host = self.hosts[0]
        # One in five lives is ended while it starts, the others once they have got to work.
        early = self.dice.random() < 0.2
        if early:
            self.pause(self.dice.uniform(0.01, 0.3))
        elif self.wait("the lane goes on after a kill", lambda: self.stopping() or self._recovered(), 30, every=0.1):
            self.pause(self.dice.uniform(0.1, 1.5))
        self.must_run(host)
        self.recoveries.begin(time.time())
        host.kill9()
        self.put_log_away(host)
        host.start(wait=False)
        self.happened("kill -9")
        self.happened("kill -9 while it started", early)

    def _recovered(self):
        self.positions.take(self.db)
        return not self.recoveries.begun or self.recoveries.recovered(len(self.recoveries.begun) - 1)

    def figures(self):
        seconds, left_out = self.recoveries.seconds(self.stand.disturbed())
        return {"recoveries": len(seconds), "left out": left_out, "recovery p50 s": percentile(seconds, 0.5),
                "recovery p99 s": percentile(seconds, 0.99), "recovery max s": max(seconds, default=None),
                "slowest": self.recoveries.slowest(self.stand.disturbed())}

    def told(self):
        seconds, _ = self.recoveries.seconds(self.stand.disturbed())
        return f"{self.counts['kill -9']} kills, recovery p50 {text(percentile(seconds, 0.5))} s, p99 {text(percentile(seconds, 0.99))} s"

    def judge(self):
        seconds, _ = self.recoveries.seconds(self.stand.disturbed())
        if len(seconds) < self.counts["kill -9"] // 2:
            self.violate(f"only {len(seconds)} recoveries could be measured after {self.counts['kill -9']} kills")
        self.limit("recovery p50", percentile(seconds, 0.5), _P50_S)
        self.limit("recovery p99", percentile(seconds, 0.99), _P99_S)
