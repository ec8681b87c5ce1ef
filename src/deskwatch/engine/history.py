"""An engine's history: what the books have for it goes there, each row once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from deskwatch.core.books import Books
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.timeline import Point
from deskwatch.journal.history import History, HistoryUnavailable
from deskwatch.journal.segment import Cursor
from deskwatch.web.desks.figures import FiguresUnavailable

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Waiting(NamedTuple):
    """What the books had for the history when they stood at `cursor`.

    points: by the seconds of their step.
    """

    cursor: Cursor
    closed: Sequence[PnlRow]
    late: Sequence[PnlRow]
    points: Mapping[int, list[Point]]


class EngineHistory:
    """Hands rows and points from the books to the history's file.

    file: None before `open`, and where it can't be used. trouble: why it took nothing last, else
    None. cursor: how far it is. handover: held while rows are on their way from the books to the
    file: who holds it finds each row in one of them.
    """

    def __init__(self, path: Path) -> None:
        self.file: History | None = None
        self.trouble: str | None = None
        self.cursor: Cursor | None = None
        self.handover = asyncio.Lock()
        self._path = path

    def open(self) -> None:
        """Open the file and see how far it is; where that fails, `trouble` says why."""
        try:
            self.file = History(self._path)
            if self.file.moved_aside is not None:
                log.error("history_damaged", moved_to=str(self.file.moved_aside))
            self.cursor = self.file.cursor()
        except HistoryUnavailable as unavailable:
            self._fails(unavailable)

    def give_up(self, unavailable: HistoryUnavailable) -> None:
        """Go without the file until the next start."""
        self._fails(unavailable)
        self.close()
        self.file = None

    async def ask(self, question: Callable[[History], Answer]) -> Answer:
        """Return what the file answers, asked in a thread. Raises FiguresUnavailable."""
        if self.file is None:
            raise FiguresUnavailable(f"no history: {self.trouble}")
        try:
            return await asyncio.to_thread(question, self.file)
        except HistoryUnavailable as unavailable:
            raise FiguresUnavailable(str(unavailable)) from unavailable

    def waiting(self, books: Books, cursor: Cursor | None) -> Waiting | None:
        """Return what `write` is to take of books that stand at `cursor`; None where nothing is.

        A cursor is written once. So rows that time alone brought wait for the next frame, which
        brings them again in a replay.
        """
        closing = books.closing
        if self.file is None:
            # Nobody can ask for rows, and they are many; the next start finds them again.
            closing.closed.clear()
            closing.late.clear()
            return None
        if cursor is None or (self.cursor is not None and cursor <= self.cursor):
            return None
        found = Waiting(cursor, [*closing.closed], [*closing.late], books.timeline.waiting())
        return found if found.closed or found.late or found.points else None

    async def write(self, found: Waiting, books: Books) -> None:
        """Keep what waits, and take it out of the books; call it with `handover` held.

        Where that fails it stays with them, and `trouble` says why.
        """
        assert self.file is not None
        try:
            await asyncio.to_thread(self.file.write, *found)
        except HistoryUnavailable as unavailable:
            self._fails(unavailable)
            return
        self.trouble = None
        self.cursor = found.cursor
        del books.closing.closed[: len(found.closed)]
        del books.closing.late[: len(found.late)]
        books.timeline.taken(found.points)

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()

    def _fails(self, unavailable: HistoryUnavailable) -> None:
        if self.trouble is None:
            log.error("history_unavailable", why=str(unavailable))
        self.trouble = str(unavailable)
