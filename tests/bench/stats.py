"""Figures of repeated runs: a median, and how far they lie apart."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Figure:
    median: float
    low: float
    high: float
    count: int

    @property
    def spread(self):
        """Half of the way from the lowest to the highest, as a share of the median."""
        return (self.high - self.low) / 2 / abs(self.median) if self.median else 0.0


def figure(values):
    values = list(values)
    if not values:
        raise ValueError("a figure of no runs")
    return Figure(statistics.median(values), min(values), max(values), len(values))
