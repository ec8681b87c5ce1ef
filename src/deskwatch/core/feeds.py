"""The book of feeds: what comes in from each venue, and what the venue's answers owe us."""

from collections.abc import Callable
from typing import Final

import msgspec

from deskwatch.core.book import Checks, Followers
from deskwatch.core.event import Fill
from deskwatch.core.feed import (
    KEPT_TIMES,
    WHOLE,
    Channel,
    ChannelKey,
    FeedSettings,
    Status,
    Stream,
)
from deskwatch.core.money import MAX_DECIMALS, parse_decimal
from deskwatch.core.observation import Feed, Order
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.watch import Watch

#: Bounds on memory: channels, and symbols over all of them.
MAX_CHANNELS: Final = 1_000
MAX_SYMBOLS: Final = 10_000

#: A symbol that was silent for so many whole days (UTC) is forgotten: contracts expire.
FORGET_AFTER_DAYS: Final = 2

#: What no user stream owes us. The first two are our own words: the venue has yet to answer. It
#: refuses in its answer to the request, and many say no more of it: of Binance's execution types
#: for futures none is a refusal.
#: https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams
_OWED_BY_NOBODY: Final = ("new", "pending_cancel", "rejected", "cancel_rejected")

#: An answer so soon after the user stream's last message came with it.
_WITH_IT_NS: Final = 2 * SECOND


class Feeds:
    """Every feed that was ever told of.

    received: when the event that is booked now was received (ns): silence is measured by our own
    clock alone, which never goes back in the books.
    """

    name = "feeds"

    def __init__(self, settings: FeedSettings, received: Callable[[], int]) -> None:
        self.channels: dict[ChannelKey, Channel] = {}
        self._settings = settings
        self._received = received
        self._symbols = 0
        self._day = 0
        self._user_channels: dict[str, list[Channel]] = {}

    @property
    def checks(self) -> Checks:
        """Refuses a channel or a symbol over the bound."""
        return {Feed: self._check}

    @property
    def followers(self) -> Followers:
        """Takes what is said of feeds, and the venues' answers that a user stream owes us."""
        return {Feed: self._follow, Order: self._answered, Fill: self._executed}

    def begin(self, now: int) -> None:
        """Let time pass: as a day begins (UTC), forget the symbols that were silent for long."""
        day = now // DAY
        if day == self._day:
            return
        self._day = day
        earliest = (day - FORGET_AFTER_DAYS) * DAY
        for channel in self.channels.values():
            for symbol, stream in list(channel.symbols.items()):
                if max(stream.since, stream.heard_at or 0) < earliest:
                    del channel.symbols[symbol]
                    self._symbols -= 1

    def is_user(self, key: ChannelKey) -> bool:
        """Return whether a channel carries the venue's answers to us."""
        return key.channel in self._settings.user_channels

    def _check(self, told: Feed) -> None:
        channel = self.channels.get(_key(told))
        if channel is None and len(self.channels) >= MAX_CHANNELS:
            raise EventRejected("too_many_names", told.channel, f"at most {MAX_CHANNELS} channels")
        known = told.symbol == WHOLE or (channel is not None and told.symbol in channel.symbols)
        if not known and self._symbols >= MAX_SYMBOLS:
            raise EventRejected("too_many_names", told.symbol, f"at most {MAX_SYMBOLS} symbols")

    def _follow(self, told: Feed) -> None:
        now = self._received()
        key = _key(told)
        channel = self.channels.get(key)
        if channel is None:
            channel = Channel(key=key, whole=Stream(symbol=WHOLE, status="connected", since=now))
            self._add(channel)
        stream = channel.whole
        if told.symbol != WHOLE:
            found = channel.symbols.get(told.symbol)
            if found is None:
                status = channel.whole.status
                found = Stream(symbol=told.symbol, status=status, since=now)
                channel.symbols[told.symbol] = found
                self._symbols += 1
            stream = found
        if told.interval_ns is not None:
            stream.promised_ns = told.interval_ns or None
        match told.status:
            case "connected" | "disconnected" | "idle":
                _turn(channel, stream, told.status, now)
            case _:
                _hear(channel, stream, told, now, self._settings)

    def _add(self, channel: Channel) -> None:
        self.channels[channel.key] = channel
        if self.is_user(channel.key):
            self._user_channels.setdefault(channel.key.venue, []).append(channel)

    def _answered(self, order: Order) -> None:
        if order.status not in _OWED_BY_NOBODY:
            self._owe(order.venue)

    def _executed(self, fill: Fill) -> None:
        if self._user_channels:
            self._owe(fill.venue)

    def _owe(self, venue: str) -> None:
        """Take notice that the venue answered: its user streams should have said so."""
        for channel in self._user_channels.get(venue, ()):
            now, whole = self._received(), channel.whole
            age = whole.age_ns(now, Watch(), None)
            if channel.owed_since is None and age is not None and age > _WITH_IT_NS:
                channel.owed_since = now

    def dump(self) -> bytes:
        """Return every feed, as JSON."""
        return msgspec.json.encode(list(self.channels.values()))

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        for channel in msgspec.json.decode(state, type=list[Channel]):
            self._add(channel)
            self._symbols += len(channel.symbols)


def _key(told: Feed) -> ChannelKey:
    return ChannelKey(told.service, told.venue, told.channel)


def _turn(channel: Channel, stream: Stream, status: Status, now: int) -> None:
    """Change a status: the channel's is that of all its symbols, and theirs add up to its."""
    if stream is channel.whole:
        for one in channel.streams():
            one.turn(status, now)
    else:
        stream.turn(status, now)
        connected = any(one.status == "connected" for one in channel.symbols.values())
        whole: Status = "connected" if connected else status
        if whole != channel.whole.status:
            channel.whole.turn(whole, now)
    if channel.whole.status != "connected":
        channel.owed_since = None


def _hear(channel: Channel, stream: Stream, told: Feed, now: int, settings: FeedSettings) -> None:
    """Take a message, a gap in them, or a book that was built anew."""
    channel.whole.hear(now, settings)
    if stream is not channel.whole:
        stream.hear(now, settings)
    channel.owed_since = None
    if told.status == "gap":
        stream.miss(now)
        channel.gaps += 1
        channel.missed += max(told.missed or 0, 0)
        channel.recent_gaps.append(now)
        del channel.recent_gaps[:-KEPT_TIMES]
    elif told.status == "resync":
        for one in channel.streams() if stream is channel.whole else [stream]:
            one.gap_since = None
    if told.bid is not None or told.ask is not None:
        _quote(channel, stream, told, now)


def _quote(channel: Channel, stream: Stream, told: Feed, now: int) -> None:
    """Take a side of the book, or both; a side that is left out stays as it was."""
    if told.bid is not None:
        stream.bid = parse_decimal(told.bid, MAX_DECIMALS)
    if told.ask is not None:
        stream.ask = parse_decimal(told.ask, MAX_DECIMALS)
    if stream.bid is None or stream.ask is None or stream.bid <= stream.ask:
        stream.crossed_since = None
    elif stream.crossed_since is None:
        stream.crossed_since = now
        channel.crossings += 1
