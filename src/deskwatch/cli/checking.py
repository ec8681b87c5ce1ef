"""What an engine needs of its configuration and its machine, tried out."""

import os
import re
import socket
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
import msgspec
import typer
from msgspec import Struct
from rich.table import Table
from rich.text import Text

from deskwatch.app import App
from deskwatch.cli import ink
from deskwatch.cli.address import http_url
from deskwatch.cli.blind_spots import blind_spots
from deskwatch.cli.failure import explain
from deskwatch.config import (
    HIDDEN,
    Config,
    ConfigError,
    Setting,
    find_config,
    find_dotenv,
    load,
    settings_of,
)
from deskwatch.config.dotenv_file import read_dotenv
from deskwatch.config.environment import CONFIG_VARIABLE, TELEGRAM_PREFIX, WELL_KNOWN
from deskwatch.core.wording import counted
from deskwatch.notify.apprise import BadAddress
from deskwatch.rules.rule import RulesInvalid
from deskwatch.web.answers.figures import Health

_PROBE_S: Final = 1.0

_LINE: Final = re.compile(r":\d+$")

#: Columns that no setting needs.
_UNFOLDED: Final = 10_000


class Report(Struct, frozen=True):
    """file: None when there is none and defaults serve. settings: empty when it can't be read."""

    file: str | None
    settings: list[Setting]
    problems: list[str]
    notes: list[str]


def check(config_file: Path | None) -> Report:
    """Return what was found. Side effects: a file comes and goes, ports are bound and let go."""
    found = find_config(config_file, os.environ)
    file = None if found is None else str(found)
    try:
        dotenv = find_dotenv(found)
        config = load(found, os.environ, dotenv)
        settings = settings_of(found, os.environ, dotenv)
    except ConfigError as error:
        return Report(file, [], [str(problem) for problem in error.problems], [])
    problems = [*_folder_problems(config.data)]
    notes = [*_open_secrets(settings), *_unheard(dotenv)]
    try:
        notes += blind_spots(config, App(config))
    except RulesInvalid as invalid:
        problems += map(str, invalid.problems)
    except BadAddress as bad:
        problems.append(f"apprise.urls: {bad}")
    url = http_url(config.server.bind, config.server.port)
    if config.server.port and _answers(url):
        notes.append(f"a deskwatch answers at {url}, so no address was tried")
    else:
        problems += _address_problems(config)
    return Report(file, settings, problems, notes)


def show(report: Report, *, as_json: bool) -> None:
    """Print the report on stdout."""
    if as_json:
        typer.echo(msgspec.json.encode(report))
        return
    console = ink.console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = ink.console(width=_UNFOLDED)  # the runbooks say `deskwatch check | grep limits`
    if report.settings:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading in ("key", "value", "from"):
            table.add_column(heading, overflow="fold")
        for setting in report.settings:
            table.add_row(*(Text(part) for part in setting))
        console.print(table)
        console.print()
    for note in report.notes:
        typer.echo(note)
    # Not folded at the terminal's edge: an editor finds `file:line:` at a line's beginning.
    for problem in report.problems:
        typer.echo(problem)
    where = report.file or "no configuration file, so the defaults"
    count = len(report.problems)
    noted = f", but for {counted(len(report.notes), 'note')}" if report.notes else ""
    typer.echo(f"{where}: {counted(count, 'problem')}" if count else f"{where}: fine{noted}")


def _folder_problems(folder: Path) -> Iterator[str]:
    """Yield why nothing can be kept in `folder`; it is not made when it isn't there yet."""
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    try:
        tempfile.TemporaryFile(dir=nearest).close()
    except OSError as error:
        yield f"data: can't be written to: {error.strerror}: {nearest}"


def _open_secrets(settings: Sequence[Setting]) -> Iterator[str]:
    """Yield which files with secrets in them everybody on the machine may read."""
    origins = {one.origin for one in settings if one.value == HIDDEN}
    for file in sorted({_LINE.sub("", origin) for origin in origins}):
        path = Path(file)
        if path.is_file() and path.stat().st_mode & stat.S_IROTH:
            yield f"{file}: holds a secret, and everybody on this machine may read it (chmod o=)"


def _unheard(dotenv: Path | None) -> Iterator[str]:
    """Yield which lines of a `.env` look as if they counted."""
    lines = {} if dotenv is None else read_dotenv(dotenv).lines
    if CONFIG_VARIABLE in lines:
        yield (
            f"{dotenv}:{lines[CONFIG_VARIABLE]}: found {CONFIG_VARIABLE}, which says nothing here; "
            "expected it in the environment itself, or --config"
        )
    for name in sorted(lines.keys() - WELL_KNOWN.keys()):
        if name.startswith(TELEGRAM_PREFIX):
            expected = " or ".join(WELL_KNOWN)
            yield f"{dotenv}:{lines[name]}: found {name}, which says nothing; expected {expected}"


def _address_problems(config: Config) -> Iterator[str]:
    addresses = {"server": (config.server.bind, config.server.port)}
    if config.tcp.enabled:
        addresses["tcp"] = (config.tcp.bind, config.tcp.port)
    with ExitStack() as bound:  # all at once: two may name the same
        for table, address in addresses.items():
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            try:
                bound.enter_context(socket.create_server(address, family=family))
            except OSError as error:
                bind, port = address
                yield f"{table}: {bind} port {port} can't be bound: {explain(error)}"
    path = config.unix.path
    if path is None:
        return
    if path.exists() and not path.is_socket():
        yield f"unix.path: {path} exists and is not a socket"
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        yield f"unix.path: no socket can be made in {path.parent}"


def _answers(url: str) -> bool:
    """Return whether a deskwatch is alive at `url`."""
    try:
        answer = httpx.get(f"{url}/healthz", timeout=_PROBE_S, trust_env=False)
        msgspec.json.decode(answer.content, type=Health)
    except (httpx.HTTPError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
