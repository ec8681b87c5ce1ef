"""The store: all streams, within their bounds on disk."""

import operator
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import structlog
from msgspec import Struct

from deskwatch.logs.own import UNKEPT
from deskwatch.logs.stream import Stream

#: Logs leave so much of the disk alone, or a tenth of it where that is less: it is the journal's,
#: without which no event is taken.
LEFT_ALONE_BYTES: Final = 256 * 1024 * 1024
_LEFT_ALONE_SHARE: Final = 10

#: So many bytes of the newest logs stay where others have filled the disk.
LEAST_BYTES: Final = 16 * 1024 * 1024

log = structlog.get_logger(**UNKEPT)


class Bounds(Struct, frozen=True):
    """How much is kept: bytes on disk of all streams together, and ns since an entry's time."""

    max_bytes: int
    keep_ns: int


class Disk(Protocol):
    """A disk's size, and the room on it for us, in bytes."""

    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def free(self) -> int: ...  # noqa: D102


class LogStore:
    """The streams in a folder, one of them for each name. One thread may write."""

    def __init__(
        self, folder: Path, bounds: Bounds, disk: Callable[[Path], Disk] = shutil.disk_usage
    ) -> None:
        self._folder = folder
        self._disk = disk
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
        self.make_room()

    def make_room(self) -> None:
        """Remove the oldest of whichever stream has most, until the rest fits. Raises OSError."""
        before, lacking = self.stored_bytes, self._lacking_bytes()
        most = min(self.bounds.max_bytes, max(LEAST_BYTES, before - lacking))
        while self.stored_bytes > most:
            # So that what writes most pushes out its own, and not what others wrote.
            largest = max(self.streams.values(), key=operator.attrgetter("stored_bytes"))
            if not largest.shrink():
                break
        removed = before - self.stored_bytes
        if lacking and removed > 0:
            log.warning("logs_removed_for_room", bytes=removed)

    def _lacking_bytes(self) -> int:
        """Return how much of what is the journal's is taken by now, by logs or others."""
        disk = self._disk(self._folder)
        left_alone = min(LEFT_ALONE_BYTES, disk.total // _LEFT_ALONE_SHARE)
        return max(0, left_alone - disk.free)
