"""Keeps the logs: reads what is followed, stores it, finds it, and counts it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeVar

import structlog
from msgspec import Struct

from deskwatch.logs.level import LEVELS
from deskwatch.logs.line import MAX_LINE_BYTES, read_entries
from deskwatch.logs.own import OWN, UNKEPT, OwnLog
from deskwatch.logs.recent import Recent
from deskwatch.logs.search import Entry, Found, Key, Query, search
from deskwatch.logs.store import Bounds, LogStore
from deskwatch.logs.stream import Stream
from deskwatch.logs.tail import LogTail, Taken
from deskwatch.own_thread import in_own_thread
from deskwatch.tail.open_file import HANGS_S
from deskwatch.tail.rotation import Rotation
from deskwatch.tail.watch import Changes, listening, watch

#: Why there is nothing to read, where that is no trouble of the disk's.
MISSING: Final = "there is no such file"
HANGS: Final = "its disk does not answer"

#: How often our own lines are taken, and how often what is in memory alone is written.
OWN_S: Final = 0.25
SAVE_S: Final = 5.0

#: How often each file is asked how long it is.
MEASURE_S: Final = 1.0

#: How long a stop waits until what is in memory is written.
STOP_S: Final = 5.0

#: Between two attempts where the disk or a file is at fault.
RETRY_S: Final = 2.0

#: Searches that wait for each other; one more is refused.
MAX_SEARCHES: Final = 8

Answer = TypeVar("Answer")

log = structlog.get_logger(**UNKEPT)


class LogFile(Struct, frozen=True, kw_only=True):
    """A followed file. zone: of times that name none; None where they are not believed."""

    name: str
    path: Path
    service: str
    start: Literal["beginning", "end"] = "beginning"
    zone: str | None = None


class LogsUnavailable(Exception):
    """Nothing can be searched now; the text says why. busy: for there are too many who search."""

    def __init__(self, why: str, *, busy: bool = False) -> None:
        self.busy = busy
        super().__init__(why)


class Tally(Struct):
    """What was read since the start, by service; of the followed files alone but for `lines`."""

    lines: Counter[tuple[str, str]]
    entries: Counter[str]
    errors: Counter[str]
    tracebacks: Counter[str]
    cut: Counter[str]


class LogKeeper:
    """All of the embedded logs. clock: ns UTC. own: deskwatch's own lines, where they are kept."""

    def __init__(
        self,
        folder: Path,
        bounds: Bounds,
        files: Iterable[LogFile],
        clock: Callable[[], int],
        own: OwnLog | None = None,
        *,
        changes: Changes = watch,
    ) -> None:
        self.files = {one.name: one for one in files}
        self.recent = Recent()
        self.store = LogStore(folder, bounds)
        self.own = own
        #: Why nothing can be written; None where it can.
        self.trouble: str | None = None
        #: Why a followed file can't be read, by its name.
        self.unread: dict[str, str] = {}
        services = {one.service: 0 for one in self.files.values()}
        self.tally = Tally(
            Counter(), Counter(services), Counter(services), Counter(services), Counter(services)
        )
        self._clock = clock
        self._changes = changes
        self._tails: dict[str, LogTail] = {}
        self._behind: dict[str, int] = {}
        self._searches = 0
        self._ready = False
        self._writer = ThreadPoolExecutor(1, "deskwatch-logs")
        self._searcher = ThreadPoolExecutor(1, "deskwatch-log-search")

    async def run(self) -> None:
        """Follow the files until cancelled; `close` then writes what is in memory."""
        services = {name: one.service for name, one in self.files.items()}
        if self.own is not None:
            services[OWN] = OWN
        await self._write(lambda: self.store.open(services))
        self._tails = {
            name: LogTail(self.store.streams[name], _rotation(one), one.zone)
            for name, one in self.files.items()
        }
        self._ready = True
        async with asyncio.TaskGroup() as group:
            for name, tail in self._tails.items():
                group.create_task(self._follow(self.files[name], tail))
                group.create_task(self._measure(self.files[name], tail))
            if self.own is not None:
                group.create_task(self._take_own(self.own, self.store.streams[OWN]))
            group.create_task(self._upkeep())

    async def close(self) -> None:
        """Write what is in memory alone, if the disk takes it; then nothing more can be asked."""
        self.recent.close()
        if self._ready:
            self._ready = False
            try:
                async with asyncio.timeout(STOP_S):
                    if self.own is not None:
                        await self._append_own(self.own, self.store.streams[OWN])
                    await self._work(self.store.save)
            except OSError as error:  # a TimeoutError is one, and says nothing
                log.warning("log_store_failing", error=str(error) or HANGS)
            for tail in self._tails.values():
                tail.close()
        self._writer.shutdown(wait=False)
        self._searcher.shutdown()

    async def search(self, query: Query) -> Found:
        """Return what is found. Raises LogsUnavailable."""
        if not self._ready:
            raise LogsUnavailable(self.trouble or "the logs are being opened")
        if self._searches >= MAX_SEARCHES:
            raise LogsUnavailable("too many searches wait", busy=True)
        self._searches += 1
        try:
            streams = list(self.store.streams.values())
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._searcher, search, streams, query)
        except OSError as error:
            why = f"the logs can't be read: {error.strerror or error}"
            raise LogsUnavailable(why) from error
        finally:
            self._searches -= 1

    def behind_bytes(self, name: str) -> int | None:
        """Return how much of a followed file is not read yet; None where that isn't known."""
        tail = self._tails.get(name)
        return None if tail is None or tail.missing else self._behind.get(name)

    async def _follow(self, followed: LogFile, tail: LogTail) -> None:
        async with listening(followed.path.parent, self._changes) as changed:
            while True:
                changed.clear()
                await self._look(followed, tail)
                wait_s = tail.settles_in_s()
                if wait_s is not None and wait_s <= 0:
                    await self._settle(followed, tail)
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), wait_s)

    async def _measure(self, followed: LogFile, tail: LogTail) -> None:
        """Ask how far behind we are, beside who reads: that may be what hangs."""
        while True:
            measuring = asyncio.ensure_future(in_own_thread(lambda: tail.behind_bytes))
            try:
                await asyncio.wait({measuring}, timeout=HANGS_S)
                if not measuring.done():
                    self._behind.pop(followed.name, None)
                    self._say_unread(followed, HANGS)
                self._behind[followed.name] = await measuring
            finally:
                measuring.cancel()
            await asyncio.sleep(MEASURE_S)

    async def _look(self, followed: LogFile, tail: LogTail) -> None:
        """Take in all that is new."""
        try:
            while (taken := await self._work(tail.take, self._clock())) is not None:
                self._publish(followed, tail, taken)
                if tail.stream.full:
                    await self._write(tail.stream.close_chunk)
                if taken.moved:
                    await self._write(tail.stream.save)
        except OSError as error:
            tail.close()
            self._say_unread(followed, error.strerror or str(error))
        else:
            self._say_unread(followed, MISSING if tail.missing else None)

    async def _settle(self, followed: LogFile, tail: LogTail) -> None:
        """Take in the entry that waits."""
        try:
            self._publish(followed, tail, await self._work(tail.settle, self._clock()))
        except OSError as error:
            tail.close()
            self._say_unread(followed, error.strerror or str(error))

    def _say_unread(self, followed: LogFile, why: str | None) -> None:
        if why == self.unread.get(followed.name):
            return
        if why is None:
            del self.unread[followed.name]
            log.info("log_file_read", path=str(followed.path))
        else:
            self.unread[followed.name] = why
            log.warning("log_file_unread", path=str(followed.path), error=why)

    async def _take_own(self, own: OwnLog, stream: Stream) -> None:
        while True:
            await self._append_own(own, stream)
            if stream.full:
                await self._write(stream.close_chunk)
            await asyncio.sleep(OWN_S)

    async def _append_own(self, own: OwnLog, stream: Stream) -> None:
        lines = own.take()
        if not lines:
            return
        batch = await self._work(read_entries, lines, self._clock(), None)
        taken = Taken(batch, stream.next)
        await self._work(stream.append, batch, None)
        self._show(taken, stream)

    async def _upkeep(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            await self._write(self.store.save)
            await self._write(lambda: self.store.keep_bounds(self._clock()))

    def _publish(self, followed: LogFile, tail: LogTail, taken: Taken | None) -> None:
        """Count what is in its stream now, and show it to whoever looks on."""
        if taken is None or not taken.batch.texts:
            return
        service, batch = followed.service, taken.batch
        self.tally.entries[service] += len(batch.texts)
        self.tally.errors[service] += batch.errors
        self.tally.tracebacks[service] += batch.tracebacks
        self.tally.cut[service] += batch.cut
        self._show(taken, tail.stream)

    def _show(self, taken: Taken, stream: Stream) -> None:
        batch, service = taken.batch, stream.service
        for level, count in Counter(batch.levels).items():
            self.tally.lines[service, LEVELS[level]] += count
        entries = zip(batch.times, batch.levels, batch.texts, strict=True)
        self.recent.add(
            [
                Entry(Key(time, stream.name, number), service, level, text)
                for number, (time, level, text) in enumerate(entries, start=taken.first)
            ]
        )

    async def _write(self, write: Callable[[], None]) -> None:
        """Write until the disk takes it. Whoever waits for it reads nothing more meanwhile."""
        while True:
            try:
                await self._work(write)
            except OSError as error:
                why = error.strerror or str(error)
                if self.trouble != why:
                    log.warning("log_store_failing", error=why)
                self.trouble = why
                with suppress(OSError):
                    await self._work(self.store.make_room)
                await asyncio.sleep(RETRY_S)
            else:
                if self.trouble is not None:
                    log.info("log_store_writes_again")
                self.trouble = None
                return

    async def _work(self, work: Callable[..., Answer], *arguments: object) -> Answer:
        """Do what takes long in the one thread that writes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, work, *arguments)


def _rotation(followed: LogFile) -> Rotation:
    return Rotation(
        followed.path.absolute(),
        start_at_end=followed.start == "end",
        max_line_bytes=MAX_LINE_BYTES,
    )
