"""Which silences mean something: markets that are quiet, and feeds that are dead."""

from typing import Any

import pytest

from deskwatch.core.books import Books
from deskwatch.core.feed import FeedSettings
from deskwatch.core.observation import Feed, Order, Session
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.staleness import ChannelLook, looks
from deskwatch.core.state import dump, load
from deskwatch.core.watch import Watch
from tests.core.blotter import TEN


class Market:
    """A venue's channels and what they send, second by second."""

    def __init__(self, **settings: Any) -> None:
        self.books = Books(BooksSettings(feeds=FeedSettings(**settings)))
        self.now = TEN

    def said(self, status: Any, channel: str = "book", symbol: str = "", **fields: Any) -> None:
        self.books.begin(self.now)
        told = {"venue": "XCME", "channel": channel, "symbol": symbol} | fields
        self.books.apply(Feed(event_time=self.now, status=status, **told))

    def run(self, seconds: int, **every: int) -> "Market":
        """Let time pass; each symbol has a message as often as it says, in seconds."""
        end = self.now + seconds * SECOND
        while self.now < end:
            self.now += SECOND
            self.books.begin(self.now)
            for symbol, period in every.items():
                if (self.now - TEN) // SECOND % period == 0:
                    self.said("message", symbol=symbol)
        return self

    def look(self, channel: str = "book") -> ChannelLook:
        books = self.books
        found = looks(books.feeds, books.settings.feeds, books.sessions, self.now, books.watch)
        (one,) = [look for look in found if look.channel.key.channel == channel]
        return one

    def verdicts(self) -> dict[str, str]:
        one = self.look()
        return {look.stream.symbol: look.verdict for look in (one.whole, *one.symbols)}


def test_a_feed_that_dies_is_stale_within_seconds_and_once():
    market = Market().run(300, ES=1, NQ=1)
    assert market.verdicts() == {"": "flowing", "ES": "flowing", "NQ": "flowing"}
    assert market.run(5).look().whole.verdict == "flowing"
    assert market.run(1).verdicts() == {"": "stale", "ES": "stale", "NQ": "stale"}


@pytest.mark.parametrize("first", [100, 140])
def test_an_outage_in_the_first_minutes_hides_no_second_one(first):
    market = Market().run(first, ES=1).run(62).run(75, ES=1)
    assert market.look().whole.verdict == "flowing"
    assert market.run(26).verdicts() == {"": "stale", "ES": "stale"}


def test_one_symbol_that_falls_silent_is_quiet_and_its_channel_flows():
    market = Market().run(300, ES=1, NQ=1).run(60, ES=1)
    assert market.verdicts() == {"": "flowing", "ES": "flowing", "NQ": "quiet"}
    assert market.look().counts == {"flowing": 1, "quiet": 1}


def test_a_thin_symbol_has_a_rhythm_of_its_own():
    market = Market().run(1800, ES=1, RARE=50).run(200, ES=1)
    assert market.verdicts()["RARE"] == "flowing"
    assert market.run(60, ES=1).verdicts()["RARE"] == "quiet"


def test_too_little_has_come_to_expect_anything():
    market = Market().run(30, ES=1).run(600)
    assert market.verdicts() == {"": "unknown", "ES": "unknown"}
    assert market.look().whole.age == 600 * SECOND
    assert market.look().whole.overdue is None


@pytest.mark.parametrize(
    ("status", "verdict"), [("disconnected", "disconnected"), ("idle", "idle")]
)
def test_what_is_disconnected_or_at_rest_is_not_stale(status, verdict):
    market = Market().run(300, ES=1)
    market.said(status)
    assert market.run(3600).verdicts() == {"": verdict, "ES": verdict}
    assert market.look().whole.age is None


def test_a_venue_whose_sessions_are_all_away_is_not_stale():
    market = Market().run(300, ES=1)
    session = {"venue": "XCME", "session": "ILINK"}
    market.books.apply(Session(event_time=market.now, state="logged_out", **session))
    assert market.run(3600).verdicts() == {"": "away", "ES": "away"}
    market.books.apply(Session(event_time=market.now, state="logged_on", **session))
    assert market.look().whole.verdict == "stale"


def test_a_feed_that_connects_again_and_brings_nothing_is_stale():
    market = Market().run(300, ES=1)
    market.said("disconnected")
    market.run(60)
    market.said("connected")
    assert market.run(5).look().whole.verdict == "flowing"
    assert market.run(1).look().whole.verdict == "stale"


def test_a_promise_goes_before_the_rhythm():
    market = Market().run(300, ES=1)
    market.said("message", interval_ns=20 * SECOND)
    assert market.run(20).look().whole.verdict == "flowing"
    assert market.run(1).look().whole.verdict == "stale"
    market.said("message", interval_ns=0)
    assert market.run(6).look().whole.verdict == "stale", "it is taken back, and the rhythm counts"


def test_a_venues_own_setting_goes_before_the_rhythm():
    market = Market(venue_stale_after_ns={"XCME": MINUTE}).run(2, ES=1)
    assert market.run(60).look().whole.verdict == "flowing"
    assert market.run(1).look().whole.verdict == "stale"


def test_what_came_while_nobody_listened_is_not_missed():
    market = Market().run(300, ES=1).run(600)
    market.books.watch = Watch(market.now)
    assert market.run(5).look().whole.verdict == "flowing"
    assert market.run(1).look().whole.verdict == "stale"


def test_what_was_missed_before_nobody_listened_is_missed_still():
    market = Market().run(300, ES=1).run(600)
    market.books.watch = Watch(since=market.now, until=market.now - 500 * SECOND)
    assert market.look().whole.verdict == "stale"
    market.books.watch = Watch(since=market.now, until=market.now - 597 * SECOND)
    assert market.look().whole.verdict == "flowing"


def test_a_user_stream_is_silent_with_good_reason_until_it_owes_an_answer():
    market = Market()
    for _ in range(200):
        market.run(1)
        market.said("message", "user")
    market.run(3600)
    assert (market.look("user").whole.verdict, market.look("user").owed) == ("unknown", None)
    market.books.apply(
        Order(
            event_time=market.now, account="A1", venue="XCME", symbol="ES", client_order_id="1",
            status="acknowledged", side="buy", quantity="1",
        )
    )  # fmt: skip
    assert market.run(9).look("user").owed == 9 * SECOND
    set_anew = Market(user_channels=("orders",))
    set_anew.now = market.now
    load(set_anew.books, dump(market.books))
    assert (set_anew.look("user").is_user, set_anew.look("user").owed) == (False, None)
    market.said("message", "user")
    assert market.look("user").owed is None


def test_a_user_stream_that_promises_keeps_its_promise():
    market = Market()
    market.said("message", "user", interval_ns=60 * SECOND)
    assert market.run(60).look("user").whole.verdict == "flowing"
    assert market.run(1).look("user").whole.verdict == "stale"
