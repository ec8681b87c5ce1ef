"""What is said of feeds in, how they stand out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.event import Fill
from deskwatch.core.feed import KEPT_TIMES, Channel, ChannelKey
from deskwatch.core.feeds import MAX_CHANNELS, MAX_SYMBOLS
from deskwatch.core.observation import Feed, Order
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.core.watch import Watch
from tests.core.blotter import EQUITY, HOUR, TEN
from tests.core.play import assert_comes_back, play

BOOK = ChannelKey("", "XNAS", "book")
DAY = 24 * HOUR


class Desk:
    """Books, and short words for what comes in from XNAS."""

    def __init__(self) -> None:
        self.books = Books(BooksSettings())
        self.books.begin(TEN)

    def at(self, seconds: float) -> "Desk":
        self.books.begin(TEN + round(seconds * SECOND))
        return self

    def feed(self, status: Any = "message", symbol: str = "", **fields: Any) -> "Desk":
        named = {"venue": "XNAS", "channel": "book"} | fields
        self.books.apply(Feed(event_time=TEN, status=status, symbol=symbol, **named))
        return self

    def order(self, status: Any) -> "Desk":
        self.books.apply(
            Order(
                event_time=TEN, account="A1", venue="XNAS", symbol="AAPL", client_order_id="1",
                status=status, side="buy", quantity="1",
            )
        )  # fmt: skip
        return self

    def channel(self, key: ChannelKey = BOOK) -> Channel:
        return self.books.feeds.channels[key]


def test_a_message_counts_for_its_symbol_and_for_the_channel():
    channel = Desk().feed("connected").at(1).feed(symbol="AAPL").at(3).feed(symbol="MSFT").channel()
    assert (channel.whole.messages, channel.whole.heard_at) == (2, TEN + 3 * SECOND)
    assert {name: one.messages for name, one in channel.symbols.items()} == {"AAPL": 1, "MSFT": 1}
    assert channel.symbols["AAPL"].age_ns(TEN + 4 * SECOND, Watch(), None) == 3 * SECOND


def test_who_listens_is_apart_from_who_else_does():
    desk = Desk().feed(service="md-a").feed(service="md-b").feed()
    assert {key.service for key in desk.books.feeds.channels} == {"md-a", "md-b", ""}


def test_no_age_while_it_is_disconnected_and_a_new_one_from_the_connection_on():
    desk = Desk().feed("connected").at(1).feed().at(2).feed("disconnected")
    assert desk.channel().whole.age_ns(TEN + HOUR, Watch(), None) is None
    desk.at(3600).feed("connected")
    assert desk.channel().whole.age_ns(TEN + HOUR + SECOND, Watch(), None) == SECOND
    assert desk.channel().whole.heard_at == TEN + SECOND


def test_no_gap_is_counted_across_a_break():
    desk = Desk().feed().at(1).feed().at(2).feed("disconnected").at(900).feed("connected")
    desk.at(901).feed()
    assert desk.channel().whole.rhythm.gaps == 1


def test_a_message_shows_that_a_feed_is_connected_whatever_was_said():
    channel = Desk().feed("disconnected").at(1).feed(symbol="AAPL").channel()
    assert (channel.whole.status, channel.symbols["AAPL"].status) == ("connected", "connected")


def test_an_idle_market_is_silent_with_good_reason_until_it_speaks():
    desk = Desk().feed(symbol="AAPL").at(1).feed("idle")
    assert [one.age_ns(TEN + DAY, Watch(), None) for one in desk.channel().streams()] == [
        None,
        None,
    ]
    desk.at(2).feed(symbol="AAPL")
    assert [one.age_ns(TEN + 3 * SECOND, Watch(), None) for one in desk.channel().streams()] == [
        SECOND
    ] * 2


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        pytest.param([("disconnected", "AAPL")], "connected", id="one of two"),
        pytest.param(
            [("disconnected", "AAPL"), ("disconnected", "MSFT")], "disconnected", id="both"
        ),
        pytest.param([("idle", "AAPL"), ("idle", "MSFT")], "idle", id="both at rest"),
        pytest.param([("disconnected", ""), ("connected", "AAPL")], "connected", id="one is back"),
    ],
)
def test_symbols_add_up_to_their_channel(said, whole):
    desk = Desk().feed(symbol="AAPL").feed(symbol="MSFT")
    for status, symbol in said:
        desk.feed(status, symbol)
    assert desk.channel().whole.status == whole


def test_gaps_are_counted_and_stay_open_until_the_book_is_new():
    desk = Desk().feed("gap", "AAPL", missed=7).at(1).feed(symbol="AAPL").feed("gap", "AAPL")
    channel = desk.channel()
    assert (channel.gaps, channel.missed, channel.open_gaps()) == (2, 7, 1)
    assert channel.symbols["AAPL"].gap_since == TEN
    assert channel.gaps_since(TEN) == 1
    assert desk.feed("resync", "AAPL").channel().open_gaps() == 0


def test_a_resync_of_the_channel_is_one_of_all_its_books():
    desk = Desk().feed("gap", "AAPL").feed("gap", "MSFT").feed("gap")
    assert desk.channel().open_gaps() == 3
    assert desk.feed("resync").channel().open_gaps() == 0


def test_the_times_of_gaps_are_bounded_and_their_count_is_not():
    desk = Desk()
    for _ in range(KEPT_TIMES + 5):
        desk.feed("gap")
    assert (desk.channel().gaps, len(desk.channel().recent_gaps)) == (KEPT_TIMES + 5, KEPT_TIMES)


@pytest.mark.parametrize(
    ("quotes", "crossed", "crossings"),
    [
        pytest.param([("100.00", "100.01")], False, 0, id="a market"),
        pytest.param([("100.01", "100.01")], False, 0, id="a locked one is not crossed"),
        pytest.param([("100.02", "100.01")], True, 1, id="a crossed one"),
        pytest.param([("9.9", "10"), ("10.5", None)], True, 1, id="one side at a time"),
        pytest.param([("-3", "-4")], True, 1, id="below zero"),
        pytest.param([("2", "1"), ("3", "1"), ("1", "2")], False, 1, id="once, and over"),
        pytest.param([("2", None)], False, 0, id="one side alone crosses nothing"),
    ],
)
def test_a_book_is_crossed_while_its_bid_is_above_its_ask(quotes, crossed, crossings):
    desk = Desk()
    for bid, ask in quotes:
        desk.feed(symbol="AAPL", bid=bid, ask=ask)
    assert (desk.channel().crossed_books() == 1, desk.channel().crossings) == (crossed, crossings)


@pytest.mark.parametrize("status", ["gap", "connected", "disconnected", "idle"])
def test_a_book_that_ended_is_not_crossed(status):
    desk = Desk().feed(symbol="AAPL", bid="2", ask="1").feed(status, "AAPL")
    assert desk.channel().crossed_books() == 0


def test_a_price_that_is_none_is_refused():
    with pytest.raises(EventRejected, match="not_a_decimal"):
        Desk().feed(symbol="AAPL", bid="1", ask="much")


USER = ChannelKey("", "XNAS", "user")


@pytest.mark.parametrize("status", ["acknowledged", "partially_filled", "filled", "canceled"])
def test_an_answer_of_the_venue_is_owed_by_its_user_stream(status):
    desk = Desk().feed("connected", channel="user").at(10).order(status)
    assert desk.channel(USER).owed_since == TEN + 10 * SECOND
    assert desk.at(20).order(status).channel(USER).owed_since == TEN + 10 * SECOND
    assert desk.at(21).feed(channel="user").channel(USER).owed_since is None


def test_an_execution_is_owed_as_well():
    desk = Desk().feed("connected", channel="user").at(10)
    desk.books.apply(EQUITY)
    desk.books.apply(
        Fill(
            event_time=TEN, account="A1", venue="XNAS", symbol="AAPL", side="buy", quantity="1",
            price="1", exec_id="E1",
        )
    )  # fmt: skip
    assert desk.channel(USER).owed_since == TEN + 10 * SECOND


def test_what_owes_nothing():
    desk = Desk().feed("connected", channel="user").feed("connected", channel="book").at(10)
    desk.order("new").order("pending_cancel")
    assert desk.channel(USER).owed_since is None, "the venue has not answered"
    desk.order("rejected").order("cancel_rejected")
    assert desk.channel(USER).owed_since is None, "the request's own answer is all there is"
    desk.at(11).feed(channel="user").at(12).order("acknowledged")
    assert desk.channel(USER).owed_since is None, "the answer came with the message"
    assert desk.at(60).order("filled").channel(BOOK).owed_since is None, "it is market data"
    assert (
        desk.feed("disconnected", channel="user").at(99).order("filled").channel(USER).owed_since
        is None
    ), "it is known to be away"


def test_symbols_that_are_long_silent_are_forgotten_and_their_counts_stay():
    desk = Desk().feed(symbol="ESZ6").feed(symbol="ESH7")
    desk.at(2 * 86_400).feed(symbol="ESH7").at(3 * 86_400)
    channel = desk.channel()
    assert list(channel.symbols) == ["ESH7"]
    assert channel.whole.messages == 3


def test_who_is_first_heard_of_as_it_goes_away_is_away():
    assert Desk().feed("disconnected").channel().whole.status == "disconnected"


def test_a_promise_that_is_taken_back_is_none():
    desk = Desk().feed(interval_ns=SECOND)
    assert desk.channel().whole.promised_ns == SECOND
    assert desk.feed().channel().whole.promised_ns == SECOND
    assert desk.feed(interval_ns=0).channel().whole.promised_ns is None


def test_an_answer_within_two_seconds_came_with_the_message():
    desk = Desk().feed("connected", channel="user").at(10).feed(channel="user")
    assert desk.at(12).order("acknowledged").channel(USER).owed_since is None
    assert desk.at(12.1).order("filled").channel(USER).owed_since == TEN + 121 * SECOND // 10


def test_a_side_of_the_book_that_is_left_out_stays_as_it_was():
    desk = Desk().feed(symbol="AAPL", bid="99", ask="101")
    stream = desk.channel().symbols["AAPL"]
    crossed = []
    for seconds, side in enumerate(({"bid": "102"}, {}, {"ask": "103"}), start=1):
        desk.at(seconds).feed(symbol="AAPL", **side)
        crossed.append(stream.crossed_since)
    assert crossed == [TEN + SECOND, TEN + SECOND, None]


def test_symbols_that_are_forgotten_make_room_and_those_of_a_snapshot_take_it():
    desk = Desk()
    for number in range(MAX_SYMBOLS):
        desk.feed(symbol=f"s{number}")
    again = Desk()
    load(again.books, dump(desk.books))
    with pytest.raises(EventRejected, match="too_many_names"):
        again.feed(symbol="one more")
    desk.at(3 * 86_400).feed(symbol="one more")
    assert list(desk.channel().symbols) == ["one more"]


def test_channels_and_symbols_are_bounded():
    desk = Desk()
    for number in range(MAX_CHANNELS):
        desk.feed(channel=f"c{number}")
    with pytest.raises(EventRejected, match="too_many_names"):
        desk.feed(channel="one more")
    for number in range(MAX_SYMBOLS):
        desk.feed(symbol=f"s{number}", channel="c0")
    with pytest.raises(EventRejected, match="too_many_names"):
        desk.feed(symbol="one more", channel="c1")
    desk.feed(symbol="s1", channel="c0").feed(channel="c1")


@st.composite
def journals(draw):
    """Receive times, and what was said then."""
    now, told = TEN, []
    for _ in range(draw(st.integers(0, 25))):
        now += draw(st.sampled_from([0, 1, SECOND // 3, 3 * SECOND, 70 * SECOND, DAY]))
        feed = Feed(
            event_time=now,
            venue=draw(st.sampled_from(["XNAS", "XETR"])),
            channel=draw(st.sampled_from(["book", "user"])),
            symbol=draw(st.sampled_from(["", "A", "B"])),
            status=draw(
                st.sampled_from(
                    ["connected", "disconnected", "idle", *["message"] * 4, "gap", "resync"]
                )
            ),
            bid=draw(st.sampled_from([None, "1", "2"])),
            ask=draw(st.sampled_from([None, "1", "2"])),
            interval_ns=draw(st.sampled_from([None, 0, SECOND])),
        )
        order = Order(
            event_time=now, account="A1", venue="XNAS", symbol="A", client_order_id="1",
            status="filled", side="buy", quantity="1",
        )  # fmt: skip
        told.append((now, draw(st.sampled_from([feed, feed, feed, order]))))
    return told


@given(journals(), st.data())
def test_feeds_come_back_and_go_on_as_they_would(journal, data):
    assert_comes_back(journal, data.draw(st.integers(0, len(journal))))


@given(journals(), st.data())
def test_ticks_change_nothing(journal, data):
    ticking = Books(BooksSettings())
    before = TEN
    for now, one in journal:
        for tick in sorted(data.draw(st.lists(st.integers(before, now), max_size=2))):
            ticking.begin(tick)
        play(ticking, [(now, one)])
        before = now
    assert dump(ticking) == dump(play(Books(BooksSettings()), journal))


@given(journals())
def test_a_channel_hears_all_that_its_symbols_do(journal):
    for channel in play(Books(BooksSettings()), journal).feeds.channels.values():
        heard = [one.heard_at or 0 for one in channel.symbols.values()]
        assert (channel.whole.heard_at or 0) >= max(heard, default=0)
        assert channel.whole.messages >= sum(one.messages for one in channel.symbols.values())
        if any(one.status == "connected" for one in channel.symbols.values()):
            assert channel.whole.status == "connected"
