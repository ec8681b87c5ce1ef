"""Where JSON lines are read from: files, compressed ones, standard input."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from deskwatch.ingest.block import Block, LineCutter

STANDARD_INPUT: Final = "-"
BLOCK_LINES: Final = 500

_CHUNK_BYTES: Final = 256 * 1024
#: zstd can say 128 KiB in four bytes: even of a hostile file, a chunk unfolds into some 30 MiB.
_COMPRESSED_CHUNK_BYTES: Final = 1024


class Unreadable(Exception):
    """A file that can't be read, or not to its end; the text names it and says why."""


def blocks(path: Path, max_line_bytes: int, advance: Callable[[int], None]) -> Iterator[Block]:
    """Yield a file's lines in blocks; `advance` is told how many of its bytes were read.

    Raises Unreadable.
    """
    cutter = LineCutter(max_line_bytes)
    try:
        with _opened(path) as file:
            for chunk in _plain(path, file, advance):
                cutter.feed(chunk)
                yield from _whole(cutter)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Unreadable(f"can't read {path}: {why}") from error
    cutter.finish()
    yield from _whole(cutter)


def _whole(cutter: LineCutter) -> Iterator[Block]:
    while (block := cutter.take(BLOCK_LINES)) is not None:
        yield block


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if str(path) == STANDARD_INPUT else path.open("rb")


def _plain(path: Path, file: BinaryIO, advance: Callable[[int], None]) -> Iterator[bytes]:
    """Yield what the file says, uncompressed."""
    if path.suffix == ".gz":
        with gzip.open(file) as unzipped:
            at = 0
            while chunk := unzipped.read(_CHUNK_BYTES):
                advance(file.tell() - at)
                at = file.tell()
                yield chunk
    elif path.suffix == ".zst":
        yield from _unzstd(file, advance)
    else:
        while chunk := file.read(_CHUNK_BYTES):
            advance(len(chunk))
            yield chunk


def _unzstd(file: BinaryIO, advance: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the bytes of one zstd frame after another. Raises EOFError when the last is cut."""
    frame = None
    while compressed := file.read(_COMPRESSED_CHUNK_BYTES):
        advance(len(compressed))
        while compressed:
            if frame is None:
                frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(compressed)
            compressed = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame = None
    if frame is not None:
        raise EOFError("the compressed file ends early")
