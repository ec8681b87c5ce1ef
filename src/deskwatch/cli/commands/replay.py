"""`deskwatch replay`: events through fresh books, as fast as they go."""

from pathlib import Path
from typing import Annotated

import typer

from deskwatch.cli.failure import PROBLEM
from deskwatch.cli.options import AsJson, ConfigFile, load_config


def replay(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="JSON lines, plain, .gz or .zst; - for standard input; or a journal's folder.",
            show_default=False,
        ),
    ],
    hourly: Annotated[bool, typer.Option("--hourly", help="Also show P&L by hour.")] = False,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Book events from files in memory, and show the P&L.

    Nothing else need be running. Time passes as the events' own times say; in a journal, as it
    passed when they were received. Exit with 1 when events are refused, missing from a
    journal or left out of its books.
    """
    settings = load_config(config)
    from deskwatch.cli.replay import summary
    from deskwatch.cli.replay.replay import replay_all
    from deskwatch.config import books_settings

    outcome = replay_all(
        files,
        books_settings(settings),
        max_line_bytes=settings.server.max_line_bytes,
        hourly=hourly,
    )
    summary.show(outcome, as_json=json)
    replayed = outcome.replayed
    if replayed.refused or replayed.gaps or replayed.left_out:
        raise typer.Exit(PROBLEM)
