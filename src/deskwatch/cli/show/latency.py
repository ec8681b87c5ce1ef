"""Latencies and clocks, asked for and drawn as tables."""

from collections.abc import Iterable, Sequence

import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.core.wording import latency, moment
from deskwatch.web.answers.latency import ClockRow, LatencyAnswer, QuantileRow, RouteRow


def show_latency(client: Client, *, as_json: bool) -> None:
    """Show the quantiles of every route, what was refused or failed, and the hosts' clocks."""
    answer, verbatim = client.get("/api/v1/latency", LatencyAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    ink.show(console, routes(answer.routes, console.width))
    for table in (notes(answer), skews(answer), clocks(answer)):
        if table.row_count:
            console.print()
            ink.show(console, table)


def routes(rows: Sequence[RouteRow], width: int) -> Table:
    """Return the quantiles of each route: of its last minute, and in a wide terminal of all."""
    wide = ink.is_wide(width)
    figures = ("window", "count", "median", "p90", "p99", "p99.9", "normal p99")
    table = ink.table("Latency", ("operation", "where"), figures, wide=wide, why=False)
    for row in rows:
        for window in row.windows if wide else row.windows[:1]:
            first = window is row.windows[0]
            table.add_row(
                ink.name(row.operation if first else ""),
                ink.name(_where(row) if first else ""),
                Text(window.window),
                Text(f"{window.count:,}"),
                *_quantiles(window),
                duration(row.normal_p99_ns) if first else Text(),
            )
    return table


def notes(answer: LatencyAnswer) -> Table:
    """Return what could not be counted, and what failed."""
    title = "Not counted, or failed, since the first event"
    table = ink.table(title, ("what", "where", "why"), ("count",), wide=True, why=False)
    for refused in answer.refused:
        table.add_row("interval refused", refused.operation, refused.reason, f"{refused.count:,}")
    for error in answer.errors:
        failed = (ink.name(error.venue), ink.name(error.status))
        table.add_row("request failed", *failed, f"{error.count:,}")
    return table


def skews(answer: LatencyAnswer) -> Table:
    """Return feeds whose clocks are apart; below zero, ours is behind the venue's."""
    table = ink.table("Feeds on two clocks", ("venue",), ("apparent delay",), wide=True, why=False)
    for skew in answer.skews:
        table.add_row(ink.name(skew.venue), duration(skew.skew_ns))
    return table


def clocks(answer: LatencyAnswer) -> Table:
    """Return how far each host is ahead of UTC, red where RTS 25 does not allow it."""
    most = f"RTS 25 allows {duration(answer.most_offset_ns)} ({answer.clock_preset})"
    table = ink.table(
        f"Clocks: {most}", ("host", "reference"), ("ahead of UTC", "age"), wide=True, why=False
    )
    for row in answer.clocks:
        table.add_row(
            ink.name(row.host),
            ink.name(row.reference),
            _offset(row, answer.most_offset_ns),
            ink.duration(row.age_s),
        )
    return table


def duration(duration_ns: int | None) -> Text:
    """Return a duration with three digits and its unit; nothing where there is none."""
    return Text("–", "dim") if duration_ns is None else Text(latency(duration_ns))


def _quantiles(window: QuantileRow) -> Iterable[Text]:
    return map(duration, (window.p50_ns, window.p90_ns, window.p99_ns, window.p999_ns))


def _where(row: RouteRow) -> str:
    return " ".join(part for part in (row.venue, row.request, row.transport, row.stage) if part)


def _offset(row: ClockRow, most_ns: int) -> Text:
    if row.offset_ns is None:
        return ink.unknown()
    shown = duration(row.offset_ns)
    shown.stylize("bold red" if abs(row.offset_ns) >= most_ns else "")
    return shown
