"""Functions of the clock and the calendar, UTC."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from deskwatch.rules.promql.context import Context, Function
from deskwatch.rules.promql.functions_math import mapped
from deskwatch.rules.promql.labels import NO_LABELS, without_name
from deskwatch.rules.promql.plan import Node, Select
from deskwatch.rules.promql.vector import Vector, put

_DAY_S: Final = 86_400
_MONTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Date(NamedTuple):
    """A day of the Gregorian calendar; month and day count from 1."""

    year: int
    month: int
    day: int


def _date(days: int) -> _Date:
    """Return the date this many days after 1970-01-01, at any distance.

    Source: Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days; years
    begin in March there, so that the leap day is the last.
    """
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    next_year, month_from_january = divmod(month_from_march + 2, 12)
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    return _Date(year_of_era + era * 400 + next_year, month_from_january + 1, day)


def _months(year: int) -> tuple[int, ...]:
    """Return how many days the year's months have."""
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29, *_MONTHS[2:]) if is_leap else _MONTHS


def _days_in_month(seconds: int) -> int:
    date = _date(seconds // _DAY_S)
    return _months(date.year)[date.month - 1]


def _day_of_year(seconds: int) -> int:
    date = _date(seconds // _DAY_S)
    return sum(_months(date.year)[: date.month - 1]) + date.day


def _calendar(part: Callable[[int], int]) -> Function:
    """Return the function of a vector of Unix seconds, or of the evaluation's time."""

    def of_value(value: float) -> float:
        return float(part(int(value))) if math.isfinite(value) else math.nan

    def evaluated(context: Context, arguments: tuple[Node, ...]) -> Vector:
        if not arguments:
            return {NO_LABELS: float(part(context.at // 1000))}
        return mapped(context.vector(arguments[0]), of_value)

    return evaluated


def _timestamp(context: Context, arguments: tuple[Node, ...]) -> Vector:
    """Give each sample's own time where a selector is asked, else the evaluation's."""
    node = arguments[0]
    out: Vector = {}
    if isinstance(node, Select):
        for labels, time in context.sample_times(node).items():
            put(out, without_name(labels), time / 1000)
        return out
    return mapped(context.vector(node), lambda _value: context.at / 1000)


TIME: Final[dict[str, Function]] = {
    "time": lambda context, _arguments: context.at / 1000,
    "timestamp": _timestamp,
    "minute": _calendar(lambda seconds: seconds // 60 % 60),
    "hour": _calendar(lambda seconds: seconds // 3600 % 24),
    "day_of_week": _calendar(lambda seconds: (seconds // _DAY_S + 4) % 7),
    "day_of_month": _calendar(lambda seconds: _date(seconds // _DAY_S).day),
    "day_of_year": _calendar(_day_of_year),
    "days_in_month": _calendar(_days_in_month),
    "month": _calendar(lambda seconds: _date(seconds // _DAY_S).month),
    "year": _calendar(lambda seconds: _date(seconds // _DAY_S).year),
}
