"""Starting again: the journal into the books, beside the same events kept in SQLite."""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench.books import none_expected, open_books
from bench.desk import BLOCK, OPENING, blocks, fills
from bench.row import Gate, Row, rate
from bench.turns import SOURCE, Turn, cpu_seconds, process, take_turns
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.event import Event, Fill
from deskwatch.core.replay import apply_frame
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.journal.frame import Frame
from deskwatch.journal.journal import Journal

EVENTS = 50_000

#: A row as it is read: the receive time, then the columns.
Columns = tuple[Any, ...]
LINE_OF = itemgetter(1)

#: A fill's fields, in the order of the table's columns.
FIELDS = (
    "event_time",
    "source",
    "sequence",
    "account",
    "strategy",
    "venue",
    "symbol",
    "side",
    "quantity",
    "price",
    "exec_id",
)


def from_journal() -> Turn:
    """Replay a journal of blocks, as the engine does when it starts."""
    folder = tempfile.TemporaryDirectory(prefix="deskwatch-bench-")
    journal = Journal.open(Path(folder.name))
    journal.append([Frame(OPENING, block) for block in blocks(EVENTS)])

    def replay(_folder: object = folder) -> None:
        books = open_books()
        new = 0
        for _, frame in journal.read(None, no_gap):
            new += apply_frame(books, frame.receive_time, frame.block, none_expected)
        assert new == EVENTS

    return lambda: cpu_seconds(replay)


def no_gap(gap: object) -> None:
    raise AssertionError(str(gap))


def from_columns() -> Turn:
    """Read fills from a table with a column for every field."""
    rows = ([json.loads(line)[field] for field in FIELDS] for line in fills(EVENTS))
    return from_sqlite(FIELDS, rows, lambda some: [columns_to_fill(row[1:]) for row in some])


def columns_to_fill(row: Columns) -> Event:
    time, source, sequence, account, strategy, venue, symbol, side, quantity, price, exec_id = row
    return Fill(
        event_time=time,
        source=source,
        sequence=sequence,
        account=account,
        strategy=strategy,
        venue=venue,
        symbol=symbol,
        side=side,
        quantity=quantity,
        price=price,
        exec_id=exec_id,
    )


def from_lines() -> Turn:
    """Read fills from a table that keeps each as its line of JSON."""
    rows = ([line] for line in fills(EVENTS))
    return from_sqlite(("line",), rows, lambda some: decode(b"".join(map(LINE_OF, some))).events)


def from_sqlite(
    columns: tuple[str, ...],
    rows: Iterator[Sequence[object]],
    to_events: Callable[[list[Columns]], Sequence[Event]],
) -> Turn:
    db = sqlite3.connect("")  # a file that SQLite removes
    names = ", ".join(columns)
    db.execute(f"CREATE TABLE event (id INTEGER PRIMARY KEY, receive_time INTEGER, {names})")
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO event (receive_time, {names}) VALUES ({OPENING}, {marks})"
    db.executemany(insert, rows)
    db.commit()

    def replay() -> None:
        books = open_books()
        new = 0
        cursor = db.execute(f"SELECT receive_time, {names} FROM event ORDER BY id")
        while some := cursor.fetchmany(BLOCK):
            books.begin(some[-1][0])
            new += books.apply_all(to_events(some), none_expected)
        assert new == EVENTS

    return lambda: cpu_seconds(replay)


def from_snapshot() -> Turn:
    """Load books of 5,000 lines and EVENTS remembered fills."""
    books = open_books()
    for block in blocks(EVENTS):
        apply_frame(books, OPENING, block, none_expected)
    payload = dump(books)
    return lambda: cpu_seconds(lambda: load(Books(BooksSettings()), payload))


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    sources = {"pure": SOURCE} | ({"compiled": compiled} if compiled else {})
    with ExitStack() as stack:
        cases = {
            (makes, name): stack.enter_context(process(f"bench.replay:{makes}", source=source))
            for name, source in sources.items()
            for makes in ("from_journal", "from_columns", "from_lines", "from_snapshot")
        }
        taken = take_turns(cases, 2 if quick else 7)
    table = []
    for name in sources:
        ours = taken["from_journal", name]
        for makes, what, gate in (
            ("from_columns", "SQLite, a column for each field", Gate(1.5)),
            ("from_lines", "SQLite, a row for each line", None),
        ):
            theirs = taken[makes, name]
            table.append(
                Row(
                    f"start: journal to books, {name}",
                    rate(EVENTS, ours),
                    f"{what}: {rate(EVENTS, theirs)}",
                    theirs / ours,
                    gate,
                )
            )
        table.append(
            Row(
                f"start: snapshot of 5,000 lines, {EVENTS:,} fills remembered, {name}",
                f"{taken['from_snapshot', name] * 1e3:.0f} ms",
            )
        )
    return table
