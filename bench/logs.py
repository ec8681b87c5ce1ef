"""The embedded log store: beside SQLite's full-text index by trigrams, and beside `grep -F`.

Both are given the same entries; what the followed file costs before (redaction, levels, times) is
a row of its own. CPU seconds, the peer's process counted, so that neighbours don't count.
"""

import resource
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

from bench.row import Gate, Row, rate
from bench.turns import cpu_seconds, take_turns
from deskwatch.logs.line import MAX_LINE_BYTES, Batch
from deskwatch.logs.search import Query, search
from deskwatch.logs.stream import Stream
from deskwatch.logs.tail import LogTail
from deskwatch.tail.rotation import Rotation

LINES: Final = 500_000
QUICK_LINES: Final = 100_000
BATCH: Final = 400
INDEXED: Final = 20_000
FOLLOWED: Final = 50_000
ROUNDS: Final = 5

SECOND: Final = 1_000_000_000
BEGIN: Final = 1_772_443_800 * SECOND
INFO, ERROR = 2, 4

#: In three lines of all, so that a search reads everything and finds little.
NEEDLE: Final = b"order-needle-4711"

#: Its pieces are in every chunk, in small letters or capitals, and it is in none.
EVERYWHERE: Final = b"Info - order mm-eu-0"


def lines(count: int) -> Iterator[bytes]:
    """Yield what a gateway logs of its orders, 150 bytes a line; one in twenty is an error."""
    random, price = Random(7), 64_000.0
    for number in range(count):
        level = "ERROR" if random.random() < 0.05 else "INFO"
        order = NEEDLE.decode() if number % (count // 3) == 7 else f"mm-eu-{number:08}"
        price += random.gauss(0, 3)
        yield (
            f"2026-03-02 09:{number // 60_000 % 60:02}:{number // 1000 % 60:02},{number % 1000:03}"
            f" - gateway - {level} - order {order} accepted by BINANCE: BTC-USD buy"
            f" {random.randrange(1, 20) / 100} at {price:.1f}, answered in"
            f" {random.randrange(1, 60) / 10} ms, attempt 1 of 3"
        ).encode()


def batches(texts: list[bytes]) -> list[Batch]:
    return [
        Batch(
            [BEGIN + number * 1000 for number in range(first, first + len(some))],
            bytearray(ERROR if b" ERROR " in text else INFO for text in some),
            some,
        )
        for first in range(0, len(texts), BATCH)
        if (some := texts[first : first + BATCH])
    ]


def children_seconds(call: Callable[[], object]) -> float:
    """Return the CPU seconds of the processes that a call starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def store(folder: Path, some: list[Batch]) -> Stream:
    stream = Stream(folder, "gateway")
    for batch in some:
        stream.append(batch, None)
        if stream.full:
            stream.close_chunk()
    stream.save()
    return stream


def index(path: Path, some: list[Batch]) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(
            "CREATE VIRTUAL TABLE line USING fts5"
            "(time UNINDEXED, level UNINDEXED, text, tokenize = 'trigram')"
        )
        for batch in some:
            texts = (text.decode() for text in batch.texts)
            rows = zip(batch.times, batch.levels, texts, strict=True)
            db.executemany("INSERT INTO line VALUES (?, ?, ?)", rows)
            db.commit()
    db.close()


class Folders:
    """Names of folders and files that were never used."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._number = 0

    def fresh(self) -> Path:
        self._number += 1
        return self._parent / str(self._number)


def ingest_rows(folders: Folders, texts: list[bytes], rounds: int) -> list[Row]:
    some = batches(texts)
    few = batches(texts[:INDEXED])
    file = folders.fresh()
    file.write_bytes(b"\n".join([*texts[:FOLLOWED], b""]))

    def follow() -> None:
        rotation = Rotation(file, start_at_end=False, max_line_bytes=MAX_LINE_BYTES)
        tail = LogTail(Stream(folders.fresh(), "gateway"), rotation, "UTC")
        while tail.take(BEGIN + 3600 * SECOND) is not None:
            if tail.stream.full:
                tail.stream.close_chunk()
        tail.close()

    taken = take_turns(
        {
            "ours": lambda: cpu_seconds(lambda: store(folders.fresh(), some)) / len(texts),
            "followed": lambda: cpu_seconds(follow) / FOLLOWED,
            "theirs": lambda: cpu_seconds(lambda: index(folders.fresh(), few)) / INDEXED,
        },
        rounds,
    )
    peer = f"SQLite FTS5, trigrams: {rate(1, taken['theirs'])}"
    return [
        Row(
            "logs: lines kept",
            rate(1, taken["ours"]),
            peer,
            taken["theirs"] / taken["ours"],
            Gate(20),
        ),
        Row(
            "logs: lines of a file read, secrets taken out, and kept",
            rate(1, taken["followed"]),
            f"the index alone: {rate(1, taken['theirs'])}",
            taken["theirs"] / taken["followed"],
        ),
    ]


def search_rows(folders: Folders, texts: list[bytes], rounds: int) -> list[Row]:
    plain = folders.fresh()
    plain.write_bytes(b"\n".join([*texts, b""]))
    stream = store(folders.fresh(), batches(texts))
    size = plain.stat().st_size

    def find(text: bytes, limit: int) -> int:
        query = Query(start_ns=0, end_ns=2**63 - 1, text=text, limit=limit)
        return len(search([stream], query, seconds=600).entries)

    def grep() -> None:
        found = subprocess.run(
            ["grep", "-F", "-c", NEEDLE, plain],
            env={"LC_ALL": "C"},
            capture_output=True,
            check=True,
        )
        assert found.stdout.strip() == b"3", found.stdout

    def ours() -> None:
        assert find(NEEDLE, 100) == 3

    def everywhere() -> None:
        assert find(EVERYWHERE, 100) == 0

    taken = take_turns(
        {
            "ours": lambda: cpu_seconds(ours),
            "theirs": lambda: children_seconds(grep),
            "everywhere": lambda: cpu_seconds(everywhere),
            "newest": lambda: cpu_seconds(lambda: find(b"error", 100)),
        },
        rounds,
    )
    return [
        Row(
            f"logs: an order found in {len(texts):,} lines",
            f"{taken['ours'] * 1e3:.0f} ms",
            f"grep -F on the plain file: {taken['theirs'] * 1e3:.0f} ms",
            taken["theirs"] / taken["ours"],
            Gate(0.4),
        ),
        Row(
            "logs: a text not found that every chunk may hold: all are unpacked",
            f"{taken['everywhere'] * 1e3:.0f} ms",
            f"grep -F on the plain file: {taken['theirs'] * 1e3:.0f} ms",
            taken["theirs"] / taken["everywhere"],
        ),
        Row("logs: the newest 100 errors of them", f"{taken['newest'] * 1e3:.1f} ms"),
        Row(
            "logs: bytes a line on disk",
            f"{stream.stored_bytes / len(texts):.1f} B",
            f"the lines themselves: {size / len(texts):.0f} B",
            stream.stored_bytes / size,
        ),
    ]


def rows(*, quick: bool) -> list[Row]:
    """Return what the disk of the temporary folder gives."""
    texts = list(lines(QUICK_LINES if quick else LINES))
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as name:
        folders = Folders(Path(name))
        return [*ingest_rows(folders, texts, ROUNDS), *search_rows(folders, texts, ROUNDS)]
