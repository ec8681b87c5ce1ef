"""Feeds, sessions and services as the API answers them."""

from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.observation import Heartbeat, Session
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views.feeds import feeds, services
from tests.core.blotter import TEN
from tests.exposition.test_feed import FLOWING, feed


def test_a_channel_is_shown_with_its_symbols_and_its_sessions():
    books = Books(BooksSettings())
    for told in (*FLOWING, feed(299, symbol="NQ", bid="2", ask="1")):
        books.begin(told.event_time)
        books.apply(told)
    books.apply(Session(event_time=TEN, venue="XCME", session="ILINK", state="logged_on"))
    answer = feeds(books, TEN + 309 * SECOND)
    (row,) = answer.channels
    assert (row.service, row.venue, row.channel, row.stream) == ("md-1", "XCME", "book", "market")
    assert (row.whole.verdict, row.whole.staleness_s, row.whole.stale_after_s) == ("stale", 10, 5)
    assert [(one.symbol, one.verdict) for one in row.symbols] == [
        ("ES", "stale"),
        ("NQ", "unknown"),
    ]
    assert row.symbol_counts == {"stale": 1, "unknown": 1}
    assert (row.crossed_books, row.symbols[1].crossed) == (1, True)
    assert [one.state for one in answer.sessions] == ["logged_on"]


def test_services_are_shown_the_worst_first():
    books = Books(BooksSettings())
    books.begin(TEN)
    beat = Heartbeat(event_time=TEN, service="a", interval_ns=60 * SECOND)
    for name, seconds in (("a", 60), ("b", 5), ("c", 20), ("d", 0)):
        books.apply(structs.replace(beat, service=name, interval_ns=seconds * SECOND))
    rows = services(books, TEN + 30 * SECOND).services
    assert [(row.service, row.state) for row in rows] == [
        ("b", "down"), ("c", "late"), ("a", "up"), ("d", "stopped"),
    ]  # fmt: skip
    assert [row.uptime_s for row in rows] == [None, 30, 30, None]
