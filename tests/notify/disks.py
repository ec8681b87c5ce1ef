"""Files on disks that fail, as the store's keeper meets them."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from deskwatch.notify.store import Change
from deskwatch.notify.store_file import StoreFile


class Filling(StoreFile):
    """A file on a disk that is `full` at times."""

    full = False

    def write(self, changes: Sequence[Change], *, flushed: bool) -> None:
        self._has_room()
        super().write(changes, flushed=flushed)

    def rewrite(self, held: sqlite3.Connection) -> None:
        self._has_room()
        super().rewrite(held)

    def _has_room(self) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")


class Hanging(StoreFile):
    """A file on a disk that answers only while `answers` is set. asked: what it was to write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.answers = threading.Event()
        self.answers.set()
        self.asked: list[Sequence[Change]] = []

    def write(self, changes: Sequence[Change], *, flushed: bool) -> None:
        self.asked.append(changes)
        self.answers.wait()
        super().write(changes, flushed=flushed)

    def rewrite(self, held: sqlite3.Connection) -> None:
        self.answers.wait()
        super().rewrite(held)
