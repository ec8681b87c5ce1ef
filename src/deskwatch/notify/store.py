"""What the alert book, the outbox and the channels keep, in tables in memory."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from deskwatch.database import transaction

SCHEMA_VERSION: Final = 1

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

#: The tables whose rows have a key that means something, and those whose ids say what came first.
_BY_KEY: Final = ("alerts", "groups", "told", "messages", "buttons", "sends", "refused")
_IN_ORDER: Final = ("history", "deeds", "outbox")

#: SQLite's row ids, which have 64 bits, fit.
_MAX_DIGITS: Final = 18

#: What SQLite takes and gives.
Value = str | bytes | int | float | None

#: A statement, and the values of each time that it was executed.
Change = tuple[str, Sequence[Sequence[Value]]]


class Store:
    """Tables in memory: no disk holds up who must be told. Use it from one thread at a time.

    What changes is kept in a file too: see `Keeper`.
    """

    def __init__(self) -> None:
        self._db = in_memory()
        self._changes: list[Change] = []
        prepare(self._db)

    def take_up(self, held: sqlite3.Connection) -> None:
        """Hold what a file held; what was held until now is forgotten."""
        self._db.close()
        self._db = held

    def add(self, held: sqlite3.Connection) -> None:
        """Take in what a file held beside what is here, which is newer.

        Its rows in the order of their ids come before those here, whose ids somebody may have in
        hand; a silence keeps its number unless that is taken. Call it inside a transaction.
        """
        for table in _BY_KEY:
            self._insert(table, held.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608 - our own names
        for table in _IN_ORDER:
            query = f"SELECT * FROM {table} ORDER BY id"  # noqa: S608 - our own names
            rows = held.execute(query).fetchall()
            last = max((row[0] for row in rows), default=0)
            self._insert(table, [(row[0] - last, *row[1:]) for row in rows])
        silences = held.execute("SELECT * FROM silences ORDER BY id").fetchall()
        taken = {number for (number,) in self.rows("SELECT id FROM silences")}
        self._insert("silences", [row for row in silences if row[0] not in taken])
        self._insert("silences", [(None, *row[1:]) for row in silences if row[0] in taken])
        self.run_many(
            "INSERT INTO marks VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            held.execute("SELECT * FROM marks").fetchall(),
        )

    def _insert(self, table: str, rows: Sequence[Sequence[Value]]) -> None:
        """Insert whole rows, but for those whose key is here already."""
        if rows:
            values = ", ".join("?" * len(rows[0]))
            self.run_many(f"INSERT OR IGNORE INTO {table} VALUES ({values})", rows)  # noqa: S608 - our own names

    def copy(self) -> sqlite3.Connection:
        """Return all that is held, on its own."""
        copy = in_memory()
        self._db.backup(copy)
        return copy

    def close(self) -> None:
        """Let go of all of it."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[list[Change]]:
        """Do all that is done inside, or nothing of it; what is yielded takes in the changes."""
        changes: list[Change] = []
        self._changes = changes
        with transaction(self._db):
            yield changes

    def run(self, statement: str, *values: Value) -> int:
        """Execute a statement; return the row id of an insert, else how many rows it changed."""
        cursor = self._db.execute(statement, values)
        self._note(cursor, statement, [values])
        inserted = statement.startswith("INSERT")
        return (cursor.lastrowid or 0) if inserted else cursor.rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Execute a statement for each row."""
        self._note(self._db.executemany(statement, rows), statement, rows)

    def _note(
        self, cursor: sqlite3.Cursor, statement: str, rows: Sequence[Sequence[Value]]
    ) -> None:
        """Take in what was executed, if it changed anything."""
        if cursor.rowcount:
            self._changes.append((statement, rows))

    # SQLite's rows have whatever types their columns have; each caller names its own.
    def rows(self, query: str, *values: Value) -> list[tuple]:  # type: ignore[type-arg]
        """Return all rows of a query."""
        return self._db.execute(query, values).fetchall()

    def mark(self, name: str) -> int:
        """Return a number that is kept by name, else 0."""
        rows = self.rows("SELECT value FROM marks WHERE name = ?", name)
        return int(rows[0][0]) if rows else 0

    def set_mark(self, name: str, value: int) -> None:
        """Keep a number by name."""
        self.run("REPLACE INTO marks VALUES (?, ?)", name, value)


def row_id(text: str) -> int | None:
    """Return the id of a row that a text is; None where it can't be one."""
    is_one = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_one else None


class _InMemory(sqlite3.Connection):
    """Has nothing to lose: who lets go of it has closed it, which Python 3.13 would warn of."""

    def __del__(self) -> None:
        self.close()


def in_memory() -> sqlite3.Connection:
    """Return a database without a file."""
    return sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=_InMemory
    )


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables in a new file. Raises sqlite3.Error for a file of another version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        raise sqlite3.OperationalError(
            f"found version {version} of the notification file; expected {SCHEMA_VERSION}"
        )
