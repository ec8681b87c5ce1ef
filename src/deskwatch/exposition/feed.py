"""Feeds as a scrape finds them: how long each is silent, what is usual, what is missing."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from deskwatch.core.books import Books
from deskwatch.core.feed import KEPT_TIMES
from deskwatch.core.period import SECOND, seconds
from deskwatch.core.staleness import ChannelLook, Look, looks
from deskwatch.exposition.families import Families

_CHANNEL: Final = ("service", "venue", "channel")
_STREAM: Final = (*_CHANNEL, "symbol", "stream")

#: For how long a gap is recent, which the rule about frequent gaps counts in.
RECENT_NS: Final = 600 * SECOND


class FeedCollector:
    """Feeds by channel and symbol; a series without a symbol is about the channel as a whole."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._silence = _Silence(families)
        self._trouble = _Trouble(families)
        self._silent_share = families.gauge(
            "desk_feed_silent_symbols_max_ratio",
            "The share of a channel's symbols above which their silence is no quiet market.",
            unit="ratio",
        )
        self._owed_max = families.gauge(
            "desk_user_stream_owed_max_seconds",
            "How long a user stream may owe us the venue's answer.",
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        books, now = self._books, self._clock()
        settings = books.settings.feeds
        found = list(looks(books.feeds, settings, books.sessions, now, books.watch))
        self._silence.show(found)
        self._trouble.show(found, now)
        self._silent_share.replace({(): settings.silent_share_percent / 100})
        self._owed_max.replace({(): settings.user_owed_ns / SECOND})


class _Row(NamedTuple):
    labels: tuple[str, ...]
    look: Look


class _Silence:
    """How long each stream is silent, against what is usual."""

    def __init__(self, families: Families) -> None:
        self._connected = families.gauge(
            "desk_feed_connected",
            "1 while the feed is connected, also while it is idle, else 0.",
            _STREAM,
        )
        self._last = families.gauge(
            "desk_feed_last_message_timestamp_seconds",
            "When the last message came, by our own clock.",
            _STREAM,
            unit="seconds",
        )
        self._staleness = families.gauge(
            "desk_feed_staleness_seconds",
            "For how long a connected feed has been listened to in vain; absent while it is "
            "disconnected or idle, or no session of the venue is logged on.",
            _STREAM,
            unit="seconds",
        )
        self._expected = families.gauge(
            "desk_feed_expected_gap_seconds",
            "The longest silence that is usual; absent until enough has come.",
            _STREAM,
            unit="seconds",
        )
        self._stale_after = families.gauge(
            "desk_feed_stale_after_seconds",
            "The silence from which the feed is stale; absent where nothing can be expected.",
            _STREAM,
            unit="seconds",
        )
        self._overdue = families.gauge(
            "desk_feed_overdue_ratio",
            "Staleness over the silence from which it is stale: above 1 it is.",
            _STREAM,
            unit="ratio",
        )
        self._symbols = families.gauge(
            "desk_feed_symbols",
            "How many symbols of the channel are in each state.",
            (*_CHANNEL, "state"),
        )
        self._owed = families.gauge(
            "desk_user_stream_owed_seconds",
            "How long ago the venue answered us without its user stream saying so.",
            _CHANNEL,
            unit="seconds",
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
            (self._last, lambda look: seconds(look.stream.heard_at)),
            (self._staleness, lambda look: seconds(look.age)),
            (self._expected, lambda look: seconds(look.expected)),
            (self._stale_after, lambda look: seconds(look.stale_after)),
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

    def __init__(self, families: Families) -> None:
        self._messages = families.counter(
            "desk_feed_messages_total", "Messages that the platform told of.", _CHANNEL
        )
        self._gaps = families.counter(
            "desk_feed_sequence_gaps_total", "Times that messages were missing.", _CHANNEL
        )
        self._missed = families.counter(
            "desk_feed_missed_messages_total",
            "Messages that were missing, as far as it was told.",
            _CHANNEL,
        )
        self._crossings = families.counter(
            "desk_feed_crossings_total", "Times that a bid came to be above the ask.", _CHANNEL
        )
        self._recent_gaps = families.gauge(
            "desk_feed_recent_gaps", f"Gaps of the last 10 minutes, at most {KEPT_TIMES}.", _CHANNEL
        )
        self._open_gaps = families.gauge(
            "desk_feed_open_gaps",
            "Books that miss messages and were not built anew since.",
            _CHANNEL,
        )
        self._crossed = families.gauge(
            "desk_feed_crossed_books", "Books whose bid is above the ask now.", _CHANNEL
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
