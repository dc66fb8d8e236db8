"""What has to be reached, and whether it was: a line each, from the medians of one run."""

import dataclasses
import re
import typing

from bench import stats


@dataclasses.dataclass(frozen=True)
class Goal:
    text: str
    wanted: float
    reached: typing.Callable   # Outcome -> stats.Figure, or None where it was not measured
    at_most: bool = False      # otherwise: at least
    unit: str = ""

    def met(self, number):
        return number <= self.wanted if self.at_most else number >= self.wanted


def _rate(name, figure="events_per_s"):
    return lambda outcome: outcome.figure(name, figure)


def _best(*names):
    """The fastest of several settings of a peer."""
    def best(outcome):
        found = [rate for name in names if (rate := outcome.figure(name, "events_per_s"))]
        return max(found, key=_median, default=None)
    return best


def _ratio(above, below):
    def ratio(outcome):
        figures = above(outcome), below(outcome)
        return stats.ratio(*figures) if all(figures) and figures[1].median else None
    return ratio


def _worst(pattern, figure):
    """The largest of the contestants whose whole name matches."""
    def worst(outcome):
        found = [outcome.figure(name, figure) for name in outcome.figures if re.fullmatch(pattern, name)]
        return max((one for one in found if one), key=_median, default=None)
    return worst


def _schemas_share(outcome):
    """Of the six kinds of run the one that loses most by schemas."""
    shares = [_ratio(_rate(f"{name}/schemas"), _rate(name))(outcome) for name in outcome.figures if name.startswith("sluice/")]
    return min((share for share in shares if share), key=_median, default=None)


def _median(figure):
    return figure.median


def _growth(large, small):
    return _ratio(_rate(f"growth/{large}", "sluice_cpu_us"), _rate(f"growth/{small}", "sluice_cpu_us"))


_JDBC_APPEND = _best(*(f"jdbc/insert/{tasks}" for tasks in (1, 2)))
_JDBC_UPSERT = _best(*(f"jdbc/upsert/{tasks}" for tasks in (1, 2)))
_ROWS = "rows_per_s"

GOALS = (
    Goal("history, 1 task, of raw COPY over 1 connection", 0.8, _ratio(_rate("sluice/history/1", _ROWS), _rate("copy/1", _ROWS))),
    Goal("history, 2 tasks, of raw COPY over 1 connection", 1.0, _ratio(_rate("sluice/history/2", _ROWS), _rate("copy/1", _ROWS))),
    Goal("history, 2 tasks, of raw COPY over 2 connections", 0.75, _ratio(_rate("sluice/history/2", _ROWS), _rate("copy/2", _ROWS))),
    Goal("history, 2 tasks, times Debezium's JDBC sink, best insert", 7, _ratio(_rate("sluice/history/2"), _JDBC_APPEND)),
    Goal("the same on the peer's own input, with schemas", 7, _ratio(_rate("sluice/history/2/schemas"), _JDBC_APPEND)),
    Goal("history, 2 tasks, times the Spark job", 6, _ratio(_rate("sluice/history/2"), _best("spark"))),
    Goal("current, 2 tasks, times Debezium's JDBC sink, best upsert", 12, _ratio(_rate("sluice/current/2"), _JDBC_UPSERT)),
    Goal("the same on the peer's own input, with schemas", 12, _ratio(_rate("sluice/current/2/schemas"), _JDBC_UPSERT)),
    Goal("with schemas, of the rate without, worst of all", 0.85, _schemas_share),
    Goal("CPU of sluice an event, history and current, worst", 4, _worst(r"sluice/(history|current)/\d", "sluice_cpu_us"), True, "us"),
    Goal("the same with schemas", 5, _worst(r"sluice/(history|current)/\d/schemas", "sluice_cpu_us"), True, "us"),
    Goal("resident idle with one connector", 25, _rate("sluice/idle", "idle_mb"), True, "MB"),
    Goal("resident draining the topic with schemas, highest", 150, _worst(r"sluice/.*/schemas", "sluice_peak_mb"), True, "MB"),
    Goal("resident more while Postgres is stopped under load", 5, _rate("sluice/outage", "grown_mb"), True, "MB"),
    Goal("latency at 1,000 events/s, half of all", 4, _rate("latency/sluice/1000", "p50_ms"), True, "ms"),
    Goal("the same, 99 of 100", 15, _rate("latency/sluice/1000", "p99_ms"), True, "ms"),
    Goal("the same, of that of Debezium's JDBC sink", 1 / 3,
         _ratio(_rate("latency/sluice/1000", "p99_ms"), _rate("latency/jdbc/1000", "p99_ms")), True),
    Goal("ready after start, slowest", 300, _worst(r"sluice/.*", "ready_ms"), True, "ms"),
    Goal("first row after start, slowest", 2000, _worst(r"sluice/.*", "first_row_ms"), True, "ms"),
    Goal("current, rate at 10,000,000 rows in the table, of that at 100,000", 0.8,
         _ratio(_rate("growth/table/10000000"), _rate("growth/table/100000"))),
    Goal("the same where it is the old rows that change, of any age", 0.8,
         _ratio(_rate("growth/any-age/10000000"), _rate("growth/any-age/100000"))),
    Goal("CPU of sluice an event, 64 partitions, of that at 1", 1.2, _growth("partitions/64", "partitions/1"), True),
    Goal("CPU of sluice an event, 50 connectors, of that at 1", 1.2, _growth("connectors/50", "connectors/1"), True),
    Goal("history of 10,000,000 events, rate of the last tenth, of the first", 0.8,
         _rate("growth/history/10000000", "last_of_first_tenth")),
)


def judged(outcome):
    """(goal, the figure that was reached, whether its median is enough); the last two None where it was not measured."""
    found = []
    for goal in GOALS:
        figure = goal.reached(outcome)
        found.append((goal, figure, None if figure is None else goal.met(figure.median)))
    return found
