"""How late market data comes, where one clock says so; else how far the two clocks are apart."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.clock import ClockBook
from deskwatch.core.latency import LatencyBook
from deskwatch.core.observation import Feed
from deskwatch.core.period import MINUTE

#: A delay across two clocks is counted if the host's offset is at most this part of it.
_TENTH: Final = 10

#: A skew is the smallest apparent delay of this minute and the one before.
_SKEW_WINDOW_NS: Final = MINUTE

#: The bound on venues whose skew is kept.
MAX_VENUES: Final = 1_000


class Skew(Struct, array_like=True):
    """The smallest apparent delays (ns) at a venue, of the minute that runs and the one before."""

    minute: int
    running: int
    before: int | None = None


class FeedDelays:
    """Counts delays of `feed` messages in the latency book, or refuses them and keeps the skew."""

    name = "feed_delay"

    def __init__(self, clocks: ClockBook, latency: LatencyBook, now: Callable[[], int]) -> None:
        self._clocks = clocks
        self._latency = latency
        self._now = now
        self._skews: dict[str, Skew] = {}

    @property
    def checks(self) -> Checks:
        """It refuses intervals, not events."""
        return {}

    @property
    def followers(self) -> Followers:
        """It looks at messages that say when the venue sent them."""
        return {Feed: self._feed}

    def skews(self, now: int) -> dict[str, int]:
        """Return, by venue, the smallest apparent delay (ns) of the last one or two minutes.

        It is the way's true delay plus how far our clock is ahead of the venue's: below zero, our
        clock is behind by at least that much. Only of venues whose delays were refused.
        """
        minute = now // _SKEW_WINDOW_NS
        smallest = {}
        for venue, skew in self._skews.items():
            if skew.minute == minute:
                smallest[venue] = _smaller(skew.running, skew.before)
            elif skew.minute == minute - 1:
                smallest[venue] = skew.running
        return smallest

    def begin(self, now: int) -> None:
        """Nothing: minutes turn with messages, or when somebody asks."""

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(self._skews)

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        self._skews = msgspec.json.decode(state, type=dict[str, Skew])

    def _feed(self, feed: Feed) -> None:
        if feed.exchange_time is None:
            return
        end = feed.event_time if feed.receive_time is None else feed.receive_time
        delay = end - feed.exchange_time
        if feed.clock or self._bounds(feed.host, delay):
            self._latency.observe("feed_delay", delay, venue=feed.venue)
        else:
            self._latency.refuse("feed_delay", "cross_clock")
            self._note(feed.venue, delay)

    def _bounds(self, host: str, delay: int) -> bool:
        """Return whether a host's clock is right enough to tell a delay from.

        The venue's clock is held to RTS 25 itself, to 100 µs of UTC.
        """
        offset = self._clocks.offset(host, self._now()) if host else None
        return offset is not None and abs(offset) * _TENTH <= delay

    def _note(self, venue: str, delay: int) -> None:
        minute = self._now() // _SKEW_WINDOW_NS
        skew = self._skews.get(venue)
        if skew is None:
            if len(self._skews) < MAX_VENUES:
                self._skews[venue] = Skew(minute, delay)
        elif skew.minute == minute:
            skew.running = min(skew.running, delay)
        else:
            before = skew.running if skew.minute == minute - 1 else None
            self._skews[venue] = Skew(minute, delay, before)


def _smaller(one: int, other: int | None) -> int:
    return one if other is None else min(one, other)
