"""Gaps in, the silence that is usual out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.feed import FeedSettings
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.rhythm import BELIEVED_GAPS, BLOCKS, Rhythm
from tests.core.blotter import HOUR, TEN

stale_after = FeedSettings().stale_after


def heard(*gaps: int, start: int = TEN) -> Rhythm:
    rhythm, now = Rhythm(), start
    for gap in gaps:
        now += gap
        rhythm.take(gap, now, stale_after(rhythm.usual))
    return rhythm


def poisson(mean_s: float, lasts_ns: int, seed: int) -> list[int]:
    """Gaps of a market in which each moment is like any other."""
    chance, gaps, passed = random.Random(seed), [0], 0
    while passed < lasts_ns:
        gaps.append(int(chance.expovariate(1 / mean_s) * SECOND))
        passed += gaps[-1]
    return gaps


def test_what_comes_every_second_is_expected_every_second():
    assert heard(*[SECOND] * 200).expected() == SECOND


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param([MINUTE] * (BELIEVED_GAPS - 1), id="too few gaps"),
        pytest.param([SECOND] * 59, id="all in one or two minutes"),
    ],
)
def test_too_little_is_not_believed(gaps):
    assert heard(*gaps).expected() is None


def test_a_burst_changes_nothing():
    """A thousand messages in a second, in a market that has one in ten seconds."""
    calm = [10 * SECOND] * 90
    assert heard(*calm, *[SECOND // 1000] * 1000, *calm).expected() == 10 * SECOND


def test_one_outage_changes_nothing():
    calm = [SECOND] * 600
    assert heard(*calm, HOUR, *calm).expected() == SECOND


def test_a_market_that_calms_down_is_followed():
    busy = [SECOND] * 1200
    assert heard(*busy, *[20 * SECOND] * (3 * BLOCKS)).expected() == 20 * SECOND


def test_a_thin_symbol_is_expected_when_it_comes():
    assert heard(*[5 * MINUTE] * 40).expected() == 5 * MINUTE


@pytest.mark.parametrize("mean_s", [0.2, 1, 5, 20])
def test_five_times_what_is_expected_is_rare_in_a_market_without_memory(mean_s):
    """Over six hours, told as it would have been at each message; 5 s are never stale."""
    rhythm, now, stale, judged = Rhythm(), TEN, 0, 0
    for gap in poisson(mean_s, 6 * HOUR, seed=7):
        expected = rhythm.expected()
        if expected is not None:
            judged += 1
            stale += gap > stale_after(expected)
        now += gap
        rhythm.take(gap, now, stale_after(rhythm.usual))
    assert judged > 500
    assert stale == 0


@given(
    starts=st.integers(0, 59),
    flows=st.integers(80, 300),
    lasts=st.integers(6, 3600),
    goes_on=st.integers(60, 1200),
)
def test_an_outage_at_any_time_is_no_more_usual_than_what_was_just_stale(
    starts, flows, lasts, goes_on
):
    gaps = [SECOND] * flows + [lasts * SECOND] + [SECOND] * goes_on
    expected = heard(*gaps, start=TEN + starts * SECOND).expected()
    assert expected is not None
    assert expected <= stale_after(SECOND)


@given(st.lists(st.integers(0, 3 * MINUTE), max_size=200))
def test_what_is_expected_is_a_gap_that_was_seen_or_less(gaps):
    rhythm = heard(*gaps)
    expected = rhythm.expected()
    assert expected is None or expected in gaps or expected < max(gaps)
    assert len(rhythm.maxima) <= BLOCKS
