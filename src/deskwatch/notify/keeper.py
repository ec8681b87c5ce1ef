"""The one thread that touches the store, so that a slow disk never stops the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from deskwatch.notify.store import Store

log = structlog.get_logger()

T = TypeVar("T")


class Keeper:
    """Runs work on the store, each piece in one transaction, one after another.

    on_reload is called, in that thread, when the store was opened, or has gone back to what it last
    held: whoever keeps a part of it in memory reads it again there.
    """

    def __init__(self, store: Store) -> None:
        self.on_reload: list[Callable[[], None]] = []
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="notify")
        self._closed = False

    @property
    def trouble(self) -> str | None:
        """Why nothing is kept on disk; None while it is."""
        return self._store.trouble

    async def open(self) -> None:
        """Open the store's file, before any work is run."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    def _open(self) -> None:
        self._store.open()
        if self._store.trouble is not None:
            log.error("notify_store_unavailable", why=self._store.trouble)
        if self._store.moved_aside is not None:
            log.error("notify_store_damaged", moved_to=str(self._store.moved_aside))
        self._reload()

    def _reload(self) -> None:
        for reload in self.on_reload:
            reload()

    async def run(self, work: Callable[[Store], T], *, flushed: bool = True) -> T:
        """Return what `work` returns; it may run twice, the first time without effect.

        flushed: see `Store.transaction`.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._run, work, flushed)

    def _run(self, work: Callable[[Store], T], flushed: bool) -> T:
        try:
            with self._store.transaction(flushed=flushed):
                return work(self._store)
        except sqlite3.Error as error:
            if self._store.trouble is not None:
                raise
            self._retreat(str(error))
        with self._store.transaction(flushed=flushed):
            return work(self._store)

    def _retreat(self, why: str) -> None:
        log.error("notify_store_unavailable", why=why)
        self._store.retreat(why)
        self._reload()

    async def mend(self) -> None:
        """Try to keep things on disk again, if that had failed or the file was removed."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._mend)

    def _mend(self) -> None:
        if self._store.is_gone():
            self._retreat("the file was removed")
        if self._store.trouble is None:
            return
        unread = self._store.unread
        if self._store.come_back():
            log.info("notify_store_available")
            if unread:
                self._reload()

    async def close(self) -> None:
        """Finish what is under way and close the file; once that is done, do nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()
