"""One P&L's history: its changes by hour of the week, its level, and whether it stands still."""

from collections import deque
from typing import Final, Literal

from msgspec import Struct

from deskwatch.anomaly.level import Level
from deskwatch.anomaly.season import Basis, Judged, Season
from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.core.money import REPORTING_DECIMALS, to_float

#: Account and strategy; the strategy of an account's own is empty.
Key = tuple[str, str]

#: Why there is no score: too little history, P&L not known at the sample, or no deviation so far.
Unknown = Literal["warming_up", "unpriced", "no_deviation"]

_NOTHING: Final = Judged(None, None)


class HistoryState(Struct, array_like=True):
    """A history as a snapshot keeps it. Scores are kept: they were told before."""

    currency: str
    at: int
    net: int | None
    change: int | None
    hours: dict[int, list[float]]
    latest: list[float]
    level: list[float]
    score: float | None
    basis: Basis | None
    shift: float | None
    samples: int
    still_since: int | None
    began: int | None = 0  # where it was not kept yet: long ago


class History:
    """What is known of one P&L. at: the last sample's boundary (ns); net: the P&L there."""

    def __init__(self, settings: AnomalySettings, currency: str) -> None:
        self._settings = settings
        self.currency = currency
        self.at = 0
        self.net: int | None = None
        self.change: int | None = None
        self.season = Season(settings)
        self.level = Level(settings.short, settings.long)
        self.judged = _NOTHING
        self.shift: float | None = None
        self.samples = 0
        self._still_since: int | None = None

    def take(self, net: int | None, at: int, hour: int, *, filled: bool) -> None:
        """Take the P&L of a boundary, and judge its change by those before. filled: fills came.

        A change over more than one interval, or from or to a P&L that is not known, is none.
        """
        before, known_before = self.at, self.net
        self.at, self.net = at, net
        self.change, self.judged, self.shift = None, _NOTHING, None
        if net is None or known_before is None:
            self._still_since = None
            return
        self._watch_still(before, moved=net != known_before, filled=filled)
        if before != at - self._settings.interval_ns:
            return
        self.change = net - known_before
        figure = to_float(self.change, REPORTING_DECIMALS)
        self.judged = self.season.judge(figure, at, hour)
        self.season.take(figure, at, hour)
        if self.judged.score is not None:
            self.level.take(self.judged.score)
            self.shift = self.level.shift()
        self.samples += 1

    def _watch_still(self, before: int, *, moved: bool, filled: bool) -> None:
        if moved:
            self._still_since = None
        elif filled and self._still_since is None:
            self._still_since = before

    @property
    def needed(self) -> int:
        """How many intervals are to come at least, until anything can be told."""
        return self.season.needed(self.at)

    @property
    def unknown(self) -> Unknown | None:
        """Why the last change has no score; None where it has one."""
        if self.judged.score is not None:
            return None
        if self.needed:
            return "warming_up"
        return "unpriced" if self.change is None else "no_deviation"

    def frozen(self, now: int) -> int:
        """Return for how long (ns) P&L has stood still since fills came; 0 while it moves.

        Nothing that is older than two intervals counts: then nobody trades any more.
        """
        if self._still_since is None or now - self.at > 2 * self._settings.interval_ns:
            return 0
        return self.at - self._still_since

    def state(self) -> HistoryState:
        """Return all that `resume` needs."""
        return HistoryState(
            self.currency, self.at, self.net, self.change,
            {hour: list(figures) for hour, figures in self.season.hours.items()},
            list(self.season.latest), list(self.level.figures), self.judged.score,
            self.judged.basis, self.shift, self.samples, self._still_since,
            self.season.began,
        )  # fmt: skip

    def resume(self, state: HistoryState) -> None:
        """Go on where a snapshot left off."""
        self.at, self.net, self.change = state.at, state.net, state.change
        for hour, figures in state.hours.items():
            self.season.hours[hour] = deque(figures, maxlen=self._settings.most_hour)
        self.season.latest.extend(state.latest)
        self.level.figures.extend(state.level)
        self.judged = Judged(state.score, state.basis)
        self.shift, self.samples = state.shift, state.samples
        self._still_since, self.season.began = state.still_since, state.began
