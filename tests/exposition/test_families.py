import pytest

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.families import Families


def test_the_page_has_the_families_in_the_order_in_which_they_were_made():
    families = Families()
    fills = families.counter("desk_fills_total", "Fills.", ("venue",))
    acks = families.histogram("desk_ack_seconds", "Ack.", ("venue",), unit="seconds", bounds=(1.0,))
    age = families.gauge("desk_mark_age_seconds", "Age.", unit="seconds")
    assert list(families) == list(families) == [fills, acks, age]
    assert [one.kind for one in families] == ["counter", "histogram", "gauge"]
    assert [one.labels for one in families] == [("venue",), ("venue",), ()]
    assert b"# UNIT desk_mark_age_seconds seconds" in age.header(openmetrics=True)
    acks.set(("nyse",), Histogram((1.0,)))
    assert acks.series == 4


def test_each_family_has_the_whole_cap():
    families = Families(max_series=2)
    for family in (
        families.gauge("desk_equity", "Equity.", ("account",)),
        families.counter("desk_fills_total", "Fills.", ("account",)),
    ):
        family.replace({("A1",): 1, ("A2",): 2, ("A3",): 3})
        assert (family.series, family.refused) == (2, 1)
    with pytest.raises(AssertionError, match="no room"):
        families.histogram("desk_ack_seconds", "Ack.", unit="seconds")
