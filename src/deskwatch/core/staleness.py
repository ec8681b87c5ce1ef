"""Which silences mean something: a dead feed is told from a quiet market."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from deskwatch.core.feed import Channel, FeedSettings, Stream
from deskwatch.core.feeds import Feeds
from deskwatch.core.session import Sessions
from deskwatch.core.watch import Watch

#: How a feed is. quiet: a symbol is silent for longer than usual, while its channel moves. stale:
#: the channel is. unknown: connected, but too little came yet to expect anything. away: no session
#: of the venue is logged on. The others are what the platform says.
Verdict = Literal["flowing", "quiet", "stale", "unknown", "idle", "away", "disconnected"]


class Look(Struct, frozen=True):
    """How one stream stands now. Times in ns.

    age: for how long it has been listened to in vain; None where its silence means nothing.
    expected: the longest gap that is usual. stale_after: the age from which it is stale; None where
    nothing can be expected.
    """

    stream: Stream
    verdict: Verdict
    age: int | None
    expected: int | None
    stale_after: int | None

    @property
    def overdue(self) -> float | None:
        """Age over stale_after: above 1 it is stale; None where either can't be known."""
        if self.age is None or self.stale_after is None:
            return None
        return self.age / self.stale_after


class ChannelLook(Struct, frozen=True):
    """How one channel stands now: the whole of it, its symbols, and how many of them how.

    is_user: whether it carries the venue's answers to us. owed: how long it has owed one (ns).
    """

    channel: Channel
    is_user: bool
    whole: Look
    symbols: list[Look]
    counts: dict[Verdict, int]
    owed: int | None


def looks(
    feeds: Feeds, settings: FeedSettings, sessions: Sessions, now: int, watch: Watch
) -> Iterator[ChannelLook]:
    """Yield how each channel stands as of `now` (ns), in the order they were first told of."""
    for channel in feeds.channels.values():
        is_user = feeds.is_user(channel.key)
        away = sessions.away(channel.key.venue)
        found = []
        for stream in channel.streams():
            after = stale_after(stream, settings, channel.key.venue, is_user=is_user)
            found.append(_look(stream, None if away else stream.age_ns(now, watch, after), after))
        whole, *symbols = found
        if whole.verdict == "quiet":
            whole = structs.replace(whole, verdict="stale")
            symbols = [
                structs.replace(one, verdict="stale") if one.verdict == "quiet" else one
                for one in symbols
            ]
        owed = None
        # One that is a user's no more may owe from before it was set so.
        if is_user and channel.owed_since is not None and whole.age is not None:
            owed = max(now - watch.counted_from(channel.owed_since, None), 0)
        counts = Counter(one.verdict for one in symbols)
        yield ChannelLook(channel, is_user, whole, symbols, dict(counts), owed)


def stale_after(stream: Stream, settings: FeedSettings, venue: str, *, is_user: bool) -> int | None:
    """Return the age (ns) from which a stream is stale; None where nothing can be expected.

    A promise is kept to the letter. A user stream without one speaks when the venue has something
    to say, so its own rhythm says nothing. For the rest: what is set for the venue, or else what
    is usual, with room.
    """
    if stream.promised_ns is not None:
        return stream.promised_ns
    if is_user:
        return None
    fixed = settings.venue_stale_after_ns.get(venue)
    if fixed is not None:
        return fixed
    expected = stream.rhythm.expected()
    return None if expected is None else settings.stale_after(expected)


def _look(stream: Stream, age: int | None, after: int | None) -> Look:
    verdict: Verdict
    if stream.status != "connected":
        verdict = stream.status
    elif age is None:
        verdict = "away"
    elif after is None:
        verdict = "unknown"
    else:
        verdict = "quiet" if age > after else "flowing"
    return Look(stream, verdict, age, stream.rhythm.expected(), after)
