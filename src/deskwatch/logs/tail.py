"""A followed file on its way into its stream. All here takes long: not for the event loop."""

from typing import Final

from msgspec import Struct

from deskwatch.logs.line import Batch, LineJoiner, read_entries
from deskwatch.logs.stream import Stream
from deskwatch.tail.open_file import OpenFile
from deskwatch.tail.rotation import Rotation

#: Read at a time: small, so that what was read is soon found and others get their turn.
BLOCK_BYTES: Final = 64 * 1024


class Taken(Struct, frozen=True):
    """A batch that is in its stream now. first: the number of its first entry there.

    moved: whether another file is read from now on. The stream is then to be saved at once: a crash
    would not find a file again that was renamed before its position was on disk.
    """

    batch: Batch
    first: int
    moved: bool = False


class LogTail:
    """Takes what is new in a file into a stream; each line once, in order.

    zone: of times that name none; None where they are not believed.
    """

    def __init__(self, stream: Stream, rotation: Rotation, zone: str | None) -> None:
        self.stream = stream
        self._rotation = rotation
        self._zone = zone
        self._file: OpenFile | None = None
        self._joiner = LineJoiner()

    @property
    def waits(self) -> bool:
        """Whether an entry waits for the line that ends it."""
        return self._joiner.waits

    @property
    def missing(self) -> bool:
        """Whether there was no file to read."""
        return self._file is None

    @property
    def behind_bytes(self) -> int:
        """How much of the file is not read yet; may be asked while another thread reads."""
        current = self._file
        try:
            return 0 if current is None else max(0, current.size() - current.offset)
        except (OSError, ValueError):  # it is closed just now, or its disk is gone
            return 0

    def take(self, now_ns: int) -> Taken | None:
        """Take in the next piece; None when nothing more is there. Raises OSError: then `close`."""
        if self._file is None:
            self._file = self._rotation.begin(self.stream.position)
            return None if self._file is None else self._append([], now_ns, moved=True)
        current = self._file
        rewritten = current.was_rewritten()
        if not rewritten and (data := current.read(BLOCK_BYTES)):
            return self._append(self._joiner.feed(data), now_ns)
        following = self._rotation.following(current)
        if following is None:
            return None
        # What the writer put into the old file before it moved on to the new one.
        if not rewritten and (data := current.read(BLOCK_BYTES)):
            following.close()
            return self._append(self._joiner.feed(data), now_ns)
        entries = self._joiner.finish()
        self._file = following
        current.close()
        return self._append(entries, now_ns, moved=True)

    def settle(self, now_ns: int) -> Taken | None:
        """Take in the entry that waits, as no line has followed it."""
        entries = self._joiner.settle()
        return self._append(entries, now_ns) if entries else None

    def close(self) -> None:
        """Let go of the file; what waits is read again."""
        current, self._file = self._file, None
        if current is not None:
            current.close()
        self._joiner = LineJoiner()

    def _append(self, texts: list[bytes], now_ns: int, *, moved: bool = False) -> Taken:
        assert self._file is not None, "what is appended was read"
        cut, self._joiner.cut = self._joiner.cut, 0
        batch = read_entries(texts, now_ns, self._zone, cut)
        first = self.stream.next
        end = self._file.offset - self._joiner.unfinished_bytes
        self.stream.append(batch, self._file.position(end))
        return Taken(batch, first, moved)
