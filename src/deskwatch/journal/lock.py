"""One writer per journal."""

import fcntl
import os
from errno import EROFS
from pathlib import Path
from typing import Final

from deskwatch.journal.disk import Disk, make_folder, takes_nothing, write_all
from deskwatch.journal.segment import JournalUnavailable, or_unavailable

LOCK_NAME: Final = "lock"


class JournalLocked(JournalUnavailable):
    """Another process has the journal open for writing."""


class FolderLock:
    """An exclusive lock on a folder, held until `release` or the end of the process.

    Raises JournalLocked, OSError.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        fd, writable = _opened(folder / LOCK_NAME)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if writable:
                _say_who(disk or Disk(), fd)
        except BlockingIOError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise JournalLocked(
                f"{folder} is in use by another deskwatch (process {holder}); "
                "stop it, or give this one another folder"
            ) from error
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def release(self) -> None:
        """Let another process have the folder."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _say_who(disk: Disk, fd: int) -> None:
    """Write whose it is, for others to be told; a full disk keeps nobody from having it."""
    try:
        disk.cut(fd, 0)
        write_all(disk, fd, b"%d\n" % os.getpid(), 0)
    except OSError as error:
        if not takes_nothing(error):
            raise


def _opened(path: Path) -> tuple[int, bool]:
    """Return the lock's file, and whether it can be written.

    On a disk that was made read-only it can be locked all the same: who starts there can tell.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600), True
    except OSError as error:
        if error.errno != EROFS or not path.exists():
            raise
        return os.open(path, os.O_RDONLY), False


def lock_folder(disk: Disk, folder: Path) -> FolderLock:
    """Make a journal's folder where there is none, and lock it.

    Raises JournalLocked, JournalUnavailable.
    """
    with or_unavailable("open the journal"):
        make_folder(disk, folder)
        return FolderLock(folder, disk)
