"""Segments: the files that a stream's chunks lie in, and the index of their heads.

`NNNNNNNNNN.chunks` is a mark and frames. The first frame has no entries: it says where the stream
stood, so that everything older can be removed.
"""

import os
import re
from pathlib import Path
from typing import Final, Self

from deskwatch.logs.chunk import (
    FRAME,
    MAX_HEAD_BYTES,
    Damaged,
    Head,
    encode_frame,
    read_body,
    read_head,
)
from deskwatch.tail.open_file import Position

_MARK: Final = b"dwlogs\x00\x01"
_NAME: Final = re.compile(r"(\d{10})\.chunks")


class Segment:
    """A file of chunks, whose heads are held. Only the newest of a stream grows."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.number = number
        self.size = 0
        #: Where each chunk with entries begins, and its head; oldest first.
        self.chunks: list[tuple[int, Head]] = []
        #: The times of its oldest and its newest entry, in ns; 0 without one.
        self.earliest = self.latest = 0
        #: The last frame's: where the stream stood.
        self.last: Head | None = None

    @classmethod
    def create(cls, folder: Path, number: int, mark: Head) -> Self:
        """Return a new segment that begins where `mark` says. Raises OSError."""
        segment = cls(folder / f"{number:010}.chunks", number)
        data = _MARK + encode_frame(mark, b"")
        try:
            segment.path.write_bytes(data)
        except OSError:
            segment.path.unlink(missing_ok=True)
            raise
        segment.size, segment.last = len(data), mark
        return segment

    def append(self, frame: bytes) -> None:
        """Write a frame at the end. Raises OSError, and then nothing of it is left."""
        head, _ = read_head(frame)
        fd = os.open(self.path, os.O_WRONLY)
        try:
            written = 0
            while written < len(frame):
                written += os.pwrite(fd, memoryview(frame)[written:], self.size + written)
        except OSError:
            os.ftruncate(fd, self.size)
            raise
        finally:
            os.close(fd)
        self._add(head, len(frame))

    def scan(self, *, check: bool) -> tuple[int, str]:
        """Read the heads of a segment that is there.

        Return how many bytes at its end are no whole frames, and why. check: also the CRC of every
        frame. Raises OSError.
        """
        with self.path.open("rb", buffering=0) as file:
            there = os.fstat(file.fileno()).st_size
            if file.read(len(_MARK)) != _MARK:
                return there, "it does not begin as a segment does"
            self.size = len(_MARK)
            try:
                while self.size < there:
                    self._add(*self._next(file.fileno(), there, check=check))
            except Damaged as damaged:
                return there - self.size, str(damaged)
        return 0, ""

    def _next(self, fd: int, there: int, *, check: bool) -> tuple[Head, int]:
        """Return the head and the length of the next frame. Raises Damaged."""
        head, length = read_head(os.pread(fd, FRAME.size + MAX_HEAD_BYTES, self.size))
        if self.size + length > there:
            raise Damaged("the bytes end inside a frame")
        if check:
            read_body(os.pread(fd, length, self.size))
        return head, length

    def cut(self) -> None:
        """Remove what follows the last whole frame. Raises OSError."""
        os.truncate(self.path, self.size)

    def _add(self, head: Head, length: int) -> None:
        if head.entries:
            first = not self.chunks
            self.chunks.append((self.size, head))
            self.earliest = head.earliest if first else min(self.earliest, head.earliest)
            self.latest = max(self.latest, head.latest)
        self.size += length
        self.last = head


def mark(service: str, first: int, position: Position | None) -> Head:
    """Return the head of a segment's first frame: the stream is at entry `first`."""
    return Head(service, first, 0, 0, 0, 0, 0, position)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments in a folder, oldest first. Raises OSError."""
    found = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(name[1]) for name in found if name)
