"""What a replay came to, as tables or as JSON."""

from collections.abc import Iterator
from typing import cast

import msgspec
import typer
from msgspec import Struct
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.periods import PeriodRow
from deskwatch.cli.replay.replay import Outcome
from deskwatch.cli.replay.replayed import Quoted
from deskwatch.cli.show.figures import accounts, as_of, periods, strategies
from deskwatch.core.account import Group
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS, Sums
from deskwatch.core.money import format_figure
from deskwatch.core.wording import counted
from deskwatch.engine.views import pnl as view
from deskwatch.web.answers.figures import PnlAnswer, StrategyPnl, Unpriced


class Summary(Struct, frozen=True, kw_only=True):
    """A replay for machines.

    refused: by reason; examples: the first of each. pnl: as the API answers it. untranslated: the
    strategies that lack an exchange rate, a row for each of their own currencies.
    """

    events: int
    seconds: float
    events_per_second: float
    duplicates: int
    refused: dict[str, int]
    examples: list[Quoted]
    gaps: list[str]
    left_out: list[str]
    pnl: PnlAnswer
    untranslated: list[StrategyPnl]
    hourly: list[PeriodRow] | None


def show(outcome: Outcome, *, as_json: bool) -> None:
    """Print the summary on stdout."""
    replayed = outcome.replayed
    summary = Summary(
        events=replayed.events,
        seconds=outcome.seconds,
        events_per_second=replayed.events / max(outcome.seconds, 1e-9),
        duplicates=replayed.duplicates,
        refused=dict(replayed.refused),
        examples=replayed.quoted,
        gaps=replayed.gaps,
        left_out=replayed.left_out,
        pnl=view.pnl(replayed.books, replayed.books.now),
        untranslated=list(_untranslated(replayed.books)),
        hourly=None if replayed.hours is None else list(replayed.hours.rows()),
    )
    if as_json:
        typer.echo(msgspec.json.encode(summary))
    else:
        _print(summary)


def _print(summary: Summary) -> None:
    console = ink.console()
    rate = f"{summary.events_per_second:,.0f} a second"
    console.print(
        f"{counted(summary.events, 'event')} in {summary.seconds:,.2f} s, {rate}; "
        f"duplicates: {summary.duplicates:,}, refused: {sum(summary.refused.values()):,}"
    )
    for gap in summary.gaps:
        console.print(f"missing: {gap}", style="red")
    for left in summary.left_out:
        console.print(ink.name(f"left out: {left}"), style="red")
    if summary.refused:
        console.print()
        console.print(_refused(summary))
    if summary.hourly is not None:
        console.print()
        title = "P&L by hour (UTC)"
        ink.show(console, periods(title, summary.hourly, console.width, day=False))
    lacking = {(row.account, row.strategy) for row in summary.untranslated}
    translated = [
        row for row in summary.pnl.strategies if (row.account, row.strategy) not in lacking
    ]
    rows = sorted([*translated, *summary.untranslated], key=lambda row: (row.account, row.strategy))
    if rows:
        console.print()
        console.print(as_of(summary.pnl), style="dim")
        ink.show(console, strategies(rows, console.width))
    if summary.pnl.accounts:
        console.print()
        ink.show(console, accounts(summary.pnl.accounts, console.width))


def _refused(summary: Summary) -> Table:
    """Return the reasons with how often each was given, and its first events."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for reason, count in sorted(summary.refused.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"{count:,}", Text(reason, "bold"))
        for quoted in summary.examples:
            if quoted.reason == reason:
                words = f"{quoted.place}: found {quoted.found}; expected {quoted.expected}"
                table.add_row("", ink.name(words))
    return table


def _untranslated(books: Books) -> Iterator[StrategyPnl]:
    """Yield the P&L of strategies that lack an exchange rate, in each of their own currencies."""
    valuation = books.valuation
    for _, account in sorted(valuation.accounts.items()):
        reports = valuation.reports(account, books.now)
        for strategy, group in sorted(account.groups.items()):
            if reports[strategy].realized is None:
                reason = reports[strategy].unpriced
                for currency, sums in sorted(group.sums.items()):
                    yield _own(group, currency, sums, reason)


def _own(group: Group, currency: str, sums: Sums, reason: str | None) -> StrategyPnl:
    """Return a strategy's figures in one currency; `reason` says why not in the reported one."""
    unpriced, hour_unpriced, day_unpriced = (min(counts, default=None) for counts in group.unpriced)
    return StrategyPnl(
        account=group.account,
        strategy=group.strategy,
        currency=currency,
        realized=format_figure(sums.realized, SUM_DECIMALS),
        unrealized=format_figure(sums.unrealized if unpriced is None else None, SUM_DECIMALS),
        fees=format_figure(sums.fees, SUM_DECIMALS),
        funding=format_figure(sums.funding, SUM_DECIMALS),
        net=format_figure(sums.net if unpriced is None else None, SUM_DECIMALS),
        hour=format_figure(sums.hour if hour_unpriced is None else None, SUM_DECIMALS),
        day=format_figure(sums.day if day_unpriced is None else None, SUM_DECIMALS),
        drawdown=None,
        unpriced=cast("Unpriced | None", unpriced or hour_unpriced or day_unpriced or reason),
    )
