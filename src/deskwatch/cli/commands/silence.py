"""`deskwatch silence`: which alerts are kept quiet, by whom, why and until when."""

from typing import Annotated

import typer

from deskwatch.cli.options import AsJson, Author, ConfigFile, Url, author_or_login, engine

app = typer.Typer(no_args_is_help=True, help="Keep alerts quiet for a while.")


@app.command("list")
def list_(*, url: Url = None, config: ConfigFile = None, json: AsJson = False) -> None:
    """Show the active silences, oldest first."""
    from deskwatch.cli.show import silences

    with engine(url, config) as client:
        silences.show_silences(client, as_json=json)


@app.command()
def add(
    *,
    matchers: Annotated[
        list[str],
        typer.Argument(
            metavar="MATCHER",
            help="Such as account=A1, 'venue=~bin.*', 'severity!=page'; all of them must fit.",
        ),
    ],
    length: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 1d; at most 30 days.")
    ],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why. Others see it.")
    ] = "",
    author: Author = None,
    url: Url = None,
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Keep alerts that match quiet, from now on.

    A pattern must fit the whole of a label's value; a label that is not there counts as empty.
    """
    from deskwatch.cli.show import silences

    wanted = silences.wanted_silence(matchers, length, author_or_login(author), reason)
    with engine(url, config) as client:
        silences.add_silence(client, wanted, as_json=json)


@app.command()
def expire(
    *,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID", help="As `deskwatch silence list` shows it.")
    ],
    author: Author = None,
    url: Url = None,
    config: ConfigFile = None,
) -> None:
    """End silences; exit with 1 when one is not there."""
    from deskwatch.cli.show import silences

    with engine(url, config) as client:
        silences.expire_silences(client, ids, author_or_login(author))
