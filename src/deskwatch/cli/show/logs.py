"""Log entries, asked for and printed."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from typing import Final, get_args

import msgspec
import typer
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.asked import refuse
from deskwatch.cli.client import Client
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.cli.signals import Signalled
from deskwatch.core.wording import counted, moment
from deskwatch.rules.duration import parse_duration
from deskwatch.web.answers.logs import LogLevel, LogLine, LogNews, LogsAnswer, LogStreamsAnswer
from deskwatch.web.request.query import parse_time
from deskwatch.web.respond import Refused

_LEVELS: Final[tuple[LogLevel, ...]] = get_args(LogLevel)
_STYLES: Final = {"warning": "yellow", "error": "red", "critical": "bold red", "debug": "dim"}
_PAGE: Final = 1000
_RETRY_S: Final = 1.0
_MILLISECOND: Final = 1_000_000

Show = Callable[[LogLine], None]
Wanted = dict[str, str]


def wanted(level: LogLevel | None, services: list[str], text: str) -> Wanted:
    """Return what is asked for, as the query says it."""
    asked = {"text": text, "service": ",".join(services)}
    if level is not None:
        asked["level"] = ",".join(_LEVELS[_LEVELS.index(level) :])
    return {name: value for name, value in asked.items() if value}


def start(since: str) -> str:
    """Return a time that the engine takes: as given, or so long before now."""
    moment = since
    with suppress(ValueError):
        moment = str(time.time_ns() - parse_duration(since) * _MILLISECOND)
    try:
        parse_time("since", moment)
    except Refused:
        expected = "15m, 2h or 1d, or a time such as 2026-01-31T12:00:00Z"
        fail(f"--since: found {since!r}; expected a duration such as {expected}", MISUSE)
    return moment


def newest(client: Client, asked: Wanted, since: str | None, most: int, show: Show) -> bool:
    """Show the newest entries, oldest first; return whether there were any.

    Ends the command where a service is asked for that nothing is logged by.
    """
    found = list(islice(_found(client, asked, since, most), most))
    _must_log(client, asked, {line.service for line in found})
    for line in reversed(found):
        show(line)
    return bool(found)


def _must_log(client: Client, asked: Wanted, found: set[str]) -> None:
    """End the command where a service is neither among those found nor has any stream."""
    missing = set(filter(None, asked.get("service", "").split(","))) - found
    if not missing:
        return
    answer, _ = client.get("/api/v1/log_streams", LogStreamsAnswer)
    names = {stream.service for stream in answer.streams}
    for service in sorted(missing - names):
        refuse("service", service, names)


def follow(client: Client, asked: Wanted, since: str | None, most: int, show: Show) -> None:
    """Show the newest entries and then what comes, until a signal; each once."""
    shown: set[str] = set()

    def once(line: LogLine) -> None:
        if line.id not in shown:
            show(line)
        shown.discard(line.id)

    def first(line: LogLine) -> None:
        shown.add(line.id)
        show(line)

    after = None
    with Signalled() as stop:
        while not stop.is_set():
            # What comes while the newest are asked for comes by both ways.
            for number, name, data in client.events("/api/v1/logs/tail", after, stop, **asked):
                if after is None:
                    newest(client, asked, since, most, first)
                after = number
                if name == "lines":
                    _show_news(msgspec.json.decode(data, type=LogNews), once)
            if after is None and not stop.is_set():
                client.get("/api/v1/logs", LogsAnswer, limit="1")  # says why there was no answer
            if not stop.wait(_RETRY_S):
                typer.echo("deskwatch: the connection is lost; trying again", err=True)


def printer(*, as_json: bool) -> Show:
    """Return what prints an entry."""
    if as_json:
        return lambda line: typer.echo(msgspec.json.encode(line))
    console = ink.console()
    return lambda line: console.print(_text(line), soft_wrap=True)


def _show_news(news: LogNews, show: Show) -> None:
    if news.skipped is None:
        typer.echo("deskwatch: started anew; what came before is not shown", err=True)
    elif news.skipped:
        typer.echo(
            f"deskwatch: {counted(news.skipped, 'entry', 'entries')} came too fast to be shown",
            err=True,
        )
    for line in news.lines:
        show(line)


def _found(client: Client, asked: Wanted, since: str | None, most: int) -> Iterable[LogLine]:
    """Yield entries, newest first, page by page."""
    before = None
    while most > 0:
        limit = min(most, _PAGE)
        given = {**asked, "from": since, "before": before, "limit": str(limit)}
        answer, _ = client.get("/api/v1/logs", LogsAnswer, **given)
        yield from answer.lines
        most -= len(answer.lines)
        before = answer.next
        if before is None:
            return


def _text(line: LogLine) -> Text:
    first, *rest = line.text.split("\n")
    second = moment(line.time, "%Y-%m-%d %H:%M:%S")
    shown = Text(f"{second}.{line.time // _MILLISECOND % 1000:03}Z ", "dim")
    shown.append(f"{line.level:<8} ", _STYLES.get(line.level, ""))
    shown.append(f"{line.service} ", "cyan")
    shown.append_text(ink.name(first.expandtabs()))
    for further in rest:
        shown.append("\n    ").append_text(ink.name(further.expandtabs()))
    return shown
