"""The venues' reports beside the books, asked for and drawn as a table."""

from collections.abc import Sequence

import msgspec
import typer
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import Asked
from deskwatch.cli.client import Client
from deskwatch.cli.known import must_be_known
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.wording import moment
from deskwatch.web.answers.reconciliation import ReconciliationAnswer, ReconciliationRow

_COLORS = {"break": "bold red", "unknown": "bold yellow", "ok": "green"}


def show_reconciliation(
    client: Client, account: str | None, *, agreeing: bool, as_json: bool
) -> bool:
    """Show what differs or is unknown (or all of it); return whether anything breaks."""
    answer, verbatim = client.get("/api/v1/reconciliation", ReconciliationAnswer)
    must_be_known(client, Asked(account), [*answer.rows, *answer.unreported])
    if account is not None:
        answer = _of(answer, account)
        verbatim = msgspec.json.encode(answer)
    if as_json:
        typer.echo(verbatim)
        return answer.breaks > 0
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    shown = [row for row in answer.rows if agreeing or row.standing != "ok"]
    if shown:
        ink.show(console, reports(shown, answer.as_of, console.width))
    agree = len(answer.rows) - answer.breaks - answer.unknown
    console.print(f"{answer.breaks} break, {answer.unknown} unknown, {agree} agree", style="dim")
    if answer.unreported:
        names = ", ".join(f"{one.account} {one.venue} {one.symbol}" for one in answer.unreported)
        console.print(ink.name(f"held, and never reported: {names}"), style="yellow")
    return answer.breaks > 0


def _of(answer: ReconciliationAnswer, account: str) -> ReconciliationAnswer:
    rows = [row for row in answer.rows if row.account == account]
    return replace(
        answer,
        rows=rows,
        breaks=sum(row.standing == "break" for row in rows),
        unknown=sum(row.standing == "unknown" for row in rows),
        unreported=[row for row in answer.unreported if row.account == account],
    )


def reports(rows: Sequence[ReconciliationRow], now: int, width: int) -> Table:
    """Return reported figures beside ours, each with what is wrong with it.

    Of a break, ours is as of the report, so that the row adds up; a wide table has both.
    """
    wide = ink.is_wide(width)
    more = ("worth", "ours now") if wide else ()
    figures = ("ours", "venue's", "apart", "reported", *more, "for")
    headings = ("account", "venue", "what", "stands")
    table = ink.table("Reports and books", headings, figures, wide=wide, why=False)
    for row in rows:
        said = ink.unknown() if row.said is None else ink.exact(row.said, signed=True)
        ours = row.ours if row.ours_then is None else row.ours_then
        cells = [ink.exact(ours, signed=True), said, ink.exact(row.apart, signed=True)]
        cells.append(_reported(row, now))
        if wide:
            cells += [_worth(row), ink.exact(row.ours, signed=True)]
        table.add_row(
            ink.name(row.account),
            ink.name(row.venue),
            ink.name(row.symbol if row.subject == "position" else f"{row.symbol} balance"),
            _standing(row),
            *cells,
            Text("" if row.age_s is None else ink.duration(row.age_s)),
        )
    return table


def _standing(row: ReconciliationRow) -> Text:
    why = row.kind or row.reason
    text = Text(row.standing, _COLORS[row.standing])
    return text if why is None or why == "balance" else text.append(f" {why}", "not bold")


def _worth(row: ReconciliationRow) -> Text:
    if row.apart is None:
        return Text()
    worth = ink.size(row.notional, row.currency)
    return worth if row.notional is None else worth.append(f" {row.currency}")


def _reported(row: ReconciliationRow, now: int) -> Text:
    """Return how long ago the last report that succeeded was true."""
    if row.said_time is None:
        return Text("never")
    return Text(f"{ink.duration(age_ns(row.said_time, now) / SECOND)} ago")
