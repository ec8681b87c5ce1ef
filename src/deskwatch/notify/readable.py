"""Rows that nobody can read, in a file that is sound to SQLite, which has no checksum of them."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from deskwatch.core.notification import Notification
from deskwatch.notify.matcher import BadMatcher, parse_matchers
from deskwatch.notify.tracked import Group, Tracked

_tracked: Final = msgspec.json.Decoder(Tracked)

#: How what stands in a column is read; raises _UNREADABLE.
_READERS: Final[dict[tuple[str, str], Callable[[Any], object]]] = {
    ("alerts", "body"): _tracked.decode,
    ("groups", "body"): msgspec.json.Decoder(Group).decode,
    ("outbox", "body"): msgspec.json.Decoder(Notification).decode,
    ("history", "labels"): msgspec.json.Decoder(dict[str, str]).decode,
    ("silences", "matchers"): parse_matchers,
}
_UNREADABLE: Final = (msgspec.DecodeError, BadMatcher, UnicodeEncodeError)
_TYPES: Final[dict[str, type]] = {"TEXT": str, "INTEGER": int, "BLOB": bytes}
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"


def leave_out_unreadable(db: sqlite3.Connection) -> int:
    """Delete the rows that can't be read, and alerts without their group; return how many.

    All others can be taken up then. Call it inside a transaction. Raises sqlite3.Error.
    """
    # What is no UTF-8 becomes half of a surrogate pair, by which `_reads` knows it.
    db.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    left_out = sum(_leave_out(db, table) for (table,) in db.execute(_TABLES).fetchall())
    db.text_factory = str
    groups = {key for (key,) in db.execute("SELECT key FROM groups")}
    alerts = db.execute("SELECT fingerprint, body FROM alerts").fetchall()
    alone = [(key,) for key, body in alerts if _tracked.decode(body).group not in groups]
    db.executemany("DELETE FROM alerts WHERE fingerprint = ?", alone)
    return left_out + len(alone)


def _leave_out(db: sqlite3.Connection, table: str) -> int:
    columns = [(name, kind) for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")]
    rows = db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - the schema's own names
    readable = [row for row in rows if _reads(table, columns, row)]
    if len(readable) < len(rows):
        # All of them, as it may be a row's key that can't be read.
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - the schema's own names
        values = ", ".join("?" * len(columns))
        db.executemany(f"INSERT INTO {table} VALUES ({values})", readable)  # noqa: S608 - the schema's own names
    return len(rows) - len(readable)


def _reads(table: str, columns: list[tuple[str, str]], row: tuple[Any, ...]) -> bool:
    for (name, kind), value in zip(columns, row, strict=True):
        if value is None:
            continue  # SQLite itself finds one that must not be
        if not isinstance(value, _TYPES[kind]):
            return False
        try:
            if isinstance(value, str):
                value.encode()
            _READERS.get((table, name), repr)(value)
        except _UNREADABLE:
            return False
    return True
