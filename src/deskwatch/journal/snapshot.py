"""Snapshots: the books at a cursor, so that a start replays only what came after it."""

import re
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec
import zstandard
from crc32c import crc32c

from deskwatch.journal.disk import Disk, explain, make_folder, publish, remove, stage
from deskwatch.journal.segment import Cursor, or_unavailable

VERSION: Final = 1

_MAGIC: Final = b"dwsnap"
_HEADER: Final = Struct("<6sHQQQ")
_CRC: Final = Struct("<I")
_BODY_AT: Final = _HEADER.size + _CRC.size
_NAME: Final = re.compile(r"(\d{10})-(\d{12})\.snapshot")


class Snapshot(msgspec.Struct, frozen=True):
    """payload: what `save` was given; it holds every frame up to the cursor and none after."""

    cursor: Cursor
    payload: bytes


class SnapshotStore:
    """A folder with the newest two snapshots.

    warnings: what `load` and `cursors` found unusable the last time, and why.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        self.warnings: list[str] = []

    def save(self, cursor: Cursor, payload: bytes) -> None:
        """Keep a snapshot, durably and all of it or nothing, and the newest good one before it.

        Raises JournalUnavailable: the earlier snapshots are then as they were.
        """
        with or_unavailable("keep a snapshot"):
            make_folder(self._disk, self._folder)
            path = self._folder / f"{cursor.segment:010}-{cursor.offset:012}.snapshot"
            stage(self._disk, path, [_encode(cursor, payload)])
            publish(self._disk, path)
            earlier = [other for other in self._paths() if other != path]
            kept = next((other for other in earlier if _valid(other)), None)
            for other in earlier:
                if other != kept:
                    remove(self._disk, other)

    def load(self, before: Cursor | None = None) -> Snapshot | None:
        """Return the newest good snapshot, or None; `warnings` says which others are not good.

        before: only of those that stand before this cursor. Raises JournalUnavailable where the
        folder can't be read.
        """
        self.warnings = []
        for path in self._paths():
            if before is not None and _cursor(path) >= before:
                continue
            try:
                return _decode(path.read_bytes())
            except (_Unusable, OSError) as error:
                self._warn(path, error)
        return None

    def cursors(self) -> list[Cursor]:
        """Return the cursors of the good snapshots, newest first. Raises JournalUnavailable."""
        self.warnings = []
        found = []
        for path in self._paths():
            try:
                found.append(_decode(path.read_bytes()).cursor)
            except (_Unusable, OSError) as error:
                self._warn(path, error)
        return found

    def _paths(self) -> list[Path]:
        """Return the snapshots' files, newest first. Raises JournalUnavailable."""
        with or_unavailable("read the snapshots"):
            if not self._folder.is_dir():
                return []
            paths = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(paths, reverse=True)

    def _warn(self, path: Path, error: Exception) -> None:
        why = explain(error) if isinstance(error, OSError) else str(error)
        self.warnings.append(f"snapshot {path.name} is not used: {why}")


class _Unusable(Exception):
    """A file that is not a whole snapshot of a version we read."""


def _cursor(path: Path) -> Cursor:
    """Return the cursor that a snapshot's file is named after."""
    segment, offset = path.stem.split("-")
    return Cursor(int(segment), int(offset))


def _encode(cursor: Cursor, payload: bytes) -> bytes:
    header = _HEADER.pack(_MAGIC, VERSION, cursor.segment, cursor.offset, len(payload))
    body = zstandard.ZstdCompressor().compress(payload)
    return header + _CRC.pack(crc32c(body, crc32c(header))) + body


def _decode(data: bytes) -> Snapshot:
    """Return the snapshot in a file's bytes. Raises _Unusable."""
    if len(data) < _BODY_AT:
        raise _Unusable(f"it has {len(data)} bytes; the header alone has {_BODY_AT}")
    magic, version, segment, offset, size = _HEADER.unpack_from(data)
    (crc,) = _CRC.unpack_from(data, _HEADER.size)
    if magic != _MAGIC:
        raise _Unusable("it is not a snapshot")
    if crc != crc32c(data[_BODY_AT:], crc32c(data[: _HEADER.size])):
        raise _Unusable("its CRC32C does not match")
    if version != VERSION:
        raise _Unusable(f"it has format {version}; this deskwatch reads {VERSION}")
    try:
        payload = zstandard.ZstdDecompressor().decompress(data[_BODY_AT:], max_output_size=size)
    except zstandard.ZstdError as error:
        raise _Unusable(str(error)) from error
    return Snapshot(Cursor(segment, offset), payload)


def _valid(path: Path) -> bool:
    try:
        _decode(path.read_bytes())
    except (_Unusable, OSError):
        return False
    return True
