"""Delays of market data: counted on one clock, and on two only where their offset is known."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.latency import Leg
from deskwatch.core.observation import Clock, Feed
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.conformance.case import FOLDER
from tests.core.blotter import MINUTE, TEN

MS = 1_000_000
MARKET = FOLDER.parent / "04_market"
BINANCE = MARKET / "btcusdt_spot_20240809.gz"
FUTURES = MARKET / "cryptofeed_BINANCE_FUTURES.ws.raw.txt"


def desk(now: int = TEN) -> Books:
    books = Books(BooksSettings())
    books.begin(now)
    return books


def message(received: int, sent: int | None, **fields: Any) -> Feed:
    return Feed(
        event_time=received, venue="BINANCE", channel="depth", status="message",
        exchange_time=sent, **fields,
    )  # fmt: skip


def counted(books: Books) -> list[tuple[int, int]]:
    return [(kept.count, kept.sum_ns) for kept in books.latency.legs.values()]


def test_a_delay_on_one_clock_is_counted():
    books = desk()
    books.apply(message(TEN, TEN - 4 * MS, clock="ptp"))
    books.apply(message(TEN + 9 * MS, TEN, clock="ptp", receive_time=TEN + 5 * MS))
    assert counted(books) == [(2, 9 * MS)]
    assert list(books.latency.legs) == [Leg("feed_delay", "BINANCE")]
    assert books.feed_delays.skews(TEN) == {}


def test_a_message_that_does_not_say_when_it_was_sent_tells_no_delay():
    books = desk()
    books.apply(message(TEN, None))
    assert (counted(books), books.latency.refused) == ([], {})


def test_a_delay_across_two_clocks_is_refused_and_its_skew_told():
    books = desk()
    for delay in (30 * MS, 20 * MS, 40 * MS):
        books.apply(message(TEN, TEN - delay))
    assert counted(books) == []
    assert books.latency.refused == {("feed_delay", "cross_clock"): 3}
    assert books.feed_delays.skews(TEN) == {"BINANCE": 20 * MS}


@pytest.mark.parametrize(
    ("offset", "later", "booked"),
    [
        pytest.param(2 * MS, 0, True, id="a tenth of the delay is right enough"),
        pytest.param(-2 * MS, 0, True, id="behind as well as ahead"),
        pytest.param(2 * MS + 1, 0, False, id="more is not"),
        pytest.param(0, 61 * SECOND, False, id="a report from a minute ago says nothing"),
    ],
)
def test_a_host_whose_offset_is_known_can_tell_a_delay(offset, later, booked):
    books = desk()
    books.apply(Clock(event_time=TEN, host="fra-1", offset_ns=offset))
    books.begin(TEN + later)
    books.apply(message(TEN + later, TEN + later - 20 * MS, host="fra-1"))
    assert counted(books) == ([(1, 20 * MS)] if booked else [])


def test_a_skew_is_of_the_last_minutes():
    books = desk()
    books.apply(message(TEN, TEN + SECOND))
    books.begin(TEN + MINUTE)
    books.apply(message(TEN + MINUTE, TEN + MINUTE + 5 * MS))
    assert books.feed_delays.skews(TEN + MINUTE) == {"BINANCE": -SECOND}
    assert books.feed_delays.skews(TEN + 2 * MINUTE) == {"BINANCE": -5 * MS}
    assert books.feed_delays.skews(TEN + 3 * MINUTE) == {}


@given(st.lists(st.tuples(st.integers(0, 2 * MINUTE), st.integers(-SECOND, SECOND)), min_size=1))
def test_a_restart_changes_nothing(messages):
    books, now = desk(), TEN
    for gap, delay in messages:
        now += gap
        books.begin(now)
        books.apply(message(now, now - delay))
    again = Books(BooksSettings())
    load(again, dump(books))
    assert again.feed_delays.dump() == books.feed_delays.dump()
    assert again.feed_delays.skews(now) == books.feed_delays.skews(now)


def recorded() -> Iterator[tuple[int, int]]:
    """Yield when each message of five minutes of Binance was received, and was sent (ns)."""
    with gzip.open(BINANCE, "rb") as lines:
        for line in lines:
            received, _, payload = line.partition(b" ")
            sent = json.loads(payload)["data"].get("E")
            if sent is not None:
                yield int(received), sent * MS


@pytest.mark.skipif(not BINANCE.exists(), reason=f"{BINANCE} is missing")
def test_a_clock_behind_the_venues_is_reported_and_counts_nowhere():
    answers = json.loads(BINANCE.with_name("btcusdt_spot_20240809.answers.json").read_text())
    expected = answers["latency_ms_local_minus_E"]
    books, smallest = Books(BooksSettings()), []
    for received, sent in recorded():
        books.begin(received)
        books.apply(message(received, sent))
        smallest.append(books.feed_delays.skews(received)["BINANCE"])
    assert counted(books) == []
    assert books.latency.refused == {("feed_delay", "cross_clock"): expected["n"]}
    assert round(min(smallest) / MS, 2) == expected["min"]
    assert max(smallest) < expected["max"] * MS


@pytest.mark.skipif(not FUTURES.exists(), reason=f"{FUTURES} is missing")
def test_another_recorded_feed_is_refused_as_long_as_nobody_vouches_for_its_clock():
    events = []
    for line in FUTURES.read_text().splitlines():
        received, _, payload = line.partition(": ")
        found = json.loads(payload).get("data", {}) if payload.startswith("{") else {}
        if "E" in found:
            events.append((round(float(received) * 1e9), found["E"] * MS))
    books = Books(BooksSettings())
    for received, sent in events:
        books.begin(received)
        books.apply(message(received, sent))
    assert len(events) > 100
    assert books.latency.refused == {("feed_delay", "cross_clock"): len(events)}
    assert counted(books) == []
