"""The primary dies and its asynchronous standby takes over, which lacks up to 1,000 of the transactions that were committed; the
connection names both servers (fault 42)."""

import time

from soak.figures import percentile, text
from soak.lane import Lane

_FAILOVER, _LACKING = "failover", "failover to a standby that lacks transactions"
_LACK_MOST = 1000


class Failovers(Lane):
    base, burst = 200, 2000
    sources = (_LACKING,)
    by_new_owner = False

    def __init__(self, name, stand, plan):
        super().__init__(name, stand, plan)
        self.lacked = []  # transactions

    @staticmethod
    def goals_of(plan):
        return {_FAILOVER: plan.failovers}

    def make_server(self):
        return self.stand.pair()

    def step(self):
        self.pause(self.dice.uniform(0.5, 3))
        # The first ones are those that may not be missing in a run, however short it is.
        wanted = [_LACK_MOST // 4, 0, 1, 10, _LACK_MOST][self.counts[_FAILOVER]] if self.counts[_FAILOVER] < 5 else self.dice.randint(0, _LACK_MOST)
        lacked = self._let_standby_fall_behind(wanted) if wanted else 0
        pair = self.server
        killed_at = time.time()
        pair.kill_primary()
        pair.promote()
        self.positions.forget()
        if not self.wait("the standby says that it is a primary", lambda: pair.primary.accepting_since() > killed_at, 30):
            return
        self.recoveries.begin(pair.primary.accepting_since())
        self.must_run(self.hosts[0])
        number = self.counts[_FAILOVER]
        self.happened(_FAILOVER)
        self.happened(_LACKING, lacked > 0)
        self.lacked.append(lacked)
        self.wait("the lane goes on at the new primary", lambda: self._take() or self.recoveries.recovered(number), 60)
        pair.rebuild()

    def _let_standby_fall_behind(self, wanted):
        """By so many transactions or, since others commit meanwhile, a few more."""
        self.server.cut_replication()
        self._take()
        begin = self.positions.transactions
        end = time.monotonic() + 30
        while self.positions.transactions - begin < wanted and time.monotonic() < end and not self.stopping():
            time.sleep(0.02)
            self._take()
        return self.positions.transactions - begin

    def _take(self):
        self.positions.take(self.db)

    def figures(self):
        seconds, left_out = self.recoveries.seconds(self.stand.disturbed())
        regressed = self.db.value("SELECT count(*) FROM sluice.sink_events WHERE kind = 'db_regressed'") if self.prepared else 0
        return {"failovers": self.counts[_FAILOVER], "transactions lacked, in all": sum(self.lacked), "at most": max(self.lacked, default=0),
                "partitions that sluice found gone back": regressed, "left out": left_out, "back p50 s": percentile(seconds, 0.5),
                "back max s": max(seconds, default=None),
                "slowest": self.recoveries.slowest(self.stand.disturbed())}

    def told(self):
        seconds, _ = self.recoveries.seconds(self.stand.disturbed())
        return (f"{self.counts[_FAILOVER]} failovers that lacked {self.lacked[-3:]} transactions of late, back p50 "
                f"{text(percentile(seconds, 0.5))} s, at most {text(max(seconds, default=None))} s")
