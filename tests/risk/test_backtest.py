"""Was the VaR right? Counts of exceptions, and exceptions in a row."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.risk.backtest import backtest, basel_zone, cumulative, independence, kupiec

hits = st.text("01 ", max_size=300)
probabilities = st.sampled_from([0.01, 0.025, 0.05, 0.1])


def test_exceptions_that_come_together_are_told_from_as_many_apart():
    apart = backtest("0" * 24 + "1" + "0" * 50 + "1" + "0" * 24, 0.02)
    together = backtest("0" * 49 + "11" + "0" * 49, 0.02)
    assert apart.exceptions == together.exceptions == 2
    assert apart.kupiec == together.kupiec
    assert apart.independence is not None
    assert together.independence is not None
    assert apart.independence.p_value > 0.5
    assert together.independence.p_value < 0.05


def test_what_follows_a_gap_follows_nothing():
    assert independence("1 1") is None
    assert independence("00 11") == independence("11 00")


@pytest.mark.parametrize("sequence", ["", "1", "0"])
def test_a_single_interval_says_nothing_of_what_follows_what(sequence):
    result = backtest(sequence, 0.01)
    assert (result.independence, result.conditional_coverage) == (None, None)


def test_zones_of_other_counts_and_confidences():
    """By the definition, not by 250 days at 99 %: 500 at 95 % go yellow at 34 and red at 46."""
    zones = [basel_zone(x, 500, 0.05) for x in range(60)]
    assert zones == sorted(zones, key=["green", "yellow", "red"].index)
    assert cumulative(zones.index("yellow") - 1, 500, 0.05) < 0.95
    assert cumulative(zones.index("red"), 500, 0.05) >= 0.9999


def test_no_exception_is_green_however_few_there_should_be():
    assert basel_zone(0, 50, 0.001) == "green"
    assert basel_zone(1, 50, 0.001) == "yellow"


@given(hits, probabilities)
def test_conditional_coverage_is_both(sequence, probability):
    result = backtest(sequence, probability)
    assert result.observations == len(sequence.replace(" ", ""))
    if result.independence is None:
        assert result.conditional_coverage is None
        return
    assert result.conditional_coverage is not None
    total = result.kupiec.ratio + result.independence.ratio
    assert result.conditional_coverage.ratio == pytest.approx(total)
    assert result.conditional_coverage.p_value == pytest.approx(math.exp(-total / 2))


@given(st.integers(0, 400), st.integers(0, 400), probabilities)
def test_the_ratio_is_zero_only_at_the_rate_itself(exceptions, misses, probability):
    ratio = kupiec(exceptions, exceptions + misses, probability)
    assert ratio.ratio >= 0
    assert 0 <= ratio.p_value <= 1
    # One degree of freedom: a squared standard normal.
    tail = 2 * (1 - NormalDist().cdf(math.sqrt(ratio.ratio)))
    assert ratio.p_value == pytest.approx(tail, abs=1e-12)


@given(st.integers(1, 2000), probabilities)
def test_all_exceptions_or_fewer_are_certain(observations, probability):
    assert cumulative(observations, observations, probability) == pytest.approx(1)
