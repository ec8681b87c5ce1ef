"""How fast the journal keeps events beside SQLite, and how small they become.

Both are given a group of events as they were received, keep it, and return once the disk has it.
"""

import sqlite3
import tempfile
from pathlib import Path

from bench.desk import BLOCK, blocks, fills
from bench.row import Gate, Row, rate
from bench.turns import seconds, take_turns
from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import Frame
from deskwatch.journal.journal import Journal
from deskwatch.journal.segment import plain_path, seal, sealed_path

#: Events kept at once, the turns to take, and the gate.
GROUPS = ((500, 200, Gate(1.5)), (5_000, 40, Gate(3)))

KEPT = 50_000


def open_sqlite(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, receive_time INTEGER NOT NULL,"
        " line BLOB NOT NULL)"
    )
    return db


def append_row(folder: Path, group: int, rounds: int, gate: Gate) -> Row:
    lines = fills(group)
    db = open_sqlite(folder / f"{group}.sqlite")
    block = b"".join(lines)
    rows = [(1, line) for line in lines]

    def insert() -> None:
        db.execute("BEGIN")
        db.executemany("INSERT INTO event (receive_time, line) VALUES (?, ?)", rows)
        db.execute("COMMIT")

    with Journal.open(folder / f"journal-{group}") as journal:
        taken = take_turns(
            {
                "ours": lambda: seconds(lambda: journal.append([Frame(1, block)])),
                "theirs": lambda: seconds(insert),
            },
            rounds,
        )
    db.close()
    return Row(
        f"journal: groups of {group:,} fills kept, fdatasync each",
        rate(group, taken["ours"]),
        f"SQLite, WAL, synchronous FULL: {rate(group, taken['theirs'])}",
        taken["theirs"] / taken["ours"],
        gate,
    )


def size_rows(folder: Path) -> list[Row]:
    some = blocks(KEPT)
    raw = sum(map(len, some))
    with Journal.open(folder) as journal:
        journal.append([Frame(number, block) for number, block in enumerate(some)])
    fresh = plain_path(folder, 1).stat().st_size
    assert fresh > raw
    seal(Disk(), folder, 1)
    sealed = sealed_path(folder, 1).stat().st_size
    peer = f"the lines themselves, blocks of {BLOCK}: {raw / KEPT:.0f} B"
    return [
        Row("disk: bytes an event, fresh segment", f"{fresh / KEPT:.1f} B", peer, fresh / raw),
        Row(
            "disk: bytes an event, sealed segment",
            f"{sealed / KEPT:.1f} B",
            peer,
            sealed / raw,
            Gate(0.25, at_most=True),
        ),
    ]


def rows(*, quick: bool) -> list[Row]:
    """Return what the disk of the temporary folder gives."""
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as name:
        folder = Path(name)
        appended = [
            append_row(folder, group, rounds // 4 if quick else rounds, gate)
            for group, rounds, gate in GROUPS
        ]
        return [*appended, *size_rows(folder / "sealed")]
