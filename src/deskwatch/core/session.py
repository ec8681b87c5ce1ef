"""Sessions with counterparties: how each stands, and since when."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.observation import Session
from deskwatch.core.period import counted_from
from deskwatch.core.rejection import EventRejected
from deskwatch.core.telling import told_at

State = Literal["connecting", "logged_on", "logged_out", "disconnected", "error"]
STATES: Final[tuple[State, ...]] = (
    "connecting",
    "logged_on",
    "logged_out",
    "disconnected",
    "error",
)

#: A bound on memory.
MAX_SESSIONS: Final = 1_000


class VenueSession(Struct, kw_only=True):
    """One session. Times are ns UTC.

    since: when it came into its state; told_at: when the newest that was said happened: both as
    `telling.told_at` counts it. told: that newest, None where a snapshot from before it was kept
    has none. reason: as the platform gave it. drops: how often it was lost, not logged out, once it
    stood.
    """

    venue: str
    session: str
    state: State
    since: int
    told_at: int
    told: Session | None = None
    reason: str = ""
    logons: int = 0
    drops: int = 0

    def in_state_ns(self, now: int) -> int:
        """Return how long it has been in its state; 0 where that is after `now`."""
        return max(now - self.since, 0)


class Sessions:
    """Every session that was ever told of, by venue × session.

    received: when the event that is booked now was received (ns). An event that is older than
    another one of its session changes nothing; none is younger than since it came.
    """

    name = "sessions"

    def __init__(self, received: Callable[[], int]) -> None:
        self.known: dict[tuple[str, str], VenueSession] = {}
        self._received = received

    @property
    def checks(self) -> Checks:
        """Refuses a session over the bound."""
        return {Session: self._check}

    @property
    def followers(self) -> Followers:
        """Takes what is said of sessions."""
        return {Session: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: sessions change by events alone."""

    def away(self, venue: str) -> bool:
        """Return whether the venue has sessions, and none of them is logged on."""
        states = [one.state for one in self.known.values() if one.venue == venue]
        return bool(states) and "logged_on" not in states

    def _check(self, told: Session) -> None:
        is_known = (told.venue, told.session) in self.known
        if len(self.known) >= MAX_SESSIONS and not is_known:
            raise EventRejected("too_many_names", told.session, f"at most {MAX_SESSIONS} sessions")

    def _follow(self, told: Session) -> None:
        key = (told.venue, told.session)
        session = self.known.get(key)
        if session is None:
            at = counted_from(told.event_time, self._received())
            session = self.known[key] = VenueSession(
                venue=told.venue,
                session=told.session,
                state=told.state,
                since=at,
                told_at=at,
                told=told,
                reason=told.reason,
                logons=int(told.state == "logged_on"),
            )
            return
        at = told_at(told, self._received(), session.told, session.told_at)
        if at < session.told_at:
            return
        session.told, session.told_at, session.reason = told, at, told.reason
        if told.state == session.state:
            return
        if session.state == "logged_on" and told.state != "logged_out":
            session.drops += 1
        session.logons += told.state == "logged_on"
        session.state, session.since = told.state, at

    def dump(self) -> bytes:
        """Return every session, as JSON."""
        return msgspec.json.encode(list(self.known.values()))

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=list[VenueSession])
        self.known = {(one.venue, one.session): one for one in saved}
        for one in saved:
            # Before `told` was kept it was the sender's own time, and so perhaps in the future.
            one.told_at = counted_from(one.told_at, self._received())
