"""Putting a journal right after a crash: what is torn is kept aside, never deleted.

A crash tears the end of the last group, which nobody was told is kept. While the disk takes nothing
it stays in its place, behind where the next segment says that this one ends. Whatever else is wrong
may have been acknowledged: it stays where it is, and who reads past it is told.
"""

import os
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from deskwatch.journal.disk import Disk, chunks, explain, publish, stage, takes_nothing
from deskwatch.journal.frame import Damage, FrameDamaged
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    open_segment,
    plain_path,
    segment_numbers,
)

#: In the name of a file that holds what was cut off, between the segment's number and the offset.
TORN: Final = ".torn-"


class Recovery(Struct, frozen=True):
    """What was found wrong in the last segment of a journal when it was opened.

    offset: where the good frame before it ends. bytes_kept_aside: how much of an unfinished frame
    followed it, now in `NNNNNNNNNN.torn-<offset>`; 0 where it was left in its place.
    """

    segment: int
    offset: int
    bytes_kept_aside: int
    why: str


class LastSegment(NamedTuple):
    """end: where what was written ends. writable: the segment is whole, and may take more."""

    end: Cursor
    writable: bool
    recoveries: tuple[Recovery, ...] = ()


def recover(disk: Disk, folder: Path) -> LastSegment:
    """Cut an unfinished frame off the last segment, and keep it aside.

    A segment that was cut or is damaged is not writable, so that a cursor into what was lost is
    never given out again. A folder without segments ends before segment 1.
    Raises OSError, JournalUnavailable.
    """
    numbers = segment_numbers(folder)
    if not numbers:
        return LastSegment(Cursor(0, 0), writable=False)
    number, offset, torn = numbers[-1], HEADER_BYTES, None
    damages: list[Damage] = []
    with open_segment(folder, number) as segment:
        try:
            for offset, _frame in segment.frames(HEADER_BYTES, damages.append):  # noqa: B007
                pass
        except FrameDamaged as error:
            torn = error
    rest = max(segment.size - offset, 0)
    recoveries = [Recovery(number, damage.offset, 0, damage.why) for damage in damages]
    if segment.header is None:
        recoveries.append(Recovery(number, 0, 0, "the segment's header is damaged"))
    if torn and torn.cut and not segment.sealed:
        recoveries.append(_kept_aside(disk, folder, Cursor(number, offset), rest, torn.why))
    elif torn:
        recoveries.append(Recovery(number, offset, 0, torn.why))
        offset += rest
    writable = not (segment.sealed or recoveries)
    return LastSegment(Cursor(number, offset), writable, tuple(recoveries))


def _kept_aside(disk: Disk, folder: Path, end: Cursor, rest: int, why: str) -> Recovery:
    try:
        _keep_aside(disk, folder, end)
    except OSError as error:
        if not takes_nothing(error):
            raise
        return Recovery(*end, 0, f"{why}; they stay there: {explain(error)}")
    return Recovery(*end, rest, why)


def _keep_aside(disk: Disk, folder: Path, end: Cursor) -> None:
    """Move what follows `end` to a file of its own: first copied, durably, and then cut off."""
    path = plain_path(folder, end.segment)
    name = f"{end.segment:010}{TORN}{end.offset}"
    aside = folder / name
    for copy in count(2):
        if not aside.exists():
            break
        aside = folder / f"{name}.{copy}"
    with path.open("rb") as file:
        file.seek(end.offset)
        stage(disk, aside, chunks(file))
        publish(disk, aside)
    fd = os.open(path, os.O_WRONLY)
    try:
        disk.cut(fd, end.offset)
        disk.sync(fd)
    finally:
        os.close(fd)
