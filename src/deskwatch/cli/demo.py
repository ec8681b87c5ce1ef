"""`deskwatch demo`: an engine, a simulated desk, and a live table of its P&L."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM

Seed = Annotated[int, typer.Option("--seed", help="Another seed is another day on the desk.")]
Rate = Annotated[
    float, typer.Option("--rate", min=0.01, max=100, help="Simulated seconds in a second.")
]


def demo(
    *,
    seed: Seed = 7,
    rate: Rate = 1.0,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            help="Where to serve; 0 is any free port. Else 8080, or a free one if that is taken.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=1, help="End after so long.", show_default=False),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Keep what is recorded here, and go on from it the next time.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch a simulated desk, until Ctrl-C; nothing is left behind.

    In a terminal as a live table, elsewhere as a snapshot every few seconds.
    """
    from deskwatch.cli import stage

    if not stage.show(seed, rate, port, seconds, keep):
        raise typer.Exit(PROBLEM)


def desk(
    *,
    url: Annotated[str, typer.Option("--url", help="The engine to report to.")],
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", help="Holds the token that the engine asks for.", show_default=False
        ),
    ] = None,
    seed: Seed = 7,
    rate: Rate = 1.0,
) -> None:
    """Run the simulated desk alone, until SIGINT or SIGTERM."""
    import deskwatch.demo
    from deskwatch.cli.signals import Signalled

    token = None if token_file is None else token_file.read_text().strip()
    with Signalled() as stop:
        deskwatch.demo.run(url, seed, rate, stop, token)
