"""Chunks: entries of one stream, and how they lie in a frame on disk.

A frame is CRC32C (u32), the head's length (u32), the body's (u32), head, body; little-endian. The
CRC covers all that follows it. The body is a sketch of the texts, and two zstd frames: the texts,
each ending in a newline, and the columns (times, levels, ends of the texts), which only a search
that found something needs.
"""

from array import array
from itertools import accumulate
from struct import Struct as Layout
from typing import Final, NamedTuple

import msgspec
import zstandard
from crc32c import crc32c
from msgspec import Struct

from deskwatch.logs.level import LEVELS
from deskwatch.logs.line import Batch
from deskwatch.logs.sketch import SKETCH_BYTES, sketch
from deskwatch.tail.open_file import Position

#: A chunk is closed at this size: small enough that a search gives way to others between two.
CHUNK_BYTES: Final = 256 * 1024

#: More than any chunk needs, so that a damaged length can't make a reader ask for gigabytes.
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
MAX_HEAD_BYTES: Final = 4096

FRAME: Final = Layout("<III")
_CRC_BYTES: Final = 4
_LENGTHS: Final = Layout("<II")

#: Fast before small: logs are written once, and mostly never read.
_LEVEL: Final = 1


class Head(Struct, frozen=True, array_like=True, gc=False):
    """What a chunk holds: its place in the index.

    first: the number of its first entry in the stream, from 0. earliest and latest: of its entries'
    times, in ns. levels: a bit for each of LEVELS that is there. position: how far the followed
    file was read with it; None for what is no file.
    """

    service: str
    first: int
    entries: int
    earliest: int
    latest: int
    levels: int
    texts_bytes: int
    position: Position | None


class Damaged(Exception):
    """There is no whole frame here; the text says why."""


class Columns(NamedTuple):
    """Of each entry: its time in ns, its place in LEVELS, and where its text ends."""

    times: "array[int]"
    levels: bytes
    ends: "array[int]"


class OpenChunk:
    """A chunk that still grows."""

    def __init__(self, first: int, position: Position | None) -> None:
        self.first = first
        self.position = position
        self.times = array("q")
        self.levels = bytearray()
        self.texts: list[bytes] = []
        self.texts_bytes = 0

    def append(self, batch: Batch, position: Position | None) -> None:
        """Take in what was read up to `position`."""
        self.times.extend(batch.times)
        self.levels += batch.levels
        self.texts += batch.texts
        self.texts_bytes += sum(map(len, batch.texts)) + len(batch.texts)
        self.position = position

    def encode(self, service: str) -> bytes:
        """Return the chunk as a frame."""
        texts = b"\n".join([*self.texts, b""])
        ends = array("I", accumulate(len(text) + 1 for text in self.texts))
        columns = self.times.tobytes() + bytes(self.levels) + ends.tobytes()
        compressor = zstandard.ZstdCompressor(level=_LEVEL)
        packed = compressor.compress(texts)
        head = Head(
            service,
            self.first,
            len(self.texts),
            min(self.times, default=0),
            max(self.times, default=0),
            sum(1 << level for level in range(len(LEVELS)) if level in self.levels),
            len(packed),
            self.position,
        )
        return encode_frame(head, sketch(texts) + packed + compressor.compress(columns))


def encode_frame(head: Head, body: bytes) -> bytes:
    """Return a frame as it lies on disk."""
    encoded = msgspec.msgpack.encode(head)
    lengths = _LENGTHS.pack(len(encoded), len(body))
    crc = crc32c(body, crc32c(encoded, crc32c(lengths)))
    return crc.to_bytes(_CRC_BYTES, "little") + lengths + encoded + body


def read_head(data: bytes) -> tuple[Head, int]:
    """Return the head of the frame that `data` begins with, and the frame's length.

    Side effect: none; the CRC is for `read_body` to check. Raises Damaged.
    """
    if len(data) < FRAME.size:
        raise Damaged("the bytes end inside a frame's lengths")
    _, head_bytes, body_bytes = FRAME.unpack_from(data)
    if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
        raise Damaged(f"a frame can't be {head_bytes} and {body_bytes} bytes long")
    try:
        head = msgspec.msgpack.decode(data[FRAME.size : FRAME.size + head_bytes], type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"a frame's head can't be read: {error}") from error
    return head, FRAME.size + head_bytes + body_bytes


def read_body(frame: bytes) -> memoryview:
    """Return the body of a whole frame. Raises Damaged."""
    crc, head_bytes, body_bytes = FRAME.unpack_from(frame)
    if len(frame) != FRAME.size + head_bytes + body_bytes:
        raise Damaged("the bytes end inside a frame")
    if crc32c(memoryview(frame)[_CRC_BYTES:]) != crc:
        raise Damaged("a frame's CRC32C does not match")
    return memoryview(frame)[FRAME.size + head_bytes :]


def read_sketch(body: memoryview) -> memoryview:
    """Return the sketch of a chunk's texts. Raises Damaged."""
    if len(body) < SKETCH_BYTES:
        raise Damaged(f"a body of {len(body)} bytes is too short for a sketch")
    return body[:SKETCH_BYTES]


def read_texts(head: Head, body: memoryview) -> bytes:
    """Return the texts of a chunk, each ending in a newline. Raises Damaged."""
    return _unpacked(body[SKETCH_BYTES : SKETCH_BYTES + head.texts_bytes])


def read_columns(head: Head, body: memoryview) -> Columns:
    """Return the columns of a chunk. Raises Damaged."""
    data = _unpacked(body[SKETCH_BYTES + head.texts_bytes :])
    times, ends = array("q"), array("I")
    expected = head.entries * (times.itemsize + 1 + ends.itemsize)
    if len(data) != expected:
        raise Damaged(f"columns of {len(data)} bytes can't be those of {head.entries} entries")
    after_times = head.entries * times.itemsize
    after_levels = after_times + head.entries
    times.frombytes(data[:after_times])
    ends.frombytes(data[after_levels:])
    return Columns(times, data[after_times:after_levels], ends)


def _unpacked(packed: memoryview) -> bytes:
    """Return what a zstd frame holds. Raises Damaged, as where another deskwatch laid it out."""
    try:
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise Damaged(f"a frame's body can't be unpacked: {error}") from error


def reopen(frame: bytes) -> OpenChunk:
    """Return the chunk of a whole frame, to grow on. Raises Damaged."""
    head, _ = read_head(frame)
    body = read_body(frame)
    texts, columns = read_texts(head, body), read_columns(head, body)
    chunk = OpenChunk(head.first, head.position)
    begins = [0, *columns.ends[:-1]] if head.entries else []
    entries = [texts[begin : end - 1] for begin, end in zip(begins, columns.ends, strict=True)]
    batch = Batch(list(columns.times), bytearray(columns.levels), entries)
    chunk.append(batch, head.position)
    return chunk
