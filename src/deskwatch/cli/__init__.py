"""The command line.

A command is a thin function in `commands`, whose docstring is its help. What it asks of a running
engine is in `show`, what it does by itself in the other folders.
"""

from typing import Annotated

import typer

from deskwatch import __version__
from deskwatch.cli.commands import (
    alerts,
    anomalies,
    breakers,
    check,
    demo,
    drills,
    execution,
    feeds,
    figures,
    health,
    importing,
    journal,
    latency,
    logs,
    reconcile,
    render,
    replay,
    risk,
    rules,
    run,
    schema,
    silence,
    stack,
    var,
)

app = typer.Typer(
    name="deskwatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its import would take twice as long as all the rest of --help
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("demo-desk", hidden=True)(demo.desk)
app.command("status")(figures.status)
app.command("pnl")(figures.pnl)
app.command("positions")(figures.positions)
app.command("risk")(risk.risk)
app.command("var")(var.var)
app.command("anomalies")(anomalies.anomalies)
app.command("execution")(execution.execution)
app.command("orders")(execution.orders)
app.command("breakers")(breakers.breakers)
app.command("reconcile")(reconcile.reconcile)
app.command("latency")(latency.latency)
app.command("health")(health.health)
app.command("feeds")(feeds.feeds)
app.command("logs")(logs.logs)
app.command("alerts")(alerts.alerts)
app.command("acknowledge")(alerts.acknowledge)
app.add_typer(silence.app, name="silence")
app.command("replay")(replay.replay)
app.command("check")(check.check)
app.command("schema")(schema.schema)
app.add_typer(rules.app, name="rules")
app.add_typer(importing.app, name="import")
app.add_typer(journal.app, name="journal")
app.add_typer(drills.app, name="drills")
app.add_typer(render.app, name="render")
app.add_typer(stack.app, name="stack")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deskwatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Watch a trading desk: exact real-time P&L, from its own events."""


def main() -> None:
    """Run the command that the arguments name."""
    app()
