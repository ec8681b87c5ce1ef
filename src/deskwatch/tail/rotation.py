"""Which file to read: the one at a path, what it was renamed from, and what comes after it.

Whoever holds a renamed file open may go on writing to it. So it is read on beside the new one until
nobody has written to it for QUIET_S, or the new one is renamed as well: never more than two.
"""

import os
from pathlib import Path
from typing import Final

from deskwatch.tail.archive import Archive
from deskwatch.tail.open_file import OpenFile, Position, identity

#: A writer is told of a rotation, or finds it by itself, within seconds; but it may have little to
#: say meanwhile. The old file's place on the disk is held for so long where it is removed.
QUIET_S: Final = 60


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

    def begin(self, known: Position | None) -> OpenFile | None:
        """Return the file to read first, where it was left; None when there is none yet.

        known: how far it was read. Raises OSError.
        """
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
            between = self._archive.after(current, newest)
            if between is not None:
                return _opened(between.path, between.identity)
            # While the new file is empty its writer may still be writing to the old one.
            return _opened(self.path, newest) if status.st_size else None
        except FileNotFoundError:
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
