"""Segments: the files that frames lie in.

`NNNNNNNNNN.log` is a header and frames; a sealed one is `NNNNNNNNNN.log.zst`, the same bytes
compressed. While both are there the plain one counts: it is the original, and it is removed only
after the sealed one is whole, compared and durable. Offsets are those of the plain file.

The header names the offset at which the segment before ended. So a frame that was written there
but never acknowledged is not read, and an acknowledged one that is missing is noticed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final, NamedTuple

import zstandard
from crc32c import crc32c

from deskwatch.journal.disk import Disk, chunks, explain, publish, remove, stage, staged
from deskwatch.journal.frame import Frame, FrameDamaged, OnDamage, Source, read_frames

VERSION: Final = 1
SEALING_LEVEL: Final = 3

_MAGIC: Final = b"dwjrnl"
_FIELDS: Final = Struct("<6sHQQ")
_CRC: Final = Struct("<I")
_CHUNK_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"(\d{10})\.log(\.zst)?")

#: The first frame's offset.
HEADER_BYTES: Final = _FIELDS.size + _CRC.size


class JournalUnavailable(Exception):
    """The journal can't be read or written now; the text says why."""


@contextmanager
def or_unavailable(what: str) -> Iterator[None]:
    """Raise an OSError from within as JournalUnavailable: "can't <what>: <why>"."""
    try:
        yield
    except OSError as error:
        raise JournalUnavailable(f"can't {what}: {explain(error)}") from error


class Cursor(NamedTuple):
    """A place between two frames; later places are greater."""

    segment: int
    offset: int


class Header(NamedTuple):
    """previous_end: where the segment before ended; 0 if there is none, or its end is not known."""

    number: int
    previous_end: int


def encode_header(header: Header) -> bytes:
    """Return the segment's first HEADER_BYTES bytes."""
    fields = _FIELDS.pack(_MAGIC, VERSION, header.number, header.previous_end)
    return fields + _CRC.pack(crc32c(fields))


def decode_header(data: bytes) -> Header | None:
    """Return the header, or None if it is damaged.

    Raises JournalUnavailable if a newer deskwatch wrote it.
    """
    if len(data) < HEADER_BYTES:
        return None
    magic, version, number, previous_end = _FIELDS.unpack_from(data)
    (crc,) = _CRC.unpack_from(data, _FIELDS.size)
    if magic != _MAGIC or crc != crc32c(data[: _FIELDS.size]):
        return None
    if version > VERSION:
        raise JournalUnavailable(
            f"segment {number} has format {version}, of a newer deskwatch; this one reads {VERSION}"
        )
    return Header(number, previous_end)


def plain_path(folder: Path, number: int) -> Path:
    """Return where the segment is while it is written."""
    return folder / f"{number:010}.log"


def sealed_path(folder: Path, number: int) -> Path:
    """Return where the segment is once it is sealed."""
    return folder / f"{number:010}.log.zst"


def segment_numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments there are, oldest first."""
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted({int(name[1]) for name in names if name})


def create_segment(disk: Disk, folder: Path, header: Header) -> Path:
    """Create a segment with no frames, durably, and return its path."""
    path = plain_path(folder, header.number)
    stage(disk, path, [encode_header(header)])
    publish(disk, path)
    return path


class Segment(NamedTuple):
    """A segment opened for reading; its frames can be read once, from one offset.

    header: None if it is damaged. size: that of the plain file. stored_bytes: that of the file.
    """

    number: int
    sealed: bool
    header: Header | None
    size: int
    stored_bytes: int
    source: Source

    def frames(self, offset: int, on_damage: OnDamage) -> Iterator[tuple[int, Frame]]:
        """Yield each frame from `offset` (≥ HEADER_BYTES) on, with the offset after it.

        Damage between good frames is handed to `on_damage`. Raises FrameDamaged after the last.
        """
        _skip(self.source, offset - HEADER_BYTES)
        return read_frames(self.source, offset, on_damage)


@contextmanager
def open_segment(folder: Path, number: int) -> Iterator[Segment]:
    """Open a segment for reading, sealed or not.

    Raises FileNotFoundError, JournalUnavailable (written by a newer deskwatch).
    """
    # The plain name goes only after the sealed one is there: in this order neither is missed.
    try:
        file, sealed = plain_path(folder, number).open("rb"), False
    except FileNotFoundError:
        file, sealed = sealed_path(folder, number).open("rb"), True
    with file:
        stored_bytes = file.seek(0, 2)
        file.seek(0)
        if sealed:
            unsealed = _Unsealed(file)
            source: Source = unsealed
            size = unsealed.size
        else:
            source, size = file, stored_bytes
        header = _read_header(source, number)
        yield Segment(number, sealed, header, size, stored_bytes, source)


def seal(disk: Disk, folder: Path, number: int) -> None:
    """Replace a finished segment by its compressed copy, which holds the same bytes.

    A crash at any point leaves the plain file, the sealed one, or both. Raises OSError.
    """
    plain, sealed = plain_path(folder, number), sealed_path(folder, number)
    with plain.open("rb") as file:
        stage(disk, sealed, _compressed(file))
        file.seek(0)
        with staged(sealed).open("rb") as copy:
            same = _same_bytes(file, _Unsealed(copy))
    if not same:
        disk.unlink(staged(sealed))
        raise OSError(f"the compressed copy of {plain} differs from it")
    publish(disk, sealed)
    remove(disk, plain)


class _Unsealed:
    """The plain bytes of a sealed file. What is wrong with it is raised as FrameDamaged."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(18)  # a zstd frame's header is at most this long
        file.seek(0)
        try:
            self.size = zstandard.get_frame_parameters(head).content_size
        except zstandard.ZstdError:
            self.size = 0
        self._whole = 0 < self.size < zstandard.CONTENTSIZE_ERROR
        self._given = 0
        self._stream = zstandard.ZstdDecompressor().stream_reader(file)

    def read(self, size: int, /) -> bytes:
        if not self._whole:
            raise FrameDamaged("the sealed file's head is damaged", cut=False)
        try:
            chunk = self._stream.read(size)
        except zstandard.ZstdError as error:
            raise FrameDamaged(f"the sealed file is damaged: {error}", cut=False) from error
        self._given += len(chunk)
        # The decompressor takes a file that was cut short for one that ends.
        if not chunk and self._given < self.size:
            raise FrameDamaged("the sealed file ends early", cut=False)
        return chunk


def _read_header(source: Source, number: int) -> Header | None:
    try:
        header = decode_header(_exactly(source, HEADER_BYTES))
    except FrameDamaged:
        return None
    return header if header and header.number == number else None


def _skip(source: Source, size: int) -> None:
    while size > 0:
        skipped = len(source.read(min(size, _CHUNK_BYTES)))
        if not skipped:
            return
        size -= skipped


def _compressed(file: BinaryIO) -> Iterator[bytes]:
    size = file.seek(0, 2)
    file.seek(0)
    compressor = zstandard.ZstdCompressor(level=SEALING_LEVEL, write_checksum=True)
    stream = compressor.compressobj(size=size)
    for chunk in chunks(file):
        yield stream.compress(chunk)
    yield stream.flush()


def _same_bytes(one: Source, other: Source) -> bool:
    try:
        while True:
            chunk = one.read(_CHUNK_BYTES)
            if chunk != _exactly(other, len(chunk) or 1):
                return False
            if not chunk:
                return True
    except FrameDamaged:
        return False


def _exactly(source: Source, size: int) -> bytes:
    parts: list[bytes] = []
    while size and (chunk := source.read(size)):
        parts.append(chunk)
        size -= len(chunk)
    return b"".join(parts)
