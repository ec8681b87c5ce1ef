"""The books as the API answers them: exact decimal text, and why a figure is missing."""

from collections.abc import Iterable
from typing import Final, Literal, TypedDict, cast

from deskwatch.core.account import MissingRate, PnlReport
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import (
    MONEY_DECIMALS,
    REPORTING_DECIMALS,
    format_decimal,
    format_figure,
)
from deskwatch.core.period import SECOND, age_ns
from deskwatch.web.answers.figures import (
    AccountPnl,
    MissingRateRow,
    PnlAnswer,
    PositionRow,
    PositionsAnswer,
    StrategyPnl,
    Unpriced,
)

#: An average price is rounded for show to this many decimals more than the instrument has.
_AVERAGE_DECIMALS: Final = 6


def positions(books: Books, now: int) -> PositionsAnswer:
    """Return every line with its figures as of `now`, but for those that rest."""
    books.refresh(now)
    rows: list[PositionRow] = []
    lacking: list[MissingRate] = []
    for line in books.lines:
        if not books.valuation.is_shown(line, now):
            continue
        row = _position(books, line, now)
        rows.append(row)
        if row.net is None:
            lacking += books.valuation.missing_rates(line, now)
    rows.sort(key=lambda row: (row.account, row.strategy, row.venue, row.symbol))
    return PositionsAnswer(now, rows, missing_rates(lacking), len(books.lines) - len(rows))


def missing_rates(lacking: Iterable[MissingRate]) -> list[MissingRateRow]:
    """Return each rate once, ordered by its fields."""
    return [
        MissingRateRow(
            account=one.account,
            strategy=one.strategy,
            base=one.base,
            quote=one.quote,
            reason=cast("Literal['no_fx', 'fx_stale']", one.reason),
        )
        for one in sorted(set(lacking))
    ]


def _position(books: Books, line: Line, now: int) -> PositionRow:
    instrument, position, figures = line.instrument, line.position, line.figures
    settle = figures.of(instrument.settle)
    whole = books.valuation.whole(line, now)
    mark = instrument.mark
    return PositionRow(
        account=line.account,
        strategy=line.strategy,
        venue=instrument.venue,
        symbol=instrument.symbol,
        currency=instrument.settle,
        method=line.method,
        quantity=format_decimal(position.quantity, instrument.quantity_decimals),
        average_price=_average_price(line),
        mark=None if mark is None else format_decimal(mark.amount, mark.decimals),
        mark_age_s=None if mark is None else age_ns(mark.since, now) / SECOND,
        notional=format_figure(books.valuation.notional(line, now), instrument.money_decimals),
        realized=format_decimal(settle.realized, SUM_DECIMALS),
        unrealized=format_figure(
            settle.unrealized if figures.unpriced is None else None, SUM_DECIMALS
        ),
        fees=_amounts(line.fees),
        funding=_amounts(line.funding),
        net=format_figure(whole.net, SUM_DECIMALS),
        hour=format_figure(whole.hour, SUM_DECIMALS),
        day=format_figure(whole.day, SUM_DECIMALS),
        unpriced=_unpriced(whole.unpriced),
    )


def _average_price(line: Line) -> str | None:
    """Return the price at which what is open would break even, by the line's method."""
    instrument, position = line.instrument, line.position
    if not position.quantity:
        return None
    cost = position.fifo_cost() if line.method == "fifo" else position.average_cost()
    decimals = instrument.price_decimals + _AVERAGE_DECIMALS
    return format_decimal(instrument.price_of(position.quantity, cost, decimals), decimals)


def pnl(books: Books, now: int) -> PnlAnswer:
    """Return the P&L of strategies and accounts as of `now`, in their reporting currencies."""
    books.refresh(now)
    valuation = books.valuation
    strategies: list[StrategyPnl] = []
    accounts: list[AccountPnl] = []
    lacking: list[MissingRate] = []
    for name, account in sorted(valuation.accounts.items()):
        reports = valuation.reports(account, now)
        for strategy, report in sorted(reports.items()):
            strategies.append(
                StrategyPnl(
                    account=name,
                    strategy=strategy,
                    currency=account.currency,
                    drawdown=_reported(report.drawdown),
                    **_figures(report),
                )
            )
        lacking += account.missing_rates(valuation.fx, now)
        whole = account.as_a_whole(reports.values(), valuation.fx, now)
        accounts.append(
            AccountPnl(
                account=name,
                currency=account.currency,
                equity=_reported(whole.equity),
                drawdown=_reported(whole.report.drawdown),
                drawdown_ratio=whole.drawdown_ratio,
                **_figures(whole.report),
            )
        )
    closing = books.closing
    return PnlAnswer(
        as_of=now,
        hour_start=closing.hour_start,
        day_start=closing.day_start,
        strategies=strategies,
        accounts=accounts,
        missing_rates=missing_rates(lacking),
        not_summed=sorted(books.not_summed),
    )


class _Figures(TypedDict):
    """The figures that strategies and accounts have in common."""

    realized: str | None
    unrealized: str | None
    fees: str | None
    funding: str | None
    net: str | None
    hour: str | None
    day: str | None
    unpriced: Unpriced | None


def _figures(report: PnlReport) -> _Figures:
    return {
        "realized": _reported(report.realized),
        "unrealized": _reported(report.unrealized),
        "fees": _reported(report.fees),
        "funding": _reported(report.funding),
        "net": _reported(report.net),
        "hour": _reported(report.hour),
        "day": _reported(report.day),
        "unpriced": _unpriced(report.unpriced),
    }


def _amounts(amounts: dict[str, int]) -> dict[str, str]:
    return {name: format_decimal(amount, MONEY_DECIMALS) for name, amount in amounts.items()}


def _reported(amount: int | None) -> str | None:
    return format_figure(amount, REPORTING_DECIMALS)


def _unpriced(reason: str | None) -> Unpriced | None:
    return cast("Unpriced | None", reason)
