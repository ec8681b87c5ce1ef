"""JSON lines from files that grow, and from standard input.

A file is followed as `tail -F` does: through a rename with a new file in its place, through being
truncated, and over restarts of deskwatch. Only whole lines are taken.
"""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Literal

import msgspec
import structlog
from msgspec import Struct

from deskwatch.core.receipt import Receipt, Submit
from deskwatch.ingest.block import (
    MAX_BLOCK_BYTES,
    MAX_LINE_BYTES,
    NOTHING,
    LineCutter,
    Sleep,
    combine,
    deliver,
)

#: Files are told apart by this much of their beginning, besides the inode, which gets reused.
HEAD_BYTES: Final = 1024

#: While catching up, the position is kept this often; a crash reads at most this much again.
KEEP_EVERY_BYTES: Final = 16 * MAX_BLOCK_BYTES

#: How often a file is looked at when nothing says that it changed (NFS, some containers).
POLL_S: Final = 2.0

log = structlog.get_logger()


class Position(Struct, frozen=True):
    """How far a file was read: what lies before `offset` is in the journal.

    head: the SHA-256 of the file's first `head_bytes` bytes.
    """

    device: int
    inode: int
    offset: int
    head_bytes: int
    head: str


class PositionStore:
    """The positions of all followed files, in one small JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._positions: dict[str, Position] = {}
        self._failing = False
        self._lock = asyncio.Lock()
        with suppress(FileNotFoundError):
            try:
                self._positions = msgspec.json.decode(path.read_bytes(), type=dict[str, Position])
            except msgspec.DecodeError as error:
                # The files are read from their start again: duplicates change nothing.
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
                await asyncio.to_thread(_write_atomically, self._path, encoded)
            except OSError as error:
                if not self._failing:
                    log.warning("positions_not_kept", path=str(self._path), error=str(error))
                self._failing = True
            else:
                self._failing = False


class _OpenFile:
    """A file that is being read, and what of it is not handed on yet."""

    def __init__(self, path: Path, max_line_bytes: int, offset: int = 0) -> None:
        """Raise OSError when it can't be opened."""
        self._file: BinaryIO = path.open("rb", buffering=0)
        self.read_bytes = offset
        self.cutter = LineCutter(max_line_bytes)
        #: Where the last whole line ended when `position` was last asked.
        self.last: Position | None = None

    def close(self) -> None:
        self._file.close()

    def identity(self) -> tuple[int, int]:
        return _identity(os.fstat(self._file.fileno()))

    def read(self) -> bytes:
        data = os.pread(self._file.fileno(), MAX_BLOCK_BYTES, self.read_bytes)
        self.read_bytes += len(data)
        return data

    def position(self) -> Position | None:
        """Return the position after the last whole line; None inside a line that is skipped."""
        unfinished = self.cutter.unfinished_bytes
        if unfinished is None:
            return None
        offset = self.read_bytes - unfinished
        head_bytes = min(offset, HEAD_BYTES)
        device, inode = self.identity()
        self.last = Position(device, inode, offset, head_bytes, self._head(head_bytes))
        return self.last

    def holds(self, position: Position) -> bool:
        """Whether this file begins as the one that was read up to `position`."""
        size = os.fstat(self._file.fileno()).st_size
        return size >= position.offset and self._head(position.head_bytes) == position.head

    def was_rewritten(self) -> bool:
        """Whether the file was truncated since it was read, even if it has grown again."""
        if os.fstat(self._file.fileno()).st_size < self.read_bytes:
            return True
        return self.last is not None and not self.holds(self.last)

    def end_of_lines(self, max_line_bytes: int) -> int:
        """Return where the last whole line ends."""
        size = os.fstat(self._file.fileno()).st_size
        begin = max(0, size - max_line_bytes)
        tail = os.pread(self._file.fileno(), size - begin, begin)
        newline = tail.rfind(b"\n")
        return begin + newline + 1 if newline >= 0 or begin == 0 else size

    def _head(self, length: int) -> str:
        return hashlib.sha256(os.pread(self._file.fileno(), length, 0)).hexdigest()


async def watch(directory: Path) -> AsyncIterator[None]:
    """Yield when something in `directory` changed, and every POLL_S in any case."""
    while True:
        with suppress(ImportError, OSError, RuntimeError):
            # Imported here: nobody who follows no file should wait for it.
            from watchfiles import awatch  # noqa: PLC0415

            async for _ in awatch(
                directory,
                watch_filter=None,
                debounce=100,
                step=20,
                rust_timeout=int(POLL_S * 1000),
                yield_on_timeout=True,
                recursive=False,
            ):
                yield
        # The directory is not there, or the system has no watches left.
        await asyncio.sleep(POLL_S)
        yield


class FileTail:
    """Follows one file and hands its lines to `submit`.

    path: made absolute; it may not exist yet. start: where a file that was never read begins, if it
    is there when we start; one that comes later is read from its beginning.
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
    ) -> None:
        self.path = path.absolute()
        self._submit = submit
        self._positions = positions
        self._start_at_end = start == "end"
        self._max_line_bytes = max_line_bytes
        self._sleep = sleep
        self._open: _OpenFile | None = None
        self._failing = False

    async def run(self, changes: Callable[[Path], AsyncIterator[None]] = watch) -> None:
        """Follow the file until cancelled.

        changes: wakes us when something in a directory may have changed.
        """
        changed = asyncio.Event()

        async def listen() -> None:
            async for _ in changes(self.path.parent):
                changed.set()

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(listen())
                # It listens before we look for the first time, so that nothing falls in between.
                await asyncio.sleep(0)
                while True:
                    changed.clear()
                    await self._look()
                    await changed.wait()
        finally:
            self.close()

    async def catch_up(self) -> Receipt:
        """Hand on every whole line that is there now; return their receipt. Raises OSError."""
        receipt = NOTHING
        if self._open is None:
            self._open = await asyncio.to_thread(self._begin)
        while self._open is not None:
            rewritten = await asyncio.to_thread(self._open.was_rewritten)
            if not rewritten:
                receipt = combine(receipt, await self._drain(self._open))
            following = await asyncio.to_thread(self._following, self._open)
            if following is None:
                break
            # What the writer put into the old file before it moved on to the new one.
            if not rewritten:
                receipt = combine(receipt, await self._drain(self._open))
            self._open.cutter.finish()
            receipt = combine(receipt, await self._deliver(self._open))
            self._open.close()
            self._open = following
        return receipt

    def close(self) -> None:
        """Let go of the file; its position is kept already."""
        if self._open is not None:
            self._open.close()
            self._open = None

    async def _look(self) -> None:
        try:
            await self.catch_up()
        except OSError as error:
            if not self._failing:
                log.warning("file_unreadable", path=str(self.path), error=str(error))
            self._failing = True
        else:
            self._failing = False

    def _begin(self) -> _OpenFile | None:
        """Return the file to read first, where it was left; None when there is none yet."""
        start_at_end, self._start_at_end = self._start_at_end, False
        try:
            opened = _OpenFile(self.path, self._max_line_bytes)
        except FileNotFoundError:
            return None
        known = self._positions.get(self.path)
        if known is None:
            if start_at_end:
                opened.read_bytes = opened.end_of_lines(self._max_line_bytes)
            return opened
        if opened.identity() == (known.device, known.inode):
            if opened.holds(known):
                opened.read_bytes = known.offset
            return opened
        opened.close()
        # It was renamed while we were away: what was added before that comes first.
        return self._renamed(known) or _OpenFile(self.path, self._max_line_bytes)

    def _renamed(self, known: Position) -> _OpenFile | None:
        """Return the file that was read up to `known`, under the name that it has now."""
        with os.scandir(self.path.parent) as entries:
            names = [Path(entry.path) for entry in entries if entry.inode() == known.inode]
        for name in names:
            opened = _OpenFile(name, self._max_line_bytes, known.offset)
            if opened.identity() == (known.device, known.inode) and opened.holds(known):
                return opened
            opened.close()
        return None

    def _following(self, current: _OpenFile) -> _OpenFile | None:
        """Return the file that takes the place of `current`, or None while that is still it."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        if _identity(status) == current.identity():
            rewritten = current.was_rewritten()
            return _OpenFile(self.path, self._max_line_bytes) if rewritten else None
        # While the new file is empty its writer may still be writing to the old one.
        return _OpenFile(self.path, self._max_line_bytes) if status.st_size else None

    async def _drain(self, opened: _OpenFile) -> Receipt:
        """Hand on all whole lines of a file; keep the position after each receipt of many."""
        receipt = NOTHING
        unkept = 0
        while data := await asyncio.to_thread(opened.read):
            opened.cutter.feed(data)
            receipt = combine(receipt, await self._deliver(opened))
            unkept += len(data)
            if unkept >= KEEP_EVERY_BYTES:
                await self._keep(opened)
                unkept = 0
        if unkept:
            await self._keep(opened)
        return receipt

    async def _deliver(self, opened: _OpenFile) -> Receipt:
        receipt = NOTHING
        while (block := opened.cutter.take()) is not None:
            answer = await deliver(self._submit, block, way="file", sleep=self._sleep)
            receipt = combine(receipt, answer)
        return receipt

    async def _keep(self, opened: _OpenFile) -> None:
        position = await asyncio.to_thread(opened.position)
        if position is not None:
            await self._positions.put(self.path, position)


async def read_stdin(
    submit: Submit,
    *,
    descriptor: int = 0,
    max_line_bytes: int = MAX_LINE_BYTES,
    sleep: Sleep = asyncio.sleep,
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
            answer = await deliver(submit, block, way="stdin", sleep=sleep)
            receipt = combine(receipt, answer)
    return receipt


async def _read(descriptor: int) -> bytes:
    """Return the next bytes, empty at the end.

    A thread of its own: an event loop can't wait for a regular file, and a pool's thread that waits
    for a terminal would keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[bytes] = loop.create_future()

    def resolve(data: bytes, error: OSError | None) -> None:
        if arrived.done():
            return
        if error is None:
            arrived.set_result(data)
        else:
            arrived.set_exception(error)

    def read() -> None:
        data, failed = b"", None
        try:
            data = os.read(descriptor, MAX_BLOCK_BYTES)
        except OSError as error:
            failed = error
        with suppress(RuntimeError):  # the loop was closed while we waited
            loop.call_soon_threadsafe(resolve, data, failed)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    return await arrived


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _write_atomically(path: Path, data: bytes) -> None:
    """Replace the file at `path`: after a crash it holds the old text or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
