"""P&L, positions and the engine's status, asked for and drawn as tables.

Figures that need more room than a narrow terminal has are left out there; `--json` has them all.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec
import typer
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.cli.periods import PeriodRow, Periods
from deskwatch.core.notification import PAGE, severity_rank
from deskwatch.core.wording import moment, share
from deskwatch.web.answers.figures import (
    AccountPnl,
    HistoryAnswer,
    MissingRateRow,
    PnlAnswer,
    PositionRow,
    PositionsAnswer,
    StatusAnswer,
    StrategyPnl,
)

_CHANGES = ("cumulative", "today", "this hour")


def show_pnl(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show P&L as of now; an account's own figures only where no strategy is picked out."""
    answer, verbatim = client.get("/api/v1/pnl", PnlAnswer)
    must_be_known(client, asked, [*answer.strategies, *answer.accounts])
    if asked != Asked():
        answer = replace(
            answer,
            strategies=asked.of(answer.strategies),
            accounts=asked.of(answer.accounts),
            missing_rates=asked.of(answer.missing_rates),
        )
        verbatim = msgspec.json.encode(answer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(as_of(answer), style="dim")
    ink.show(console, strategies(answer.strategies, console.width))
    if answer.accounts:
        console.print()
        ink.show(console, accounts(answer.accounts, console.width))
    show_missing_rates(console, answer.missing_rates)


def as_of(answer: PnlAnswer) -> str:
    """Return when the figures are of, and since when today's and this hour's are; all in UTC."""
    now = moment(answer.as_of)
    if not answer.hour_start:
        return f"As of {now}"
    # A desk's day may have begun on the date before, at a time of day that is still to come.
    date = moment(answer.day_start, "%Y-%m-%d")
    day = moment(answer.day_start, "%H:%M" if now.startswith(date) else "%m-%d %H:%M")
    hour = moment(answer.hour_start, "%H:%M")
    return f"As of {now}; today since {day}, this hour since {hour}"


def show_missing_rates(console: Console, rows: Sequence[MissingRateRow]) -> None:
    """Say below a table which rates its figures lack."""
    if rows:
        console.print(missing_rates(rows), style="yellow")


def show_history(client: Client, asked: Asked, *, day: bool, as_json: bool) -> None:
    """Show P&L by hour or day, venues and symbols added up; as JSON each on its own."""
    path = f"/api/v1/pnl/{'daily' if day else 'hourly'}"
    answer, verbatim = client.get(
        path, HistoryAnswer, account=asked.account, strategy=asked.strategy
    )
    must_be_known(client, asked, answer.rows)
    if as_json:
        typer.echo(verbatim)
        return
    sums = Periods()
    for row in answer.rows:
        sums.add(row)
    console = ink.console()
    title = "P&L by day (UTC)" if day else "P&L by hour (UTC)"
    ink.show(console, periods(title, sums.rows(), console.width, day=day))


def show_positions(client: Client, asked: Asked, *, flat: bool, as_json: bool) -> None:
    """Show positions; as JSON, those that are flat as well."""
    answer, verbatim = client.get("/api/v1/positions", PositionsAnswer)
    must_be_known(client, asked, answer.positions)
    rows = asked.of(answer.positions)
    missing = asked.of(answer.missing_rates)
    if as_json:
        if len(rows) != len(answer.positions):
            verbatim = msgspec.json.encode(replace(answer, positions=rows, missing_rates=missing))
        typer.echo(verbatim)
        return
    shown = rows if flat else list(open_positions(rows))
    console = ink.console()
    ink.show(console, positions(shown, console.width))
    if len(shown) != len(rows):
        left_out = f"{len(rows) - len(shown):,} flat, shown by --flat"
        console.print(left_out, style="dim")
    if flat and answer.at_rest:
        whose = "" if asked == Asked() else " of all accounts and strategies"
        rest = f"{answer.at_rest:,}{whose} at rest (books.flat_days), in P&L alone"
        console.print(rest, style="dim")
    show_missing_rates(console, missing)


def show_status(client: Client, *, as_json: bool) -> bool:
    """Show how the engine is and return whether it is ready."""
    answer, verbatim = client.get("/api/v1/status", StatusAnswer)
    if as_json:
        typer.echo(verbatim)
    else:
        ink.console().print(status(answer, client.url))
    return answer.ready


def strategies(rows: Sequence[StrategyPnl], width: int) -> Table:
    """Return P&L by strategy, in the currency that each row names."""
    wide = ink.is_wide(width)
    parts = ("unrealized", "fees", "funding") if wide else ()
    figures = ("realized", *parts, *_CHANGES, *(("drawdown",) if wide else ()))
    why = any(row.unpriced for row in rows)
    headings = ("account", "strategy", "in")
    table = ink.table("P&L by strategy", headings, figures, wide=wide, why=why)
    for row in rows:
        money = row.currency
        cells = [ink.gain(one, money) for one in (row.realized, row.net, row.day, row.hour)]
        if wide:
            flows = (ink.paid(row.fees, money), ink.gain(row.funding, money))
            cells[1:1] = [ink.gain(row.unrealized, money), *flows]
            cells.append(ink.size(row.drawdown, money))
        table.add_row(
            *_names(row.account, row.strategy, money), *cells, *_why(row.unpriced, shown=why)
        )
    return table


def accounts(rows: Sequence[AccountPnl], width: int) -> Table:
    """Return what each account has and earns, in its reporting currency."""
    wide = ink.is_wide(width)
    figures = ("equity", *_CHANGES)
    why = any(row.unpriced for row in rows)
    more = ("drawdown", "of peak") if wide else ()
    table = ink.table("Accounts", ("account", "in"), (*figures, *more), wide=wide, why=why)
    for row in rows:
        money = row.currency
        cells = [ink.size(row.equity, money)]
        cells += [ink.gain(one, money) for one in (row.net, row.day, row.hour)]
        if wide:
            ratio = row.drawdown_ratio
            cells += [
                ink.size(row.drawdown, money),
                Text() if ratio is None else Text(share(ratio, 2)),
            ]
        table.add_row(*_names(row.account, money), *cells, *_why(row.unpriced, shown=why))
    return table


def positions(rows: Sequence[PositionRow], width: int) -> Table:
    """Return positions, each in the currency that its instrument settles in."""
    wide = ink.is_wide(width)
    prices = ("average price", "mark", "age") if wide else ()
    changes = ("today", "this hour") if wide else ()
    held = ("notional", "unrealized") if wide else ("notional",)
    figures = ("quantity", *prices, *held, "P&L", *changes)
    shown = [(row, _worth(row, wide=wide)) for row in rows]
    # A reason beside figures that are all known would cast doubt on them.
    why = any(None in worth for _, worth in shown)
    headings = ("account", "strategy", "symbol", "in")
    table = ink.table("Positions", headings, figures, wide=wide, why=why)
    for row, worth in shown:
        table.add_row(
            *_names(row.account, row.strategy, f"{row.venue} {row.symbol}", row.currency),
            ink.exact(row.quantity, signed=True),
            *(_prices(row) if wide else ()),
            *(ink.gain(one, row.currency) for one in worth),
            *_why(row.unpriced if None in worth else None, shown=why),
        )
    return table


def _worth(row: PositionRow, *, wide: bool) -> tuple[str | None, ...]:
    if wide:
        return row.notional, row.unrealized, row.net, row.day, row.hour
    return row.notional, row.net


def _prices(row: PositionRow) -> tuple[Text, Text, Text]:
    age = "" if row.mark_age_s is None else f"{row.mark_age_s:,.0f}s"
    return ink.exact(row.average_price), ink.exact(row.mark), Text(age)


def missing_rates(rows: Sequence[MissingRateRow]) -> Text:
    """Return in words which exchange rates are missing."""
    notes = []
    for reason, words in (("no_fx", "no rate for"), ("fx_stale", "the rate is too old of")):
        pairs = sorted({f"{row.base}/{row.quote}" for row in rows if row.reason == reason})
        if pairs:
            notes.append(f"{words} {', '.join(pairs)}")
    return ink.name("; ".join(notes)).append(": send `fx` events, or state a parity in [fx.fixed]")


def periods(title: str, rows: Iterable[PeriodRow], width: int, *, day: bool) -> Table:
    """Return what each strategy earned in each hour or day, which begin at a time in UTC."""
    wide = ink.is_wide(width)
    figures = ("realized", "unrealized", "fees", "funding", "net")
    shown = figures if wide else ("realized", "unrealized", "net")
    table = ink.table(title, ("from", "account", "strategy", "in"), shown, wide=wide, why=False)
    form = "%Y-%m-%d %H:%M" if wide or day else "%m-%d %H:%M"
    for row in rows:
        money = row.currency
        cells = [ink.gain(row.realized, money), ink.gain(row.unrealized_change, money)]
        if wide:
            cells += [ink.paid(row.fees, money), ink.gain(row.funding, money)]
        cells.append(ink.gain(row.net, money))
        names = _names(moment(row.start, form), row.account, row.strategy, money)
        table.add_row(*names, *cells)
    return table


def status(answer: StatusAnswer, url: str) -> Table:
    """Return how the monitor is, a line for each thing."""
    state = Text("ready", "green") if answer.ready else Text("NOT READY", "bold red")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("deskwatch", Text(f"{answer.version} at {url}: ").append(state))
    up = f"{ink.duration(answer.uptime_s)}, since {moment(answer.started_at)}"
    table.add_row("up", up)
    table.add_row("journal", _journal(answer))
    table.add_row("events", f"{answer.events.total:,}, {answer.events.per_second:,.1f} a second")
    _counts(table, answer.events.by_kind)
    table.add_row("refused", _noted(answer.refused.total, ""))
    _counts(table, answer.refused.by_reason)
    table.add_row("duplicates", f"{answer.duplicates:,}")
    table.add_row("unpriced", _noted(answer.unpriced_positions, " positions or currencies"))
    if answer.firing is not None:
        table.add_row("alerts", _firing(answer.firing))
    table.add_row("reports in", answer.reporting_currency)
    for source in answer.sources:
        missing = _noted(source.missing, " missing")
        table.add_row(
            "source", ink.name(f"{source.source} at {source.sequence:,}, ").append(missing)
        )
    return table


def open_positions(rows: Iterable[PositionRow]) -> Iterator[PositionRow]:
    """Yield the positions that are not flat."""
    return (row for row in rows if Decimal(row.quantity))


def _journal(answer: StatusAnswer) -> Text:
    journal = answer.journal
    mib = journal.bytes / (1 << 20)
    line = Text(journal.state, "green" if journal.state == "ok" else "bold red")
    if journal.detail:
        line.append(f": {journal.detail}")
    return line.append(f"; {mib:,.1f} MiB, segments: {journal.segments:,}", "")


def _firing(counts: dict[str, int]) -> Text:
    """Return how many fire, the worst severity first."""
    line = Text(f"{sum(counts.values()):,} firing", "bold red" if counts.get(PAGE) else "")
    if counts:
        worst = sorted(counts.items(), key=lambda item: (severity_rank(item[0]), item[0]))
        line.append(f" ({', '.join(f'{count:,} {name}' for name, count in worst)})")
    return line


def _counts(table: Table, counts: dict[str, int]) -> None:
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row("", f"{count:>12,}  {name}")


def _noted(count: int, words: str) -> Text:
    return Text(f"{count:,}{words}", "yellow" if count else "")


def _names(*names: str) -> tuple[Text, ...]:
    return tuple(map(ink.name, names))


def _why(reason: str | None, *, shown: bool) -> tuple[str, ...]:
    return (reason or "",) if shown else ()
