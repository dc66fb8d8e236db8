"""Two hosts in one group: one is frozen past its session, every second time in the middle of COPY, the other takes over, and the
first wakes up (fault 3)."""

import time

from soak.figures import percentile, text, touches
from soak.lane import Lane

_BEYOND_SESSION_S = 3.0
_PRODUCT_SESSION_S = 10
_IN_COPY = "freeze in the middle of COPY"
_ANYWHERE = "freeze at a random moment"
# A backend that waits for its client in the middle of a COPY, and since when it is in that statement.
_WAITING = ("SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
            "AND query LIKE '%COPY%FROM STDIN%'")
_FOR_CLIENT = " AND wait_event = 'ClientRead'"


class Takeovers(Lane):
    sources = (_IN_COPY, _ANYWHERE)
    base, burst = 20, 2000
    workers = ("w1", "w2")

    def __init__(self, name, stand, plan):
        super().__init__(name, stand, plan)
        self.seconds = []    # of all
        self.left_out = 0

    @staticmethod
    def goals_of(plan):
        return {"takeover": plan.takeovers}

    def session_s(self):
        return self.plan.session_ms / 1000 if self.plan.session_ms else _PRODUCT_SESSION_S

    def step(self):
        if not self._wait_until("both hosts have partitions", lambda: len(self._owners()) == 2, self.session_s() + 30):
            return
        for each in self.hosts:
            self.must_run(each)
        host = self.dice.choice(self.hosts)
        source = _IN_COPY if self.counts[_IN_COPY] <= self.counts[_ANYWHERE] else _ANYWHERE
        backend = None
        if source == _IN_COPY:
            backend = self._freeze_in_copy(host)
        else:
            self.pause(self.dice.uniform(0, 1.5))
            host.process.freeze()
        frozen_at = time.time()
        try:
            if source == _IN_COPY and backend is None:
                return
            self.happened(source)
            before = self._owner_of_each()
            if self._wait_until("the other host has taken over", lambda: self._taken_over(frozen_at), self.session_s() + 40):
                self._note(frozen_at, before)
                if backend and self.db.sql("SELECT FROM pg_stat_activity WHERE pid = %s AND state = 'active'", backend):
                    self.violate("the frozen host's session still has its transaction after the takeover")
            self.pause(self.dice.uniform(0, 2))
        finally:
            host.process.thaw()

    def _freeze_in_copy(self, host):
        """The pid of its backend, which then waits for the rest of a COPY; None: it was not to be caught, and runs."""
        for _ in range(20):
            self.workload.write_large(15, self.dice)
            end = time.monotonic() + 2
            while time.monotonic() < end:
                if not self.db.sql(_WAITING):
                    time.sleep(0.002)
                    continue
                host.process.freeze()
                time.sleep(0.2)
                # Only a backend whose client is frozen waits in the same COPY for as long as that.
                first = set(self.db.sql(_WAITING + _FOR_CLIENT))
                time.sleep(0.2)
                still = first & set(self.db.sql(_WAITING + _FOR_CLIENT))
                if still:
                    return still.pop()[0]
                host.process.thaw()
        self.violate("the host was never to be caught in the middle of a COPY")
        return None

    def _places(self):
        self.positions.take(self.db)
        return self.positions.places

    def _owners(self):
        return {place.owner for place in self._places().values()}

    def _owner_of_each(self):
        return {at: place.owner for at, place in self._places().items()}

    def _taken_over(self, since):
        places = self._places().values()
        return len({place.owner for place in places}) == 1 and all(place.owner_moved for place in places)

    def _note(self, frozen_at, before):
        """Until the last of the partitions that changed hands was moved on by its new owner."""
        self.happened("takeover")
        took = [place.owner_moved - frozen_at for at, place in self._places().items() if place.owner != before[at]]
        if touches(frozen_at, frozen_at + max(took), self.stand.disturbed()):
            self.left_out += 1
        else:
            self.seconds.append(max(took))

    def _wait_until(self, claim, check, seconds):
        return self.wait(claim, lambda: self.stopping() or check(), seconds, every=0.2) and not self.stopping()

    def figures(self):
        return {"takeovers": self.counts["takeover"], "in COPY": self.counts[_IN_COPY], "left out": self.left_out,
                "zombie commits": len(self.positions.zombies), "session timeout s": self.session_s(),
                "takeover p50 s": percentile(self.seconds, 0.5), "takeover p99 s": percentile(self.seconds, 0.99),
                "takeover max s": max(self.seconds, default=None)}

    def told(self):
        return (f"{self.counts['takeover']} takeovers, {self.counts[_IN_COPY]} freezes in COPY, p50 {text(percentile(self.seconds, 0.5))} s, "
                f"p99 {text(percentile(self.seconds, 0.99))} s")

    def judge(self):
        self.limit("takeover p99", percentile(self.seconds, 0.99), self.session_s() + _BEYOND_SESSION_S)
