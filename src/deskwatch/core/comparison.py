"""One figure that a venue reports, beside ours: what was said last, and since when we differ."""

from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.crossing import Moves
from deskwatch.core.period import counted_from
from deskwatch.core.rejection import shorten
from deskwatch.core.watch import Watch

#: Why it can't be known whether the venue and the books agree. Label values, so a closed set.
Reason = Literal[
    "query_failed",
    "stale",
    "overtaken",
    "open_derivatives",
    "no_opening",
    "unknown_settlement",
]
Standing = Literal["ok", "break", "unknown"]

_LONGEST_ERROR: Final = 200

#: Reports that are kept while something may cross them.
MAX_REPORTS: Final = 32


class VenueReport(Struct, array_like=True):
    """What a query brought: said, true of `time` and received at `received` (ns).

    apart: said − ours as of its time, as far as it can be told by now; 0 where it can't, and why.
    since: when it was first seen to be apart (ns); None while it isn't.
    """

    said: int
    time: int
    received: int
    apart: int = 0
    reason: Reason | None = None
    since: int | None = None

    def judge(self, apart: int, reason: Reason | None, now: int) -> None:
        """Take what comparing it found at `now`."""
        self.apart, self.reason = apart, reason
        if apart == 0:
            self.since = None
        elif self.since is None:
            self.since = now


class ComparisonState(Struct, array_like=True):
    """A comparison as a snapshot keeps it."""

    moves: list[tuple[int, int]]
    forgotten_until: int
    reports: list[VenueReport]
    apart_since: int | None
    failures: int
    failing_since: int | None
    error: str


class Comparison:
    """What the venue said, and what the books had then.

    reports: the successful ones that something may still cross, oldest first; the last one stays.
    failures: queries that failed; failing_since: when the first of those failed that no success
    followed (ns).
    """

    def __init__(self, amount: int) -> None:
        self.moves = Moves(amount)
        self.reports: list[VenueReport] = []
        self.failures = 0
        self.failing_since: int | None = None
        self.error = ""
        #: Since when reports that are no longer kept were all apart.
        self._apart_since: int | None = None

    @property
    def said(self) -> int | None:
        """What was said last, in the caller's decimals; None before a query succeeded."""
        return self.reports[-1].said if self.reports else None

    @property
    def said_time(self) -> int:
        """What time (ns) the last report is true of; 0 before a query succeeded."""
        return self.reports[-1].time if self.reports else 0

    @property
    def _counted_from(self) -> int:
        """What the age of the last report is counted from (ns); 0 before a query succeeded."""
        if not self.reports:
            return 0
        return counted_from(self.reports[-1].time, self.reports[-1].received)

    @property
    def apart(self) -> int:
        """How far the last report lies from ours."""
        return self.reports[-1].apart if self.reports else 0

    @property
    def since(self) -> int | None:
        """Since when (ns) every report has been apart, by what is known now; None if none is."""
        since = self._apart_since
        for report in self.reports:
            if report.since is None:
                since = None
            elif since is None:
                since = report.since
        return since

    def state(self) -> ComparisonState:
        """Return all that `resume` needs, but the figure itself: the books have that."""
        return ComparisonState(
            self.moves.recent,
            self.moves.forgotten_until,
            self.reports,
            self._apart_since,
            self.failures,
            self.failing_since,
            self.error,
        )

    def resume(self, state: ComparisonState) -> None:
        """Go on where a snapshot left off."""
        self.moves.recent, self.moves.forgotten_until = state.moves, state.forgotten_until
        self.reports, self._apart_since = state.reports, state.apart_since
        self.failures, self.failing_since = state.failures, state.failing_since
        self.error = state.error

    def fail(self, error: str, now: int) -> None:
        """Take a query that failed. What was said before stands, and so does a break."""
        self.failures += 1
        if self.failing_since is None:
            self.failing_since = now
        self.error = shorten(error, _LONGEST_ERROR)

    def say(self, said: int, time: int, now: int, grace: int) -> None:
        """Take what a query brought, and let go of what nothing can cross any more."""
        self.failing_since, self.error = None, ""
        self.reports.append(VenueReport(said, time, now))
        while len(self.reports) > 1 and (
            self.reports[1].received <= now - grace or len(self.reports) > MAX_REPORTS
        ):
            gone = self.reports.pop(0)
            if gone.since is None:
                self._apart_since = None
            elif self._apart_since is None:
                self._apart_since = gone.since
        self.moves.forget(self.reports[0].time - grace)

    def drop(self, time: int) -> None:
        """Let what was said before `time` say nothing: it was of another count."""
        self._apart_since = None
        for report in self.reports:
            if report.time < time:
                report.judge(0, "overtaken", time)

    def rests(self, now: int, long: int) -> bool:
        """Whether both sides have nothing and agree, and nobody said anything for `long` (ns)."""
        return (
            not self.moves.amount
            and not self.said
            and now - self._counted_from >= long
            and self.failing_since is None
            and self.since is None
            and self.reports[-1].reason is None
        )

    def standing(
        self, now: int, grace: int, max_age: int, watch: Watch, *, counts: bool
    ) -> tuple[Standing, Reason | None]:
        """Return how venue and books stand at `now` (ns), and why it is not known.

        A break outlives the grace and lasts until a report ends it: neither a query that fails nor
        silence does. Time in which nobody could hear of the missing fill is no grace. counts:
        whether silence matters, as it does while anything is held.
        """
        since = self.since
        if since is not None and now - watch.counted_from(since, grace) >= grace:
            return "break", None
        if self.failing_since is not None:
            return "unknown", "query_failed"
        reason = self.reports[-1].reason if self.reports else None
        if reason is not None:
            return "unknown", reason
        if counts and now - self._counted_from > max_age:
            return "unknown", "stale"
        return "ok", None
