"""The venues' reports beside the books, as the API answers them."""

from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.comparison import Standing
from deskwatch.core.money import MAX_DECIMALS, REPORTING_DECIMALS, format_decimal, format_figure
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.reconciliation import Finding
from deskwatch.web.answers.reconciliation import (
    ReconciliationAnswer,
    ReconciliationRow,
    UnreportedRow,
)

#: What needs somebody comes first.
_WORST_FIRST: Final[dict[Standing, int]] = {"break": 0, "unknown": 1, "ok": 2}


def reconciliation(books: Books, now: int) -> ReconciliationAnswer:
    """Return how every reported figure stands to ours as of `now`, what breaks first."""
    book = books.reconciliation
    found = sorted(book.findings(now, books.watch), key=_rank)
    return ReconciliationAnswer(
        as_of=now,
        grace_s=book.settings.grace_ns / SECOND,
        max_age_s=book.settings.max_age_ns / SECOND,
        breaks=sum(one.standing == "break" for one in found),
        unknown=sum(one.standing == "unknown" for one in found),
        rows=[_row(one, now) for one in found],
        unreported=_unreported(books),
    )


def _rank(found: Finding) -> tuple[int, str, str, str, str]:
    return (
        _WORST_FIRST[found.standing], found.subject, found.account, found.venue, found.symbol,
    )  # fmt: skip


def _row(found: Finding, now: int) -> ReconciliationRow:
    decimals = found.decimals
    ours_then = apart = None
    if found.standing == "break" and found.said is not None:
        ours_then = format_decimal(found.said - found.apart, decimals)
        apart = format_decimal(found.apart, decimals)
    return ReconciliationRow(
        subject=found.subject,
        account=found.account,
        venue=found.venue,
        symbol=found.symbol,
        standing=found.standing,
        reason=found.reason,
        kind=found.kind,
        ours=format_decimal(found.ours, decimals),
        said=format_figure(found.said, decimals),
        said_time=None if found.said is None else found.said_time,
        ours_then=ours_then,
        apart=apart,
        notional=format_figure(found.notional, REPORTING_DECIMALS),
        currency=found.currency,
        since=found.since,
        age_s=None if found.since is None else age_ns(found.since, now) / SECOND,
        failures=found.failures,
        error=found.error,
    )


def _unreported(books: Books) -> list[UnreportedRow]:
    positions = books.reconciliation.positions
    places = {
        (line.account, line.instrument.venue, line.instrument.symbol)
        for line in books.lines
        if line.position.quantity
    }
    return [
        UnreportedRow(*place, ours=format_decimal(positions.quantity(place), MAX_DECIMALS))
        for place in sorted(places)
        if positions.is_unreported(place)
    ]
