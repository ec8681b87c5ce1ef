"""The live table: what deskwatch answered, drawn for a terminal. Pure: answers in, picture out."""

from decimal import Decimal
from typing import Final

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deskwatch.core.wording import counted, moment
from deskwatch.demo.answers import AccountRow, Pnl, PositionRow, Positions, Status, StrategyRow
from deskwatch.demo.banner import large
from deskwatch.demo.ink import Ink, name

_CHANGES: Final = ("cumulative", "today", "this hour")


class Outage(Struct, frozen=True):
    """deskwatch does not answer: why, and how old its last answer is (s; None: there was none)."""

    why: str
    age_s: float | None


def render(
    status: Status | None,
    pnl: Pnl | None,
    positions: Positions | None,
    width: int,
    *,
    url: str,
    outage: Outage | None = None,
    largest: int = 8,
) -> RenderableType:
    """Return the picture. With an outage, the answers are the last ones known, shown in grey.

    width: columns of the terminal, 80 or more. largest: how many positions to show.
    """
    ink = Ink(live=outage is None, width=width)
    parts: list[RenderableType] = []
    if outage is not None:
        parts.append(_no_answer(outage, url))
    if status is not None:
        parts += [_state(status, pnl, ink), _events(status, ink), _refused(status, ink)]
    parts.append(_addresses(url, ink))
    if pnl is not None:
        parts += [Text(), _strategies(pnl.strategies, ink)]
        parts += [Text(), _accounts(pnl.accounts, ink)]
    if positions is not None and largest:
        parts += [Text(), _positions(positions.positions, ink, largest)]
    return Group(*parts)


def largest_first(positions: list[PositionRow], count: int) -> list[PositionRow]:
    """Return the positions that matter most: those without a price, then the largest.

    Notionals of different currencies can't be compared, so the largest of each currency come
    first, then the second of each, and so on.
    """
    by_size = sorted(positions, key=lambda row: abs(Decimal(row.notional or 0)), reverse=True)
    ranked: list[tuple[bool, int, str, PositionRow]] = []
    seen: dict[str, int] = {}
    for row in by_size:
        rank = seen.get(row.currency, 0)
        seen[row.currency] = rank + 1
        ranked.append((row.notional is not None, rank, row.currency, row))
    ranked.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in ranked[:count]]


def _no_answer(outage: Outage, url: str) -> RenderableType:
    if outage.age_s is None:
        age = "It has not answered yet."
    else:
        age = f"The figures below are {outage.age_s:.0f} s old."
    words = f"{large('NO ANSWER')}\n\nfrom deskwatch at {url}\n{outage.why}\n{age}"
    return Panel(Text(words, "bold red"), border_style="red")


def _state(status: Status, pnl: Pnl | None, ink: Ink) -> Text:
    line = Text(f"deskwatch {status.version}  ", ink.style(""))
    if not ink.live:
        line.append("last known state")
    elif status.ready:
        line.append("READY", "green")
    else:
        line.append("NOT READY", "bold red")
    if status.journal.state != "ok":
        trouble = f"  journal {status.journal.state} {status.journal.detail}"
        line.append(trouble.rstrip(), ink.style("bold red"))
    line.append(f"  up {_duration(status.uptime_s)}")
    if pnl is not None:
        line.append(f"  as of {moment(pnl.as_of, '%H:%M:%S UTC')}")
    return line


def _events(status: Status, ink: Ink) -> Text:
    events = status.events
    line = Text(
        f"{events.per_second:,.1f} events/s  {counted(events.total, 'event')}", ink.style("")
    )
    line.append(f"  {counted(status.duplicates, 'duplicate')}  ")
    unpriced = f"{counted(status.unpriced_positions, 'position')} without a price"
    line.append(unpriced, ink.style("bold yellow" if status.unpriced_positions else ""))
    return line


def _refused(status: Status, ink: Ink) -> Text:
    refused = status.refused
    line = Text(
        f"{counted(refused.total, 'event')} refused", ink.style("yellow" if refused.total else "")
    )
    often = sorted(refused.by_reason.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in often if count)
    if reasons:
        line.append(f": {reasons}")
    return line


def _strategies(rows: list[StrategyRow], ink: Ink) -> Table:
    parts = ("realized", "unrealized", "fees", "funding") if ink.wide else ()
    columns = (*parts, *_CHANGES, "drawdown")
    table = ink.table("P&L by strategy", ("account", "strategy", "in"), columns)
    for row in rows:
        fees = None if row.fees is None else str(Decimal(row.fees).copy_negate())  # a loss
        made_of = (row.realized, row.unrealized, fees, row.funding) if parts else ()
        table.add_row(
            name(row.account),
            name(row.strategy),
            name(row.currency),
            *(ink.amount(one, row.currency, row.unpriced) for one in (*made_of, *_changes(row))),
            ink.size(row.drawdown, row.currency, row.unpriced),
        )
    return table


def _accounts(rows: list[AccountRow], ink: Ink) -> Table:
    columns = ("equity", *_CHANGES, "drawdown")
    table = ink.table("Accounts", ("account", "in"), columns)
    for row in rows:
        drawdown = ink.size(row.drawdown, row.currency, row.unpriced)
        if ink.wide and row.drawdown is not None and row.drawdown_ratio is not None:
            drawdown.append(f" {row.drawdown_ratio:6.2%}")
        table.add_row(
            name(row.account),
            name(row.currency),
            ink.size(row.equity, row.currency, row.unpriced),
            *(ink.amount(one, row.currency, row.unpriced) for one in _changes(row)),
            drawdown,
        )
    return table


def _positions(rows: list[PositionRow], ink: Ink, count: int) -> Table:
    held = [row for row in rows if Decimal(row.quantity)]
    shown = largest_first(held, count)
    prices = ("average price", "mark", "mark age") if ink.wide else ()
    columns = ("quantity", *prices, "notional", "cumulative")
    title = f"Largest positions, {len(shown)} of {len(held)}"
    table = ink.table(title, ("account", "strategy", "symbol", "in"), columns)
    for row in shown:
        table.add_row(
            name(row.account),
            name(row.strategy),
            name(f"{row.venue} {row.symbol}" if ink.wide else row.symbol),
            name(row.currency),
            ink.signed(f"{Decimal(row.quantity):+,f}"),
            *(_prices(row) if ink.wide else ()),
            ink.amount(row.notional, row.currency, row.unpriced),
            ink.amount(row.net, row.currency, row.unpriced),
        )
    return table


def _prices(row: PositionRow) -> tuple[Text, Text, Text]:
    age = "" if row.mark_age_s is None else f"{row.mark_age_s:,.1f} s"
    return _price(row.average_price), _price(row.mark), Text(age)


def _price(price: str | None) -> Text:
    return Text("none" if price is None else f"{Decimal(price):,f}")


def _addresses(url: str, ink: Ink) -> Text:
    rest = f"{url}/metrics  {url}/api/v1/pnl" if ink.wide else "/metrics  /api/v1/pnl"
    return Text(f"open {url}/  {rest}", "cyan")


def _changes(row: StrategyRow | AccountRow) -> tuple[str | None, str | None, str | None]:
    return row.net, row.day, row.hour


def _duration(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{left:02d}s"
