"""Exposure, margin and limits, asked for and drawn as tables."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Final

import msgspec
import typer
from msgspec import Struct
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.cli.show.figures import show_missing_rates
from deskwatch.core.wording import moment, money, rounded, share, whole_share
from deskwatch.web.answers.risk import (
    ExposureAnswer,
    ExposureRow,
    LeverageRow,
    LimitRow,
    LimitsAnswer,
    LiquidationRow,
    MarginRow,
    MissingRow,
)

_STYLES: Final = {
    "ok": "green",
    "near": "",
    "high": "yellow",
    "breached": "bold red",
    "unknown": "bold yellow",
}


class _Risk(Struct, frozen=True):
    """Both answers, as `--json` gives them."""

    exposure: ExposureAnswer
    limits: LimitsAnswer


def show_risk(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show risk as of now; what is of an account as a whole only where no strategy is asked for."""
    exposure, _ = client.get("/api/v1/exposure", ExposureAnswer)
    limits, _ = client.get("/api/v1/limits", LimitsAnswer)
    named = (exposure.strategies, exposure.venues, exposure.margins, limits.limits, limits.missing)
    must_be_known(client, asked, chain(exposure.accounts, *named))
    exposure, limits = _exposure_of(exposure, asked), _limits_of(limits, asked)
    if as_json:
        typer.echo(msgspec.json.encode(_Risk(exposure, limits)))
        return
    console = ink.console()
    console.print(f"As of {moment(limits.as_of)}", style="dim")
    width = console.width
    rows = [*exposure.accounts, *exposure.strategies]
    for table in (
        held(rows, exposure.leverage, width),
        margins(exposure.margins, exposure.liquidations),
        used(limits.limits, width),
        missing(limits.missing),
    ):
        if table.row_count:
            console.print()
            ink.show(console, table)
    show_missing_rates(console, exposure.missing_rates)


def held(rows: Sequence[ExposureRow], leverage: Sequence[LeverageRow], width: int) -> Table:
    """Return what accounts and strategies hold, in the account's reporting currency."""
    wide = ink.is_wide(width)
    why = any(row.unpriced for row in rows)
    sides = ("long", "short") if wide else ()
    shares = ("leverage", "largest") if wide else ()
    figures = (*sides, "gross", "net", "working", *shares)
    table = ink.table("Exposure", ("account", "strategy", "in"), figures, wide=wide, why=why)
    times = {one.account: one.leverage for one in leverage}
    for row in rows:
        unit = row.currency
        own = None if row.strategy else times.get(row.account)
        table.add_row(
            *map(ink.name, (row.account, row.strategy, unit)),
            *(ink.size(one, unit) for one in ((row.long, row.short) if wide else ())),
            ink.size(row.gross, unit),
            ink.gain(row.net, unit),
            ink.size(row.working, unit),
            *((_times(own), _whole(row.concentration)) if wide else ()),
            *((row.unpriced or "",) if why else ()),
        )
    return table


def margins(rows: Iterable[MarginRow], liquidations: Iterable[LiquidationRow]) -> Table:
    """Return what venues report: shares of equity, and of the mark to liquidation."""
    figures = ("margin", "maintenance", "to liquidation", "age")
    table = ink.table("Margin", ("account", "venue", "of"), figures, wide=False, why=False)
    for row in rows:
        table.add_row(
            *map(ink.name, (row.account, row.venue, row.currency)),
            *(_share(one, row) for one in (row.margin_used_ratio, row.maintenance_margin_ratio)),
            "",
            f"{row.age_s:,.0f}s",
        )
    for one in liquidations:
        table.add_row(
            *map(ink.name, (one.account, one.venue, one.symbol)),
            *("", "", _share(one.distance_ratio, one)),
            f"{one.age_s:,.0f}s",
        )
    return table


def used(rows: Iterable[LimitRow], width: int) -> Table:
    """Return what is used of each limit."""
    names = ("account", "strategy", "venue", "symbol", "limit", "in")
    wide = ink.is_wide(width)
    table = ink.table("Limits", names, ("now", "limit", "used", "state"), wide=wide, why=False)
    for row in rows:
        beyond = Text() if row.used is None else Text("over", "bold red")
        table.add_row(
            *map(ink.name, (row.account, row.strategy, row.venue, row.symbol, row.limit)),
            ink.name(row.currency),
            ink.unknown() if row.used is None else Text(_figure(row.used, row)),
            _figure(row.value, row),
            beyond if row.utilization is None else Text(whole_share(row.utilization)),
            Text(row.state, _STYLES[row.state]),
        )
    return table


def missing(rows: Iterable[MissingRow]) -> Table:
    """Return the limits that should be there and are not."""
    names = ("account", "strategy", "venue", "symbol", "limit")
    table = ink.table("Missing limits", names, (), wide=False, why=False)
    for row in rows:
        table.add_row(*map(ink.name, (row.account, row.strategy, row.venue, row.symbol, row.limit)))
    return table


def _figure(amount: str, row: LimitRow) -> str:
    """Return an amount of money as such; a quantity as it is, a ratio to four decimals or so."""
    if row.unit == "money":
        return money(amount, row.currency, signed=False)
    if row.unit == "quantity":
        return f"{Decimal(amount):,f}"
    return rounded(Decimal(amount), 4).rstrip("0").rstrip(".")


def _share(ratio: float | None, row: MarginRow | LiquidationRow) -> Text:
    if ratio is not None:
        return Text(share(ratio, 1))
    return ink.unknown() if row.failed else Text()


def _times(ratio: float | None) -> Text:
    return Text() if ratio is None else Text(rounded(Decimal(ratio), 2))


def _whole(ratio: float | None) -> Text:
    return Text() if ratio is None else Text(f"{ratio:.0%}")


def _exposure_of(answer: ExposureAnswer, asked: Asked) -> ExposureAnswer:
    return replace(
        answer,
        accounts=asked.of(answer.accounts),
        strategies=asked.of(answer.strategies),
        venues=asked.of(answer.venues),
        instruments=asked.of(answer.instruments),
        currencies=asked.of(answer.currencies),
        leverage=asked.of(answer.leverage),
        margins=asked.of(answer.margins),
        liquidations=asked.of(answer.liquidations),
        missing_rates=asked.of(answer.missing_rates),
    )


def _limits_of(answer: LimitsAnswer, asked: Asked) -> LimitsAnswer:
    return replace(answer, limits=asked.of(answer.limits), missing=asked.of(answer.missing))
