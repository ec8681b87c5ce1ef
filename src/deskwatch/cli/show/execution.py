"""Orders and what became of them, asked for and drawn as tables."""

from collections.abc import Iterable

import msgspec
import typer
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.core.wording import moment, share, whole_share
from deskwatch.web.answers.orders import (
    ExecutionAnswer,
    FlowRow,
    OrderRow,
    OrdersAnswer,
    OverRow,
    ShortRow,
)


def show_execution(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show what became of orders, and what was executed beyond its quantity."""
    answer, _ = client.get("/api/v1/execution", ExecutionAnswer)
    must_be_known(client, asked, answer.flows)
    answer = replace(
        answer,
        flows=asked.of(answer.flows),
        orders_to_trades=asked.of(answer.orders_to_trades),
        over=asked.of(answer.over),
        missing_fills=asked.of(answer.missing_fills),
    )
    if as_json:
        typer.echo(msgspec.json.encode(answer))
        return
    console = ink.console()
    console.print(
        f"As of {moment(answer.as_of)}; ratios and markouts of the last "
        f"{ink.duration(answer.window_s)}, slippage of all fills so far, of ordered today's worst",
        style="dim",
    )
    ink.show(console, flows(answer.flows))
    for row in answer.flows:
        if row.rejects:
            console.print(_refusals(row))
    if answer.over:
        console.print()
        ink.show(console, over(answer.over))
    if answer.missing_fills:
        console.print()
        ink.show(console, missing_fills(answer.missing_fills))


def show_orders(client: Client, asked: Asked, *, unacked: bool, as_json: bool) -> None:
    """Show open orders."""
    answer, _ = client.get("/api/v1/orders", OrdersAnswer)
    must_be_known(client, asked, answer.orders)
    rows = [row for row in asked.of(answer.orders) if not (unacked and row.acknowledged)]
    if as_json:
        typer.echo(msgspec.json.encode(replace(answer, orders=rows)))
        return
    console = ink.console()
    ink.show(console, orders(rows))
    if answer.total > len(answer.orders):
        among = f"only the oldest {len(answer.orders):,} of {answer.total:,} open orders"
        console.print(f"{among} were looked at", style="yellow")


def flows(rows: Iterable[FlowRow]) -> Table:
    """Return the flows, a line each."""
    names = ("account", "strategy", "venue")
    figures = ("open", "no answer", "fill", "reject", "cancel", "slippage", "10s", "of ordered")
    table = ink.table("Execution", names, figures, wide=False, why=False)
    for row in rows:
        window = row.window
        table.add_row(
            *(ink.name(each) for each in (row.account, row.strategy, row.venue)),
            f"{row.open:,}",
            _waiting(row),
            *(_share(each) for each in (window.fill_ratio, window.reject_ratio)),
            _share(window.cancel_ratio),
            _points(row.slippage),
            _points(window.markouts.get("10s")),
            _executed(row.filled_over_ordered),
        )
    return table


def over(rows: Iterable[OverRow]) -> Table:
    """Return what was executed beyond its quantity."""
    names = ("account", "strategy", "venue", "symbol", "order or parent")
    table = ink.table("Executed too much", names, ("executed", "ordered"), wide=False, why=False)
    for row in rows:
        told = (row.account, row.strategy, row.venue, row.symbol or "", row.order_id)
        table.add_row(
            *(ink.name(each) for each in told), *map(ink.exact, (row.executed, row.ordered))
        )
    return table


def missing_fills(rows: Iterable[ShortRow]) -> Table:
    """Return the orders whose fills have not all come."""
    names = ("account", "strategy", "venue", "symbol", "order", "since")
    table = ink.table("Fills missing", names, ("reported", "filled"), wide=False, why=False)
    for row in rows:
        told = (row.account, row.strategy, row.venue, row.symbol, row.client_order_id)
        table.add_row(
            *(ink.name(each) for each in told),
            moment(row.since),
            *map(ink.exact, (row.reported, row.filled)),
        )
    return table


def orders(rows: Iterable[OrderRow]) -> Table:
    """Return open orders, a line each."""
    names = ("account", "strategy", "venue", "symbol", "order", "status", "side")
    table = ink.table(
        "Open orders", names, ("quantity", "executed", "price", "age"), wide=False, why=False
    )
    for row in rows:
        told = (row.account, row.strategy, row.venue, row.symbol, row.client_order_id)
        status = row.status if row.acknowledged else Text("no answer", "bold yellow")
        table.add_row(
            *(ink.name(each) for each in told),
            status,
            row.side,
            ink.exact(row.quantity),
            ink.exact(row.executed),
            ink.exact(row.price) or "market",
            ink.duration(row.age_s),
        )
    return table


def _waiting(row: FlowRow) -> str:
    if row.oldest_unacked_s is None:
        return "0"
    return f"{row.unacked:,} ({row.oldest_unacked_s:.1f} s)"


def _refusals(row: FlowRow) -> Text:
    told = ", ".join(f"{count:,} {reason}" for reason, count in sorted(row.rejects.items()))
    whose = f"{row.account} {row.strategy} {row.venue}"
    return ink.name(f"{whose} refused, since the first event: {told}")


def _share(ratio: float | None) -> str:
    return "" if ratio is None else share(ratio, 1)


def _points(ratio: float | None) -> str:
    """Return a ratio in basis points."""
    return "" if ratio is None else f"{ink.change(ratio * 10_000, 2)} bp"


def _executed(ratio: float | None) -> Text:
    if ratio is None:
        return Text()
    told = whole_share(ratio)
    if ratio <= 1:
        return Text(told)
    return Text(">100%" if told == "100%" else told, "bold red")
