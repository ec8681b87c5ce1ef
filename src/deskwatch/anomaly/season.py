"""A history by hour of the week, for what trades otherwise on a Monday morning than at night."""

from collections import deque
from typing import Literal, NamedTuple

from deskwatch.anomaly.robust import score

#: What a figure was compared with: its own hour of the week, or all hours while that is too young.
Basis = Literal["hour_of_week", "all_hours"]


class Judged(NamedTuple):
    """A score in robust deviations, None while it can't be told, and by which history."""

    score: float | None
    basis: Basis | None


class Season:
    """The latest figures of each hour of the week, and the latest of all.

    An hour speaks from `least_hour` figures on, all hours together from `least_all`; `most_hour`
    and `most_all` are kept.
    """

    def __init__(self, least_hour: int, most_hour: int, least_all: int, most_all: int) -> None:
        self._least_hour = least_hour
        self._most_hour = most_hour
        self._least_all = least_all
        self.hours: dict[int, deque[float]] = {}
        self.latest: deque[float] = deque(maxlen=most_all)

    @property
    def needed(self) -> int:
        """How many figures are still to come until anything can be told."""
        return max(self._least_all - len(self.latest), 0)

    def judge(self, figure: float, hour: int) -> Judged:
        """Return how unusual a figure of an hour of the week (0 to 167) is; it is not taken in."""
        own = self.hours.get(hour, ())
        if len(own) >= self._least_hour:
            found = score(figure, own)
            if found is not None:
                return Judged(found, "hour_of_week")
        if self.needed:
            return Judged(None, None)
        found = score(figure, self.latest)
        return Judged(found, None if found is None else "all_hours")

    def take(self, figure: float, hour: int) -> None:
        """Take a figure into the history."""
        own = self.hours.get(hour)
        if own is None:
            own = self.hours[hour] = deque(maxlen=self._most_hour)
        own.append(figure)
        self.latest.append(figure)
