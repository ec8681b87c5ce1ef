"""How far the hosts' clocks are off, by their own reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.clock import MAX_HOSTS, MOST_NS, ClockReport
from deskwatch.core.observation import Clock
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import MINUTE, TEN


def desk(*reports: tuple[str, int]) -> Books:
    books = Books(BooksSettings())
    books.begin(TEN)
    for host, offset in reports:
        books.apply(Clock(event_time=TEN, host=host, offset_ns=offset, reference="ptp"))
    return books


def test_the_last_report_of_a_host_counts():
    books = desk(("fra-1", 12_000), ("fra-2", -7), ("fra-1", -40_000))
    assert books.clock.reports == {
        "fra-1": ClockReport(-40_000, TEN, "ptp"),
        "fra-2": ClockReport(-7, TEN, "ptp"),
    }


def test_an_old_report_says_nothing():
    clock = desk(("fra-1", 12_000)).clock
    assert clock.offset("fra-1", TEN + MINUTE) == 12_000
    assert clock.offset("fra-1", TEN + MINUTE + 1) is None
    assert clock.offset("fra-9", TEN) is None


@pytest.mark.parametrize("off", [-3 * MINUTE, 30 * SECOND])
def test_its_age_is_counted_from_when_it_came_whatever_the_host_takes_for_the_time(off):
    """It is that clock that is off: one that is behind is to be told of as that, not as silent."""
    books = Books(BooksSettings())
    books.begin(TEN)
    books.apply(Clock(event_time=TEN + off, host="fra-1", offset_ns=off, reference="ntp"))
    assert books.clock.offset("fra-1", TEN + MINUTE) == off
    assert books.clock.offset("fra-1", TEN + MINUTE + 1) is None


def test_what_rts_25_allows():
    assert MOST_NS == {"high_frequency": 100_000, "algorithmic": 10**6, "voice": 10**9}


def test_hosts_are_bounded():
    books = desk(*((f"h{n}", 1) for n in range(MAX_HOSTS)), ("h0", 5))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(Clock(event_time=TEN, host="one more", offset_ns=1))
    assert len(books.clock.reports) == MAX_HOSTS
    assert books.clock.offset("h0", TEN) == 5


@given(st.dictionaries(st.sampled_from("abc"), st.integers(-SECOND, SECOND)))
def test_a_restart_changes_nothing(reports):
    books, again = desk(*reports.items()), Books(BooksSettings())
    load(again, dump(books))
    assert again.clock.dump() == books.clock.dump()
