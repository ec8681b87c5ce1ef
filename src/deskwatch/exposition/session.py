"""Sessions with counterparties as a scrape finds them."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.session import STATES
from deskwatch.exposition.families import Families

_SESSION: Final = ("venue", "session")


class SessionCollector:
    """Sessions: logged on or not, since when, and how often one was lost."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._state = families.gauge(
            "desk_session_state",
            "1 for the state that the session is in, else 0.",
            (*_SESSION, "state"),
        )
        self._time_in_state = families.gauge(
            "desk_session_time_in_state_seconds",
            "How long the session has been in its state.",
            (*_SESSION, "state"),
            unit="seconds",
        )
        self._logons = families.counter(
            "desk_session_logons_total", "Times that the session was logged on.", _SESSION
        )
        self._drops = families.counter(
            "desk_session_drops_total",
            "Times that the session was lost while it was logged on.",
            _SESSION,
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        known = self._books.sessions.known
        for key, session in known.items():
            for state in STATES:
                self._state.set((*key, state), float(state == session.state))
            self._logons.set(key, session.logons)
            self._drops.set(key, session.drops)
        self._time_in_state.replace(
            {
                (*key, session.state): session.in_state_ns(now) / SECOND
                for key, session in known.items()
            }
        )
