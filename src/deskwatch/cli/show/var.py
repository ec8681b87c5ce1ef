"""Value at risk and its backtests, asked for and drawn as tables."""

from collections.abc import Iterable, Sequence
from typing import Final

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
from deskwatch.web.answers.var import BacktestRow, TailRow, VarAnswer, VarRow

#: p-values are shown down to here.
_LEAST: Final = 0.001

_ZONES: Final = {"green": "green", "yellow": "yellow", "red": "bold red"}


def show_var(client: Client, asked: Asked, *, as_json: bool) -> None:
    """Show risk as of now; an account's own figures only where no strategy is picked out."""
    answer, verbatim = client.get("/api/v1/var", VarAnswer)
    must_be_known(client, asked, answer.rows)
    rows = asked.of(answer.rows)
    if as_json:
        if len(rows) != len(answer.rows):
            verbatim = msgspec.json.encode(replace(answer, rows=rows))
        typer.echo(verbatim)
        return
    console = ink.console()
    ahead, each = ink.duration(answer.horizon_s), ink.duration(answer.interval_s)
    most = f"{answer.min_observations} to {answer.window}"
    console.print(
        f"As of {moment(answer.as_of)}; over {ahead}, by {most} returns of {each}", style="dim"
    )
    ink.show(console, tails(rows, console.width))
    judged = backtests(rows)
    if judged.row_count:
        console.print()
        ink.show(console, judged)


def tails(rows: Sequence[VarRow], width: int) -> Table:
    """Return VaR and expected shortfall, a line for each method and confidence."""
    wide = ink.is_wide(width)
    why = any(row.unknown for row in rows)
    names = ("account", "strategy", "in", "method")
    figures = ("at", "VaR", "shortfall", *(("component", "marginal", "returns") if wide else ()))
    table = ink.table("Value at risk", names, figures, wide=wide, why=why)
    for row in rows:
        who = (ink.name(row.account), _strategy(row), ink.name(row.currency))
        if not row.tails:
            empty = ("", ink.unknown(), ink.unknown(), *(("", "", "") if wide else ()))
            table.add_row(*who, "", *empty, row.unknown or "")
        for tail in row.tails:
            losses = (tail.value_at_risk, tail.expected_shortfall)
            table.add_row(
                *who,
                tail.method,
                f"{tail.confidence:g}",
                *(ink.size(loss, row.currency) for loss in losses),
                *(_more(row, tail) if wide else ()),
                *(("",) if why else ()),
            )
    return table


def backtests(rows: Iterable[VarRow]) -> Table:
    """Return the backtests of each account, and of each strategy."""
    names = ("account", "strategy", "method")
    figures = ("at", "hits", "expected", "of", "Kupiec", "apart", "both", "zone")
    table = ink.table("Backtests, with p-values", names, figures, wide=False, why=False)
    for row in rows:
        for result in row.backtests:
            table.add_row(ink.name(row.account), _strategy(row), *_cells(result))
    return table


def _strategy(row: VarRow) -> Text:
    return ink.name("" if row.strategy is None else row.strategy)


def _more(row: VarRow, tail: TailRow) -> tuple[Text, str, str]:
    component = tail.component
    share = Text() if component is None else ink.size(component, row.currency)
    marginal = "" if tail.marginal_ratio is None else f"{tail.marginal_ratio:z.4%}"
    return share, marginal, f"{row.observations:,}"


def _cells(result: BacktestRow) -> tuple[str | Text, ...]:
    return (
        result.method,
        f"{result.confidence:g}",
        f"{result.exceptions:,}",
        f"{result.expected:.1f}",
        f"{result.observations:,}",
        _p_value(result.kupiec),
        _p_value(result.independence),
        _p_value(result.conditional_coverage),
        Text(result.zone, _ZONES[result.zone]),
    )


def _p_value(likely: float | None) -> str:
    if likely is None:
        return ""
    return f"{likely:.3f}" if likely >= _LEAST else f"<{_LEAST}"
