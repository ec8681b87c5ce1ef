"""Who works on the store, and who keeps what changed in its file: two threads.

A disk that is slow, or hangs, stops neither the event loop nor who must be told.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from deskwatch.notify.store import Change, Store
from deskwatch.notify.store_file import StoreFile

log = structlog.get_logger()

T = TypeVar("T")

#: A disk that takes longer hangs. A page has five seconds in all, and that the journal's disk hangs
#: is told after three or four of them.
_HANGS_S: Final = 1.0

#: All of it takes longer than what has just changed, on a disk that is slow. Nobody waits for that.
_HANGS_WITH_ALL_S: Final = 30.0

#: How often all is put into the file anew, where more has changed meanwhile.
_TRIES: Final = 3


class Keeper:
    """Runs work on the store, each piece in one transaction, one after another, and keeps it.

    on_reload is called, in the store's thread, when the store holds what the file held: whoever
    keeps a part of it in memory reads it again there. trouble: why what changes isn't in the file;
    from then on it is in memory alone, until `mend` has put all of it into the file again.
    """

    def __init__(self, store: Store, file: StoreFile | None) -> None:
        self.on_reload: list[Callable[[], None]] = []
        self.trouble: str | None = None
        self._store = store
        self._file = file
        self._work = ThreadPoolExecutor(1, thread_name_prefix="notify")
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="notify-file")
        #: Whether the file has, or is about to get, all that the store holds.
        self._follows = False
        #: Whether it was never taken up: it holds silences, and all that was told before the start.
        self._unread = file is not None
        #: How often anything has changed.
        self._changed = 0
        self._hanging: Future[Any] | None = None
        self._mending: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Take up what the file holds, before any work is run."""
        if self._file is None:
            return
        try:
            held = await asyncio.wrap_future(self._disk.submit(self._file.open))
        except (sqlite3.Error, OSError) as error:
            self._give_up(str(error))
            await self._at_work(self._reload)
        else:
            await self._at_work(partial(self._take_up, held))
        _tell_of_damage(self._file)

    async def run(self, work: Callable[[Store], T], *, flushed: bool = True) -> T:
        """Return what `work` returns, once the file has what it changed, or has failed or hung.

        flushed: see `StoreFile.write`.
        """
        result, kept = await self._at_work(lambda: self._run(work, flushed))
        if kept is not None:
            with suppress(TimeoutError):
                await self._answered(kept)
        return result

    def _run(self, work: Callable[[Store], T], flushed: bool) -> tuple[T, Future[None] | None]:
        with self._store.transaction() as changes:
            result = work(self._store)
        if not changes:
            return result, None
        self._changed += 1
        if not self._follows:
            return result, None
        # From here, and not from the loop: the file gets them in the order of the store.
        return result, self._disk.submit(self._write, changes, flushed)

    def _write(self, changes: list[Change], flushed: bool) -> None:
        assert self._file is not None, "without a file nothing follows"
        if not self._follows:
            return  # nor has it what came before
        try:
            self._file.write(changes, flushed=flushed)
        except sqlite3.Error as error:
            self._give_up(str(error))

    def _give_up(self, why: str) -> None:
        """Go on in memory: what happens from here on is lost if the process ends before `mend`."""
        if self.trouble is None:
            log.error("notify_store_unavailable", why=why)
        self._follows, self.trouble = False, why

    async def _at_work(self, call: Callable[[], T]) -> T:
        """Return what a call in the store's thread returns."""
        return await asyncio.get_running_loop().run_in_executor(self._work, call)

    async def _at_disk(self, call: Callable[[], T], patience_s: float | None = None) -> T:
        """Return what a call in the file's thread returns. Raises TimeoutError when that hangs."""
        return await self._answered(self._disk.submit(call), patience_s)

    async def _answered(self, asked: Future[T], patience_s: float | None = None) -> T:
        patience_s = _HANGS_S if patience_s is None else patience_s
        answer = asyncio.wrap_future(asked)
        answer.add_done_callback(_heard)
        await asyncio.wait({answer}, timeout=patience_s)
        if not asked.done():
            self._hanging = asked
            self._give_up(f"the disk has not answered for {patience_s:g} s")
            raise TimeoutError
        return asked.result()

    async def mend(self) -> None:
        """Try to keep things in the file again, if that had failed or the file was removed.

        Returns after a second at most; what takes longer goes on.
        """
        if self._mending is None or self._mending.done():
            self._mending = asyncio.create_task(self._mend(), name="notify-mend")
        await asyncio.wait({self._mending}, timeout=_HANGS_S)
        if self._mending.done():
            self._mending.result()

    async def _mend(self) -> None:
        if self._file is None or (self._hanging is not None and not self._hanging.done()):
            return
        with suppress(sqlite3.Error, OSError):
            if self.trouble is None and await self._at_disk(self._file.is_gone):
                self._give_up("the file was removed, or another put in its place")
            if self.trouble is not None:
                await self._come_back(self._file)

    async def _come_back(self, file: StoreFile) -> None:
        """Follow again. Raises sqlite3.Error, OSError.

        What is held in memory goes back into the file; what one that is unread holds comes first.
        """
        if self._unread:
            held = await self._at_disk(file.open, _HANGS_WITH_ALL_S)
            _tell_of_damage(file)
            await self._at_work(partial(self._add, held))
        for _ in range(_TRIES):
            copy, changed = await self._at_work(lambda: (self._store.copy(), self._changed))
            await self._at_disk(partial(_rewrite, file, copy), _HANGS_WITH_ALL_S)
            if await self._at_work(partial(self._follow, changed)):
                return

    def _follow(self, changed: int) -> bool:
        """Follow from here on, unless something has changed since; return whether it does."""
        if self._changed == changed:
            self._follows, self.trouble = True, None
            log.info("notify_store_available")
        return self._follows

    def _take_up(self, held: sqlite3.Connection) -> None:
        self._store.take_up(held)
        self._unread, self._follows = False, True
        self._reload()

    def _add(self, held: sqlite3.Connection) -> None:
        with closing(held), self._store.transaction():
            self._store.add(held)
            self._unread = False
            self._reload()

    def _reload(self) -> None:
        for reload in self.on_reload:
            reload()

    async def close(self) -> None:
        """Finish what is under way and close the file; once that is done, do nothing.

        What is in memory alone has one more try: nobody else would ever know of it.
        """
        if self._closed:
            return
        self._closed = True
        await self.mend()
        if self._mending is not None:
            self._mending.cancel()
        await self._at_work(self._store.close)
        self._work.shutdown()
        if self._file is not None:
            with suppress(TimeoutError):
                await self._at_disk(self._file.close)
        self._disk.shutdown(wait=False)


def _rewrite(file: StoreFile, copy: sqlite3.Connection) -> None:
    """Put all of a copy into the file, and close it.

    Here, in the file's thread: who closes what a disk that hangs still reads waits for that disk.
    """
    with closing(copy):
        file.rewrite(copy)


def _tell_of_damage(file: StoreFile) -> None:
    if file.moved_aside is not None:
        log.error("notify_store_damaged", moved_to=str(file.moved_aside))
    if file.left_out:
        log.error("notify_store_damaged", rows_left_out=file.left_out)


def _heard(answer: asyncio.Future[Any]) -> None:
    """Take note of an answer that nobody may wait for: asyncio logs one that fails as a bug."""
    if not answer.cancelled():
        answer.exception()
