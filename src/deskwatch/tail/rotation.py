"""Which file to read: the one at a path, what it was renamed from, and what comes after it.

Whoever holds a renamed file open may go on writing to it. So it is read on beside the new one until
nobody has written to it for QUIET_S, or the new one is renamed as well: never more than two.
"""

import os
from collections import deque
from pathlib import Path
from typing import Final

from deskwatch.tail.archive import Archive
from deskwatch.tail.open_file import OpenFile, Position, identity

#: A writer is told of a rotation, or finds it by itself, within seconds; but it may have little to
#: say meanwhile. The old file's place on the disk is held for so long where it is removed.
QUIET_S: Final = 60

#: So many of the files that were read last are known again.
_KNOWN: Final = 100


class Rotation:
    """The files that are at one path, one after another.

    start_at_end: where a file that was never read begins, if it is there at the first look; one
    that comes later is read from its beginning. max_line_bytes: where to look for a line's end.
    """

    def __init__(self, path: Path, *, start_at_end: bool, max_line_bytes: int) -> None:
        self.path = path
        self._start_at_end = start_at_end
        self._max_line_bytes = max_line_bytes
        self._archive = Archive(path)
        # Files that others have taken the place of, and how each is known again.
        self._read: deque[tuple[OpenFile | None, Position]] = deque(maxlen=_KNOWN)

    def begin(self, known: Position | None) -> OpenFile | None:
        """Return the file to read first, where it was left; None when there is none yet.

        known: how far it was read. Raises OSError.
        """
        if known is not None and known.renamed is not None:
            self._read.append((None, known.renamed))
        start_at_end, self._start_at_end = self._start_at_end, False
        try:
            opened = OpenFile(self.path)
        except FileNotFoundError:
            return None
        if known is None:
            if start_at_end:
                opened.offset = opened.end_of_lines(self._max_line_bytes)
            return opened
        if opened.identity() == (known.device, known.inode):
            if opened.holds(known):
                opened.offset = known.offset
            return opened
        opened.close()
        # It was renamed while we were away: what was added before that comes first.
        return self._renamed(known) or OpenFile(self.path)

    def renamed(self, known: Position | None) -> OpenFile | None:
        """Return what was still read beside the file at `known`, where it was left.

        Raises OSError.
        """
        return None if known is None or known.renamed is None else self._renamed(known.renamed)

    def following(self, current: OpenFile) -> OpenFile | None:
        """Return the file that takes the place of `current`, or None while that is still it."""
        try:
            status = self.path.stat()
            newest = identity(status)
            if newest == current.identity():
                return OpenFile(self.path) if current.was_rewritten() else None
            for one in self._archive.after(current, newest):
                opened = _opened(one.path, one.identity)
                if opened is None or self._known(opened) is None:
                    return self._instead_of(current, opened)
                opened.close()
            # While the new file is empty its writer may still be writing to the old one.
            if not status.st_size:
                return None
            opened = _opened(self.path, newest)
            read_until = None if opened is None else self._known(opened)
            if opened is not None and read_until is not None:
                opened.offset = read_until  # somebody has put an old one back
            return self._instead_of(current, opened)
        except FileNotFoundError:
            return None

    def _instead_of(self, current: OpenFile, opened: OpenFile | None) -> OpenFile | None:
        """Return the file that takes the place of `current`, which is known from here on."""
        if opened is not None and current.offset:
            self._read.append((current, current.position(current.offset)))
        return opened

    def _known(self, opened: OpenFile) -> int | None:
        """Return how far a file was read before; somebody may still write to it by another name."""
        which = opened.identity()
        for read, known in reversed(self._read):
            if which == (known.device, known.inode) and opened.holds(known):
                # It was read on beside the one that took its place.
                return known.offset if read is None else read.offset
        return None

    def _renamed(self, known: Position) -> OpenFile | None:
        """Return the file that was read up to `known`, under the name that it has now."""
        with os.scandir(self.path.parent) as entries:
            # The number may have gone to a pipe or a folder since.
            names = [
                Path(entry.path)
                for entry in entries
                if entry.inode() == known.inode and entry.is_file()
            ]
        for name in names:
            opened = OpenFile(name, known.offset)
            if opened.identity() == (known.device, known.inode) and opened.holds(known):
                return opened
            opened.close()
        return None


def _opened(path: Path, which: tuple[int, int]) -> OpenFile | None:
    """Return a file; None where another has its name by now, and it is to be asked again."""
    opened = OpenFile(path)
    if opened.identity() == which:
        return opened
    opened.close()
    return None
