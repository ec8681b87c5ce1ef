"""The calls that a disk may answer with an error, in one place: tests hand in one that fails."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterable, Iterator
from errno import EDQUOT, ENOSPC, EROFS
from pathlib import Path
from typing import IO, Final

#: What is being written and has no name yet. A file that ends so was never acknowledged.
STAGED: Final = ".new"

_CHUNK_BYTES: Final = 1024 * 1024


class Disk:
    """A real disk. All methods raise OSError."""

    def write(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        """Write some of `data` at `offset`; return how many bytes were taken."""
        return os.pwrite(fd, data, offset)

    def sync(self, fd: int) -> None:
        """Return when the file's bytes and its length are on the disk."""
        if sys.platform == "darwin":
            # macOS's fsync leaves the bytes in the drive's cache: see fsync(2) there.
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(fd)

    def cut(self, fd: int, size: int) -> None:
        """Make the file `size` bytes long."""
        os.ftruncate(fd, size)

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in the folder are on the disk."""
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name in its folder, replacing what has it."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Take a name from its folder."""
        path.unlink()


def write_all(disk: Disk, fd: int, data: bytes, offset: int) -> None:
    """Write all of `data` at `offset`, however little the disk takes at a time."""
    rest = memoryview(data)
    while rest:
        taken = disk.write(fd, rest, offset)
        assert taken > 0
        rest, offset = rest[taken:], offset + taken


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file's bytes from where it stands on."""
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def staged(path: Path) -> Path:
    """Return the name that a file has until it is whole."""
    return path.with_name(path.name + STAGED)


def stage(disk: Disk, path: Path, chunks: Iterable[bytes]) -> Path:
    """Write and sync a new file under its staged name, and return that name.

    On an OSError nothing stays, so that a full disk is not filled further.
    """
    temporary, offset = staged(path), 0
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for chunk in chunks:
            write_all(disk, fd, chunk, offset)
            offset += len(chunk)
        disk.sync(fd)
    except OSError:
        with contextlib.suppress(OSError):
            disk.unlink(temporary)
        raise
    finally:
        os.close(fd)
    return temporary


def publish(disk: Disk, path: Path) -> None:
    """Give a staged file its name, durably."""
    disk.rename(staged(path), path)
    disk.sync_folder(path.parent)


def remove(disk: Disk, path: Path) -> None:
    """Remove a file, durably."""
    disk.unlink(path)
    disk.sync_folder(path.parent)


def remove_staged(disk: Disk, folder: Path) -> None:
    """Remove what a crash left unfinished."""
    for path in folder.glob("*" + STAGED):
        disk.unlink(path)


def make_folder(disk: Disk, folder: Path) -> None:
    """Create the folder, readable by its owner alone, unless it is there."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk.sync_folder(folder.parent)


def takes_nothing(error: OSError) -> bool:
    """Say whether a disk is full, or was made read-only: it may take something again."""
    return error.errno in (ENOSPC, EDQUOT, EROFS)


def explain(error: OSError) -> str:
    """Return the error in an operator's words: what, and which file if it is known."""
    what = error.strerror or str(error)
    return f"{what} ({error.filename})" if error.filename else what
