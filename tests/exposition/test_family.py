import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.family import Family, HistogramFamily, MetricFamily


def samples(family: MetricFamily) -> list[str]:
    """Return the family's sample lines, in their order."""
    return b"".join(family.chunks()).decode().split("\n")[1:]


def drawdown(max_series: int = 10) -> Family:
    return Family(
        "desk_drawdown", "Below its peak.", "gauge", labels=("account",), max_series=max_series
    )


def test_label_values_are_one_series():
    family = drawdown()
    for account in ("A1", "A1", "A2"):
        assert family.set((account,), 1.0)
    assert family.series == 2


def test_a_series_is_absent_until_it_has_a_value_and_again_without_one():
    family = drawdown()
    family.set(("A1",), None)
    assert samples(family) == []
    family.set(("A1",), 12.5)
    assert samples(family) == ['desk_drawdown{account="A1"} 12.5']
    family.set(("A1",), None)
    assert samples(family) == []
    assert family.series == 1


def test_over_the_cap_a_new_series_is_refused_and_counted_and_the_old_ones_go_on():
    family = drawdown(max_series=2)
    figures = {"A1": 3, "A2": 4, "A3": 5, "A4": 6}
    assert [family.set((one,), figure) for one, figure in figures.items()] == [
        True, True, False, False
    ]  # fmt: skip
    assert (family.series, family.refused) == (2, 2)
    assert family.set(("A1",), 1)
    assert family.set(("A2",), 2)
    family.drop(("A3",))
    assert family.refused == 2
    assert samples(family) == ['desk_drawdown{account="A1"} 1.0', 'desk_drawdown{account="A2"} 2.0']


def test_a_removed_series_makes_room_for_another():
    family = drawdown(max_series=1)
    family.set(("A1",), 1.0)
    family.drop(("A1",))
    assert (samples(family), family.series) == ([], 0)
    family.set(("A2",), None)
    assert samples(family) == []
    # Accounts that come and go for a year take no more memory than at once.
    assert len(family._lines) == 1
    family.set(("A2",), 1.0)
    assert samples(family) == ['desk_drawdown{account="A2"} 1.0']
    assert family.refused == 0


def test_the_wrong_number_of_label_values_is_our_own_bug():
    with pytest.raises(ValueError, match="longer"):
        drawdown().set(("A1", "S1"), 1.0)


@given(
    st.lists(st.dictionaries(st.tuples(st.sampled_from("abcdef")), st.integers(0, 3), max_size=6))
)
def test_after_replace_the_series_are_exactly_the_figures(scrapes):
    family = drawdown()
    for figures in scrapes:
        family.replace(figures)
        assert sorted(samples(family)) == sorted(
            f'desk_drawdown{{account="{account}"}} {float(value)}'
            for (account,), value in figures.items()
        )


def test_replace_keeps_a_series_that_stays_over_one_that_comes():
    family = drawdown(max_series=2)
    family.replace({("A1",): 1, ("A2",): 2})
    family.replace({("A3",): 3, ("A4",): 4, ("A2",): 5})
    assert sorted(samples(family)) == [
        'desk_drawdown{account="A2"} 5.0',
        'desk_drawdown{account="A3"} 3.0',
    ]
    assert family.refused == 1


def test_a_histogram_shows_its_buckets_its_sum_and_its_count():
    family = HistogramFamily(
        "desk_order_ack_seconds", "Ack.", labels=("venue",), unit="seconds", bounds=(0.005, 1.0)
    )
    histogram = Histogram((0.005, 1.0))
    for seconds in (0.25, 0.5, 2.0):
        histogram.observe(seconds)
    family.set(("binance",), histogram)
    assert samples(family) == [
        'desk_order_ack_seconds_bucket{venue="binance",le="0.005"} 0.0',
        'desk_order_ack_seconds_bucket{venue="binance",le="1.0"} 2.0',
        'desk_order_ack_seconds_bucket{venue="binance",le="+Inf"} 3.0',
        'desk_order_ack_seconds_sum{venue="binance"} 2.75',
        'desk_order_ack_seconds_count{venue="binance"} 3.0',
    ]


def test_a_histogram_counts_each_of_its_series_against_the_cap():
    family = HistogramFamily("desk_x", "X.", labels=("venue",), bounds=(1.0,), max_series=9)
    histogram = Histogram((1.0,))
    for venue in ("a", "b", "c"):
        family.set((venue,), histogram)
    assert (family.series, family.refused, len(samples(family))) == (8, 1, 8)
    family.drop(("a",))
    family.set(("c",), histogram)
    assert {line.split('"')[1] for line in samples(family)} == {"b", "c"}


def test_another_histograms_bounds_are_our_own_bug():
    family = HistogramFamily("desk_x", "X.", bounds=(1.0,))
    with pytest.raises(AssertionError):
        family.set((), Histogram((2.0,)))


def test_a_family_says_what_it_is_and_has_room_for_a_series():
    with pytest.raises(AssertionError, match="say what it is"):
        Family("desk_x", "", "gauge")
    with pytest.raises(AssertionError, match="no room"):
        HistogramFamily("desk_x", "X.", bounds=(1.0,), max_series=3)
