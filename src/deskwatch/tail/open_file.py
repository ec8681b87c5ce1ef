"""A growing file that is open for reading, and how to know it again."""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

#: Files are told apart by this much of their beginning, besides the inode, which gets reused.
HEAD_BYTES: Final = 1024

#: A disk that has not answered for so long, as a network's may not, counts as one that can't be
#: read.
HANGS_S: Final = 10.0


class Position(Struct, frozen=True, omit_defaults=True):
    """How far a file was read: what lies before `offset` is kept.

    head: the SHA-256 of the file's first `head_bytes` bytes. renamed: how far the file was read
    that was in its place before, while that is still read beside it.
    """

    device: int
    inode: int
    offset: int
    head_bytes: int
    head: str
    renamed: "Position | None" = None


class OpenFile:
    """A file that is being read. offset: where the next read begins."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        """Raise OSError when it can't be opened, or is no file to read from any offset."""
        self._file: BinaryIO = open(path, "rb", buffering=0, opener=_opened)  # noqa: SIM115
        self.offset = offset
        self._last: Position | None = None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def identity(self) -> tuple[int, int]:
        """Return what tells it from all other files that are there now."""
        return identity(os.fstat(self._file.fileno()))

    def size(self) -> int:
        """Return how long it is, in bytes."""
        return os.fstat(self._file.fileno()).st_size

    def written_ns(self) -> int:
        """Return when it was last written to, in ns since 1970."""
        return os.fstat(self._file.fileno()).st_mtime_ns

    def read(self, most_bytes: int) -> bytes:
        """Return what comes next, empty at the end."""
        data = os.pread(self._file.fileno(), most_bytes, self.offset)
        self.offset += len(data)
        return data

    def position(self, offset: int) -> Position:
        """Return the position at an offset that was read, and know the file by it."""
        head_bytes = min(offset, HEAD_BYTES)
        device, inode = self.identity()
        last = self._last
        # A long beginning stays as it is: `was_rewritten` finds the file that it does not.
        if last is not None and last.head_bytes == head_bytes == HEAD_BYTES:
            head = last.head
        else:
            head = self._head(head_bytes)
        self._last = Position(device, inode, offset, head_bytes, head)
        return self._last

    def holds(self, position: Position) -> bool:
        """Whether this file begins as the one that was read up to `position`."""
        return self.size() >= position.offset and self._head(position.head_bytes) == position.head

    def was_rewritten(self) -> bool:
        """Whether the file was truncated since it was read, even if it has grown again."""
        if self.size() < self.offset:
            return True
        return self._last is not None and not self.holds(self._last)

    def end_of_lines(self, max_line_bytes: int) -> int:
        """Return where the last whole line ends."""
        size = self.size()
        begin = max(0, size - max_line_bytes)
        tail = os.pread(self._file.fileno(), size - begin, begin)
        newline = tail.rfind(b"\n")
        return begin + newline + 1 if newline >= 0 or begin == 0 else size

    def _head(self, length: int) -> str:
        return hashlib.sha256(os.pread(self._file.fileno(), length, 0)).hexdigest()


def _opened(path: str, flags: int) -> int:
    """Return a descriptor of a regular file. Raises OSError."""
    # A named pipe would hold up whoever opens it until somebody writes to it, maybe for ever.
    fd = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError("it is no regular file")
    return fd


def identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from all others that are there at the same time."""
    return status.st_dev, status.st_ino
