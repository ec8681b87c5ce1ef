"""A drill: steps that are tried in order, and what puts everything back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from deskwatch.drills.verdict import Verdict

Probe = Callable[[], Awaitable[Verdict]]


class Step(Struct, frozen=True, kw_only=True):
    """One thing that must be so; the runner times it.

    waits: it is asked again until it passes or its time is over; else its first verdict counts.
    timeout_s: how long it may take. since: the step whose last asking its time is counted from, so
    that an answer that comes late gives it no more; empty is its own beginning. late: the reason
    when its time is over before there is a verdict.
    """

    name: str
    probe: Probe
    timeout_s: float
    waits: bool = False
    since: str = ""
    late: str


class Drill(Protocol):
    """One synthetic test."""

    @property
    def steps(self) -> Sequence[Step]:
        """The steps, in order; the first that fails ends the run."""
        ...

    @property
    def restore(self) -> Step:
        """Puts everything back; run at the end of every run, whatever happened before."""
        ...
