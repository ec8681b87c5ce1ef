"""Which events of a journal the books go without: a small file beside the segments.

Somebody names them (`deskwatch journal leave-out`) where a bug of ours ends every start at one. The
frames stay as they are.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from deskwatch.core.books import Books
from deskwatch.core.codec import split
from deskwatch.core.left_out import numbers
from deskwatch.core.rejection import shorten
from deskwatch.core.wording import counted
from deskwatch.journal.disk import Disk, publish, stage
from deskwatch.journal.lock import FolderLock
from deskwatch.journal.reader import Gap, read
from deskwatch.journal.segment import HEADER_BYTES, Cursor, JournalUnavailable, or_unavailable
from deskwatch.journal.snapshot import SnapshotStore

NAME: Final = "left-out.json"

_From1 = Annotated[int, Meta(ge=1)]


class LeftOutEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """One of them.

    segment, offset: the cursor after its block. number: which of the block's events it is, from 1,
    as `journal cat` prints them. event: its JSON, as the journal has it. left_out_at: ns.
    """

    segment: _From1
    offset: _From1
    number: _From1
    event: str
    left_out_at: int
    why: str

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"event {self.number} of the block before {self.segment}:{self.offset}"


class LeftOut:
    """Those of a journal. events: as they were left out, oldest first."""

    def __init__(self, events: Sequence[LeftOutEvent]) -> None:
        self.events = events
        self._of: dict[Cursor, list[LeftOutEvent]] = {}
        for one in events:
            self._of.setdefault(Cursor(one.segment, one.offset), []).append(one)

    def of(self, cursor: Cursor, block: bytes) -> list[LeftOutEvent]:
        """Return those of the block before `cursor`.

        Raises JournalUnavailable where the block has others: the list is of another journal then.
        """
        left = self._of.get(cursor, [])
        for one in left:
            values = split(block)
            found = values[one.number - 1] if one.number <= len(values) else b""
            if found != one.event.encode():
                raise JournalUnavailable(
                    f"{NAME} does not fit the journal: as {one.place} it has"
                    f" {shorten(one.event)}, and the journal"
                    f" {shorten(found.decode('utf-8', 'replace')) or 'none'}"
                )
        return left


class NothingToLeaveOut(Exception):
    """There is no such event to be left out; the text says why."""


def left_out(folder: Path) -> LeftOut:
    """Return the events of the journal in `folder` that are left out.

    Raises JournalUnavailable, also where the list is damaged: without it other books would come.
    """
    path = folder / NAME
    with or_unavailable("read which events are left out"):
        if not path.exists():
            return LeftOut([])
        data = path.read_bytes()
    try:
        return LeftOut(msgspec.json.decode(data, type=list[LeftOutEvent]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalUnavailable(
            f"can't read which events are left out: found {shorten(repr(data))} in {path}"
            f" ({error}); expected the list that `deskwatch journal leave-out` writes"
        ) from error


def leave_out(
    folder: Path, snapshots: SnapshotStore, cursor: Cursor, number: int, why: str, now: int
) -> LeftOutEvent:
    """Have the books go without an event from the next start on, and return it. Takes the lock.

    One that is left out already stays so, and nothing changes. now: ns.
    Raises NothingToLeaveOut, JournalLocked, JournalUnavailable.
    """
    with or_unavailable("leave an event out"):
        lock = FolderLock(folder)
        try:
            before = left_out(folder).events
            for one in before:
                if (one.segment, one.offset, one.number) == (*cursor, number):
                    return one
            event = _event(_block(folder, cursor), cursor, number)
            _only_after(snapshots, cursor)
            added = LeftOutEvent(*cursor, number, event.decode(), now, why)
            _write(Disk(), folder, [*before, added])
            return added
        finally:
            lock.release()


def forget_before(disk: Disk, folder: Path, segment: int) -> None:
    """Take from the list what was in segments that are gone. Raises JournalUnavailable."""
    events = left_out(folder).events
    kept = [one for one in events if one.segment >= segment]
    if len(kept) < len(events):
        with or_unavailable("write which events are left out"):
            _write(disk, folder, kept)


def note_way_around(
    error: Exception, books: Books, folder: Path, cursor: Cursor, block: bytes
) -> None:
    """Note on a bug of ours, met in the block before `cursor`, where that is and how to go on."""
    # The command may be run from elsewhere.
    folder = folder.absolute()
    where = f"the block before {cursor.segment}:{cursor.offset} in {folder}"
    if books.met_with is None:
        error.add_note(f"It is in {where}.")
        return
    number = numbers(block)[books.met_with]
    command = f"deskwatch journal leave-out {cursor.segment}:{cursor.offset} {number}"
    error.add_note(
        f"It is event {number} of {where}. To start without it, stop deskwatch and run:\n"
        f"  {command} --data {shlex.quote(str(folder.parent))}"
    )


def _block(folder: Path, cursor: Cursor) -> bytes:
    """Return the block before `cursor`. Raises NothingToLeaveOut, which says what is near."""
    before = ""
    for reached, frame in read(folder, Cursor(cursor.segment, HEADER_BYTES), _whatever_is_missing):
        if reached == cursor:
            return frame.block
        near = f"{reached.segment}:{reached.offset}"
        if reached > cursor:
            before = f"{before} and {near}" if before else near
            break
        before = near
    near = f"the nearest ends at {before}" if before else "there is none near it"
    raise NothingToLeaveOut(f"no block ends at {cursor.segment}:{cursor.offset}; {near}")


def _event(block: bytes, cursor: Cursor, number: int) -> bytes:
    values = split(block)
    if not 1 <= number <= len(values):
        raise NothingToLeaveOut(
            f"the block before {cursor.segment}:{cursor.offset} has"
            f" {counted(len(values), 'event')}: there is no number {number}"
        )
    return values[number - 1]


def _only_after(snapshots: SnapshotStore, cursor: Cursor) -> None:
    """Raise NothingToLeaveOut where the books of a snapshot have what is before `cursor`."""
    newest = max(snapshots.cursors(), default=None)
    if newest is not None and newest >= cursor:
        raise NothingToLeaveOut(
            f"the books have this event: a start begins at their newest snapshot, of"
            f" {newest.segment}:{newest.offset}, and does not come by it. To be rid of what it did,"
            " book a bust or a correction"
        )


def _write(disk: Disk, folder: Path, events: Sequence[LeftOutEvent]) -> None:
    path = folder / NAME
    stage(disk, path, [msgspec.json.format(msgspec.json.encode(events)) + b"\n"])
    publish(disk, path)


def _whatever_is_missing(_gap: Gap) -> None:
    """Take no notice: `verify` tells."""
