"""Frames: how a received block lies in a segment, and how it is found again.

A frame is CRC32C (u32), length (u32), receive_time (i64, nanoseconds), block; little-endian. The
length counts receive_time and block. The CRC stands first, so that it covers all that follows it in
one piece: a wrong length is caught as surely as a wrong block.

A frame that is damaged costs itself alone: after it the next place is sought at which a whole frame
lies.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple, Protocol

from crc32c import crc32c

from deskwatch.core.period import DAY

#: A receive_time and a block together are at most this long, so that a damaged length can't make
#: a reader ask for gigabytes.
MAX_PAYLOAD_BYTES: Final = 64 * 1024 * 1024

HEAD: Final = Struct("<IIq")
_LENGTH_AND_TIME: Final = Struct("<Iq")
_CRC: Final = Struct("<I")
_LENGTH: Final = Struct("<I")
_TIME_BYTES: Final = 8
_BEFORE_PAYLOAD: Final = HEAD.size - _TIME_BYTES
_CHUNK_BYTES: Final = 1024 * 1024

#: The last byte of a length that may be one, from _TIME_BYTES up to less than MAX_PAYLOAD_BYTES:
#: neither text nor zeros hold it often.
_LENGTHS_LAST_BYTE: Final = re.compile(
    rb"[\x00-\x03](?<=(?:[\x08-\xff]\x00\x00|.[\x01-\xff]\x00|..[\x01-\xff]).)", re.DOTALL
)
_LAST_OF_LENGTH: Final = _BEFORE_PAYLOAD - 1

#: A frame that is sought was received within this of the last good one: 400 days.
_NEAR_NS: Final = 400 * DAY

#: What looks like a frame may be as long as one, so that noise would be summed up again and again.
_SUMMED_BYTES: Final = 1024 * 1024 * 1024


class Frame(NamedTuple):
    """A block of NDJSON lines as it was received; receive_time in nanoseconds UTC."""

    receive_time: int
    block: bytes


class FrameDamaged(Exception):
    """There is no whole frame here, though there are bytes.

    cut: the bytes simply end inside a frame, as after a crash, or are zeros from there on, as after
    a loss of power; otherwise they are wrong. rest: what was read of the source from there on.
    """

    def __init__(self, why: str, *, cut: bool, rest: bytes = b"") -> None:
        self.why = why
        self.cut = cut
        self.rest = rest
        super().__init__(why)


class Damage(NamedTuple):
    """Bytes between two good frames that are none; offset: where they begin."""

    offset: int
    size: int
    why: str


OnDamage = Callable[[Damage], None]


def passed_over(_damage: Damage) -> None:
    """Take no notice: whoever reads the frames for what they say is told."""


class Source(Protocol):
    """Bytes in order, as a file opened for reading gives them; b"" is their end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""
        ...


def encode(frames: Iterable[Frame]) -> bytes:
    """Return the frames as they lie in a segment, one after another."""
    parts: list[bytes] = []
    for receive_time, block in frames:
        length = _TIME_BYTES + len(block)
        assert length <= MAX_PAYLOAD_BYTES, f"a block of {len(block)} bytes"
        crc = crc32c(block, crc32c(_LENGTH_AND_TIME.pack(length, receive_time)))
        parts.append(HEAD.pack(crc, length, receive_time))
        parts.append(block)
    return b"".join(parts)


def read_frames(source: Source, offset: int, on_damage: OnDamage) -> Iterator[tuple[int, Frame]]:
    """Yield each frame with the offset after it; the source's next byte stands at `offset`.

    What is damaged between two good frames is handed to `on_damage` and passed over. The source is
    read in chunks and not mapped: a mapped file that its writer cuts short kills the reader with
    SIGBUS. Raises FrameDamaged after the last good frame, if bytes follow it.
    """
    buffer, near = b"", None
    while True:
        try:
            for offset, frame in _undamaged(source, buffer, offset):  # noqa: B020, PLR1704
                near = frame.receive_time
                yield offset, frame
        except FrameDamaged as damage:
            tail = _Tail(source, damage.rest)
            found = _next_frame(tail, damage.rest, near)
            if found is None:
                if tail.was_never_written:
                    raise FrameDamaged("the bytes are zeros inside a frame", cut=True) from None
                raise
            size, buffer = found
            on_damage(Damage(offset, size, damage.why))
            offset += size
        else:
            return


class _Tail:
    """What follows the last good frame, as it is read.

    After a loss of power a file may have the length that it was given, and zeros for what the disk
    had not written yet. No frame ends in a zero byte: its block is text.
    """

    def __init__(self, source: Source, begun: bytes) -> None:
        self._source = source
        self._head = begun[: HEAD.size]
        self._size = self._zeros = 0
        self._pass(begun)

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; b"" is the end."""
        chunk = self._source.read(size)
        self._pass(chunk)
        return chunk

    def _pass(self, chunk: bytes) -> None:
        written = len(chunk.rstrip(b"\0"))
        self._zeros = len(chunk) - written + (0 if written else self._zeros)
        self._size += len(chunk)

    @property
    def was_never_written(self) -> bool:
        """Whether all from inside the first frame on are zeros, once all was read."""
        if self._zeros == 0 or len(self._head) < HEAD.size:
            return False
        _crc, length, _time = HEAD.unpack(self._head)
        end = max(_BEFORE_PAYLOAD + length, HEAD.size)
        return bool(length <= MAX_PAYLOAD_BYTES and self._size - self._zeros < end)


def _undamaged(source: Source, buffer: bytes, offset: int) -> Iterator[tuple[int, Frame]]:
    """Yield the frames up to the first that is damaged; `buffer` holds what was read already.

    Raises FrameDamaged.
    """
    at = 0
    while True:
        if len(buffer) - at < HEAD.size:
            buffer, at = _refill(source, buffer[at:], HEAD.size), 0
            if not buffer:
                return
            if len(buffer) < HEAD.size:
                why = "the bytes end inside a frame's head"
                raise FrameDamaged(why, cut=True, rest=buffer)
        _crc, length, receive_time = HEAD.unpack_from(buffer, at)
        if not _TIME_BYTES <= length <= MAX_PAYLOAD_BYTES:
            why = f"a frame can't be {length} bytes long"
            raise FrameDamaged(why, cut=False, rest=buffer[at:])
        end = at + _BEFORE_PAYLOAD + length
        if end > len(buffer):
            buffer, end, at = _refill(source, buffer[at:], end - at), end - at, 0
            if end > len(buffer):
                if _whole_but_for_its_length(buffer):
                    raise FrameDamaged("a frame's length is wrong", cut=False, rest=buffer)
                raise FrameDamaged("the bytes end inside a frame", cut=True, rest=buffer)
        if not _whole(buffer, at, end):
            why = "a frame's CRC32C does not match"
            raise FrameDamaged(why, cut=False, rest=buffer[at:])
        offset += end - at
        yield offset, Frame(receive_time, buffer[at + HEAD.size : end])
        at = end


def _whole(buffer: bytes, at: int, end: int | None) -> bool:
    """Return whether a frame lies there: its CRC covers what follows it."""
    (crc,) = _CRC.unpack_from(buffer, at)
    return bool(crc32c(memoryview(buffer)[at + _CRC.size : end]) == crc)


def _whole_but_for_its_length(buffer: bytes) -> bool:
    """Return whether the bytes are a frame whose length was damaged, and not one that was torn."""
    length = len(buffer) - _BEFORE_PAYLOAD
    return _whole(buffer[: _CRC.size] + _LENGTH.pack(length) + buffer[_BEFORE_PAYLOAD:], 0, None)


def _next_frame(source: Source, buffer: bytes, near: int | None) -> tuple[int, bytes] | None:
    """Return how far it is to the next whole frame, and what was read of the source from there on.

    The search begins after the buffer's first byte. near: when the last good frame was received.
    Raises FrameDamaged where it would take too long.
    """
    passed, at, summed = 0, 1, 0
    while True:
        match = _LENGTHS_LAST_BYTE.search(buffer, at + _LAST_OF_LENGTH)
        if match is None or match.start() - _LAST_OF_LENGTH + HEAD.size > len(buffer):
            done = max(at, len(buffer) - HEAD.size + 1)
            longer = _refill(source, buffer[done:], HEAD.size)
            if len(longer) < HEAD.size:
                return None
            passed, buffer, at = passed + done, longer, 0
            continue
        at = match.start() - _LAST_OF_LENGTH
        _crc, length, receive_time = HEAD.unpack_from(buffer, at)
        end = at + _BEFORE_PAYLOAD + length
        if near is None or abs(receive_time - near) < _NEAR_NS:
            buffer = _refill(source, buffer, end)
            if end <= len(buffer):
                summed += end - at
                if summed > _SUMMED_BYTES:
                    raise FrameDamaged("too much looks like a frame and is none", cut=False)
                if _whole(buffer, at, end):
                    return passed + at, buffer[at:]
        at += 1


def _refill(source: Source, rest: bytes, need: int) -> bytes:
    """Return `rest` and what follows it: at least `need` bytes, or all there are."""
    parts, have = [rest], len(rest)
    while have < need:
        chunk = source.read(max(_CHUNK_BYTES, need - have))
        if not chunk:
            break
        parts.append(chunk)
        have += len(chunk)
    return b"".join(parts)
