"""An engine in this process: its clock is moved by hand, and it can be killed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import msgspec

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.receipt import Receipt
from deskwatch.core.replay import apply_frame
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump
from deskwatch.core.timeline import Point
from deskwatch.engine.clock import EngineClock
from deskwatch.engine.engine import Engine, Keeping
from deskwatch.engine.views.history import merge
from deskwatch.journal.history import History, HistoryUnavailable
from deskwatch.journal.left_out import left_out
from deskwatch.journal.timeline import KEPT_S
from deskwatch.journal.upkeep import cat
from tests.core.blotter import HOUR, TEN
from tests.journal.blotter import no_gap

#: Larger than any time of a test: what a history is asked for to have it all.
ALWAYS = 2**62

#: So that a mark of ten o'clock prices what is held for the whole day.
LASTING_MARKS = BooksSettings(mark_max_age_ns=24 * HOUR)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = TEN

    def __call__(self) -> int:
        return self.now

    def forward(self, ns: int) -> None:
        self.now += ns


class Machine:
    """Two clocks: one that somebody can set, and one that only passes."""

    def __init__(self) -> None:
        self.wall, self.passed = TEN, 0
        self.clock = self.new_clock()

    def new_clock(self) -> EngineClock:
        """Return the clock of an engine that starts now."""
        return EngineClock(lambda: self.wall, lambda: self.passed)

    def beat(self, times: int = 1) -> None:
        """Let tenths of a second pass, with an engine that runs."""
        for _ in range(times):
            self.wall += SECOND // 10
            self.passed += SECOND // 10
            self.clock.follow()


class Rig:
    """A folder, a clock, and engines in them, one after another.

    machine_clock: what the next engines go by in place of the clock, if set.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.clock = Clock()
        self.machine_clock: EngineClock | None = None
        self.settings = BooksSettings(**settings)  # type: ignore[arg-type]
        self.segment_bytes = 64 * 1024
        self.snapshot_interval_ns = 366 * 24 * HOUR
        self.keep_ns: int | None = None

    @asynccontextmanager
    async def running(self, *, killed: bool = False) -> AsyncIterator[Engine]:
        """Yield an engine that takes blocks; its time passes only by `engine.tick()`.

        killed: at the end, nothing more is written anywhere.
        """
        engine = Engine(self.keeping(), self.new_books, self.machine_clock or self.clock)
        try:
            await engine.open()
        except BaseException:
            await engine.close()
            raise
        taking = asyncio.create_task(engine.intake.run())
        try:
            yield engine
        finally:
            engine.intake.close("the test is over")
            await taking
            if killed:
                engine.ready = False
            await engine.close()

    def new_books(self) -> Books:
        return Books(self.settings)

    def keeping(self) -> Keeping:
        return Keeping(
            folder=self.folder,
            segment_bytes=self.segment_bytes,
            snapshot_interval_ns=self.snapshot_interval_ns,
            keep_ns=self.keep_ns,
        )

    def replayed(self) -> Books:
        """Return books of the whole journal, with every row that it ever brought."""
        books = self.new_books()
        without = left_out(self.folder / "journal")
        for after, frame in cat(self.folder / "journal", None, no_gap):
            left = [one.number for one in without.of(after, frame.block)]
            apply_frame(books, frame.receive_time, frame.block, lambda *_: None, left)
        return books

    def history(self) -> list[PnlRow]:
        """Return all rows of the history's file, those of hours first."""
        history = History(self.folder / "history.sqlite")
        try:
            return stored_rows(history)
        finally:
            history.close()

    def drawn(self) -> dict[int, list[Point]]:
        """Return all points of the history's file, by the seconds of their step."""
        history = History(self.folder / "history.sqlite")
        try:
            found = {step_s: history.drawn(step_s, 0, ALWAYS) for step_s in KEPT_S}
        finally:
            history.close()
        return {step_s: points for step_s, points in found.items() if points}

    def lose_history(self) -> None:
        for path in self.folder.glob("history.sqlite*"):
            path.unlink()

    def snapshots(self) -> list[Path]:
        """Return the files of the snapshots, newest first."""
        return sorted((self.folder / "snapshots").glob("*.snapshot"), reverse=True)


def stored_rows(history: History) -> list[PnlRow]:
    return [*history.query("hour", 0, ALWAYS), *history.query("day", 0, ALWAYS)]


def rows_of(books: Books) -> list[PnlRow]:
    """Return what the rows waiting in the books come to, as a history would have them.

    The books must have been replayed from empty: then a row is never replaced.
    """
    found: list[PnlRow] = []
    for period in ("hour", "day"):
        closed = [row for row in books.closing.closed if row.period == period]
        late = [(row, True) for row in books.closing.late if row.period == period]
        found += merge(closed, late)
    return found


def state(books: Books, now: int) -> bytes:
    """Return all that the books are at `now`, but for rows on their way to the history."""
    books.begin(now)
    books.closing.closed.clear()
    books.closing.late.clear()
    books.timeline.forget()
    return dump(books)


def fill(number: int, time: int, **fields: object) -> event.Fill:
    values: dict[str, object] = {
        "event_time": time,
        "account": "A1",
        "strategy": "mm",
        "venue": "XNAS",
        "symbol": "AAPL",
        "side": "buy",
        "quantity": "10",
        "price": "100",
        "exec_id": f"E{number}",
        "fee": "0.5",
    }
    return event.Fill(**(values | fields))  # type: ignore[arg-type]


def mark(time: int, price: str) -> event.Mark:
    return event.Mark(event_time=time, venue="XNAS", symbol="AAPL", price=price)


def block(*events: event.Event | bytes) -> bytes:
    """Return events, or lines as they are, as a block."""
    lines = (e if isinstance(e, bytes) else msgspec.json.encode(e) for e in events)
    return b"".join(line + b"\n" for line in lines)


async def submit(engine: Engine, *events: event.Event | bytes) -> Receipt:
    return await engine.intake.submit(block(*events), way="test")


class FlakyHistory(History):
    """A history that can't be opened or written while somebody else has it."""

    locked = False

    def __init__(self, path: Path) -> None:
        self._refuse()
        super().__init__(path)

    def write(self, *group: object) -> None:
        self._refuse()
        super().write(*group)  # type: ignore[arg-type]

    def _refuse(self) -> None:
        if FlakyHistory.locked:
            raise HistoryUnavailable("the P&L history: database is locked")


@contextmanager
def flaky_history() -> Iterator[type[FlakyHistory]]:
    """Give engines a history that fails while its `locked` is set."""
    with patch("deskwatch.engine.history.History", FlakyHistory):
        try:
            yield FlakyHistory
        finally:
            FlakyHistory.locked = False


def exact(rows: list[PnlRow]) -> list[tuple[object, ...]]:
    """Return rows in order with their amounts as numbers, so that "2.0" is "2"."""
    amounts = ("realized", "fees", "funding", "unrealized_change")

    def values(row: PnlRow) -> tuple[object, ...]:
        named = msgspec.structs.asdict(row)
        for name in amounts:
            named[name] = None if named[name] is None else Fraction(named[name])
        return tuple(named.values())

    return [values(row) for row in rows]
