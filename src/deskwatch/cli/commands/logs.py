"""`deskwatch logs`: what the platform's programs wrote, as a running engine found it."""

from typing import Annotated, Literal

import typer

from deskwatch.cli.options import AsJson, ConfigFile, Url, load_config

Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
]
Level = Annotated[
    Literal["debug", "info", "warning", "error", "critical"] | None,
    typer.Option("--level", help="This level and worse.", show_default=False),
]
Services = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        metavar="NAME",
        help="This program alone. May be repeated.",
        show_default=False,
    ),
]
Text = Annotated[
    str,
    typer.Option(
        "--text",
        metavar="TEXT",
        help="Entries that hold this. Without capitals it is found in capitals, too.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="From then on: a time, 2026-01-31T12:00:00Z, or how long ago, 15m, 2h or 1d.",
        show_default=False,
    ),
]
Lines = Annotated[
    int, typer.Option("--lines", "-n", min=0, max=100_000, help="How many at most: the newest.")
]


def logs(
    *,
    follow: Follow = False,
    level: Level = None,
    service: Services = None,
    text: Text = "",
    since: Since = None,
    lines: Lines = 100,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Show the newest log entries, oldest first.

    As JSON, one object a line. Exit with 1 when nothing is found, with 2 when a service has logged
    nothing at all.
    """
    settings = load_config(config)
    from deskwatch.cli.client import Client
    from deskwatch.cli.failure import PROBLEM
    from deskwatch.cli.show import logs as shown

    wanted = shown.wanted(level, service or [], text)
    with Client(url, settings) as client:
        show = shown.printer(as_json=json)
        start = None if since is None else shown.start(since)
        if follow:
            shown.follow(client, wanted, start, lines, show)
        elif not shown.newest(client, wanted, start, lines, show):
            raise typer.Exit(PROBLEM)
