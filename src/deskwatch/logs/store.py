"""The store: all streams, within their bounds on disk."""

import operator
import shutil
from pathlib import Path

from msgspec import Struct

from deskwatch.logs.stream import Stream


class Bounds(Struct, frozen=True):
    """How much is kept: bytes on disk of all streams together, and ns since an entry's time."""

    max_bytes: int
    keep_ns: int


class LogStore:
    """The streams in a folder, one of them for each name. One thread may write."""

    def __init__(self, folder: Path, bounds: Bounds) -> None:
        self._folder = folder
        self.bounds = bounds
        self.streams: dict[str, Stream] = {}
        self._written: frozenset[str] = frozenset()

    def open(self, services: dict[str, str]) -> None:
        """Open what is there, and the streams that are written. Raises OSError.

        services: by stream; what is in the folder besides can be found until it expires.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = sorted(path.name for path in self._folder.iterdir() if path.is_dir())
        self.streams = {
            name: Stream(self._folder / name, services.get(name, name))
            for name in dict.fromkeys([*services, *there])
        }
        self._written = frozenset(services)

    @property
    def stored_bytes(self) -> int:
        """How many bytes lie on disk."""
        return sum(stream.stored_bytes for stream in self.streams.values())

    @property
    def cut_bytes(self) -> int:
        """How many bytes a crash had left unfinished, and were read again."""
        return sum(stream.cut_bytes for stream in self.streams.values())

    @property
    def damaged_bytes(self) -> int:
        """How many bytes can't be read any more."""
        return sum(stream.damaged_bytes for stream in self.streams.values())

    def save(self) -> None:
        """Write what is in memory alone. Raises OSError once every stream was tried."""
        failed: OSError | None = None
        for stream in self.streams.values():
            try:
                stream.save()
            except OSError as error:
                failed = error
        if failed is not None:
            raise failed

    def keep_bounds(self, now_ns: int) -> None:
        """Remove what is too old, then the oldest of whichever stream has most. Raises OSError."""
        for stream in list(self.streams.values()):
            stream.expire(now_ns - self.bounds.keep_ns)
            if stream.name not in self._written and stream.empty:
                shutil.rmtree(stream.folder)
                # A new dict: the event loop may be going through the other.
                self.streams = {n: one for n, one in self.streams.items() if one is not stream}
        while self.stored_bytes > self.bounds.max_bytes:
            # So that what writes most pushes out its own, and not what others wrote.
            largest = max(self.streams.values(), key=operator.attrgetter("stored_bytes"))
            if not largest.shrink():
                return
