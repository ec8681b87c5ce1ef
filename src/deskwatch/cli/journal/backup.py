"""An engine's data folder into a tar file, and back."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import typer

from deskwatch.cli.failure import MISUSE, explain, fail
from deskwatch.cli.options import journal_folder
from deskwatch.core.wording import counted
from deskwatch.journal import backup
from deskwatch.journal.disk import staged
from deskwatch.journal.segment import JournalUnavailable

#: Standard output or input in a file's place.
_STANDARD: Final = "-"


def back_up(data: Path, file: str) -> None:
    """Write the backup, under its name only once it is whole, and say how far it goes."""
    if journal_folder(data) == data:
        fail(f"{data} is a journal alone; --data is the folder that it is in", MISUSE)
    with _available(), _target(file) as out:
        made = backup.back_up(data, out)
    typer.echo(
        f"backed up {counted(made.files, 'file')}, up to {made.segment}:{made.offset}", err=True
    )


def put_back(data: Path, file: str) -> None:
    """Put the backup into `data`, and say how far it goes."""
    with _available(), _source(file) as source:
        made = backup.restore(source, data)
    typer.echo(
        f"restored {counted(made.files, 'file')}, up to {made.segment}:{made.offset}", err=True
    )


@contextmanager
def _target(file: str) -> Iterator[IO[bytes]]:
    if file == _STANDARD:
        if sys.stdout.isatty():
            fail("a backup is no text for a terminal: give a file, or pipe it", MISUSE)
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    unfinished = staged(path)
    try:
        with os.fdopen(_private(unfinished), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _private(path: Path) -> int:
    """Open a new file that its owner alone may read: a desk's trades are in it.

    One that is there may be another's, or a link to what must not be written over.
    """
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


@contextmanager
def _source(file: str) -> Iterator[IO[bytes]]:
    if file == _STANDARD:
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as source:
        yield source


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except JournalUnavailable as unavailable:
        fail(str(unavailable))
    except OSError as error:
        fail(explain(error))
