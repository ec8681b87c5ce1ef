"""A stream: the entries of one followed file, or of deskwatch itself, on disk."""

import threading
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from deskwatch.logs.chunk import CHUNK_BYTES, Damaged, Head, OpenChunk, reopen
from deskwatch.logs.line import Batch
from deskwatch.logs.own import UNKEPT
from deskwatch.logs.segment import Segment, mark, numbers
from deskwatch.tail.open_file import Position

#: A segment is removed as a whole, so a stream loses so much of its oldest at a time.
SEGMENT_BYTES: Final = 4 * 1024 * 1024

#: The chunk that still grows, as it was saved last.
_OPEN: Final = "open"
_OPEN_STAGED: Final = "open.new"

log = structlog.get_logger(**UNKEPT)


class Kept(NamedTuple):
    """A chunk on disk."""

    path: Path
    offset: int
    head: Head


class Held(NamedTuple):
    """The chunk that still grows, as far as it had grown."""

    first: int
    times: list[int]
    levels: bytes
    texts: list[bytes]


class Stream:
    """One folder: segments of whole chunks, and the open chunk.

    The open chunk is saved beside them now and then. What a crash leaves unsaved is read again from
    the followed file, from the position that lies in the last frame: neither twice nor never.
    One thread may write while others take snapshots.
    """

    def __init__(self, folder: Path, service: str) -> None:
        """Open or create the folder. Raises OSError."""
        self.folder = folder
        self.service = service
        #: What a crash had left unfinished, and was read again.
        self.cut_bytes = 0
        #: What can't be read any more.
        self.damaged_bytes = 0
        self._damaged: set[tuple[Path, int]] = set()
        self._lock = threading.Lock()
        self._unsaved = False
        self._open_bytes = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments = self._scan()
        if not self._segments:
            self._segments = [Segment.create(folder, 1, mark(service, 0, None))]
        self._open = self._reopen()

    @property
    def name(self) -> str:
        """The stream's name, which is its folder's."""
        return self.folder.name

    @property
    def position(self) -> Position | None:
        """How far the followed file was read with what was appended."""
        return self._open.position

    @property
    def next(self) -> int:
        """The number that the next entry gets."""
        return self._open.first + len(self._open.texts)

    @property
    def stored_bytes(self) -> int:
        """How many bytes lie on disk."""
        return sum(segment.size for segment in self._segments) + self._open_bytes

    @property
    def empty(self) -> bool:
        """Whether it holds no entry."""
        return not self._open.texts and not any(one.chunks for one in self._segments)

    @property
    def full(self) -> bool:
        """Whether the open chunk has to be closed before more is appended."""
        return self._open.texts_bytes >= CHUNK_BYTES

    def append(self, batch: Batch, position: Position | None) -> None:
        """Take in what was read up to `position`; it is in memory, and found, at once."""
        with self._lock:
            self._open.append(batch, position)
            self._unsaved = True

    def close_chunk(self) -> None:
        """Write the open chunk as a whole one, and begin the next. Raises OSError."""
        chunk = self._open
        frame = chunk.encode(self.service)
        if self._segments[-1].size >= SEGMENT_BYTES:
            self._roll(chunk.first)
        with self._lock:
            self._segments[-1].append(frame)
            self._open = OpenChunk(chunk.first + len(chunk.texts), chunk.position)
            self._unsaved = False

    def save(self) -> None:
        """Write what the open chunk holds, if there is news. Raises OSError."""
        if not self._unsaved:
            return
        frame = self._open.encode(self.service)
        staged = self.folder / _OPEN_STAGED
        staged.write_bytes(frame)
        staged.replace(self.folder / _OPEN)
        self._open_bytes, self._unsaved = len(frame), False

    def expire(self, before_ns: int) -> None:
        """Remove segments whose entries are all older. Raises OSError."""
        if self._open.texts and max(self._open.times) < before_ns:
            self.close_chunk()
        while self._segments[0].latest < before_ns and len(self._segments) > 1:
            self._remove_oldest()
        alone = self._segments[0]
        if alone.chunks and alone.latest < before_ns:
            self._roll(self._open.first)
            self._remove_oldest()

    def shrink(self) -> bool:
        """Remove the oldest segment with entries; return whether there was one. Raises OSError."""
        if len(self._segments) == 1:
            if not self._segments[0].chunks:
                return False
            self._roll(self._open.first)
        self._remove_oldest()
        return True

    def snapshot(self, start_ns: int, end_ns: int) -> tuple[list[Kept], Held]:
        """Return the chunks on disk that may hold start_ns <= time < end_ns, and the open one."""
        with self._lock:
            kept = [
                Kept(segment.path, offset, head)
                for segment in self._segments
                if segment.latest >= start_ns and segment.earliest < end_ns
                for offset, head in segment.chunks
                if head.latest >= start_ns and head.earliest < end_ns
            ]
            chunk = self._open
            held = Held(chunk.first, list(chunk.times), bytes(chunk.levels), list(chunk.texts))
        return kept, held

    def found_damaged(self, kept: Kept, why: str) -> None:
        """Note that a chunk can't be read; it is said and counted once."""
        if (place := (kept.path, kept.offset)) not in self._damaged:
            self._damaged.add(place)
            self.damaged_bytes += kept.head.texts_bytes
            log.warning("log_chunk_damaged", path=str(kept.path), offset=kept.offset, why=why)

    def _scan(self) -> list[Segment]:
        """Return the segments that are there, the torn end of the last one cut off."""
        there = numbers(self.folder)
        segments: list[Segment] = []
        for number in there:
            segment = Segment(self.folder / f"{number:010}.chunks", number)
            newest = number == there[-1]
            lost, why = segment.scan(check=newest)
            if segment.last is None:
                segment.path.unlink()
            elif lost and newest:
                segment.cut()
            if lost:
                name = "log_chunk_cut" if newest else "log_chunk_damaged"
                offset = segment.size
                log.warning(name, path=str(segment.path), offset=offset, bytes=lost, why=why)
                self.cut_bytes += lost if newest else 0
                self.damaged_bytes += 0 if newest else lost
            if segment.last is None:
                continue
            segments.append(segment)
        return segments

    def _reopen(self) -> OpenChunk:
        """Return the open chunk as it was saved, if it goes on where the segments end."""
        last = self._segments[-1].last
        assert last is not None, "a segment begins with a frame"
        following = last.first + last.entries
        path = self.folder / _OPEN
        try:
            frame = path.read_bytes()
            chunk = reopen(frame)
        except FileNotFoundError:
            return OpenChunk(following, last.position)
        except Damaged as damaged:
            lost = path.stat().st_size
            self.cut_bytes += lost
            log.warning("log_chunk_cut", path=str(path), offset=0, bytes=lost, why=str(damaged))
            path.unlink()
            return OpenChunk(following, last.position)
        if chunk.first != following:
            # It was closed after it was saved; or what came before it is lost, and read again.
            path.unlink()
            return OpenChunk(following, last.position)
        self._open_bytes = len(frame)
        return chunk

    def _roll(self, first: int) -> None:
        """Begin a segment for entries from `first` on."""
        last = self._segments[-1]
        assert last.last is not None, "a segment begins with a frame"
        head = mark(self.service, first, last.last.position)
        fresh = Segment.create(self.folder, last.number + 1, head)
        with self._lock:
            self._segments.append(fresh)

    def _remove_oldest(self) -> None:
        with self._lock:
            oldest = self._segments.pop(0)
        oldest.path.unlink(missing_ok=True)
