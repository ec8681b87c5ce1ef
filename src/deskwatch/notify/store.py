"""The file that the alert book, the outbox and the channels keep their state in."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from deskwatch.database import connect, move_aside, transaction

log = structlog.get_logger()

SCHEMA_VERSION: Final = 1

#: How long somebody else who writes to the file is waited for: a page waits as well, and has five
#: seconds in all.
_BUSY_S: Final = 1.0

_SCHEMA: Final = """
CREATE TABLE alerts (fingerprint TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE groups (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE silences (
    id INTEGER PRIMARY KEY AUTOINCREMENT, matchers TEXT NOT NULL, author TEXT NOT NULL,
    reason TEXT NOT NULL, created_at INTEGER NOT NULL, until INTEGER NOT NULL
);
CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, fingerprint TEXT NOT NULL, group_key TEXT NOT NULL,
    labels TEXT NOT NULL, summary TEXT NOT NULL, event_time INTEGER, alert_time INTEGER NOT NULL,
    asked_at INTEGER, notify_time INTEGER, resolved_at INTEGER
);
CREATE INDEX history_untold ON history (group_key) WHERE notify_time IS NULL;
CREATE INDEX history_open ON history (fingerprint) WHERE resolved_at IS NULL;
CREATE TABLE deeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
    what TEXT NOT NULL, object TEXT NOT NULL
);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, lane TEXT NOT NULL,
    rank INTEGER NOT NULL, group_key TEXT NOT NULL,
    kept_at INTEGER NOT NULL, sending INTEGER NOT NULL DEFAULT 0,
    passed_on INTEGER NOT NULL DEFAULT 0, ends INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX outbox_order ON outbox (channel, lane, rank, id);
CREATE TABLE told (
    group_key TEXT NOT NULL, channel TEXT NOT NULL, PRIMARY KEY (group_key, channel)
) WITHOUT ROWID;
CREATE TABLE messages (
    group_key TEXT NOT NULL, lane TEXT NOT NULL, chat INTEGER NOT NULL, message INTEGER NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (group_key, lane)
) WITHOUT ROWID;
CREATE INDEX messages_age ON messages (at);
CREATE TABLE buttons (key INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE sends (lane TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE refused (actor INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

#: What SQLite takes and gives.
Value = str | bytes | int | float | None


class Store:
    """One SQLite file, not touched before `open`; use it from one thread at a time.

    path: None keeps everything in memory. moved_aside: where a damaged file went when this one was
    opened. trouble: why the file can't be written; from then on everything is kept in memory only,
    so that alerts still go out. unread: the file was never taken up since the start.
    """

    def __init__(self, path: Path | None) -> None:
        self.moved_aside: Path | None = None
        self.trouble: str | None = None
        self.unread = path is not None
        self._db = _memory()
        self._path = path
        _prepare(self._db)

    def open(self) -> None:
        """Take up what the file holds; what was kept in memory until now is forgotten."""
        if self._path is None:
            return
        try:
            file = self._opened(self._path)
        except (sqlite3.Error, OSError) as error:
            self.trouble = str(error)
        else:
            self._take_up(file)

    def _take_up(self, file: sqlite3.Connection) -> None:
        self._db.close()
        self._db, self.trouble, self.unread = file, None, False

    def _opened(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self.moved_aside = move_aside(path)
            return _open(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def is_gone(self) -> bool:
        """Say whether somebody has removed the file: what is written to it ends with us."""
        return self._path is not None and self.trouble is None and not self._path.exists()

    @contextmanager
    def transaction(self, *, flushed: bool = True) -> Iterator[None]:
        """Keep all that is done inside, or nothing of it. Raises sqlite3.Error.

        flushed: whether the disk has it at the end. Else the system has it, which outlives our own
        end but not a loss of power, until the next transaction that is flushed.
        """
        self._db.execute(f"PRAGMA synchronous = {'FULL' if flushed else 'NORMAL'}")
        with transaction(self._db):
            yield

    def retreat(self, why: str) -> None:
        """Go on in memory, from what the file last held; from nothing if that can't be read.

        Side effect: what happens from here on is lost if the process ends before `come_back`.
        """
        memory = _memory()
        try:
            self._db.backup(memory)
        except sqlite3.DatabaseError as error:
            log.error("notify_store_unreadable", why=str(error))
            memory.close()
            memory = _memory()
            _prepare(memory)
        self._db.close()
        self._db, self.trouble = memory, why

    def come_back(self) -> bool:
        """Try to keep things in the file again; return whether that worked.

        What is held in memory goes back into it. But one that is unread is taken up as it is: it
        holds silences, and all that was told before the start, and memory holds neither.
        """
        if self.trouble is None or self._path is None:
            return True
        try:
            file = self._opened(self._path)
        except (sqlite3.Error, OSError):
            return False
        if not self.unread:
            try:
                self._db.backup(file, progress=_unless_held)
            except sqlite3.Error:
                file.close()
                return False
        self._take_up(file)
        return True

    def run(self, statement: str, *values: Value) -> int:
        """Execute a statement; return the row id of an insert, else how many rows it changed."""
        cursor = self._db.execute(statement, values)
        inserted = statement.startswith("INSERT")
        return (cursor.lastrowid or 0) if inserted else cursor.rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Execute a statement for each row."""
        self._db.executemany(statement, rows)

    # SQLite's rows have whatever types their columns have; each caller names its own.
    def rows(self, query: str, *values: Value) -> list[tuple]:  # type: ignore[type-arg]
        """Return all rows of a query."""
        return self._db.execute(query, values).fetchall()

    def mark(self, name: str, default: int = 0) -> int:
        """Return a number that is kept by name."""
        rows = self.rows("SELECT value FROM marks WHERE name = ?", name)
        return int(rows[0][0]) if rows else default

    def set_mark(self, name: str, value: int) -> None:
        """Keep a number by name."""
        self.run("REPLACE INTO marks VALUES (?, ?)", name, value)


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


def _open(path: Path) -> sqlite3.Connection:
    """Return a checked connection. Raises sqlite3.Error."""
    db = connect(path, _BUSY_S)
    try:
        _check(db)
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _unless_held(status: int, _remaining: int, _total: int) -> None:
    """Raise sqlite3.OperationalError where somebody else holds the file.

    Left alone, a backup begins anew until they let go of it, and whoever is to be told waits.
    """
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise sqlite3.OperationalError("database is locked")


def _check(db: sqlite3.Connection) -> None:
    (found,) = db.execute("PRAGMA quick_check").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _prepare(db: sqlite3.Connection) -> None:
    """Make the tables in a new file. Raises sqlite3.Error for a file of another version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        raise sqlite3.OperationalError(
            f"found version {version} of the notification file; expected {SCHEMA_VERSION}"
        )
