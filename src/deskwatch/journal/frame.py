"""Frames: how a received block lies in a segment, and how it is found again.

A frame is CRC32C (u32), length (u32), receive_time (i64, nanoseconds), block; little-endian. The
length counts receive_time and block. The CRC stands first, so that it covers all that follows it in
one piece: a wrong length is caught as surely as a wrong block.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple, Protocol

from crc32c import crc32c

#: A receive_time and a block together are at most this long, so that a damaged length can't make
#: a reader ask for gigabytes.
MAX_PAYLOAD_BYTES: Final = 64 * 1024 * 1024

HEAD: Final = Struct("<IIq")
_LENGTH_AND_TIME: Final = Struct("<Iq")
_CRC_BYTES: Final = 4
_TIME_BYTES: Final = 8
_BEFORE_PAYLOAD: Final = HEAD.size - _TIME_BYTES
_CHUNK_BYTES: Final = 1024 * 1024


class Frame(NamedTuple):
    """A block of NDJSON lines as it was received; receive_time in nanoseconds UTC."""

    receive_time: int
    block: bytes


class FrameDamaged(Exception):
    """There is no whole frame here, though there are bytes.

    cut: the bytes simply end inside a frame, as after a crash; otherwise they are wrong.
    """

    def __init__(self, why: str, *, cut: bool) -> None:
        self.why = why
        self.cut = cut
        super().__init__(why)


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


def read_frames(source: Source, offset: int) -> Iterator[tuple[int, Frame]]:
    """Yield each frame with the offset after it; the source's next byte stands at `offset`.

    The source is read in chunks and not mapped: a mapped file that its writer cuts short kills the
    reader with SIGBUS. Raises FrameDamaged after the last good frame, if bytes follow it.
    """
    buffer, at = b"", 0
    while True:
        if len(buffer) - at < HEAD.size:
            buffer, at = _refill(source, buffer[at:], HEAD.size), 0
            if not buffer:
                return
            if len(buffer) < HEAD.size:
                raise FrameDamaged("the bytes end inside a frame's head", cut=True)
        crc, length, receive_time = HEAD.unpack_from(buffer, at)
        if not _TIME_BYTES <= length <= MAX_PAYLOAD_BYTES:
            raise FrameDamaged(f"a frame can't be {length} bytes long", cut=False)
        end = at + _BEFORE_PAYLOAD + length
        if end > len(buffer):
            buffer, end, at = _refill(source, buffer[at:], end - at), end - at, 0
            if end > len(buffer):
                raise FrameDamaged("the bytes end inside a frame", cut=True)
        block = buffer[at + HEAD.size : end]
        if crc32c(block, crc32c(buffer[at + _CRC_BYTES : at + HEAD.size])) != crc:
            raise FrameDamaged("a frame's CRC32C does not match", cut=False)
        offset += end - at
        at = end
        yield offset, Frame(receive_time, block)


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
