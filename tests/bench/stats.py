"""Figures of repeated runs: a median, and how far they lie apart."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Figure:
    values: tuple  # in the order of the repetitions

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def low(self):
        return min(self.values)

    @property
    def high(self):
        return max(self.values)

    @property
    def spread(self):
        """Half of the way from the lowest to the highest, as a share of the median."""
        return (self.high - self.low) / 2 / abs(self.median) if self.median else 0.0


def figure(values):
    values = tuple(values)
    if not values:
        raise ValueError("a figure of no runs")
    return Figure(values)


def ratio(above, below):
    """Of each repetition, since what slows the machine down for a while slows both; where one has fewer runs, of its median."""
    if len(above.values) == len(below.values):
        return figure(a / b for a, b in zip(above.values, below.values) if b)
    return figure(a / below.median for a in above.values)
