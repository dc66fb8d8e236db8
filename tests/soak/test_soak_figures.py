"""What the soak makes of its measurements."""

import random

import pytest

from soak.figures import Slope, percentile
from soak.history import Recoveries
from soak.stalls import Stalls


@pytest.mark.parametrize("share, wanted", [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_smallest_value_that_enough_are_not_above(share, wanted):
    assert percentile(random.Random(1).sample(range(1, 101), 100), share) == wanted


def test_of_nothing_there_is_no_percentile():
    assert percentile([], 0.5) is None


def test_a_slope_is_certain_where_it_stands_out_of_the_noise_and_uncertain_where_it_does_not():
    dice = random.Random(seed := 7)
    noise = [(second, 100 + dice.gauss(0, 0.5)) for second in range(1740)]
    growing = [(second, value + 10 * second / 3600) for second, value in noise]
    flat = Slope(noise)
    assert flat.low < 0 < flat.high, seed
    assert 9 < Slope(growing).low < 10 < Slope(growing).high < 11, seed


def test_a_slope_of_too_few_samples_is_none():
    assert Slope([(second, 1.0) for second in range(100)]).per_hour is None
    assert Slope([]).per_hour is None


def test_a_recovery_is_from_the_fault_to_the_first_move_of_an_owner_that_came_after_it():
    recoveries = Recoveries(new_owner=True)
    recoveries.begin(100.0)
    recoveries.begin(110.0)
    recoveries.moved("orders", 100.2, owner_since=99.0)    # committed while it was killed
    recoveries.moved("orders", 100.8, owner_since=100.5)
    recoveries.moved("orders", 101.5, owner_since=100.5)   # not the first
    assert not recoveries.recovered(1)
    recoveries.moved("orders", 112.0, owner_since=111.0)
    assert recoveries.recovered(1)
    assert recoveries.seconds() == ([pytest.approx(0.8), 2.0], 0)
    assert recoveries.seconds(troubled=[(111.5, 120.0)]) == ([pytest.approx(0.8)], 1)
    assert recoveries.slowest() == "2.00 s from 00:01:50, 0.80 s from 00:01:40"
    assert recoveries.slowest(troubled=[(111.5, 120.0)]) == "0.80 s from 00:01:40"


def test_only_a_disk_that_makes_others_wait_for_half_a_second_disturbs_what_is_measured(tmp_path):
    stalls = Stalls(tmp_path)
    stalls.start()
    stalls.note(100.0, 100.4)
    stalls.note(110.0, 110.6)
    stalls.stop()
    assert (110.0, 110.6) in stalls.times and (100.0, 100.4) not in stalls.times
    assert stalls.longest_s >= 0.59
