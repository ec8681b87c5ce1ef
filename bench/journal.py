"""How fast the journal keeps events beside SQLite, and how small it becomes: ratios in one run.

Both are given a group of events as they were received, keep it, and return once the disk has it.
Cases alternate, so that a noisy machine slows both; each figure is a ratio of medians.
"""

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import Frame
from deskwatch.journal.journal import Journal
from deskwatch.journal.segment import plain_path, seal, sealed_path

#: Each figure's bound: (at least, at most).
GATES = {
    "append_500_over_sqlite_full": (1.5, None),
    "append_5000_over_sqlite_full": (3.0, None),
    "sealed_over_raw_bytes": (None, 0.25),
}

ROUNDS = {500: 200, 5_000: 40}


def fills(count: int, seed: int) -> list[bytes]:
    """Return NDJSON fills of about 231 bytes: 10 accounts × 5 strategies × 100 instruments."""
    chance = random.Random(seed)
    lines = []
    for number in range(count):
        fill = {
            "kind": "fill",
            "event_time": 1_790_000_000_000_000_000 + seed * 10**9 + number * 731_337,
            "source": "desk-1",
            "sequence": seed * count + number,
            "account": f"acc{chance.randrange(10)}",
            "strategy": f"strategy{chance.randrange(5)}",
            "venue": "BINANCE",
            "symbol": f"SYM{chance.randrange(100)}-USDT",
            "side": chance.choice(["buy", "sell"]),
            "quantity": f"{chance.randrange(1, 10_000) / 1000:.3f}",
            "price": f"{chance.randrange(1_000_000, 9_000_000) / 100:.2f}",
            "exec_id": f"{chance.getrandbits(64):016x}",
        }
        lines.append(json.dumps(fill, separators=(",", ":")).encode() + b"\n")
    return lines


def open_sqlite(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, receive_time INTEGER NOT NULL,"
        " line BLOB NOT NULL)"
    )
    return db


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def append_over_sqlite(folder: Path, group: int) -> float:
    """Return how many times the events a second of SQLite the journal keeps."""
    db = open_sqlite(folder / f"{group}.sqlite")
    ours, theirs = [], []
    with Journal.open(folder / f"journal-{group}") as journal:

        def append() -> None:
            journal.append([Frame(number, block)])

        def insert() -> None:
            db.execute("BEGIN")
            db.executemany("INSERT INTO event (receive_time, line) VALUES (?, ?)", rows)
            db.execute("COMMIT")

        for number in range(ROUNDS[group]):
            lines = fills(group, seed=number)
            block = b"".join(lines)
            rows = [(number, line) for line in lines]
            ours.append(seconds(append))
            theirs.append(seconds(insert))
    db.close()
    return median(theirs) / median(ours)


def sealed_over_raw(folder: Path) -> float:
    """Return a sealed segment's bytes over the events' own bytes."""
    raw = 0
    with Journal.open(folder) as journal:
        for number in range(100):
            block = b"".join(fills(500, seed=number))
            raw += len(block)
            journal.append([Frame(number, block)])
    assert plain_path(folder, 1).stat().st_size > raw
    seal(Disk(), folder, 1)
    return sealed_path(folder, 1).stat().st_size / raw


def run() -> dict[str, float]:
    """Return every figure by its name in GATES, measured on the disk of the temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "append_500_over_sqlite_full": append_over_sqlite(folder, 500),
            "append_5000_over_sqlite_full": append_over_sqlite(folder, 5_000),
            "sealed_over_raw_bytes": sealed_over_raw(folder / "sealed"),
        }


def main() -> None:
    for name, figure in run().items():
        least, most = GATES[name]
        passed = figure >= least if least is not None else figure <= (most or 0)
        gate = f">= {least}" if least is not None else f"<= {most}"
        print(f"{name:32} {figure:8.3f}   gate {gate:8} {'pass' if passed else 'FAIL'}")


if __name__ == "__main__":
    main()
