"""The newest entries of all streams in the order in which they came, for whoever looks on."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, NamedTuple

from deskwatch.logs.search import Entry

#: What is held for those who are slow, or lost their connection for a while.
MAX_ENTRIES: Final = 5000
MAX_BYTES: Final = 4 * 1024 * 1024


class News(NamedTuple):
    """Entries in the order in which they came. skipped: how many came before and are gone."""

    entries: list[Entry]
    skipped: int
    last: int


class Recent:
    """A ring of entries. Who looks on holds the number of the last entry it had, and no more."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._changed = asyncio.Event()
        #: The number of the last entry, from 1.
        self.last = 0
        self.closed = False

    def close(self) -> None:
        """Let those go who look on."""
        self.closed = True
        self._wake()

    def add(self, entries: list[Entry]) -> None:
        """Take in entries, and let go of the oldest."""
        if not entries:
            return
        for entry in entries:
            self._entries.append(entry)
            self._bytes += len(entry.text)
        self.last += len(entries)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= len(self._entries.popleft().text)
        self._wake()

    def after(self, number: int) -> News:
        """Return what came after the entry of this number."""
        oldest = self.last - len(self._entries) + 1
        begin = max(number + 1, oldest)
        entries = [self._entries[place] for place in range(begin - oldest, len(self._entries))]
        return News(entries, begin - number - 1, self.last)

    async def changed(self, number: int, timeout_s: float) -> None:
        """Return once there are entries after this number, or after `timeout_s`."""
        if self.last > number or self.closed:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_s)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
