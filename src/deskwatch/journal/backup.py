"""Backups: an engine's data folder as one tar stream, taken while it runs, and put back whole.

The order is what makes it one moment's: the journal comes last, so that nothing before it knows of
an event that is not in it.
"""

import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import IO, Final

import msgspec

from deskwatch.journal.disk import STAGED, Disk, chunks, make_folder, publish, stage
from deskwatch.journal.frame import FrameDamaged, passed_over
from deskwatch.journal.left_out import NAME as LEFT_OUT
from deskwatch.journal.lock import FolderLock
from deskwatch.journal.segment import (
    HEADER_BYTES,
    JournalUnavailable,
    open_segment,
    or_unavailable,
    plain_path,
    sealed_path,
    segment_numbers,
)

JOURNAL, SNAPSHOTS = "journal", "snapshots"
#: Stands at the end of a whole backup.
LAST: Final = "backup.json"
#: Where `restore` puts what it finds, with a number.
REPLACED: Final = "replaced-"

#: No backup has the logs, so none takes them away: they tell of what made a restore necessary.
LOGS: Final = "logs"

_RESTORING: Final = "restoring" + STAGED
_FOLDERS: Final = ("", JOURNAL, SNAPSHOTS)
#: Relative, for an absolute one would leave the folder that it is joined to.
_OURS: Final = re.compile(rf"(?:(?:{JOURNAL}|{SNAPSHOTS})/)?[^/.\0][^/\0]*")


class Backup(msgspec.Struct, frozen=True):
    """segment, offset: where its journal ends. files: how many there are in it, without this."""

    segment: int
    offset: int
    files: int


def back_up(data: Path, out: IO[bytes]) -> Backup:
    """Write the data folder of an engine, running or not; return what was written.

    Takes no lock, changes nothing. Raises JournalUnavailable, also where a file went meanwhile.
    """
    with or_unavailable("write the backup"), tarfile.open(fileobj=out, mode="w|") as tar:
        files = 0
        for path in sorted(data.glob("*.json")):
            _add(tar, path.name, path.read_bytes())
            files += 1
        for name, content in _snapshots(data / SNAPSHOTS):
            _add(tar, f"{SNAPSHOTS}/{name}", content)
            files += 1
        for path in sorted(data.glob("*.sqlite")):
            _add_database(tar, path)
            files += 1
        # After the snapshots: none of them is without an event that this does not name.
        if (data / JOURNAL / LEFT_OUT).exists():
            _add(tar, f"{JOURNAL}/{LEFT_OUT}", (data / JOURNAL / LEFT_OUT).read_bytes())
            files += 1
        numbers = segment_numbers(data / JOURNAL)
        segment, offset = 0, 0
        for segment in numbers:
            offset = _add_segment(tar, data / JOURNAL, segment, live=segment == numbers[-1])
        backup = Backup(segment, offset, files + len(numbers))
        _add(tar, LAST, msgspec.json.encode(backup))
        return backup


def restore(source: IO[bytes], data: Path) -> Backup:
    """Make `data` what was backed up; what was there, but for logs, goes to `replaced-N` in it.

    Nothing is moved before all of the backup is on the disk. Raises JournalLocked while an engine
    runs there, JournalUnavailable where the stream isn't a whole backup.
    """
    disk, staging = Disk(), data / _RESTORING
    with or_unavailable("restore the backup"):
        make_folder(disk, data)
        with _not_running(data / JOURNAL):
            shutil.rmtree(staging, ignore_errors=True)
            try:
                backup = _unpack(disk, source, staging)
                _exchange(disk, staging, data)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            return backup


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_file(tar, name, BytesIO(content), len(content))


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, file)


def _snapshots(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.snapshot")):
        try:
            yield path.name, path.read_bytes()
        except FileNotFoundError:
            # The engine has just kept a newer one; the journal has all that this one had.
            continue


def _add_database(tar: tarfile.TarFile, path: Path) -> None:
    """Add SQLite's own copy, which has no half a transaction and needs no file beside it."""
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as copy:
        try:
            with (
                closing(sqlite3.connect(path)) as one,
                closing(sqlite3.connect(copy.name)) as other,
            ):
                one.backup(other)
        except sqlite3.Error as error:
            way = tempfile.gettempdir()  # whose disk may be the full one
            raise JournalUnavailable(f"can't copy {path} by way of {way}: {error}") from error
        with Path(copy.name).open("rb") as file:
            _add_file(tar, path.name, file, Path(copy.name).stat().st_size)


def _add_segment(tar: tarfile.TarFile, folder: Path, number: int, *, live: bool) -> int:
    """Add a segment, the live one to its last whole frame; return where it ends."""
    end = _whole(folder, number) if live else None
    try:
        path = plain_path(folder, number)
        file = path.open("rb")
    except FileNotFoundError:
        path = sealed_path(folder, number)
        file = path.open("rb")
    with file:
        size = file.seek(0, 2)
        file.seek(0)
        kept = size if end is None or path.suffix == ".zst" else min(end, size)
        _add_file(tar, f"{JOURNAL}/{path.name}", file, kept)
        return kept if end is None else end


def _whole(folder: Path, number: int) -> int:
    """Return where a segment's last whole frame ends; its size, where what follows is damage."""
    end = HEADER_BYTES
    with open_segment(folder, number) as segment:
        try:
            for end, _ in segment.frames(HEADER_BYTES, passed_over):  # noqa: B007
                pass
        except FrameDamaged as damage:
            if not damage.cut:
                return segment.size
    return end


@contextmanager
def _not_running(journal: Path) -> Iterator[None]:
    if not journal.is_dir():
        yield
        return
    lock = FolderLock(journal)
    try:
        yield
    finally:
        lock.release()


def _unpack(disk: Disk, source: IO[bytes], staging: Path) -> Backup:
    """Write the stream's files into a folder, durably. Raises JournalUnavailable, OSError."""
    files, backup = 0, None
    for folder in _FOLDERS:
        make_folder(disk, staging / folder)
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None or not _is_ours(member.name):
                    raise JournalUnavailable(f"{member.name!r} is in no backup of deskwatch")
                if member.name == LAST:
                    backup = msgspec.json.decode(content.read(), type=Backup)
                    continue
                path = staging / member.name
                stage(disk, path, chunks(content))
                publish(disk, path)
                files += 1
    except (tarfile.TarError, msgspec.DecodeError) as error:
        raise JournalUnavailable(f"this is no backup, or not all of it: {error}") from error
    if backup is None or backup.files != files:
        raise JournalUnavailable(f"this is not all of a backup: it ends after {files} files")
    return backup


def _is_ours(name: str) -> bool:
    return _OURS.fullmatch(name) is not None and STAGED not in name


def _exchange(disk: Disk, staging: Path, data: Path) -> None:
    """Move what is in `data` aside, but for logs, and what is in `staging` there."""
    stays = {staging.name, LOGS}
    found = [
        one for one in data.iterdir() if one.name not in stays and not one.name.startswith(REPLACED)
    ]
    if found:
        aside = next(path for n in count(1) if not (path := data / f"{REPLACED}{n}").exists())
        aside.mkdir(mode=0o700)
        for one in found:
            one.rename(aside / one.name)
    for one in staging.iterdir():
        one.rename(data / one.name)
    disk.sync_folder(data)
