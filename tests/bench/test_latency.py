"""Latency's own arithmetic: which look saw a row first, and percentiles that are numbers of the run."""

import pytest

from bench import arrivals
from bench.arrivals import Look


def looks(*texts):
    return [Look.of(text, 1000 * (at + 1)) for at, text in enumerate(texts)]


def test_a_transaction_is_seen_when_it_is_no_longer_under_way_and_not_before():
    look = Look.of("10:14:10,12", 5)
    assert [xid for xid in range(8, 16) if look.sees(xid)] == [8, 9, 11, 13]
    assert Look.of("14:14:", 5).sees(13) and not Look.of("14:14:", 5).sees(14)


def test_the_first_look_that_saw_a_row_gives_its_time():
    taken = looks("10:10:", "10:11:10", "10:12:10", "12:12:", "12:12:")
    assert arrivals.first_seen(taken, {10, 11}) == {10: 4000, 11: 3000}


@pytest.mark.parametrize("xid, why", [(9, "seen by the first"), (12, "not seen by the last")])
def test_a_row_that_the_looks_do_not_cover_has_no_latency(xid, why):
    with pytest.raises(AssertionError, match=why):
        arrivals.first_seen(looks("10:10:", "12:12:"), {xid})


def test_a_percentile_is_a_number_that_so_many_are_not_above():
    numbers = [7, 1, 5, 3]
    assert [arrivals.percentile(numbers, share) for share in (0.0, 0.25, 0.26, 0.5, 0.75, 0.99, 1.0)] == [1, 1, 3, 3, 5, 7, 7]
    assert arrivals.percentile(range(1, 1001), 0.999) == 999
    with pytest.raises(ValueError):
        arrivals.percentile([], 0.5)


def test_the_figures_of_latency_tell_the_tail():
    found = arrivals.figures([1.0] * 985 + [9.0] * 14 + [100.0])
    assert found == {"p50_ms": 1.0, "p99_ms": 9.0, "p999_ms": 9.0, "max_ms": 100.0}
