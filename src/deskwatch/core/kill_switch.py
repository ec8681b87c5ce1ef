"""Kill switches: which scopes are stopped, since when, and who said so (RTS 6 Art. 12)."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct, field

from deskwatch.core.book import Checks, Followers
from deskwatch.core.breaker import KEPT_TIMES, MAX_NAMES
from deskwatch.core.names import UNRECORDED, Names
from deskwatch.core.observation import KillSwitch
from deskwatch.core.period import counted_from
from deskwatch.core.rejection import EventRejected
from deskwatch.core.telling import told_at

#: The scope of a switch that names none: all that the desk does.
WHOLE_DESK: Final = "desk"

#: A bound on memory.
MAX_SWITCHES: Final = 1_000


class Switch(Struct, kw_only=True):
    """The switch of one scope and account. Times are ns UTC.

    since: when it was engaged or released; told_at: when the newest that was said happened: both as
    `telling.told_at` counts it. told: that newest, None where a snapshot from before it was kept
    has none. cause: why it was engaged. engagements: how often. releases: how often, by actor;
    recent_releases: when the newest were learned of, oldest first, and by whom.
    """

    scope: str
    account: str
    engaged: bool
    since: int
    told_at: int
    told: KillSwitch | None = None
    actor: str = UNRECORDED
    cause: str = UNRECORDED
    engagements: int = 0
    releases: dict[str, int] = field(default_factory=dict)
    recent_releases: list[tuple[int, str]] = field(default_factory=list)

    def releases_since(self, time: int) -> dict[str, int]:
        """Return how many releases were learned of after `time`, by actor: all it ever had."""
        recent = dict.fromkeys(self.releases, 0)
        for learned, actor in self.recent_releases:
            recent[actor] += learned > time
        return recent


class _Saved(Struct):
    switches: list[Switch]
    causes: list[str]
    actors: list[str]


class KillSwitches:
    """Every kill switch that was ever told of, by scope × account.

    received: when the event that is booked now was received (ns). An event that is older than
    another one of its switch changes nothing; none is younger than since it came.
    """

    name = "kill_switches"

    def __init__(self, received: Callable[[], int]) -> None:
        self.switches: dict[tuple[str, str], Switch] = {}
        self._received = received
        self._causes = Names(MAX_NAMES)
        self._actors = Names(MAX_NAMES)

    @property
    def checks(self) -> Checks:
        """Refuses a switch over the bound."""
        return {KillSwitch: self._check}

    @property
    def followers(self) -> Followers:
        """Takes what is said of switches."""
        return {KillSwitch: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: switches change by events alone."""

    def _check(self, told: KillSwitch) -> None:
        if len(self.switches) >= MAX_SWITCHES and _key(told) not in self.switches:
            raise EventRejected("too_many_names", told.scope, f"at most {MAX_SWITCHES} switches")

    def _follow(self, told: KillSwitch) -> None:
        scope, account = _key(told)
        switch = self.switches.get((scope, account))
        if switch is None:
            since = counted_from(told.event_time, self._received())
            switch = self.switches[scope, account] = Switch(
                scope=scope, account=account, engaged=False, since=since, told_at=0
            )
        at = told_at(told, self._received(), switch.told, switch.told_at)
        if at < switch.told_at:
            return
        switch.told, switch.told_at = told, at
        if told.engaged == switch.engaged:
            return
        # What the sender said, unless that is in the future: no desk is stopped since tomorrow.
        switch.engaged, switch.since = told.engaged, at
        switch.actor = self._actors.label(told.actor)
        if told.engaged:
            switch.cause = self._causes.label(told.cause)
            switch.engagements += 1
            return
        switch.releases[switch.actor] = switch.releases.get(switch.actor, 0) + 1
        switch.recent_releases.append((self._received(), switch.actor))
        del switch.recent_releases[:-KEPT_TIMES]

    def dump(self) -> bytes:
        """Return every switch, as JSON."""
        switches = list(self.switches.values())
        return msgspec.json.encode(
            _Saved(switches, list(self._causes.known), list(self._actors.known))
        )

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=_Saved)
        self.switches = {(switch.scope, switch.account): switch for switch in saved.switches}
        for switch in saved.switches:
            # Before `told` was kept it was the sender's own time, and so perhaps in the future.
            switch.told_at = counted_from(switch.told_at, self._received())
        self._causes.known = dict.fromkeys(saved.causes)
        self._actors.known = dict.fromkeys(saved.actors)


def _key(told: KillSwitch) -> tuple[str, str]:
    return (told.scope or WHOLE_DESK, told.account)
