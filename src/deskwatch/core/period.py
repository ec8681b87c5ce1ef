"""Where an hour and a day begin: by one time zone, and by the desk's own turn of the day."""

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def seconds(duration_ns: int | None) -> float | None:
    """Return a duration in seconds; None where there is none."""
    return None if duration_ns is None else duration_ns / SECOND


def age_ns(time: int, now: int) -> int:
    """Return how long ago a time was; 0 where the clock that said it is ahead of ours."""
    return max(now - time, 0)


def counted_from(time: int, came: int) -> int:
    """Return what an age is counted from: a clock that is ahead of ours makes nothing younger."""
    return min(time, came)


def is_newer(time: int, came: int, newest: int, newest_since: int) -> bool:
    """Return whether what was true at `time`, and came at `came`, follows on the newest known.

    newest_since: what that one's age is counted from. Where its clock was ahead of ours, it gives
    way to what a clock that is not says after it came.
    """
    return newest <= time or newest_since <= time <= came


class Calendar:
    """Hours and days of a desk. Times are ns since 1970 UTC.

    An hour is a clock hour of the time zone, or two of them where clocks change by a part of one. A
    day begins at `day_start_minute` after local midnight; on the two days of the year when clocks
    change it is longer or shorter.
    """

    def __init__(self, timezone: str, day_start_minute: int) -> None:
        self._zone = ZoneInfo(timezone)
        self._day_start = timedelta(minutes=day_start_minute)

    def hour_start(self, time: int) -> int:
        """Return the beginning of the clock hour that `time` is in."""
        offset = self._offset(time)
        # Zones lie whole minutes off UTC, some of them half an hour.
        start = time - (time + offset) % HOUR
        return start if self._offset(start) == offset else self._change(start, time)

    def day_start(self, time: int) -> int:
        """Return the beginning of the desk's day that `time` is in."""
        # Where clocks change around midnight, the day that the date names may have begun before it,
        # and the one before it may begin in an hour that isn't, and so after `time` as well.
        local = self._local(time) + timedelta(days=1)
        while (begin := self._turn(local)) > time:
            local -= timedelta(days=1)
        return begin

    def hour_end(self, start: int) -> int:
        """Return the end of the hour that begins at `start`."""
        offset = self._offset(start)
        end = start + HOUR - (start + offset) % HOUR
        return end if self._offset(end) == offset else self._change(start, end)

    def day_end(self, start: int) -> int:
        """Return the end of the day that begins at `start`."""
        # 36 hours on is in the next day, however long this one is; its start is what we want.
        return self.day_start(start + 36 * HOUR)

    def date(self, start: int) -> str:
        """Return the date (ISO) that the desk calls the day by which begins at `start`.

        It is that of the day's middle: a day from 17:00 to 17:00 is called by the date it ends on.
        """
        return self._local(start + 12 * HOUR).date().isoformat()

    def hour_of_week(self, time: int) -> int:
        """Return which hour of the local week `time` is in, 0 to 167 from Sunday's first on."""
        local = self._local(time)
        return local.isoweekday() % 7 * 24 + local.hour

    def _change(self, start: int, end: int) -> int:
        """Return when clocks changed, after `start` and by `end`."""
        before, minutes = self._offset(start), range(start + MINUTE, end + 1, MINUTE)
        return minutes[bisect_left(minutes, 1, key=lambda at: self._offset(at) != before)]

    def _offset(self, time: int) -> int:
        """Return by how many ns the zone's clocks are ahead of UTC."""
        offset = self._local(time).utcoffset() or timedelta(0)
        return int(offset.total_seconds()) * SECOND

    def _local(self, time: int) -> datetime:
        return datetime.fromtimestamp(time // SECOND, self._zone)

    def _turn(self, local: datetime) -> int:
        midnight = datetime(local.year, local.month, local.day, tzinfo=self._zone)
        return int((midnight + self._day_start).timestamp()) * SECOND
