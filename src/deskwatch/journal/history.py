"""The P&L of closed hours and days, and what is drawn over time, in SQLite, to be queried.

It holds nothing that the journal does not: a damaged file is moved aside and written again.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, Inexact, InvalidOperation
from errno import ENOENT
from pathlib import Path
from typing import Final

from deskwatch.core.pnl_row import Period, PnlRow
from deskwatch.core.timeline import Point
from deskwatch.database import connect, identity, is_gone, move_aside, transaction
from deskwatch.journal import timeline
from deskwatch.journal.segment import Cursor

SCHEMA_VERSION: Final = 1
MAX_ROWS: Final = 10_000

_SCHEMA: Final = """
CREATE TABLE pnl (
    period TEXT NOT NULL, start INTEGER NOT NULL, account TEXT NOT NULL, strategy TEXT NOT NULL,
    venue TEXT NOT NULL, symbol TEXT NOT NULL, currency TEXT NOT NULL,
    realized TEXT NOT NULL, fees TEXT NOT NULL, funding TEXT NOT NULL, unrealized_change TEXT,
    late_realized TEXT NOT NULL, late_fees TEXT NOT NULL, late_funding TEXT NOT NULL,
    late_unrealized_change TEXT,
    PRIMARY KEY (period, start, account, strategy, venue, symbol, currency)
) WITHOUT ROWID;
CREATE TABLE applied (segment INTEGER NOT NULL, position INTEGER NOT NULL);
"""
_KEY: Final = "period, start, account, strategy, venue, symbol, currency"
_AMOUNTS: Final = "realized, fees, funding, unrealized_change"
_LATE: Final = "late_realized, late_fees, late_funding, late_unrealized_change"
#: Where nothing was drawn.
NO_POINTS: Final[Mapping[int, Sequence[Point]]] = {}

_NOTHING: Final = ("0", "0", "0", "0")
#: Sums are exact or crash: no amount of the books comes near this many digits.
_EXACT: Final = Context(prec=400, traps=[Inexact, InvalidOperation])

_Key = tuple[Period, int, str, str, str, str, str]
_Amounts = tuple[str, str, str, str | None]


class HistoryUnavailable(Exception):
    """The history can't be read or written now; the text says why."""


class History:
    """The file of closed hours and days. Safe to use from several threads.

    moved_aside: where a damaged file went when this one was opened; the history is then empty, to
    be filled again from the journal. Raises HistoryUnavailable.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        self.moved_aside: Path | None = None
        with _or_unavailable():
            try:
                self._db = _open(path)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self.moved_aside = move_aside(path)
                self._db = _open(path)
            self._identity = identity(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def write(
        self,
        cursor: Cursor,
        closed: Sequence[PnlRow],
        late: Sequence[PnlRow],
        points: Mapping[int, Sequence[Point]] = NO_POINTS,
    ) -> None:
        """Keep what the frame before `cursor` closed, corrected and drew, in one transaction.

        A closed row replaces an earlier one of its period; late rows are added exactly to what is
        there, also to what is closed again later. Where one of the two can't be priced, neither can
        the sum. A cursor that is not after the last one written changes nothing, so one
        call must bring all of a frame's rows. points: by the seconds of their step. Raises
        HistoryUnavailable: nothing is then kept. So it is where somebody removed, moved or replaced
        the file: no start would find what is written there.
        """
        with self._lock, _or_unavailable(), self._transaction():
            applied = self._applied()
            if applied is not None and cursor <= applied:
                return
            for row in closed:
                self._put(row, _amounts(row), self._parts(row)[1])
            for row in late:
                before, added = self._parts(row)
                self._put(row, before, _sum(added, _amounts(row)))
            timeline.keep(self._db, points)
            self._db.execute("DELETE FROM applied")
            self._db.execute("INSERT INTO applied VALUES (?, ?)", cursor)

    def cursor(self) -> Cursor | None:
        """Return the cursor of the last write, or None."""
        with self._lock, _or_unavailable():
            return self._applied()

    def query(
        self,
        period: Period,
        start: int,
        end: int,
        account: str | None = None,
        strategy: str | None = None,
        limit: int = MAX_ROWS,
    ) -> list[PnlRow]:
        """Return the rows that start in [start, end), oldest first, at most `limit`.

        Raises HistoryUnavailable.
        """
        with self._lock, _or_unavailable():
            found = self._db.execute(
                f"SELECT {_KEY}, {_AMOUNTS}, {_LATE} FROM pnl"  # noqa: S608 - our own names
                " WHERE period = ? AND start >= ? AND start < ?"
                " AND account = coalesce(?, account) AND strategy = coalesce(?, strategy)"
                f" ORDER BY {_KEY} LIMIT ?",
                (period, start, end, account, strategy, limit),
            ).fetchall()
        return [_row(row[:7], _sum(row[7:11], row[11:15])) for row in found]

    def drawn(self, step_s: int, start: int, end: int) -> list[Point]:
        """Return the points of a step with start < time <= end (s), oldest first.

        Before them comes the last one with figures, which hold until then. Raises
        HistoryUnavailable.
        """
        with self._lock, _or_unavailable():
            return timeline.query(self._db, step_s, start, end)

    def earliest(self, period: Period) -> int | None:
        """Return when the oldest hour or day began (ns), or None. Raises HistoryUnavailable."""
        with self._lock, _or_unavailable():
            (start,) = self._db.execute(
                "SELECT min(start) FROM pnl WHERE period = ?", (period,)
            ).fetchone()
        return None if start is None else int(start)

    def reset(self) -> None:
        """Forget every row and the cursor, to be filled again. Raises HistoryUnavailable."""
        with self._lock, _or_unavailable(), transaction(self._db):
            self._db.execute("DELETE FROM pnl")
            self._db.execute("DELETE FROM timeline")
            self._db.execute("DELETE FROM applied")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if is_gone(self._path, self._identity):
            why = "the file was removed, moved or replaced"
            raise FileNotFoundError(ENOENT, why, str(self._path))
        with transaction(self._db):
            yield

    def _applied(self) -> Cursor | None:
        row = self._db.execute("SELECT segment, position FROM applied").fetchone()
        return Cursor(*row) if row else None

    def _parts(self, row: PnlRow) -> tuple[_Amounts, _Amounts]:
        """Return what the row's period closed with, and what came late."""
        found = self._db.execute(
            f"SELECT {_AMOUNTS}, {_LATE} FROM pnl WHERE ({_KEY}) = (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            _key(row),
        ).fetchone()
        return (found[:4], found[4:]) if found else (_NOTHING, _NOTHING)

    def _put(self, row: PnlRow, closed: _Amounts, late: _Amounts) -> None:
        self._db.execute(
            f"INSERT OR REPLACE INTO pnl ({_KEY}, {_AMOUNTS}, {_LATE})"  # noqa: S608 - our own names
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_key(row), *closed, *late),
        )


def _key(row: PnlRow) -> _Key:
    names = row.account, row.strategy, row.venue, row.symbol, row.currency
    return row.period, row.start, *names


def _row(key: _Key, amounts: _Amounts) -> PnlRow:
    return PnlRow(*key, *amounts)


def _amounts(row: PnlRow) -> _Amounts:
    return row.realized, row.fees, row.funding, row.unrealized_change


def _sum(one: _Amounts, other: _Amounts) -> _Amounts:
    change = None if one[3] is None or other[3] is None else _add(one[3], other[3])
    return _add(one[0], other[0]), _add(one[1], other[1]), _add(one[2], other[2]), change


def _add(one: str, other: str) -> str:
    """Return the exact sum, with the decimals of the finer of the two."""
    return one if other == "0" else format(_EXACT.add(Decimal(one), Decimal(other)), "f")


def _open(path: Path) -> sqlite3.Connection:
    """Return a checked connection. Raises sqlite3.Error, OSError, HistoryUnavailable."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = connect(path)
    try:
        # A start replays from the snapshot on: what was written before it must not be lost with
        # the power, so a commit waits for the disk.
        db.execute("PRAGMA synchronous = FULL")
        _check(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise HistoryUnavailable(
            f"{path} has schema {version}, of a newer deskwatch; this one reads {SCHEMA_VERSION}"
        )
    if version == 0:
        db.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    db.execute(timeline.SCHEMA)
    (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise _Damaged(answer)


class _Damaged(sqlite3.DatabaseError):
    """SQLite's own check found the file damaged."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Damaged) or (code is not None and code & 0xFF in codes)


@contextmanager
def _or_unavailable() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise HistoryUnavailable(f"the P&L history: {error}") from error
