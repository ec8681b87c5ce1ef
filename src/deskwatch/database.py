"""A file of SQLite's: opened, changed all or not at all, missed when gone, moved aside if bad."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

_BUSY_TIMEOUT_S: Final = 5.0


def connect(path: Path, busy_s: float = _BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Return a connection with a write-ahead log, of which one thread at a time may make use.

    It begins no transaction by itself. busy_s: how long who else writes to the file is waited for.
    Side effect: a file that was there is its owner's alone. Raises sqlite3.Error.
    """
    # Older versions let the machine's users read it.
    with suppress(OSError):  # as of a file that is another user's, whose group we are in
        for part in _parts(path):
            part.chmod(0o600)
    db = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # macOS's fsync leaves the bytes in the drive's cache (https://sqlite.org/pragma.html,
        # fullfsync); elsewhere this changes nothing.
        db.execute("PRAGMA fullfsync = ON")
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Keep all that is done inside, or nothing of it. Raises sqlite3.Error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


class FileIdentity(NamedTuple):
    """Which file it is, whatever its name becomes."""

    device: int
    inode: int


def identity(path: Path) -> FileIdentity:
    """Return which file there is. Raises OSError."""
    found = path.stat()
    return FileIdentity(found.st_dev, found.st_ino)


def is_gone(path: Path, known: FileIdentity) -> bool:
    """Say whether somebody has removed or moved the file, or put another in its place.

    What is written to it then is found by no start. Raises OSError.
    """
    try:
        return identity(path) != known
    except (FileNotFoundError, NotADirectoryError):
        return True


def move_aside(path: Path) -> Path:
    """Rename the file, and what SQLite keeps beside it; return the new name. Raises OSError."""
    for number in count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            break
    for part in _parts(path):
        part.rename(aside.with_name(aside.name + part.name.removeprefix(path.name)))
    return aside


def _parts(path: Path) -> list[Path]:
    """Return the file and what SQLite keeps beside it, of what is there."""
    parts = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    return [part for part in parts if part.exists()]
