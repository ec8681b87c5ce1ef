"""The journal: where every received block is kept before the books see it."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Final, NamedTuple, Self

from deskwatch.journal.disk import Disk, explain, remove_staged, takes_nothing, write_all
from deskwatch.journal.frame import Frame, encode
from deskwatch.journal.left_out import LeftOut, left_out
from deskwatch.journal.lock import FolderLock, lock_folder
from deskwatch.journal.reader import OnGap, read
from deskwatch.journal.recovery import TORN, Recovery, recover
from deskwatch.journal.retention import remove_old, seal_before
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    Header,
    JournalUnavailable,
    create_segment,
    or_unavailable,
    plain_path,
    segment_numbers,
)

SEGMENT_BYTES: Final = 64 * 1024 * 1024


class Stored(NamedTuple):
    """What a journal's folder holds. total_bytes: of all its files.

    kept_aside_bytes: of those with what recoveries cut off, until somebody takes them away.
    """

    segments: int
    total_bytes: int
    kept_aside_bytes: int


def _unobserved(_seconds: float) -> None:
    """Take no notice of how long a commit took."""


class Journal:
    """An open journal, which this process alone may write. Made by `Journal.open`.

    `append` is called by one thread at a time; everything else from any.

    folder: where it is. recoveries: what had to be put right when it was opened. trouble: why the
    last append failed, or why the next one would, None while appends work.
    """

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        disk: Disk,
        segment_bytes: int,
        clock: Callable[[], int],
        commit_seconds: Callable[[float], None],
    ) -> None:
        self.folder = folder
        self._lock = lock
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._number = 0
        self._end = 0
        self._fd: int | None = None
        self._clock = clock
        self._commit_seconds = commit_seconds
        self._upkeep = threading.Lock()
        self.recoveries: tuple[Recovery, ...] = ()
        self.trouble: str | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        clock: Callable[[], int] = time.monotonic_ns,
        commit_seconds: Callable[[float], None] = _unobserved,
        beyond: Cursor | None = None,
        disk: Disk | None = None,
        lock: FolderLock | None = None,
    ) -> Self:
        """Lock the folder's journal, recover what a crash left, and return it ready to append.

        clock: nanoseconds; times the commits, each of which is handed to `commit_seconds`.
        beyond: the furthest cursor that a snapshot or the history knows. A journal that ends
        before it has lost files; it goes on in a later segment, so that no cursor is given twice.
        lock: the folder's, where that is locked already; it is let go of with the journal.
        Raises JournalLocked, JournalUnavailable.
        """
        disk = disk or Disk()
        with or_unavailable("open the journal"):
            lock = lock or lock_folder(disk, folder)
            try:
                journal = cls(folder, lock, disk, segment_bytes, clock, commit_seconds)
                journal._recover(beyond)
            except BaseException:
                lock.release()
                raise
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def end(self) -> Cursor:
        """The cursor after the last acknowledged frame."""
        return Cursor(self._number, self._end)

    @property
    def begins_with(self) -> int:
        """The number of the oldest segment; more than 1 where those before it were removed."""
        with or_unavailable("read the journal's folder"):
            return min(segment_numbers(self.folder), default=1)

    def append(self, frames: Sequence[Frame]) -> Cursor:
        """Write the frames as one group and return the cursor after them, once the disk has them.

        Raises JournalUnavailable: then none of them is kept, and a later append may work.
        """
        if not frames:
            return self.end
        data = encode(frames)
        started = self._clock()
        try:
            self._commit(self._make_room(len(data)), data)
        except OSError as error:
            self.trouble = explain(error)
            raise JournalUnavailable(f"can't write the journal: {self.trouble}") from error
        self._end += len(data)
        self.trouble = None
        self._commit_seconds((self._clock() - started) / 1e9)
        return self.end

    def read(self, after: Cursor | None, on_gap: OnGap) -> Iterator[tuple[Cursor, Frame]]:
        """Yield the acknowledged frames after a cursor (None: all there ever were), oldest first.

        Each comes with the cursor after it. Whatever is missing is handed to `on_gap`, and reading
        goes on in the next segment. Raises JournalUnavailable.
        """
        return read(self.folder, after, on_gap, until=self.end)

    def left_out(self) -> LeftOut:
        """Return which events the books go without. Raises JournalUnavailable."""
        return left_out(self.folder)

    def seal_finished(self) -> list[int]:
        """Compress the segments that nothing is written to any more; return their numbers.

        Takes about a second for a segment, beside `append`. Raises JournalUnavailable: what is not
        sealed stays readable as it is.
        """
        with self._upkeep:
            return seal_before(self._disk, self.folder, self._number)

    def remove_old(self, needed: Cursor, older_than: int) -> list[int]:
        """Remove the segments wholly before `needed` that hold nothing received since `older_than`.

        Returns their numbers. Raises JournalUnavailable.
        """
        with self._upkeep:
            return remove_old(self._disk, self.folder, min(needed, self.end), older_than)

    def stored(self) -> Stored:
        """Return what the folder holds now. Raises JournalUnavailable."""
        with or_unavailable("read the journal's folder"):
            total, aside = 0, 0
            for path in self.folder.iterdir():
                with contextlib.suppress(FileNotFoundError):  # sealed or removed just now
                    size = path.stat().st_size
                    total += size
                    aside += size if TORN in path.name else 0
            return Stored(len(segment_numbers(self.folder)), total, aside)

    def close(self) -> None:
        """Let go of the files and the lock. All that was acknowledged is on the disk already."""
        self._abandon()
        self._lock.release()

    def _recover(self, beyond: Cursor | None) -> None:
        remove_staged(self._disk, self.folder)
        last = recover(self._disk, self.folder)
        self._number, self._end = last.end
        self.recoveries = last.recoveries
        if beyond and beyond > self.end:
            why = f"the journal ends at {self.end}, before a cursor given out earlier"
            self.recoveries += (Recovery(beyond.segment, beyond.offset, 0, why),)
            previous_end = beyond.offset if beyond.segment == self._number else 0
            self._begin(beyond.segment + 1, previous_end)
        else:
            self._go_on(writable=last.writable)

    def _go_on(self, *, writable: bool) -> None:
        """Go on in the last segment, or in the next one where that isn't writable.

        While the disk takes nothing, nothing is begun: the first append that it takes does that.
        """
        try:
            if writable:
                self._fd = os.open(plain_path(self.folder, self._number), os.O_WRONLY)
                # What a killed process wrote is in the page cache: from here on it counts as kept.
                self._disk.sync(self._fd)
            else:
                self._begin(self._number + 1, self._end)
        except OSError as error:
            if not (self._number and takes_nothing(error)):
                raise
            self._abandon()
            self.trouble = explain(error)

    def _make_room(self, size: int) -> int:
        if self._end > HEADER_BYTES and self._end + size > self._segment_bytes:
            self._abandon()
        return self._begin(self._number + 1, self._end) if self._fd is None else self._fd

    def _begin(self, number: int, previous_end: int) -> int:
        path = create_segment(self._disk, self.folder, Header(number, previous_end))
        self._fd = os.open(path, os.O_WRONLY)
        self._number, self._end = number, HEADER_BYTES
        return self._fd

    def _commit(self, fd: int, data: bytes) -> None:
        try:
            write_all(self._disk, fd, data, self._end)
        except OSError:
            self._cut_back(fd)
            raise
        try:
            self._disk.sync(fd)
        except OSError:
            # After a failed sync the kernel may take the lost pages for written, and a second sync
            # succeeds without them (https://wiki.postgresql.org/wiki/Fsync_Errors): the segment
            # is not trusted with another frame.
            self._cut_back(fd)
            self._abandon()
            raise
        path = plain_path(self.folder, self._number)
        if (why := _is_gone(fd, path)) is not None:
            self._abandon()
            raise FileNotFoundError(ENOENT, why, str(path))

    def _cut_back(self, fd: int) -> None:
        try:
            self._disk.cut(fd, self._end)
        except OSError:
            # The next segment's header says where this one ends, so what stays here is not read.
            self._abandon()

    def _abandon(self) -> None:
        """Write no more to this segment: the next append begins another."""
        fd, self._fd = self._fd, None  # first: where closing fails the number is free all the same
        if fd is not None:
            os.close(fd)


def _is_gone(fd: int, path: Path) -> str | None:
    """Return what became of an open file that no start will find by its path; None if it will.

    Somebody removed or moved it, or its folder: nobody will ever read what is written there.
    """
    ours = os.fstat(fd)
    if ours.st_nlink == 0:
        return "the segment was removed"
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "the segment was moved away"
    return None if os.path.samestat(ours, found) else "the segment was moved away"
