"""What the JSON API answers about breakers, kill switches and dead-man timers.

Times are integer nanoseconds since 1970 UTC. An actor or a cause that nobody gave is "unrecorded".
"""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Amount, Count


class TripRow(Struct, frozen=True):
    """What opened a breaker last: the limit, and what was found against it, where that was told."""

    time: Nanoseconds
    cause: str
    limit: Amount | None
    value: Amount | None


class NearnessRow(Struct, frozen=True, kw_only=True):
    """How near a breaker is to opening, and by what; of an open one, how far beyond it was.

    watches: what trips it, empty where nobody ever said. used of limit: as its platform said, at
    told_at; without that, as deskwatch finds of the limit of that name that is set for the same
    account and strategy (told_at is null). ratio: used / limit, 0 or above. Whatever is null has
    a reason in `why`: nobody told it, no such limit is set, what is used of it is not known, or
    a limit of zero has no parts.
    """

    watches: str
    used: Amount | None
    limit: Amount | None
    ratio: float | None
    told_at: Nanoseconds | None
    why: Literal["not_told", "limit_not_set", "use_not_known", "limit_is_zero"] | None


class ResetRow(Struct, frozen=True):
    """Who closed a breaker last."""

    time: Nanoseconds
    actor: str


class BreakerRow(Struct, frozen=True, kw_only=True):
    """One breaker; an empty account or strategy covers all.

    trips: by cause; resets: by actor. recent_trips: within `flap_window_s`; flapping: those are
    `flap_trips` or more.
    """

    breaker: str
    account: str
    strategy: str
    state: Literal["closed", "open", "half_open"]
    since: Nanoseconds
    in_state_s: float
    nearness: NearnessRow
    tripped: TripRow | None
    reset: ResetRow | None
    trips: dict[str, int]
    resets: dict[str, int]
    recent_trips: Count
    flapping: bool


class KillSwitchRow(Struct, frozen=True, kw_only=True):
    """One kill switch; scope "desk" without an account stops everything. actor: of `since`."""

    scope: str
    account: str
    engaged: bool
    since: Nanoseconds
    actor: str
    cause: str
    engagements: Count
    releases: dict[str, int]


class DeadManRow(Struct, frozen=True, kw_only=True):
    """One dead-man timer. timeout_s and left_s: null while disarmed; left_s below 0 is expired."""

    timer: str
    venue: str
    account: str
    renewed_at: Nanoseconds
    renewals: Count
    timeout_s: float | None
    left_s: float | None


class BreakersAnswer(Struct, frozen=True, kw_only=True):
    """Breakers that are not closed first, then by name; the switches and the timers by name."""

    as_of: Nanoseconds
    open_max_s: float
    flap_trips: Count
    flap_window_s: float
    breakers: list[BreakerRow]
    kill_switches: list[KillSwitchRow]
    dead_man_timers: list[DeadManRow]
