"""P&L by hour and by day as the API answers it: what the history has, and what it does not yet."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS
from deskwatch.core.money import format_decimal, read_figure
from deskwatch.core.pnl_row import PnlRow
from deskwatch.web.answers.figures import HistoryRow


def pending_rows(books: Books, now: int) -> Iterator[tuple[PnlRow, bool]]:
    """Yield the rows that the history does not have: those waiting for it, and the open periods'.

    With each, whether it is to be added to what its period has (a late one) or stands for it.
    """
    closing = books.closing
    yield from ((row, False) for row in closing.closed)
    yield from ((row, True) for row in closing.late)
    yield from ((row, True) for row in closing.unvalued_rows(books.lines))
    mark_at = books.valuation.mark_at
    yield from ((row, False) for row in closing.open_rows(books.lines, now, mark_at))


def merge(stored: list[PnlRow], pending: list[tuple[PnlRow, bool]]) -> list[PnlRow]:
    """Return stored rows with the pending ones put in, oldest first."""
    merged = {_key(row): row for row in stored}
    for row, late in pending:
        known = merged.get(_key(row))
        merged[_key(row)] = _sum(known, row) if late and known is not None else row
    return [merged[key] for key in sorted(merged)]


def _key(row: PnlRow) -> tuple[int, str, str, str, str, str]:
    return (row.start, row.account, row.strategy, row.venue, row.symbol, row.currency)


def _sum(one: PnlRow, other: PnlRow) -> PnlRow:
    changes = (one.unrealized_change, other.unrealized_change)
    known = [change for change in changes if change is not None]
    return structs.replace(
        one,
        realized=_plus(one.realized, other.realized),
        fees=_plus(one.fees, other.fees),
        funding=_plus(one.funding, other.funding),
        unrealized_change=_plus(*known) if len(known) == len(changes) else None,
    )


def _plus(one: str, other: str) -> str:
    total = read_figure(one, SUM_DECIMALS) + read_figure(other, SUM_DECIMALS)
    return format_decimal(total, SUM_DECIMALS)


def history(rows: Iterable[PnlRow]) -> list[HistoryRow]:
    """Return rows as the API gives them, with their net."""
    return [
        HistoryRow(
            start=row.start,
            account=row.account,
            strategy=row.strategy,
            venue=row.venue,
            symbol=row.symbol,
            currency=row.currency,
            realized=row.realized,
            unrealized_change=row.unrealized_change,
            fees=row.fees,
            funding=row.funding,
            net=_net(row),
        )
        for row in rows
    ]


def _net(row: PnlRow) -> str | None:
    if row.unrealized_change is None:
        return None
    earned = (row.realized, row.unrealized_change, row.funding)
    total = sum(read_figure(amount, SUM_DECIMALS) for amount in earned)
    return format_decimal(total - read_figure(row.fees, SUM_DECIMALS), SUM_DECIMALS)
