"""What many measurements come to. Pure."""

import math
import statistics


def percentile(values, share):
    """The smallest value that at least `share` of all are not above; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def touches(begin, end, times):
    """Whether what went on from `begin` to `end` overlaps one of `times`, (from, to) each."""
    return any(begin < until and end > since for since, until in times)


def text(seconds):
    return "-" if seconds is None else f"{seconds:.2f}"


class Slope:
    """How fast something grows, with what the noise allows: `low` to `high` holds it with 95 %, in units an hour.

    Samples a second apart depend on one another, so a line is laid through the means of blocks of `block_s` seconds; what
    these lie off it by tells the noise. None of it where there are fewer than five blocks."""

    def __init__(self, samples, block_s=30):
        """`samples`: (seconds, value), in order."""
        blocks = {}
        for at, value in samples:
            blocks.setdefault(int((at - samples[0][0]) // block_s), []).append((at, value))
        points = [(statistics.fmean(at for at, _ in block), statistics.fmean(value for _, value in block))
                  for block in blocks.values() if len(block) > block_s / 2]
        self.blocks = len(points)
        self.per_hour = self.low = self.high = None
        if self.blocks >= 5:
            self._fit(points)

    def _fit(self, points):
        middle_at = statistics.fmean(at for at, _ in points)
        middle = statistics.fmean(value for _, value in points)
        spread = sum((at - middle_at) ** 2 for at, _ in points)
        slope = sum((at - middle_at) * (value - middle) for at, value in points) / spread
        left = sum((value - middle - slope * (at - middle_at)) ** 2 for at, value in points)
        degrees = len(points) - 2
        # 1.96 of the normal distribution, widened to Student's for few blocks (exact to a few per cent from three degrees on).
        error = (1.96 + 2.4 / degrees + 6.0 / degrees ** 2) * math.sqrt(left / degrees / spread)
        self.per_hour, self.low, self.high = (3600 * part for part in (slope, slope - error, slope + error))
