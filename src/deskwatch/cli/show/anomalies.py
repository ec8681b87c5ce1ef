"""P&L against its own history, asked for and drawn as a table."""

from collections.abc import Sequence
from decimal import Decimal
from math import inf

import msgspec
import typer
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.core.wording import moment
from deskwatch.web.answers.anomalies import AnomaliesAnswer, AnomalyRow


def show_anomalies(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show the last interval of each; an account's own only where no strategy is picked out."""
    answer, verbatim = client.get("/api/v1/anomalies", AnomaliesAnswer)
    must_be_known(client, asked, answer.rows)
    rows = asked.of(answer.rows)
    if as_json:
        if len(rows) != len(answer.rows):
            verbatim = msgspec.json.encode(replace(answer, rows=rows))
        typer.echo(verbatim)
        return
    console = ink.console()
    each, frozen = ink.duration(answer.interval_s), ink.duration(answer.frozen_max_s)
    console.print(
        f"As of {moment(answer.as_of)}; by intervals of {each}; told from a score of "
        f"-{answer.score_threshold:g}, a shift of -{answer.shift_threshold:g}, or {frozen} frozen",
        style="dim",
    )
    ink.show(console, anomalies(answer, rows, console.width))


def anomalies(answer: AnomaliesAnswer, rows: Sequence[AnomalyRow], width: int) -> Table:
    """Return a line for each account and strategy, red where somebody is told."""
    wide = ink.is_wide(width)
    why = any(row.unknown for row in rows)
    names = ("account", "strategy", "in", *(("compared with",) if wide else ()))
    figures = ("change", "score", "shift", "frozen", *(("samples",) if wide else ()))
    table = ink.table("P&L against its own history", names, figures, wide=wide, why=why)
    for row in rows:
        basis = (row.basis or "").replace("_", " ")
        table.add_row(
            *map(ink.name, (row.account, row.strategy, row.currency)),
            *((basis,) if wide else ()),
            ink.gain(row.change, row.currency),
            _deviations(row.score, answer.score_threshold if _is_loss(row) else inf),
            _deviations(row.shift, answer.shift_threshold),
            _frozen(row.frozen_s, answer.frozen_max_s),
            *((f"{row.samples:,}",) if wide else ()),
            *((_why(row),) if why else ()),
        )
    return table


def _is_loss(row: AnomalyRow) -> bool:
    """Whether the change is one: a small gain is far below large ones, and told by nobody."""
    return row.change is not None and Decimal(row.change) < 0


def _deviations(deviations: float | None, threshold: float) -> Text:
    if deviations is None:
        return ink.unknown()
    return Text(ink.change(deviations, 1), "bold red" if deviations < -threshold else "")


def _frozen(frozen_s: float, most_s: float) -> Text:
    if not frozen_s:
        return Text()
    return Text(ink.duration(frozen_s), "bold red" if frozen_s > most_s else "")


def _why(row: AnomalyRow) -> str:
    """Return why nothing can be told, and for how long; empty where something is."""
    if row.unknown is None:
        return ""
    return f"{row.unknown}, {row.needed} to come" if row.needed else row.unknown
