"""Journals to test with, and disks that fail."""

import errno
from pathlib import Path

from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import Damage, Frame
from deskwatch.journal.journal import Journal
from deskwatch.journal.reader import Gap

#: A segment so small that each of `frames(n)` needs one of its own.
ONE_FRAME = 1


def frame(number: int) -> Frame:
    return Frame(1_700_000_000_000_000_000 + number, b'{"kind":"mark","n":%d}\n' % number)


def frames(count: int, start: int = 0) -> list[Frame]:
    return [frame(number) for number in range(start, start + count)]


def no_gap(gap: Gap) -> None:
    raise AssertionError(gap)


def no_damage(damage: Damage) -> None:
    raise AssertionError(damage)


def contents(journal: Journal) -> list[Frame]:
    """Return every frame; the journal must have no gap."""
    return [found for _, found in journal.read(None, no_gap)]


def write_segments(folder: Path, count: int) -> list[Frame]:
    """Write a journal of `count` segments with one frame each, and return the frames."""
    written = frames(count)
    with Journal.open(folder, segment_bytes=ONE_FRAME) as journal:
        for each in written:
            journal.append([each])
    return written


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    path.write_bytes(data)


class FailingDisk(Disk):
    """A disk whose named calls fail while `failing` names them; a failing write takes half first."""

    def __init__(self, *failing: str, code: int = errno.EIO) -> None:
        self.failing = set(failing)
        self.code = code

    def _try(self, call: str) -> None:
        if call in self.failing:
            raise OSError(self.code, errno.errorcode[self.code])

    def write(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        if "write" in self.failing and len(data) > 1:
            return super().write(fd, data[: len(data) // 2], offset)
        self._try("write")
        return super().write(fd, data, offset)

    def sync(self, fd: int) -> None:
        self._try("sync")
        super().sync(fd)

    def cut(self, fd: int, size: int) -> None:
        self._try("cut")
        super().cut(fd, size)

    def rename(self, source: Path, target: Path) -> None:
        self._try("rename")
        super().rename(source, target)


class FullDisk(FailingDisk):
    """A disk with no room left until a file of it is removed."""

    def __init__(self) -> None:
        super().__init__("write", code=errno.ENOSPC)

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.failing.clear()


class Crash(BaseException):
    """The machine stopped here."""


class CrashingDisk(Disk):
    """A disk on which the machine stops just before the call with the given number (from 0)."""

    def __init__(self, last: int) -> None:
        self.calls_left = last

    def _step(self) -> None:
        if self.calls_left == 0:
            raise Crash
        self.calls_left -= 1

    def write(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        self._step()
        return super().write(fd, data, offset)

    def sync(self, fd: int) -> None:
        self._step()
        super().sync(fd)

    def cut(self, fd: int, size: int) -> None:
        self._step()
        super().cut(fd, size)

    def sync_folder(self, folder: Path) -> None:
        self._step()
        super().sync_folder(folder)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        self._step()
        super().unlink(path)
