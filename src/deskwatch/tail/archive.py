"""The files that were at a path before, under the names that they have now."""

import os
import re
import stat
from pathlib import Path
from typing import Final, NamedTuple

from deskwatch.tail.open_file import OpenFile, identity

#: A number of at most so many digits counts files from the newest on: bot.log.1, bot.1.log. What is
#: longer is a day or a second, such as bot.log-20260302.
_MOST_DIGITS: Final = 4

#: Looks at a folder in which files are being renamed, until two show the same.
_LOOKS: Final = 5


class Archived(NamedTuple):
    """A file that was renamed. kind: of its name; of one kind, newer files have greater ages."""

    kind: tuple[int, bool, str]
    age: tuple[int, str]
    path: Path
    identity: tuple[int, int]
    written_ns: int


class Archive:
    """The files that were renamed from one path, as a logger or logrotate names them."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        name, stem, end = map(re.escape, (path.name, path.stem, path.suffix))
        number = r"([._-])(\d[\d._T:-]*)"
        self._forms = [re.compile(f"{name}{number}"), re.compile(f"{stem}{number}{end}")]

    def after(self, current: OpenFile, newest: tuple[int, int]) -> list[Archived]:
        """Return the files that took the place of `current`, in order, and were renamed as well.

        A writer may be faster than we are, or have gone on while we were away. newest: the file
        that is at the path. Only what was written to after `current` comes after it: files may be
        numbered either way. But so may be a file from before it, to which somebody still writes.
        Raises OSError.
        """
        archived = self._look()
        for _ in range(_LOOKS):
            before, archived = archived, self._look()
            if archived == before:
                break
        left = [one for one in archived if one.identity == current.identity()]
        if not left:
            return []
        written = current.written_ns()
        later = [
            one
            for one in archived
            if one.kind == left[0].kind
            and one.age > left[0].age
            and one.written_ns > written
            and one.identity != newest
        ]
        return sorted(later, key=lambda one: one.age)

    def _look(self) -> list[Archived]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                named = self._named(entry.name)
                if named is None:
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:  # it has another name by now
                    continue
                if stat.S_ISREG(status.st_mode) and status.st_size:
                    path, which = Path(entry.path), identity(status)
                    found.append(Archived(*named, path, which, status.st_mtime_ns))
        return sorted(found)

    def _named(self, name: str) -> tuple[tuple[int, bool, str], tuple[int, str]] | None:
        for form, expression in enumerate(self._forms):
            if said := expression.fullmatch(name):
                mark, number = said.groups()
                counted = number.isdigit() and len(number) <= _MOST_DIGITS
                age = (-int(number), "") if counted else (0, number)
                return (form, counted, mark), age
        return None
