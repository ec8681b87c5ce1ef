"""A feed: what comes in from a venue over one channel, by symbol, and what is wrong with it."""

from typing import Final, Literal, NamedTuple

from msgspec import Struct, field

from deskwatch.core.period import SECOND
from deskwatch.core.rhythm import Rhythm
from deskwatch.core.watch import Watch

Status = Literal["connected", "disconnected", "idle"]

#: Stands for the channel as a whole where a symbol would.
WHOLE: Final = ""

#: The newest gaps of a channel whose times are kept.
KEPT_TIMES: Final = 32


class FeedSettings(Struct, frozen=True, kw_only=True):
    """What is judged of feeds.

    stale_floor_ns, stale_factor: silence is stale from the factor times what is expected, and
    never before the floor. venue_stale_after_ns: in place of both, for all that a venue sends.
    silent_share_percent: of a channel's symbols, above which the channel is said to be broken.
    user_channels: channels that carry the venue's answers to us, whose silence means something only
    when it owes us one. user_owed_ns: how long it may owe one.
    """

    stale_floor_ns: int = 5 * SECOND
    stale_factor: int = 5
    venue_stale_after_ns: dict[str, int] = field(default_factory=dict)
    silent_share_percent: int = 50
    user_channels: tuple[str, ...] = ("user", "orders", "executions", "account")
    user_owed_ns: int = 15 * SECOND

    def stale_after(self, usual: int) -> int:
        """Return the silence (ns) that is stale where the longest that is usual is `usual`."""
        return max(self.stale_floor_ns, self.stale_factor * usual)


class ChannelKey(NamedTuple):
    """Who listens, to whom, and to what; an empty service where the platform names none."""

    service: str
    venue: str
    channel: str


class Stream(Struct, kw_only=True):
    """One symbol of a channel, or the channel as a whole. Times are when we learned (ns UTC).

    since: when it came into its status. heard_at: its last message. beat_at: the same, None until
    the first one of this connection, so that no gap is counted across a break. promised_ns: within
    what time the platform says the next message comes. bid, ask: at MAX_DECIMALS, None while not
    known. crossed_since: since when the bid is above the ask. gap_since: since when messages are
    known to be missing, until the book was built anew.
    """

    symbol: str
    status: Status
    since: int
    heard_at: int | None = None
    beat_at: int | None = None
    promised_ns: int | None = None
    rhythm: Rhythm = field(default_factory=Rhythm)
    messages: int = 0
    bid: int | None = None
    ask: int | None = None
    crossed_since: int | None = None
    gap_since: int | None = None

    def age_ns(self, now: int, watch: Watch, stale_after: int | None) -> int | None:
        """Return for how long it has been listened to in vain; None unless it is connected."""
        if self.status != "connected":
            return None
        heard = self.since if self.beat_at is None else self.beat_at
        return max(now - watch.counted_from(heard, stale_after), 0)

    def hear(self, now: int, settings: FeedSettings) -> None:
        """Take a message. Whatever was said before, one that comes shows that it is connected.

        A silence that was stale is no more usual than one that just was: it counts as that.
        """
        if self.status != "connected":
            self.turn("connected", now)
        if self.beat_at is not None:
            at_most = settings.stale_after(self.rhythm.usual)
            self.rhythm.take(now - self.beat_at, now, at_most)
        self.beat_at = self.heard_at = now
        self.messages += 1

    def miss(self, now: int) -> None:
        """Take notice that messages are missing: the book is not to be trusted until it is new."""
        self.gap_since = now if self.gap_since is None else self.gap_since
        self.bid = self.ask = self.crossed_since = None

    def turn(self, status: Status, now: int) -> None:
        """Come into a status; a book from before says nothing about the one to come."""
        self.status, self.since, self.beat_at = status, now, None
        self.bid = self.ask = self.crossed_since = self.gap_since = None


class Channel(Struct, kw_only=True):
    """One channel: the whole of it, and its symbols.

    gaps: how often messages were missing; missed: how many, as far as that was told; recent_gaps:
    when the newest gaps were learned of (ns), oldest first. crossings: how often a book came to be
    crossed. owed_since: when the venue first answered after the channel's last message; None when
    it owes nothing, or is no user's channel.
    """

    key: ChannelKey
    whole: Stream
    symbols: dict[str, Stream] = field(default_factory=dict)
    gaps: int = 0
    missed: int = 0
    recent_gaps: list[int] = field(default_factory=list)
    crossings: int = 0
    owed_since: int | None = None

    def gaps_since(self, time: int) -> int:
        """Return how many gaps were learned of after `time`, at most KEPT_TIMES."""
        return sum(learned > time for learned in self.recent_gaps)

    def open_gaps(self) -> int:
        """Return how many books miss messages now."""
        return sum(one.gap_since is not None for one in self.streams())

    def crossed_books(self) -> int:
        """Return how many books are crossed now."""
        return sum(one.crossed_since is not None for one in self.streams())

    def streams(self) -> list[Stream]:
        """Return the whole, then the symbols."""
        return [self.whole, *self.symbols.values()]
