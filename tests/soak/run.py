"""A run from its beginning to its verdict."""

import time

from soak import report
from soak.stand import Stand

_PROGRESS_S = 10
_START_S = 180
_END_S = 900


class Run:
    """prepare(), go_on(), verdict(), and in any case close()."""

    def __init__(self, plan, say=print):
        self.plan, self._say = plan, say
        self.stand = None
        self.lanes = []
        self.violations = []
        self.began = self.took_s = None

    def go(self):
        """All of it; the violations, as sentences."""
        self.began = time.time()
        self._say(f"soak: seed {self.plan.seed}: SLUICE_SEED={self.plan.seed} makes the same choices again")
        self.stand = Stand()
        self.lanes = [kind(name, self.stand, self.plan) for name, kind in self.plan.lanes.items()]
        for lane in self.lanes:
            lane.start()
        self._go_on()
        for lane in self.lanes:
            lane.stop()
        end = time.monotonic() + _END_S
        for lane in self.lanes:
            lane.join(max(0, end - time.monotonic()))
            if lane.is_alive():
                lane.violate(f"did not come to its end within {_END_S} s")
        self.took_s = time.time() - self.began
        self.violations += [violation for lane in self.lanes for violation in lane.violations]
        return self.violations

    def close(self):
        if self.stand:
            self.stand.stop(keep_logs=bool(self.violations))
            if self.violations:
                self._say(f"soak: what the processes said is kept in {self.stand.folder}")

    def _go_on(self):
        """Until the time is over, or every lane has what it needs."""
        started = time.monotonic()
        while not all(lane.prepared or lane.ended for lane in self.lanes):
            if time.monotonic() > started + _START_S:
                self.violations.append(f"the lanes were not at work after {_START_S} s")
                return
            time.sleep(0.1)
        started = said = time.monotonic()
        limit = self.plan.limit_s if self.plan.minutes is None else self.plan.minutes * 60
        while time.monotonic() < started + limit and not all(lane.ended for lane in self.lanes):
            if all(lane.reached() or lane.ended for lane in self.lanes) and self.plan.minutes is None:
                return
            if time.monotonic() > said + _PROGRESS_S:
                said = time.monotonic()
                for lane in self.lanes:
                    self._say(report.progress(time.time() - self.began, lane))
            time.sleep(0.2)
        if self.plan.minutes is None:
            for lane in self.lanes:
                if not lane.reached():
                    lane.violate(f"got no further than {lane.counts} of {lane.goals}")
