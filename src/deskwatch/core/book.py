"""What the desk's books beside the money's have in common: orders, latency, breakers, feeds."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from deskwatch.core.event import Event

Checks = Mapping[type[Event], Callable[[Any], None]]
Followers = Mapping[type[Event], Callable[[Any], None]]


class Book(Protocol):
    """One of the desk's books; `Books` tells it of events and of time, in the journal's order."""

    @property
    def name(self) -> str:
        """The key of its state in a snapshot, unique."""
        ...

    @property
    def checks(self) -> Checks:
        """By kind: raises EventRejected for an event this book can't take, and changes nothing."""
        ...

    @property
    def followers(self) -> Followers:
        """By kind: told of each new event, once all checks passed and the money's books have it.

        They must not raise.
        """
        ...

    def begin(self, now: int) -> None:
        """Let time pass until `now` (ns), at the first event or tick of a second.

        Called before the money's hours and days close. A replay has no ticks, so what this does
        must follow from the boundaries that were passed, not from how often it was called.
        """
        ...

    def dump(self) -> bytes:
        """Return all that `load` needs to go on as this book would, as JSON."""
        ...

    def load(self, state: bytes) -> None:
        """Take up a dumped state, in a fresh book. Raises msgspec.MsgspecError for another's."""
        ...
