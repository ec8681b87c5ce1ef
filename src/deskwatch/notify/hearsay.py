"""Alerts known from before a start, of which nobody has said since how they stand."""

from collections.abc import Iterable
from typing import Final

from deskwatch.core.alert import Alert
from deskwatch.core.period import MINUTE
from deskwatch.notify.grouping import OWN_GENERATOR
from deskwatch.notify.tracked import Tracked

#: How long a repeat waits after a start for the rules to say how things stand.
_WORD_WITHIN: Final = MINUTE


class Hearsay:
    """Firing alerts whose texts are those of when they fired. since: when we started (ns UTC)."""

    def __init__(self) -> None:
        self.since = 0
        self._unheard: set[str] = set()

    def begin(self, known: Iterable[Tracked], now: int) -> None:
        """Begin anew at a start, with what is known from before it; what is our own stays true."""
        self.since = now
        self._unheard = {
            one.alert.fingerprint
            for one in known
            if one.alert.state == "firing" and one.alert.generator != OWN_GENERATOR
        }

    def hear(self, alert: Alert) -> None:
        """Take that somebody says how an alert stands."""
        self._unheard.discard(alert.fingerprint)

    def has_any(self, members: Iterable[Tracked]) -> bool:
        """Return whether the texts of any are from before the start."""
        return any(one.alert.fingerprint in self._unheard for one in members)

    def may_be_heard(self, members: Iterable[Tracked], now: int) -> bool:
        """Return whether any are, and it is so soon after the start that word may still come."""
        return now < self.since + _WORD_WITHIN and self.has_any(members)
