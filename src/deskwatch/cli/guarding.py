"""An engine's answers about what guards the desk, asked for and printed."""

import typer

from deskwatch.cli import breaker_tables, ink
from deskwatch.cli.client import Client
from deskwatch.web.breaker_answers import BreakersAnswer


def breakers(client: Client, *, as_json: bool) -> None:
    """Show breakers, kill switches and dead-man timers."""
    answer, verbatim = client.get("/api/v1/breakers", BreakersAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {ink.moment(answer.as_of)}", style="dim")
    shown = [
        breaker_tables.breakers(answer, console.width),
        breaker_tables.kill_switches(answer.kill_switches, console.width),
        breaker_tables.dead_man_timers(answer.dead_man_timers, console.width),
    ]
    for table in shown:
        if table.row_count:
            ink.show(console, table)
            console.print()
    if not any(table.row_count for table in shown):
        console.print("the platform has told of no breaker, kill switch or dead-man timer")
