"""One desk's engine: what is acknowledged is in the journal, what is in the journal is booked."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from deskwatch.core.books import Books
from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.receipt import IntakeUnavailable
from deskwatch.core.watch import Watch
from deskwatch.engine.clock import EngineClock
from deskwatch.engine.history import EngineHistory
from deskwatch.engine.restore import LOSS_TOLD_NS, Loss, Restored, restore, snapshot_payload
from deskwatch.ingest.intake import Intake
from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import Frame
from deskwatch.journal.history import HistoryUnavailable
from deskwatch.journal.journal import Journal, Stored
from deskwatch.journal.lock import FolderLock, lock_folder
from deskwatch.journal.segment import Cursor, JournalUnavailable
from deskwatch.journal.snapshot import SnapshotStore

log = structlog.get_logger()

#: How often time passes in the books without an event, and rows go to the history.
TICK_S: Final = 1.0

#: Ticks come this long before the books' seconds end: the lines that were booked on are valued
#: then, a few at a time, so that few are left for the end of the second, which values all at once.
AHEAD_S: Final = 0.1

#: A disk that has not taken a group for so long may not take it at all: it counts as one that
#: can't. JournalFailing waits for three seconds more, and five are all there is.
HANGS_NS: Final = 2 * SECOND

#: A blank line, as long as a large block: the last few bytes of a full disk are no room.
TRIAL: Final = b" " * (64 * 1024 - 1) + b"\n"

#: Lines whose figures are brought up to date before others get a turn on the loop: about 0.5 ms.
LINES_A_TURN: Final = 100


class Keeping(Struct, frozen=True, kw_only=True):
    """Where and how events are kept. keep_ns: how long at least; None is for ever."""

    folder: Path
    segment_bytes: int
    snapshot_interval_ns: int
    keep_ns: int | None = None


class RestoreAbandoned(Exception):
    """The engine was stopped while it was still restoring; nothing was changed."""


class Engine:
    """Restores the books, then takes blocks through `intake` until it is stopped.

    ready: whether the books are whole. trouble: why the journal can't keep events, else None.
    """

    def __init__(
        self, keeping: Keeping, new_books: Callable[[], Books], clock: Callable[[], int]
    ) -> None:
        self._new_books = new_books
        self.clock = clock
        if isinstance(clock, EngineClock):
            clock.woke = self._woke
        self.started_at = clock()
        self.commit_seconds = Histogram()
        self.books = new_books()
        self.ready = False
        #: Called with how long (ns) nobody listened or looked, after the machine or we slept.
        self.slept: Callable[[int], None] = _nobody_looks
        self.replayed_frames = 0
        self._abandoned = False
        self.loss = Loss()
        self.left_out_events = 0
        self.history = EngineHistory(keeping.folder / "history.sqlite")
        self.intake = Intake(self._commit, clock)
        self._keeping = keeping
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._snapshots = SnapshotStore(keeping.folder / "snapshots")
        self._lock: FolderLock | None = None
        self._journal: Journal | None = None
        self._committing_since: int | None = None
        self._cursor: Cursor | None = None
        self._snapshot_cursor: Cursor | None = None
        self.snapshot_trouble: str | None = None
        self._snapshot_time = 0
        self.stored = Stored(0, 0, 0)
        self._unmeasured: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why the journal can't keep events; None while it can."""
        since = self._committing_since
        if since is not None and (waited := self.clock() - since) >= HANGS_NS:
            return f"its disk has not answered for {waited // SECOND} s"
        return None if self._journal is None else self._journal.trouble

    def claim(self) -> FolderLock:
        """Lock the journal, so that no other deskwatch has this folder; `close` lets go of it.

        Raises JournalLocked, JournalUnavailable.
        """
        self._lock = lock_folder(Disk(), self._keeping.folder / "journal")
        return self._lock

    async def open(self) -> None:
        """Lock the journal, unless it is claimed, and restore the books; then blocks are taken.

        Raises JournalLocked, JournalUnavailable.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._restore)
        if isinstance(self.clock, EngineClock):
            self.clock.not_before(self.books.now)
        self.books.watch = Watch(since=self.clock(), until=self.books.now)
        self.intake.open(self.books)
        self.ready = True
        log.info("engine_ready", frames=self.replayed_frames, lines=len(self.books.lines))

    def was_awake(self, watch: Watch) -> None:
        """Take notice of until when the run before took events, whether any came or not."""
        ours = self.books.watch
        self.books.watch = ours._replace(until=max(watch.until, ours.until), before=watch.before)

    def _woke(self, until: int, since: int) -> None:
        """Take notice that nobody listened in between: what was to come is waited for anew."""
        if self.ready:
            log.warning("slept", seconds=(since - until) / SECOND)
            self.books.watch = self.books.watch.followed(until, since)
            self.slept(since - until)

    def _restore(self) -> None:
        keeping = self._keeping
        lock = self._lock or self.claim()
        self.history.open()
        known = [self.history.cursor, *self._snapshots.cursors()]
        self._journal = Journal.open(
            keeping.folder / "journal",
            segment_bytes=keeping.segment_bytes,
            commit_seconds=self.commit_seconds.observe,
            beyond=max((cursor for cursor in known if cursor is not None), default=None),
            lock=lock,
        )
        for recovery in self._journal.recoveries:
            log.error("journal_recovered", what=str(recovery))
        if self._journal.trouble is not None:
            log.error("journal_unavailable", why=self._journal.trouble)
        self._tell_left_out(self._journal)
        try:
            restored = self._restored(self._journal)
        except HistoryUnavailable as unavailable:
            self.history.give_up(unavailable)
            restored = self._restored(self._journal)
        self.books = restored.books
        now = self.clock()
        found = Loss(restored.gaps, restored.lost_bytes, now if restored.gaps else 0)
        self.loss = found.and_before(restored.before, now)
        self._cursor = restored.cursor
        self.history.cursor = restored.history
        if not restored.frames:
            self._snapshot_cursor = restored.cursor
        self.stored = self._journal.stored()

    def _tell_left_out(self, journal: Journal) -> None:
        """Say what the books go without, and count what they do since less than a day ago."""
        for one in journal.left_out().events:
            log.warning("event_left_out", place=one.place, line=one.event, why=one.why)
            self.left_out_events += age_ns(one.left_out_at, self.clock()) <= LOSS_TOLD_NS

    def _restored(self, journal: Journal) -> Restored:
        file = self.history.file
        return restore(self._new_books, journal, self._snapshots, file, self._progress)

    def _progress(self, frames: int) -> None:
        self.replayed_frames = frames
        if self._abandoned:
            raise RestoreAbandoned

    def abandon(self) -> None:
        """Give up restoring; `open` then raises RestoreAbandoned at the next frame."""
        self._abandoned = True

    async def run(self) -> None:
        """Take blocks and let time pass until the intake is closed and what waited is booked.

        Whatever is raised comes from a bug of ours; the books may then hold half a block, and
        `close` puts none of them away.
        """
        taking = asyncio.create_task(self.intake.run(), name="deskwatch-intake")
        ticking = asyncio.create_task(self._tick_until(taking), name="deskwatch-tick")
        try:
            await asyncio.gather(taking, ticking)
        except BaseException:
            self.ready = False
            raise
        finally:
            ticking.cancel()
            taking.cancel()
            await asyncio.gather(ticking, taking, return_exceptions=True)

    async def _tick_until(self, taking: asyncio.Task[None]) -> None:
        """Tick until blocks are no longer taken; a tick that has begun is finished."""
        while not taking.done():
            await self.tick()
            await asyncio.wait((taking,), timeout=self._pause_s())
            await self.catch_up()

    def _pause_s(self) -> float:
        """Return how long it is until the next tick, AHEAD_S before a second of the clock ends."""
        return TICK_S - (self.clock() / SECOND + AHEAD_S) % TICK_S

    async def close(self) -> None:
        """Put the books away and let go of the files. Call it when `run` has ended."""
        if self.ready:
            self.ready = False
            await self._write_history()
            await self._snapshot()
        if self._journal is not None:
            self._journal.close()
        elif self._lock is not None:
            self._lock.release()
        self.history.close()
        self._writer.shutdown()

    async def _commit(self, frames: Sequence[tuple[int, bytes]]) -> None:
        assert self._journal is not None
        loop = asyncio.get_running_loop()
        group = [Frame(*frame) for frame in frames]
        failed_before = self.trouble is not None
        self._committing_since = self.clock()
        try:
            self._cursor = await loop.run_in_executor(self._writer, self._journal.append, group)
        except JournalUnavailable as unavailable:
            if not failed_before:
                log.error("journal_unavailable", why=str(unavailable))
            raise IntakeUnavailable(str(unavailable), retry_after_s=5) from unavailable
        finally:
            self._committing_since = None
        if failed_before:
            log.info("journal_available")

    async def tick(self) -> None:
        """Let time pass in the books, and see to the history, the snapshots and the segments."""
        async with self.intake.boundary:
            self.books.begin(self.clock())
            if self.trouble is not None:
                await self._try_journal()
        await self._write_history()
        if self.clock() - self._snapshot_time > self._keeping.snapshot_interval_ns:
            await self._snapshot()
            await asyncio.to_thread(self._upkeep)
        await asyncio.to_thread(self._measure)

    async def catch_up(self) -> None:
        """Bring the figures up to date, some lines at a time; blocks are taken in between.

        Gives up when as many lines change as are valued: what is left comes in one go, when
        somebody reads. Exposure follows where it is about to be drawn.
        """
        await self._in_turns(self.books.advance)
        if self.books.timeline.draws_exposure(self.clock()):
            await self._in_turns(self.books.exposures.advance)

    async def _in_turns(self, advance: Callable[[int, int], int]) -> None:
        left = advance(self.clock(), LINES_A_TURN)
        while left:
            await asyncio.sleep(0)
            before, left = left, advance(self.clock(), LINES_A_TURN)
            if left >= before:
                return

    async def _try_journal(self) -> None:
        """Append a frame that holds no event: whoever waits until we are ready sends no other."""
        with contextlib.suppress(IntakeUnavailable):
            await self._commit([(self.books.now, TRIAL)])

    async def _write_history(self) -> None:
        """Hand closed and late rows, and points, to the history.

        Blocks are taken meanwhile: a locked file keeps nobody waiting.
        """
        async with self.history.handover:
            async with self.intake.boundary:
                found = self.history.waiting(self.books, self._cursor)
            if found is not None:
                await self.history.write(found, self.books)

    async def _snapshot(self) -> None:
        """Put the books away.

        Not while there is no history: a snapshot must say which of its rows the history has.
        """
        self._snapshot_time = self.clock()
        async with self.intake.boundary:
            cursor = self._cursor
            if self.history.file is None or cursor is None or cursor == self._snapshot_cursor:
                return
            payload = snapshot_payload(self.books, self.history.cursor, self.loss)
        try:
            await asyncio.to_thread(self._snapshots.save, cursor, payload)
        except JournalUnavailable as unavailable:
            self.snapshot_trouble = str(unavailable)
            log.error("snapshot_failed", why=self.snapshot_trouble)
        else:
            self.snapshot_trouble = None
            self._snapshot_cursor = cursor

    def _measure(self) -> None:
        assert self._journal is not None
        try:
            self.stored = self._journal.stored()
        except JournalUnavailable as unavailable:
            if self._unmeasured != str(unavailable):
                log.warning("journal_not_measured", why=str(unavailable))
            self._unmeasured = str(unavailable)
        else:
            self._unmeasured = None

    def _upkeep(self) -> None:
        """Remove segments that a snapshot covers and nobody must keep; compress finished ones.

        In this order: on a full disk there is no room for what is compressed.
        """
        assert self._journal is not None
        for work in (self._remove_old, self._journal.seal_finished):
            try:
                work()
            except JournalUnavailable as unavailable:
                log.error("journal_upkeep_failed", why=str(unavailable))

    def _remove_old(self) -> None:
        assert self._journal is not None
        # Before the oldest snapshot, so that the older one is of use when the newer is not.
        cursors = self._snapshots.cursors()
        if self._keeping.keep_ns is not None and cursors:
            self._journal.remove_old(min(cursors), self.clock() - self._keeping.keep_ns)


def _nobody_looks(_asleep: int) -> None:
    """Take no notice of a sleep."""
