"""Dead-man timers: promises that must be renewed, or all orders are canceled."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.observation import DeadMan
from deskwatch.core.rejection import EventRejected
from deskwatch.core.watch import Watch

#: A bound on memory.
MAX_TIMERS: Final = 1_000


class Timer(Struct, kw_only=True):
    """One timer. Times are ns UTC.

    renewed_at: when we learned of its last renewal. timeout_ns: how long that one lasts; None while
    the timer is disarmed.
    """

    timer: str
    venue: str
    account: str
    renewed_at: int
    timeout_ns: int | None
    renewals: int = 0

    def left_ns(self, now: int, watch: Watch) -> int | None:
        """Return the time left; below zero it expired so long ago; None while disarmed."""
        if self.timeout_ns is None:
            return None
        return watch.counted_from(self.renewed_at, self.timeout_ns) + self.timeout_ns - now


class DeadManTimers:
    """Every dead-man timer that was ever told of, by timer × venue × account.

    received: when the event that is booked now was received (ns).
    """

    name = "dead_man_timers"

    def __init__(self, received: Callable[[], int]) -> None:
        self.timers: dict[tuple[str, str, str], Timer] = {}
        self._received = received

    @property
    def checks(self) -> Checks:
        """Refuses a timer over the bound."""
        return {DeadMan: self._check}

    @property
    def followers(self) -> Followers:
        """Takes renewals."""
        return {DeadMan: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: whether a timer expired is asked as of now."""

    def _check(self, told: DeadMan) -> None:
        if len(self.timers) >= MAX_TIMERS and _key(told) not in self.timers:
            raise EventRejected("too_many_names", told.timer, f"at most {MAX_TIMERS} timers")

    def _follow(self, told: DeadMan) -> None:
        now = self._received()
        timer = self.timers.get(_key(told))
        if timer is None:
            timer = self.timers[_key(told)] = Timer(
                timer=told.timer,
                venue=told.venue,
                account=told.account,
                renewed_at=now,
                timeout_ns=None,
            )
        timer.timeout_ns = told.timeout_ns
        if told.timeout_ns is not None:
            timer.renewed_at = now
            timer.renewals += 1

    def dump(self) -> bytes:
        """Return every timer, as JSON."""
        return msgspec.json.encode(list(self.timers.values()))

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=list[Timer])
        self.timers = {_key(timer): timer for timer in saved}


def _key(one: DeadMan | Timer) -> tuple[str, str, str]:
    return (one.timer, one.venue, one.account)
