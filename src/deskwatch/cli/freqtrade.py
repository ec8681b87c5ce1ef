"""A bot's database, sent to an engine or written as JSON lines."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import typer
from msgspec.structs import replace
from rich.progress import Progress, SpinnerColumn, TextColumn

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.cli.failure import MISUSE, fail
from deskwatch.cli.replay.sources import STANDARD_INPUT
from deskwatch.core.receipt import NOTHING, Receipt
from deskwatch.core.wording import counted
from deskwatch.ingest.block import combine
from deskwatch.ingest.freqtrade import blocks
from deskwatch.ingest.freqtrade_rows import NotFreqtrade

#: A receipt is given when anything was taken, and when every event was refused.
_RECEIPTS: Final = (httpx.codes.OK, httpx.codes.UNPROCESSABLE_ENTITY)

#: An engine that has no room is asked again, after as long as it says or else a pause.
_NO_ROOM: Final = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
_RETRIES: Final = 10
_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0

#: How the line of an instrument begins. One that is described again is no duplicate: it may differ.
_DESCRIPTION: Final = b'{"kind":"instrument",'

#: Refused events that are printed.
_QUOTED: Final = 10


def send(database: Path, account: str, client: Client) -> int:
    """Send the events, print the receipt's totals, and return how many were refused."""
    total, sent, described = NOTHING, 0, 0
    with _bar() as bar, _readable(database):
        task = bar.add_task("", events=0)
        for block in blocks(database, account):
            receipt = _sent(client, block)
            lines = [replace(refusal, line=refusal.line + sent) for refusal in receipt.refused]
            total = combine(total, replace(receipt, refused=lines))
            sent += block.count(b"\n")
            described += block.count(_DESCRIPTION)
            bar.update(task, events=sent)
    typer.echo(
        f"{counted(sent, 'event')} sent to {client.url}: {total.accepted:,} booked, "
        f"{total.duplicates:,} known already, {total.refused_total:,} refused; "
        f"instruments, which are booked each time: {described:,}"
    )
    for refusal in total.refused[:_QUOTED]:
        words = f"{refusal.reason}: found {refusal.found}; expected {refusal.expected}"
        typer.echo(f"event {refusal.line}: {ink.name(words)}")
    return total.refused_total


def write(database: Path, account: str, out: Path) -> None:
    """Write the events as JSON lines; "-" is standard output."""
    with _readable(database):
        lines = blocks(database, account)
        if str(out) == STANDARD_INPUT:
            for block in lines:
                typer.echo(block, nl=False)
            return
        try:
            with out.open("wb") as file:
                file.writelines(lines)
        except OSError as error:
            fail(f"can't write {out}: {error.strerror}")


def _sent(client: Client, block: bytes) -> Receipt:
    """Return the receipt for a block; an engine that has no room for it is asked again."""
    response = client.post(block)
    for _ in range(_RETRIES):
        if response.status_code not in _NO_ROOM:
            break
        after = response.headers.get("Retry-After", "")
        time.sleep(min(float(after), _LONGEST_PAUSE_S) if after.isdecimal() else _PAUSE_S)
        response = client.post(block)
    if response.status_code not in _RECEIPTS:
        client.refused(response)
    return client.decoded(response, Receipt)


@contextmanager
def _readable(database: Path) -> Iterator[None]:
    try:
        yield
    except NotFreqtrade as error:
        fail(f"this can't be imported: {error}", MISUSE)
    except sqlite3.Error as error:
        fail(f"can't read {database}: {error}")


def _bar() -> Progress:
    console = ink.console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("events: {task.fields[events]:,}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
