import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.family import REFUSED, Family, HistogramFamily, MetricFamily


def samples(family: MetricFamily) -> list[str]:
    """Return the family's sample lines, in their order."""
    return b"".join(family.chunks()).decode().split("\n")[1:]


def drawdown(max_series: int = 10) -> Family:
    return Family(
        "desk_drawdown", "Below its peak.", "gauge", labels=("account",), max_series=max_series
    )


def test_a_series_has_one_slot():
    family = drawdown()
    slot = family.slot(("A1",))
    assert family.slot(("A1",)) == slot != family.slot(("A2",))
    assert family.series == 2


def test_a_series_is_absent_until_it_has_a_value_and_again_without_one():
    family = drawdown()
    slot = family.slot(("A1",))
    assert samples(family) == []
    family.set(slot, 12.5)
    assert samples(family) == ['desk_drawdown{account="A1"} 12.5']
    family.set(slot, None)
    assert samples(family) == []
    assert family.series == 1


def test_over_the_cap_a_new_series_is_refused_and_counted_and_the_old_ones_go_on():
    family = drawdown(max_series=2)
    slots = [family.slot((account,)) for account in ("A1", "A2", "A3", "A4")]
    assert slots[2:] == [REFUSED, REFUSED]
    assert (family.series, family.refused) == (2, 2)
    family.set_many(slots, [1, 2, 3, 4])
    family.set(REFUSED, 5)
    family.remove(REFUSED)
    assert samples(family) == ['desk_drawdown{account="A1"} 1.0', 'desk_drawdown{account="A2"} 2.0']


def test_a_removed_series_makes_room_for_another():
    family = drawdown(max_series=1)
    old = family.slot(("A1",))
    family.set(old, 1.0)
    family.remove(old)
    assert (samples(family), family.series) == ([], 0)
    new = family.slot(("A2",))
    assert new == old  # accounts that come and go for a year take no more memory than at once
    assert samples(family) == []
    family.set(new, 1.0)
    assert samples(family) == ['desk_drawdown{account="A2"} 1.0']
    assert family.refused == 0


def test_the_wrong_number_of_label_values_is_our_own_bug():
    with pytest.raises(ValueError, match="longer"):
        drawdown().slot(("A1", "S1"))


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
    family.set(family.slot(("binance",)), histogram)
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
        family.set(family.slot((venue,)), histogram)
    assert (family.series, family.refused, len(samples(family))) == (8, 1, 8)
    family.remove(family.slot(("a",)))
    family.set(family.slot(("c",)), histogram)
    assert {line.split('"')[1] for line in samples(family)} == {"b", "c"}


def test_another_histograms_bounds_are_our_own_bug():
    family = HistogramFamily("desk_x", "X.", bounds=(1.0,))
    with pytest.raises(AssertionError):
        family.set(family.slot(()), Histogram((2.0,)))


def test_a_family_says_what_it_is_and_has_room_for_a_series():
    with pytest.raises(AssertionError, match="say what it is"):
        Family("desk_x", "", "gauge")
    with pytest.raises(AssertionError, match="no room"):
        HistogramFamily("desk_x", "X.", bounds=(1.0,), max_series=3)
