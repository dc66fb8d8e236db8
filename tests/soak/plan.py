"""How long a run goes on, what its lanes are, and what counts as enough. Pure."""

import dataclasses

from soak.chaos import Chaos
from soak.failovers import Failovers
from soak.kills import Kills
from soak.outages import Outages
from soak.takeovers import Takeovers

_OUTAGE_S, _OUTAGE_LEAST_S = 1800, 60
_FULL_LIMIT_S = 3 * 3600  # a run that has not got its counts by then will not get them
_SHORT_LIMIT_S = 240


@dataclasses.dataclass(frozen=True)
class Plan:
    seed: int
    minutes: float | None       # None: until every lane has its counts
    lanes: dict                 # {name: class}
    outage_s: float
    kills: int
    takeovers: int              # of one lane
    failovers: int
    restarts: int               # of a Postgres, each way
    rounds: int                 # of chaos
    limit_s: float = _FULL_LIMIT_S
    session_ms: int | None = None  # None: the product's default
    check_every_s: float = 60
    phase_s: float = 12         # the longest phase of a workload
    slack: float = 1.0          # by how much the times may miss their goals
    short: bool = False         # too short for every phase of the workload


def lanes(takeover_lanes):
    """Takeovers have several, since each of them mostly waits for a session to end."""
    return {"kills": Kills, **{f"takeovers-{n + 1}": Takeovers for n in range(takeover_lanes)}, "failovers": Failovers,
            "outage": Outages, "chaos": Chaos}


def for_minutes(seed, minutes):
    """None: the full counts. With a time the outage takes half of it."""
    outage_s = _OUTAGE_S if minutes is None else min(_OUTAGE_S, max(_OUTAGE_LEAST_S, minutes * 30))
    return Plan(seed, minutes, lanes(3), outage_s, kills=1000, takeovers=67, failovers=20, restarts=20, rounds=20)


def short(seed):
    """What continuous integration has time for: every lane and every fault, each a few times, on a machine that does other things
    meanwhile."""
    return Plan(seed, None, lanes(1), outage_s=8, kills=15, takeovers=2, failovers=1, restarts=1, rounds=1, limit_s=_SHORT_LIMIT_S, session_ms=3000,
                check_every_s=8, phase_s=3, slack=10.0, short=True)


def only(plan, names):
    """The same with some of the lanes."""
    unknown = set(names) - set(plan.lanes)
    if unknown:
        raise ValueError(f"no lane is called {', '.join(sorted(unknown))}; there are {', '.join(plan.lanes)}")
    return dataclasses.replace(plan, lanes={name: plan.lanes[name] for name in names})
