"""What the JSON API answers about feeds, sessions and services.

Times are integer nanoseconds since 1970 UTC. A null figure can't be known or has no meaning now.
"""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.core.staleness import Verdict
from deskwatch.web.answers.figures import Count


class StreamRow(Struct, frozen=True, kw_only=True):
    """One symbol of a channel; an empty symbol is the channel as a whole.

    staleness_s: for how long it has been listened to in vain, while it is connected.
    expected_gap_s: the longest silence that is usual. stale_after_s: from which one it is stale.
    """

    symbol: str
    verdict: Verdict
    since: Nanoseconds
    last_message: Nanoseconds | None
    staleness_s: float | None
    expected_gap_s: float | None
    stale_after_s: float | None
    messages: Count
    crossed: bool
    gap_open: bool


class ChannelRow(Struct, frozen=True, kw_only=True):
    """One channel. stream: "user" carries the venue's answers to us.

    owed_s: how long ago the venue answered without its user stream saying so. symbols: each symbol
    that is told of; symbol_counts: how many are in each state.
    """

    service: str
    venue: str
    channel: str
    stream: Literal["market", "user"]
    whole: StreamRow
    symbol_counts: dict[str, int]
    gaps: Count
    missed: Count
    open_gaps: Count
    crossed_books: Count
    owed_s: float | None
    symbols: list[StreamRow]


class SessionRow(Struct, frozen=True, kw_only=True):
    """One session. reason: as the platform gave it for its state."""

    venue: str
    session: str
    state: Literal["connecting", "logged_on", "logged_out", "disconnected", "error"]
    since: Nanoseconds
    in_state_s: float
    reason: str
    logons: Count
    drops: Count


class FeedsAnswer(Struct, frozen=True, kw_only=True):
    """Channels and sessions, by venue."""

    as_of: Nanoseconds
    channels: list[ChannelRow]
    sessions: list[SessionRow]


class ServiceRow(Struct, frozen=True, kw_only=True):
    """One service on one host. state: "late" is silent for longer than it promised.

    interval_s: what it promised, or the default. uptime_s: null while it is down or stopped.
    """

    service: str
    host: str
    state: Literal["up", "late", "down", "stopped"]
    last_heartbeat: Nanoseconds
    age_s: float | None
    interval_s: float | None
    uptime_s: float | None
    restarts: Count
    outages: Count


class ServicesAnswer(Struct, frozen=True, kw_only=True):
    """Services: those that are down or late first, then by name."""

    as_of: Nanoseconds
    services: list[ServiceRow]
