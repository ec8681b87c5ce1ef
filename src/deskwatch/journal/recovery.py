"""Putting a journal right after a crash: what is torn is kept aside, never deleted."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from msgspec import Struct

from deskwatch.journal.disk import Disk, publish, stage
from deskwatch.journal.frame import FrameDamaged
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    open_segment,
    plain_path,
    segment_numbers,
)

_CHUNK_BYTES: Final = 1024 * 1024


class Recovery(Struct, frozen=True):
    """What was found wrong at the end of a journal when it was opened.

    offset: where the last good frame ends. bytes_kept_aside: how much followed it, now in
    `NNNNNNNNNN.torn-<offset>`.
    """

    segment: int
    offset: int
    bytes_kept_aside: int
    why: str


class LastSegment(NamedTuple):
    """end: after the last good frame. writable: the segment is whole, and may take more."""

    end: Cursor
    writable: bool
    recoveries: tuple[Recovery, ...] = ()


def recover(disk: Disk, folder: Path) -> LastSegment:
    """Cut the last segment at its last good frame; what followed is kept aside.

    A segment that was cut is not writable, so that a cursor into what was lost is never given out
    again. A folder without segments ends before segment 1. Raises OSError, JournalUnavailable.
    """
    numbers = segment_numbers(folder)
    if not numbers:
        return LastSegment(Cursor(0, 0), writable=False)
    number, offset, damage = numbers[-1], HEADER_BYTES, None
    with open_segment(folder, number) as segment:
        try:
            for offset, _frame in segment.frames(HEADER_BYTES):  # noqa: B007
                pass
        except FrameDamaged as error:
            damage = error
    end, rest = Cursor(number, offset), max(segment.size - offset, 0)
    if segment.header is None:
        why = "the segment's header is damaged"
        if damage:
            why += f", and {damage.why}"
    elif damage:
        why = damage.why
    else:
        return LastSegment(end, writable=not segment.sealed)
    if segment.sealed:
        return LastSegment(end, writable=False, recoveries=(Recovery(number, offset, 0, why),))
    if rest:
        _keep_aside(disk, folder, end)
    return LastSegment(end, writable=False, recoveries=(Recovery(number, offset, rest, why),))


def _keep_aside(disk: Disk, folder: Path, end: Cursor) -> None:
    """Move what follows `end` to a file of its own: first copied, durably, and then cut off."""
    path = plain_path(folder, end.segment)
    name = f"{end.segment:010}.torn-{end.offset}"
    aside = folder / name
    for copy in count(2):
        if not aside.exists():
            break
        aside = folder / f"{name}.{copy}"
    with path.open("rb") as file:
        file.seek(end.offset)
        stage(disk, aside, _chunks(file))
        publish(disk, aside)
    fd = os.open(path, os.O_WRONLY)
    try:
        disk.cut(fd, end.offset)
        disk.sync(fd)
    finally:
        os.close(fd)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
