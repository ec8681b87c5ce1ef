"""What several commands take, and the configuration that they run by."""

# ruff: noqa: PLC0415  Imports wait for the command that needs them, so that --help does not.

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskwatch.cli.failure import MISUSE, explain, fail

if TYPE_CHECKING:
    from deskwatch.cli.client import Client
    from deskwatch.config import Config

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration. Else $DESKWATCH_CONFIG, ./deskwatch.toml, or the defaults.",
        show_default=False,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        envvar="DESKWATCH_URL",
        help="Where the engine is. Else as the configuration says.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Author = Annotated[
    str | None,
    typer.Option(
        "--author", metavar="NAME", help="Who you are. Else your login.", show_default=False
    ),
]
OneAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="This account alone.", show_default=False),
]
OneStrategy = Annotated[
    str | None,
    typer.Option("--strategy", metavar="NAME", help="This strategy alone.", show_default=False),
]
OneVenue = Annotated[
    str | None,
    typer.Option("--venue", metavar="NAME", help="This venue alone.", show_default=False),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="An engine's data folder, in place of the configuration's.",
        show_default=False,
    ),
]


def load_config(path: Path | None) -> "Config":
    """Return the configuration; what is wrong with it, line by line, ends the command."""
    from deskwatch.config import ConfigError, find_config, find_dotenv, load

    try:
        found = find_config(path, os.environ)
        return load(found, os.environ, find_dotenv(found))
    except ConfigError as error:
        fail(f"the configuration can't be used\n{error}", MISUSE)


def engine(url: str | None, config: Path | None) -> "Client":
    """Return a client of the engine: at `url`, or where the configuration says it is."""
    settings = load_config(config)
    from deskwatch.cli.client import Client

    return Client(url, settings)


def author_or_login(author: str | None) -> str:
    """Return who acts: as given, or the login of whoever runs the command."""
    if author is not None:
        return author
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # KeyError before Python 3.13
        fail("nobody is logged in here: say with --author who you are", MISUSE)


def journal_folder(data: Path) -> Path:
    """Return the folder of the segments: that of an engine's data folder, or `data` itself."""
    from deskwatch.journal.segment import segment_numbers

    folders = (folder for folder in (data / "journal", data) if folder.is_dir())
    try:
        found = next(filter(segment_numbers, folders), None)
    except OSError as error:
        fail(f"can't read the journal: {explain(error)}")
    if found is None:
        fail(f"there is no journal in {data}", MISUSE)
    return found
