from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.histogram import LATENCY_BOUNDS, Histogram


def test_a_duration_on_an_edge_belongs_to_the_bucket_below_it():
    histogram = Histogram((0.1, 1.0, 5.0))
    for seconds in (0.0, 0.1, 0.2, 5.0, 5.1):
        histogram.observe(seconds)
    assert histogram.cumulative() == [2, 3, 4, 5]
    assert histogram.count == 5
    assert histogram.sum == pytest.approx(10.4)


@pytest.mark.parametrize("seconds", [-1e-9, nan, inf, -inf])
def test_an_interval_that_cannot_be_is_refused_and_counts_nowhere(seconds):
    histogram = Histogram()
    with pytest.raises(ValueError, match="finite"):
        histogram.observe(seconds)
    assert (histogram.count, histogram.sum, histogram.cumulative()[-1]) == (0, 0.0, 0)


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_each_bucket_counts_what_is_at_most_its_bound(durations):
    histogram = Histogram()
    for seconds in durations:
        histogram.observe(seconds)
    at_most = [sum(seconds <= bound for seconds in durations) for bound in LATENCY_BOUNDS]
    assert histogram.cumulative() == [*at_most, len(durations)]


def test_latency_is_counted_from_100_microseconds_to_10_seconds_with_an_edge_at_five():
    assert (LATENCY_BOUNDS[0], LATENCY_BOUNDS[-1]) == (0.0001, 10.0)
    assert 5.0 in LATENCY_BOUNDS
    assert all(1.9 < b / a < 2.6 for a, b in pairwise(LATENCY_BOUNDS))


@pytest.mark.parametrize("bounds", [(), (0.0, 1.0), (2.0, 1.0), (1.0, 1.0), (1.0, inf), (nan,)])
def test_bounds_must_ascend_from_above_zero(bounds):
    with pytest.raises(AssertionError):
        Histogram(bounds)
