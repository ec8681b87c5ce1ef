"""A followed file on its way into its stream. All here takes long: not for the event loop."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.logs.line import Batch, LineJoiner, read_entries
from deskwatch.logs.own import UNKEPT
from deskwatch.logs.stream import Stream
from deskwatch.tail.open_file import OpenFile, Position
from deskwatch.tail.rotation import QUIET_S, Rotation

#: Read at a time: small, so that what was read is soon found and others get their turn.
BLOCK_BYTES: Final = 64 * 1024
#: An entry is whole when nothing has followed in its file for so long.
SETTLE_S: Final = 1.0

log = structlog.get_logger(**UNKEPT)


class Taken(Struct, frozen=True):
    """A batch that is in its stream now. first: the number of its first entry there.

    moved: whether another file is read from now on. The stream is then to be saved at once: a crash
    would not find a file again that was renamed before its position was on disk.
    """

    batch: Batch
    first: int
    moved: bool = False


class _Source:
    """A file with the entries that are made of its lines. quiet_since: on the tail's clock."""

    def __init__(self, file: OpenFile, quiet_since: float) -> None:
        self.file = file
        self.joiner = LineJoiner()
        self.quiet_since = quiet_since

    def position(self) -> Position:
        """Return where its last whole entry ends."""
        return self.file.position(self.file.offset - self.joiner.unfinished_bytes)

    def finish(self) -> list[bytes]:
        """Close a file of which nothing more comes; return what is left of it."""
        self.file.close()
        return self.joiner.finish()


class LogTail:
    """Takes what is new in a file into a stream; each line once, in the file's order.

    zone: of times that name none; None where they are not believed. clock: in seconds, for how
    long a file has been quiet.
    """

    def __init__(
        self,
        stream: Stream,
        rotation: Rotation,
        zone: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream
        self._rotation = rotation
        self._zone = zone
        self._clock = clock
        self._current: _Source | None = None
        self._renamed: _Source | None = None

    @property
    def missing(self) -> bool:
        """Whether there was no file to read."""
        return self._current is None

    @property
    def behind_bytes(self) -> int:
        """How much of the files is not read yet; may be asked while another thread reads."""
        try:
            return sum(max(0, one.file.size() - one.file.offset) for one in self._sources())
        except (OSError, ValueError):  # it is closed just now, or its disk is gone
            return 0

    def take(self, now_ns: int) -> Taken | None:
        """Take in the next piece; None when nothing more is there. Raises OSError: then `close`."""
        if self._current is None:
            return self._begin(now_ns)
        if self._renamed is not None:
            taken = self._read_on(self._renamed, now_ns)
            if taken is not None:
                return taken
        current = self._current
        rewritten = current.file.was_rewritten()
        if not rewritten and (data := current.file.read(BLOCK_BYTES)):
            return self._feed(current, data, now_ns)
        following = self._rotation.following(current.file)
        if following is None:
            return None
        # What the writer put into the old file before it moved on to the new one.
        if not rewritten and (data := current.file.read(BLOCK_BYTES)):
            following.close()
            return self._feed(current, data, now_ns)
        return self._move_on(current, following, now_ns, rewritten=rewritten)

    def settles_in_s(self) -> float | None:
        """Return when to `settle`, not above zero: now; None while no entry waits for more."""
        since = [source.quiet_since for source in self._sources() if source.joiner.waits]
        return min(since) + SETTLE_S - self._clock() if since else None

    def settle(self, now_ns: int) -> Taken | None:
        """Take in the entries that wait, where no line has followed them for SETTLE_S."""
        now = self._clock()
        due = [source for source in self._sources() if source.quiet_since + SETTLE_S - now <= 0]
        entries = [entry for source in due for entry in source.joiner.settle()]
        return self._append(entries, now_ns) if entries else None

    def close(self) -> None:
        """Let go of the files; what waits is read again."""
        sources = self._sources()
        self._current = self._renamed = None
        for source in sources:
            source.file.close()

    def _sources(self) -> list[_Source]:
        return [source for source in (self._renamed, self._current) if source is not None]

    def _begin(self, now_ns: int) -> Taken | None:
        known = self.stream.position
        opened = self._rotation.begin(known)
        if opened is None:
            return None
        renamed = self._rotation.renamed(known)
        if renamed is not None:
            self._renamed = _Source(renamed, self._clock())
        self._current = _Source(opened, self._clock())
        return self._append([], now_ns, moved=True)

    def _read_on(self, renamed: _Source, now_ns: int) -> Taken | None:
        """Take in what was added to a renamed file; let go of it after QUIET_S without."""
        try:
            if data := renamed.file.read(BLOCK_BYTES):
                return self._feed(renamed, data, now_ns)
        except OSError as error:
            # The new one is not to wait for it.
            log.warning("log_file_unread", path=str(self._rotation.path), error=str(error))
        else:
            if self._clock() - renamed.quiet_since < QUIET_S:
                return None
        self._renamed = None
        return self._append(renamed.finish(), now_ns, renamed, moved=True)

    def _move_on(
        self, current: _Source, following: OpenFile, now_ns: int, *, rewritten: bool
    ) -> Taken:
        """Read the file that follows; a renamed one on beside it, and no older one any more."""
        older = None
        if not rewritten:
            older, self._renamed = self._renamed, current
        current.quiet_since = self._clock()
        self._current = _Source(following, current.quiet_since)
        entries = older.finish() if older else []
        # What is written to a renamed file from now on comes between the new one's entries.
        entries += current.finish() if rewritten else current.joiner.settle()
        return self._append(entries, now_ns, current, *filter(None, (older,)), moved=True)

    def _feed(self, source: _Source, data: bytes, now_ns: int) -> Taken:
        source.quiet_since = self._clock()
        return self._append(source.joiner.feed(data), now_ns, source)

    def _append(
        self, texts: list[bytes], now_ns: int, *sources: _Source, moved: bool = False
    ) -> Taken:
        """Append what was made of `sources`, with how far both files are read."""
        cut = 0
        for source in sources:
            cut, source.joiner.cut = cut + source.joiner.cut, 0
        batch = read_entries(texts, now_ns, self._zone, cut)
        first = self.stream.next
        self.stream.append(batch, self._position())
        return Taken(batch, first, moved)

    def _position(self) -> Position:
        assert self._current is not None, "what is appended was read"
        position = self._current.position()
        renamed = self._renamed
        return position if renamed is None else replace(position, renamed=renamed.position())
