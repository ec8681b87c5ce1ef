"""The file in which the store is kept: it may fail, or hang, and nobody waits for it to read."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from deskwatch.database import FileIdentity, connect, identity, is_gone, move_aside, transaction
from deskwatch.notify.readable import leave_out_unreadable
from deskwatch.notify.store import Change, in_memory, prepare

#: How long somebody else who writes to the file is waited for: a page waits as well, and has five
#: seconds in all.
_BUSY_S: Final = 1.0


class StoreFile:
    """One SQLite file, not touched before `open`; use it from one thread at a time.

    moved_aside: where a damaged file went when this one was opened. left_out: how many rows of a
    sound one could not be read.
    """

    def __init__(self, path: Path) -> None:
        self.moved_aside: Path | None = None
        self.left_out = 0
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._identity = FileIdentity(0, 0)

    def open(self) -> sqlite3.Connection:
        """Open the file and return what it holds, in memory. Raises sqlite3.Error, OSError."""
        db = self._opened()
        held = in_memory()
        db.backup(held)
        with transaction(held):
            self.left_out = leave_out_unreadable(held)
        if self.left_out:
            with suppress(sqlite3.Error):  # else the next start leaves them out again
                held.backup(db, progress=_unless_held)
        self._keep(db)
        return held

    def write(self, changes: Sequence[Change], *, flushed: bool) -> None:
        """Make the changes here too, all or none. Raises sqlite3.Error.

        flushed: whether the disk has them at the end. Else the system has them, which outlives our
        own end but not a loss of power, until the next ones that are flushed.
        """
        assert self._db is not None, "only an open file is written to"
        self._db.execute(f"PRAGMA synchronous = {'FULL' if flushed else 'NORMAL'}")
        with transaction(self._db):
            for statement, rows in changes:
                self._db.executemany(statement, rows)

    def rewrite(self, held: sqlite3.Connection) -> None:
        """Put all of it into the file, in place of what is there. Raises sqlite3.Error, OSError."""
        self.close()
        db = self._opened()
        try:
            held.backup(db, progress=_unless_held)
        except BaseException:
            db.close()
            raise
        self._keep(db)

    def is_gone(self) -> bool:
        """Say whether somebody has removed the file, or put another in its place.

        No start would find what is written to it. Raises OSError.
        """
        return self._db is not None and is_gone(self._path, self._identity)

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _keep(self, db: sqlite3.Connection) -> None:
        self._db, self._identity = db, identity(self._path)

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _checked(self._path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self.moved_aside = move_aside(self._path)
            return _checked(self._path)


def _checked(path: Path) -> sqlite3.Connection:
    """Return a checked connection. Raises sqlite3.Error."""
    db = connect(path, _BUSY_S)
    try:
        _check(db)
        prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (found,) = db.execute("PRAGMA quick_check").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _unless_held(status: int, _remaining: int, _total: int) -> None:
    """Raise sqlite3.OperationalError where somebody else holds the file.

    Left alone, a backup begins anew until they let go of it.
    """
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise sqlite3.OperationalError("database is locked")
