"""A history by hour, for what trades otherwise on a Monday morning than at night."""

from collections import deque
from typing import Literal, NamedTuple

from deskwatch.anomaly.robust import score
from deskwatch.anomaly.settings import AnomalySettings

#: What a figure was compared with: its own hour of the week; while that is too young, the same hour
#: of all days; and while that is, too, all hours.
Basis = Literal["hour_of_week", "hour_of_day", "all_hours"]


class Judged(NamedTuple):
    """A score in robust deviations, None while it can't be told, and by which history."""

    score: float | None
    basis: Basis | None


class Season:
    """The latest figures of each hour of the week, and the latest of all.

    An hour of the week speaks from `least_hour` figures on, the same hour of all days from
    `least_day`, both only where `least_differing` of those differ; all hours together from
    `least_all`. The last two don't speak before `least_span_ns`: a first session is unlike the
    night before it. `most_hour` and `most_all` are kept. began: when the
    first figure's interval did (ns); None before there is one.
    """

    def __init__(self, settings: AnomalySettings) -> None:
        self._settings = settings
        self.hours: dict[int, deque[float]] = {}
        self.latest: deque[float] = deque(maxlen=settings.most_all)
        self.began: int | None = None

    def needed(self, at: int) -> int:
        """Return how many intervals are to come at least, until anything can be told; at: ns."""
        settings = self._settings
        missing = settings.least_all - len(self.latest)
        if self.began is None:
            return max(missing, settings.least_span_ns // settings.interval_ns)
        too_soon = self.began + settings.least_span_ns - at
        return max(missing, -(-too_soon // settings.interval_ns), 0)

    def judge(self, figure: float, at: int, hour: int) -> Judged:
        """Return how unusual a figure is; it is not taken in.

        at: the end of its interval (ns); hour: of the week (0 to 167), the one in which it began.
        """
        own = self.hours.get(hour, ())
        if len(own) >= self._settings.least_hour:
            found = score(figure, own, self._settings.least_differing)
            if found is not None:
                return Judged(found, "hour_of_week")
        if self.needed(at - self._settings.interval_ns):
            return Judged(None, None)
        daily = [one for same in range(hour % 24, 168, 24) for one in self.hours.get(same, ())]
        if len(daily) >= self._settings.least_day:
            found = score(figure, daily, self._settings.least_differing)
            if found is not None:
                return Judged(found, "hour_of_day")
        found = score(figure, self.latest)
        return Judged(found, None if found is None else "all_hours")

    def take(self, figure: float, at: int, hour: int) -> None:
        """Take a figure into the history; at, hour: as of `judge`."""
        if self.began is None:
            self.began = at - self._settings.interval_ns
        own = self.hours.get(hour)
        if own is None:
            own = self.hours[hour] = deque(maxlen=self._settings.most_hour)
        own.append(figure)
        self.latest.append(figure)
