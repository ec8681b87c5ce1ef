"""Feeds as a scrape finds them: how long each is silent, what is usual, what is missing."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.silence import ChannelLook, Look, looks
from deskwatch.exposition.family import Family

_CHANNEL: Final = ("service", "venue", "channel")
_STREAM: Final = (*_CHANNEL, "symbol", "stream")

#: For how long a gap is recent, which the rule about frequent gaps counts in.
RECENT_NS: Final = 600 * SECOND


class FeedCollector:
    """Feeds by channel and symbol; a series without a symbol is about the channel as a whole."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        self._silence = _Silence(max_series)
        self._trouble = _Trouble(max_series)
        self._silent_share = Family(
            "desk_feed_silent_symbols_max_ratio",
            "The share of a channel's symbols above which their silence is no quiet market.",
            "gauge",
            unit="ratio",
        )
        self._owed_max = Family(
            "desk_user_stream_owed_max_seconds",
            "How long a user stream may owe us the venue's answer.",
            "gauge",
            unit="seconds",
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (
            *self._silence.families(),
            *self._trouble.families(),
            self._silent_share,
            self._owed_max,
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        books, now = self._books, self._clock()
        settings = books.settings.feeds
        found = list(looks(books.feeds, settings, books.sessions, now, books.watched_since))
        self._silence.show(found)
        self._trouble.show(found, now)
        self._silent_share.replace({(): settings.silent_share_percent / 100})
        self._owed_max.replace({(): settings.user_owed_ns / SECOND})


class _Row(NamedTuple):
    labels: tuple[str, ...]
    look: Look


class _Silence:
    """How long each stream is silent, against what is usual."""

    def __init__(self, max_series: int) -> None:
        def gauge(
            name: str, help_text: str, unit: str = "", labels: Sequence[str] = _STREAM
        ) -> Family:
            return Family(
                name, help_text, "gauge", labels=tuple(labels), unit=unit, max_series=max_series
            )

        self._connected = gauge(
            "desk_feed_connected", "1 while the feed is connected, also while it is idle, else 0."
        )
        self._last = gauge(
            "desk_feed_last_message_timestamp_seconds",
            "When the last message came, by our own clock.",
            "seconds",
        )
        self._staleness = gauge(
            "desk_feed_staleness_seconds",
            "For how long a connected feed has been listened to in vain; absent while it is "
            "disconnected or idle, or no session of the venue is logged on.",
            "seconds",
        )
        self._expected = gauge(
            "desk_feed_expected_gap_seconds",
            "The longest silence that is usual; absent until enough has come.",
            "seconds",
        )
        self._stale_after = gauge(
            "desk_feed_stale_after_seconds",
            "The silence from which the feed is stale; absent where nothing can be expected.",
            "seconds",
        )
        self._overdue = gauge(
            "desk_feed_overdue_ratio",
            "Staleness over the silence from which it is stale: above 1 it is.",
            "ratio",
        )
        self._symbols = gauge(
            "desk_feed_symbols",
            "How many symbols of the channel are in each state.",
            labels=(*_CHANNEL, "state"),
        )
        self._owed = gauge(
            "desk_user_stream_owed_seconds",
            "How long ago the venue answered us without its user stream saying so.",
            "seconds",
            _CHANNEL,
        )

    def families(self) -> Sequence[Family]:
        return (
            self._connected,
            self._last,
            self._staleness,
            self._expected,
            self._stale_after,
            self._overdue,
            self._symbols,
            self._owed,
        )

    def show(self, found: Sequence[ChannelLook]) -> None:
        rows = [
            _Row((*one.channel.key, look.stream.symbol, "user" if one.is_user else "market"), look)
            for one in found
            for look in (one.whole, *one.symbols)
        ]
        self._connected.replace(
            {labels: float(look.stream.status != "disconnected") for labels, look in rows}
        )
        for family, value in (
            (self._last, lambda look: _seconds(look.stream.heard_at)),
            (self._staleness, lambda look: _seconds(look.age)),
            (self._expected, lambda look: _seconds(look.expected)),
            (self._stale_after, lambda look: _seconds(look.stale_after)),
            (self._overdue, lambda look: look.overdue),
        ):
            family.replace({row.labels: value(row.look) for row in rows})
        self._symbols.replace(
            {
                (*one.channel.key, verdict): float(count)
                for one in found
                for verdict, count in one.counts.items()
            }
        )
        self._owed.replace(
            {one.channel.key: one.owed / SECOND for one in found if one.owed is not None}
        )


class _Trouble:
    """Gaps and crossed books by channel."""

    def __init__(self, max_series: int) -> None:
        def counter(name: str, help_text: str) -> Family:
            return Family(name, help_text, "counter", labels=_CHANNEL, max_series=max_series)

        def gauge(name: str, help_text: str) -> Family:
            return Family(name, help_text, "gauge", labels=_CHANNEL, max_series=max_series)

        self._messages = counter("desk_feed_messages_total", "Messages that the platform told of.")
        self._gaps = counter("desk_feed_sequence_gaps_total", "Times that messages were missing.")
        self._missed = counter(
            "desk_feed_missed_messages_total", "Messages that were missing, as far as it was told."
        )
        self._crossings = counter(
            "desk_feed_crossings_total", "Times that a bid came to be above the ask."
        )
        self._recent_gaps = gauge("desk_feed_recent_gaps", "Gaps of the last 10 minutes.")
        self._open_gaps = gauge(
            "desk_feed_open_gaps", "Books that miss messages and were not built anew since."
        )
        self._crossed = gauge("desk_feed_crossed_books", "Books whose bid is above the ask now.")

    def families(self) -> Sequence[Family]:
        return (
            self._messages,
            self._gaps,
            self._missed,
            self._crossings,
            self._recent_gaps,
            self._open_gaps,
            self._crossed,
        )

    def show(self, found: Sequence[ChannelLook], now: int) -> None:
        channels = [one.channel for one in found]
        for family, values in (
            (self._messages, [channel.whole.messages for channel in channels]),
            (self._gaps, [channel.gaps for channel in channels]),
            (self._missed, [channel.missed for channel in channels]),
            (self._crossings, [channel.crossings for channel in channels]),
            (self._recent_gaps, [channel.gaps_since(now - RECENT_NS) for channel in channels]),
            (self._open_gaps, [channel.open_gaps() for channel in channels]),
            (self._crossed, [channel.crossed_books() for channel in channels]),
        ):
            keys = (channel.key for channel in channels)
            family.replace(dict(zip(keys, values, strict=True)))


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / SECOND
