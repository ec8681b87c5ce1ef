"""`deskwatch import`: what another program has kept, as events."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import MISUSE, PROBLEM, fail
from deskwatch.cli.options import ConfigFile, Url, engine

app = typer.Typer(no_args_is_help=True, help="Turn what another program has kept into events.")


@app.callback()
def _import() -> None:
    """Turn what another program has kept into events."""


@app.command()
def freqtrade(
    *,
    database: Annotated[
        Path, typer.Argument(metavar="FILE.sqlite", help="The bot's trades.", show_default=False)
    ],
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="The account to book it on.")
    ] = "freqtrade",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write JSON lines here (- is standard output) in place of sending them.",
            show_default=False,
        ),
    ] = None,
    url: Url = None,
    config: ConfigFile = None,
) -> None:
    """Send a freqtrade bot's trades to a running engine.

    The same database can be sent again: what is known already changes nothing. Where the account's
    reporting_currency is not the bot's stake currency, figures need an exchange rate. Exit with 1
    when events are refused.
    """
    if not database.is_file():
        fail(f"there is no file {database}", MISUSE)
    from deskwatch.cli import freqtrade as bot

    if out is not None:
        bot.write(database, account, out)
        return

    with engine(url, config) as client:
        refused = bot.send(database, account, client)
    if refused:
        raise typer.Exit(PROBLEM)
