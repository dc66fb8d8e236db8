"""What has changed against an earlier result. The machine may be another, or busier: rates are compared by their share of raw COPY in
their own run where both have it. A change counts only where what the runs of one lay between does not touch the other's, and where
it is larger than what two single runs differ by anyway."""

import dataclasses

from bench import stats

_NOISE = 0.03
_RATE = "events_per_s"
_LIMIT = "copy/1"
# The figures that are compared, and which way is better.
_HIGHER_IS_BETTER = {_RATE: True, "sluice_cpu_us": False, "postgres_cpu_us": False, "sluice_peak_mb": False, "idle_mb": False,
                     "ready_ms": False, "first_row_ms": False, "p50_ms": False, "p99_ms": False, "p999_ms": False, "max_ms": False}


@dataclasses.dataclass(frozen=True)
class Change:
    contestant: str
    figure: str
    before: stats.Figure
    now: stats.Figure
    verdict: str   # "better", "worse", "same"

    @property
    def share(self):
        return self.now.median / self.before.median - 1 if self.before.median else 0.0


def changes(before, now):
    """Of every figure that both have."""
    limits = [outcome.figure(_LIMIT, "rows_per_s") for outcome in (before, now)]
    found = []
    for contestant, figures in now.figures.items():
        for name, better in _HIGHER_IS_BETTER.items():
            if name not in figures or name not in before.figures.get(contestant, {}):
                continue
            pair = before.figures[contestant][name], figures[name]
            label = name
            if name == _RATE and all(limits) and contestant != _LIMIT:
                pair = tuple(map(stats.ratio, pair, limits))
                label = "share of COPY"
            found.append(Change(contestant, label, *pair, _verdict(*pair, better)))
    return found


def _verdict(before, now, higher_is_better):
    apart = now.low > before.high or now.high < before.low
    if not apart or not before.median or abs(now.median / before.median - 1) < _NOISE:
        return "same"
    return "better" if (now.median > before.median) == higher_is_better else "worse"


def lines(before, now):
    found = changes(before, now)
    if not found:
        yield "nothing to compare: no contestant was in both runs"
    for change in found:
        if change.verdict != "same":
            yield (f"{change.verdict.upper():6} {change.contestant} {change.figure}: {change.before.median:,.4g} -> "
                   f"{change.now.median:,.4g} ({change.share:+.1%})")
    unchanged = sum(change.verdict == "same" for change in found)
    yield f"{unchanged} of {len(found)} figures are the same within their spread"
