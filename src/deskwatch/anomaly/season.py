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
    `least_day`, all hours together from `least_all`; `most_hour` and `most_all` are kept.
    """

    def __init__(self, settings: AnomalySettings) -> None:
        self._settings = settings
        self.hours: dict[int, deque[float]] = {}
        self.latest: deque[float] = deque(maxlen=settings.most_all)

    @property
    def needed(self) -> int:
        """How many figures are still to come until anything can be told."""
        return max(self._settings.least_all - len(self.latest), 0)

    def judge(self, figure: float, hour: int) -> Judged:
        """Return how unusual a figure of an hour of the week (0 to 167) is; it is not taken in."""
        own = self.hours.get(hour, ())
        if len(own) >= self._settings.least_hour:
            found = score(figure, own)
            if found is not None:
                return Judged(found, "hour_of_week")
        if self.needed:
            return Judged(None, None)
        daily = [one for same in range(hour % 24, 168, 24) for one in self.hours.get(same, ())]
        if len(daily) >= self._settings.least_day:
            found = score(figure, daily)
            if found is not None:
                return Judged(found, "hour_of_day")
        found = score(figure, self.latest)
        return Judged(found, None if found is None else "all_hours")

    def take(self, figure: float, hour: int) -> None:
        """Take a figure into the history."""
        own = self.hours.get(hour)
        if own is None:
            own = self.hours[hour] = deque(maxlen=self._settings.most_hour)
        own.append(figure)
        self.latest.append(figure)
