"""Recorded streams of Binance: nothing that flows is called stale, and a cut is told within seconds."""

import gzip
import json
from bisect import bisect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from deskwatch.core.books import Books
from deskwatch.core.feed import FeedSettings, Stream
from deskwatch.core.observation import Feed
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.staleness import ChannelLook, looks, stale_after
from deskwatch.core.watch import Watch
from tests.conformance.case import FOLDER

MARKET = FOLDER.parent / "04_market"
SPOT = MARKET / "btcusdt_spot_20240809.gz"
FUTURES = MARKET / "cryptofeed_BINANCE_FUTURES.ws.raw.txt"
TRADES = MARKET / "freqtrade_XRP_ETH-trades.json.gz"

MILLISECOND = SECOND // 1_000
SETTINGS = FeedSettings()


class Came(NamedTuple):
    time: int
    symbol: str
    channel: str


def spot() -> Iterator[Came]:
    """Yield what came in five minutes of a spot market, by the recorder's own clock (ns)."""
    with gzip.open(SPOT, "rt") as lines:
        for line in lines:
            time, _, message = line.partition(" ")
            symbol, _, channel = json.loads(message)["stream"].partition("@")
            yield Came(int(time), symbol, channel)


def futures() -> Iterator[Came]:
    """Yield half a minute of four contracts, one of them hardly traded."""
    for line in FUTURES.read_text().splitlines():
        time, _, message = line.partition(": ")
        if message.startswith('{"stream"'):
            symbol, _, channel = json.loads(message)["stream"].partition("@")
            yield Came(round(float(time) * SECOND), symbol, channel)


def needs(path: Path):
    return pytest.mark.skipif(not path.exists(), reason=f"{path} is not there")


def seen(books: Books, now: int) -> list[ChannelLook]:
    return list(looks(books.feeds, books.settings.feeds, books.sessions, now, Watch()))


def stale_at_some_second(came: Iterable[Came], books: Books) -> tuple[set[str], int]:
    """Book what came; return what was called stale or quiet meanwhile, and the last time."""
    found: set[str] = set()
    second = last = 0
    for one in came:
        last = max(last, one.time)
        if last // SECOND != second:
            second = last // SECOND
            for look in seen(books, second * SECOND) if books.now else []:
                for stream in (look.whole, *look.symbols):
                    if stream.verdict in {"stale", "quiet"}:
                        found.add(f"{look.channel.key.channel} {stream.stream.symbol}")
        books.begin(last)
        books.apply(
            Feed(
                event_time=last, venue="BINANCE", channel=one.channel, symbol=one.symbol,
                status="message",
            )
        )  # fmt: skip
    return found, last


@needs(SPOT)
def test_five_minutes_of_a_spot_market_flow_and_their_end_is_told_within_seconds():
    books = Books(BooksSettings())
    found, last = stale_at_some_second(spot(), books)
    assert found == set()
    judged = {look.channel.key.channel: look.whole.stale_after for look in seen(books, last)}
    assert judged.keys() == {"depth@100ms", "bookTicker", "trade"}
    assert judged["depth@100ms"] == judged["bookTicker"] == 5 * SECOND, "the floor"
    trades = judged["trade"]
    assert trades is not None
    assert trades < 11 * SECOND, "two seconds without a trade are usual"
    assert {look.whole.verdict for look in seen(books, last + 11 * SECOND)} == {"stale"}


@needs(SPOT)
def test_a_channel_that_dies_alone_is_stale_alone():
    books = Books(BooksSettings())
    came = list(spot())
    cut = came[0].time + 240 * SECOND
    left = (one for one in came if one.time < cut or one.channel != "trade")
    found, _ = stale_at_some_second(left, books)
    assert found == {"trade ", "trade btcusdt"}


@needs(FUTURES)
def test_half_a_minute_is_too_short_to_call_anything_stale():
    books = Books(BooksSettings())
    found, last = stale_at_some_second(futures(), books)
    assert found == set()
    assert {look.whole.verdict for look in seen(books, last)} == {"unknown"}


def trades() -> list[int]:
    """Return when XRP/ETH was traded (ns), oldest first: minutes apart and in bursts."""
    with gzip.open(TRADES, "rt") as text:
        rows = json.load(text)
    times = (int(row[0] if isinstance(row, list) else row["timestamp"]) for row in rows)
    return sorted(time * MILLISECOND for time in times)


@needs(TRADES)
def test_days_of_a_thin_market_are_not_called_dead():
    """A stricter test than any liquid one."""
    books = Books(BooksSettings())
    stale = judged = 0
    for time in trades():
        for look in seen(books, time):
            if look.whole.stale_after is not None:
                judged += 1
                stale += look.whole.verdict == "stale"
        books.begin(time)
        books.apply(
            Feed(
                event_time=time, venue="BINANCE", channel="trade", symbol="XRPETH", status="message"
            )
        )
    assert judged > 10_000
    assert stale <= 2, (stale, judged)


@needs(TRADES)
def test_a_thin_market_that_is_new_is_rarely_called_dead():
    """Half an hour, heard from every seventh minute of the recording on."""
    times, stale, judged = trades(), 0, 0
    for start in range(times[0], times[-1], 7 * MINUTE):
        first = bisect(times, start)
        stream = Stream(symbol="XRPETH", status="connected", since=start)
        for time in times[first : bisect(times, times[first] + 30 * MINUTE)]:
            after = stale_after(stream, SETTINGS, "BINANCE", is_user=False)
            if after is not None:
                judged += 1
                stale += (stream.age_ns(time, Watch(), None) or 0) > after
            stream.hear(time, SETTINGS)
    assert judged > 40_000
    assert stale <= 19, (stale, judged)
