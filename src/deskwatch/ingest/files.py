"""JSON lines from files that grow, and from standard input.

A file is followed as `tail -F` does: through a rename with a new file in its place, through being
truncated, and over restarts of deskwatch. A renamed file is read on while it grows. Only whole
lines are taken.
"""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from deskwatch.core.receipt import NOTHING, Receipt, Submit
from deskwatch.ingest.block import (
    MAX_BLOCK_BYTES,
    MAX_LINE_BYTES,
    LineCutter,
    Sleep,
    combine,
    deliver,
)
from deskwatch.own_thread import in_own_thread
from deskwatch.tail.open_file import HANGS_S, OpenFile, Position
from deskwatch.tail.rotation import QUIET_S, Rotation
from deskwatch.tail.watch import Changes, listening, watch
from deskwatch.whole_file import replace_file

#: While catching up, the position is kept this often; a crash reads at most this much again.
KEEP_EVERY_BYTES: Final = 16 * MAX_BLOCK_BYTES

Answer = TypeVar("Answer")

log = structlog.get_logger()


class PositionStore:
    """The positions of all followed files, in one small JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._positions: dict[str, Position] = {}
        self._failing = False
        self._lock = asyncio.Lock()
        try:
            self._positions = msgspec.json.decode(path.read_bytes(), type=dict[str, Position])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            # The files are read as if for the first time: duplicates change nothing.
            log.warning("positions_unreadable", path=str(path), error=str(error))

    def get(self, followed: Path) -> Position | None:
        """Return how far `followed` was read, or None when it never was."""
        return self._positions.get(str(followed))

    async def put(self, followed: Path, position: Position) -> None:
        """Keep a position. Where it can't be written it is logged; a restart then reads more."""
        async with self._lock:
            self._positions[str(followed)] = position
            encoded = msgspec.json.format(msgspec.json.encode(self._positions))
            try:
                await asyncio.to_thread(replace_file, self._path, encoded)
            except OSError as error:
                if not self._failing:
                    log.warning("positions_not_kept", path=str(self._path), error=str(error))
                self._failing = True
            else:
                self._failing = False


class _Source:
    """A file with the lines that are cut from it.

    end: after its last whole line; not inside a line that is skipped, which is too long.
    """

    def __init__(self, file: OpenFile, max_line_bytes: int) -> None:
        self.file = file
        self.cutter = LineCutter(max_line_bytes)
        self.end = file.offset

    def position(self) -> Position:
        """Return how far it was read."""
        return self.file.position(self.end)


class FileTail:
    """Follows one file and hands its lines to `submit`.

    path: made absolute; it may not exist yet. start: where a file that was never read begins, if it
    is there when we start; one that comes later is read from its beginning. clock: in seconds.
    """

    def __init__(
        self,
        path: Path,
        submit: Submit,
        positions: PositionStore,
        start: Literal["beginning", "end"] = "beginning",
        *,
        max_line_bytes: int = MAX_LINE_BYTES,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path.absolute()
        self._unread = False
        self._asked_at: float | None = None  # what the disk has yet to answer
        self._submit = submit
        self._positions = positions
        self._rotation = Rotation(
            self.path, start_at_end=start == "end", max_line_bytes=max_line_bytes
        )
        self._max_line_bytes = max_line_bytes
        self._sleep = sleep
        self._clock = clock
        self._current: _Source | None = None
        self._renamed: _Source | None = None
        self._quiet_since = 0.0  # of the renamed one
        self._failing = False

    @property
    def unread(self) -> bool:
        """Whether it was missing, or could not be read, when last looked at; or it hangs."""
        asked_at = self._asked_at
        return self._unread or (asked_at is not None and self._clock() - asked_at >= HANGS_S)

    async def run(self, changes: Changes = watch) -> None:
        """Follow the file until cancelled. changes: wakes us."""
        try:
            async with listening(self.path.parent, changes) as changed:
                while True:
                    changed.clear()
                    await self._look()
                    await changed.wait()
        finally:
            self.close()

    async def catch_up(self) -> Receipt:
        """Hand on every whole line that is there now; return their receipt. Raises OSError."""
        if self._current is None:
            await self._begin()
        receipt = NOTHING if self._renamed is None else await self._read_on(self._renamed)
        while (current := self._current) is not None:
            rewritten = await self._ask(current.file.was_rewritten)
            if not rewritten:
                receipt = combine(receipt, await self._drain(current))
            following = await self._ask(partial(self._rotation.following, current.file))
            if following is None:
                break
            if rewritten:
                receipt = combine(receipt, await self._finish(current))
            else:
                receipt = combine(receipt, await self._set_aside(current))
            self._current = self._source(following)
        return receipt

    def close(self) -> None:
        """Let go of the files; their position is kept already."""
        for source in filter(None, (self._current, self._renamed)):
            source.file.close()
        self._current = self._renamed = None

    async def _begin(self) -> None:
        known = self._positions.get(self.path)
        opened = await self._ask(partial(self._rotation.begin, known))
        if opened is None:
            return
        renamed = await self._ask(partial(self._rotation.renamed, known))
        self._current = self._source(opened)
        if renamed is not None:
            self._renamed, self._quiet_since = self._source(renamed), self._clock()

    def _source(self, opened: OpenFile) -> _Source:
        return _Source(opened, self._max_line_bytes)

    async def _set_aside(self, current: _Source) -> Receipt:
        """Read a file that was renamed beside the one in its place; let go of any older one."""
        receipt = NOTHING if self._renamed is None else await self._let_go(self._renamed)
        # What the writer put into the old file before it moved on to the new one.
        receipt = combine(receipt, await self._drain(current))
        self._renamed, self._quiet_since = current, self._clock()
        return receipt

    async def _read_on(self, renamed: _Source) -> Receipt:
        """Hand on what was added to a renamed file; let go of it after QUIET_S without."""
        before, now = renamed.file.offset, self._clock()
        try:
            receipt = await self._drain(renamed)
        except OSError as error:
            # The new one is not to wait for it.
            log.warning("file_unreadable", path=str(self.path), error=str(error))
            return await self._let_go(renamed)
        if renamed.file.offset > before:
            self._quiet_since = now
        elif now - self._quiet_since >= QUIET_S:
            receipt = await self._let_go(renamed)
            await self._keep()
        return receipt

    async def _let_go(self, renamed: _Source) -> Receipt:
        receipt = await self._finish(renamed)
        self._renamed = None
        return receipt

    async def _finish(self, source: _Source) -> Receipt:
        """Close a file of which nothing more comes: a last line without its newline counts."""
        source.cutter.finish()
        receipt = await self._deliver(source)
        source.file.close()
        return receipt

    async def _look(self) -> None:
        try:
            await self.catch_up()
        except OSError as error:
            if not self._failing:
                log.warning("file_unreadable", path=str(self.path), error=str(error))
            self._failing = True
        else:
            self._failing = False
        # Path.exists raises where a folder may not be entered.
        found = await self._ask(partial(os.path.exists, self.path))
        self._unread = self._failing or not found

    async def _drain(self, source: _Source) -> Receipt:
        """Hand on all whole lines of a file; keep the position after each receipt of many."""
        receipt = NOTHING
        unkept = 0
        while data := await self._ask(partial(source.file.read, MAX_BLOCK_BYTES)):
            source.cutter.feed(data)
            receipt = combine(receipt, await self._deliver(source))
            unkept += len(data)
            if unkept >= KEEP_EVERY_BYTES:
                await self._keep()
                unkept = 0
        if unkept:
            await self._keep()
        return receipt

    async def _deliver(self, source: _Source) -> Receipt:
        receipt = NOTHING
        while (block := source.cutter.take()) is not None:
            answer = await deliver(self._submit, block, way="file", sleep=self._sleep)
            receipt = combine(receipt, answer)
        unfinished = source.cutter.unfinished_bytes
        if unfinished is not None:
            source.end = source.file.offset - unfinished
        return receipt

    async def _keep(self) -> None:
        """Keep the position after the last whole line that was handed on, of both files."""
        await self._positions.put(self.path, await self._ask(self._position))

    async def _ask(self, work: Callable[[], Answer]) -> Answer:
        """Return what the disk says. While it hangs nothing else does: neither others nor we."""
        self._asked_at = self._clock()
        try:
            return await in_own_thread(work)
        finally:
            self._asked_at = None

    def _position(self) -> Position:
        assert self._current is not None, "what is kept was read"
        position = self._current.position()
        renamed = self._renamed
        return position if renamed is None else replace(position, renamed=renamed.position())


async def read_stdin(
    submit: Submit,
    *,
    descriptor: int = 0,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Receipt:
    """Hand on the lines of standard input until it ends; return the receipt for all of them."""
    cutter = LineCutter(max_line_bytes)
    receipt = NOTHING
    ended = False
    while not ended:
        data = await _read(descriptor)
        if data:
            cutter.feed(data)
        else:
            cutter.finish()
            ended = True
        while (block := cutter.take()) is not None:
            answer = await deliver(submit, block, way="stdin")
            receipt = combine(receipt, answer)
    return receipt


async def _read(descriptor: int) -> bytes:
    """Return the next bytes, empty at the end.

    A thread of its own: an event loop can't wait for a regular file, and a pool's thread that waits
    for a terminal would keep the process from ending.
    """
    return await in_own_thread(partial(os.read, descriptor, MAX_BLOCK_BYTES))
