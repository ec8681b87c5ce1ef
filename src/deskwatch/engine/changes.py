"""What each strategy earned in each hour or day, in its reporting currency."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from deskwatch.core.account import Group
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS
from deskwatch.core.money import POW10, REPORTING_DECIMALS, divide_half_even, read_figure
from deskwatch.core.period import SECOND
from deskwatch.core.pnl_row import Period
from deskwatch.web.answers.figures import HistoryRow
from deskwatch.web.answers.timelines import TimelineAnswer, TimelineSeries

#: By account, strategy and beginning: by currency, the sum of net at SUM_DECIMALS; None can't be
#: known.
Sums = dict[tuple[str, str, int], dict[str, int | None]]

_LENGTHS_S: Final[dict[Period, int]] = {"hour": 3600, "day": 86_400}
_SUM_SCALE: Final = POW10[SUM_DECIMALS - REPORTING_DECIMALS]
_SCALE: Final = POW10[REPORTING_DECIMALS]


def changes(
    books: Books,
    period: Period,
    asked: tuple[int, int],
    sums: Sums,
    earliest: int | None,
    now: int,
) -> TimelineAnswer:
    """Return the net change of each strategy in the hours or days that begin in the range.

    Each currency is translated at today's rate, as the P&L of the open hour is. A period without
    rows has earned nothing; one before `earliest`, the first that the history has, is unknown.
    Strategies of accounts that are in no sum are left out: these are drawn to be summed.
    """
    begun = {start for _, _, start in sums}
    starts = _beginnings(books, period, asked, begun)
    since = min(begun if earliest is None else [*begun, earliest], default=now)
    not_summed = books.not_summed
    series = [
        TimelineSeries(
            account=name,
            strategy=strategy,
            currency=account.currency,
            drawn="change",
            values=[
                None if start < since else _translated(books, group, sums, start, now)
                for start in starts
            ],
        )
        for name, account in sorted(books.valuation.accounts.items())
        if name not in not_summed
        for strategy, group in sorted(account.groups.items())
    ]
    return TimelineAnswer(
        as_of=now,
        step_s=_LENGTHS_S[period],
        times=[start // SECOND for start in starts],
        series=series,
        dates=[books.closing.calendar.date(start) for start in starts] if period == "day" else [],
    )


def _beginnings(books: Books, period: Period, asked: tuple[int, int], begun: set[int]) -> list[int]:
    """Return where the hours or days that begin in the range do, oldest first.

    begun: where those with rows do. Some did by another calendar, where `books.timezone` or
    `books.day_start` was changed since: up to the last of these, rows say where periods begin.
    """
    calendar = books.closing.calendar
    start_of = calendar.hour_start if period == "hour" else calendar.day_start
    changed = max((start for start in begun if start_of(start) != start), default=0)
    before = sorted(start for start in begun if start <= changed)
    return [*before, *(start for start in _starts(books, period, *asked) if start > changed)]


def _starts(books: Books, period: Period, start: int, end: int) -> Iterator[int]:
    """Yield where the hours or days begin that begin in the range."""
    calendar = books.closing.calendar
    start_of = calendar.hour_start if period == "hour" else calendar.day_start
    end_of = calendar.hour_end if period == "hour" else calendar.day_end
    at = start_of(start)
    if at < start:
        at = end_of(at)
    while at < end:
        yield at
        at = end_of(at)


def sums_of(rows: Sequence[HistoryRow]) -> Sums:
    """Return what the rows come to."""
    sums: Sums = defaultdict(dict)
    for row in rows:
        of = sums[row.account, row.strategy, row.start]
        before = of.get(row.currency, 0)
        if row.net is None or before is None:
            of[row.currency] = None
        else:
            of[row.currency] = before + read_figure(row.net, SUM_DECIMALS)
    return sums


def _translated(books: Books, group: Group, sums: Sums, start: int, now: int) -> float | None:
    total = 0
    for currency, amount in sums.get((group.account, group.strategy, start), {}).items():
        if amount is None:
            return None
        conversion = books.fx.conversion(currency, group.currency, now)
        if isinstance(conversion, str):
            if amount:
                return None
            continue
        numerator, denominator = conversion
        total += divide_half_even(amount * numerator, denominator * _SUM_SCALE)
    return total / _SCALE
