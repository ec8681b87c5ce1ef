"""Reading a journal in order, and saying what of it is missing. Takes no lock."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from deskwatch.journal.frame import Damage, Frame, FrameDamaged
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    Segment,
    open_segment,
    or_unavailable,
    segment_numbers,
)


class Gap(Struct, frozen=True):
    """A place where frames are, or may be, missing; reading goes on at the next good frame.

    offset: where the last good frame before it ends. bytes_lost: None if it can't be known, 0 if
    no frame is missing.
    """

    segment: int
    offset: int
    bytes_lost: int | None
    why: str


OnGap = Callable[[Gap], None]


def read(
    folder: Path, after: Cursor | None, on_gap: OnGap, until: Cursor | None = None
) -> Iterator[tuple[Cursor, Frame]]:
    """Yield the frames after a cursor (None: all there ever were), oldest first.

    Each comes with the cursor after it. Whatever is missing is handed to `on_gap`. Without `until`
    (the journal's end), the last segment may be in use: a frame that is being written there
    is left out, and is no gap. Raises JournalUnavailable.
    """
    with or_unavailable("read the journal"):
        first = after or Cursor(1, HEADER_BYTES)
        last = until.segment if until else None
        numbers = [n for n in segment_numbers(folder) if last is None or n <= last]
        if not numbers or numbers[-1] < first.segment:
            on_gap(Gap(first.segment, first.offset, None, "the journal ends before this"))
        expected = first.segment
        for number, following in _with_following([n for n in numbers if n >= expected]):
            if number > expected:
                on_gap(Gap(expected, HEADER_BYTES, None, missing(expected, number - 1)))
            start = first.offset if number == first.segment else HEADER_BYTES
            if following is None and until is not None:
                end: int | None = until.offset
            else:
                end = segment_end(folder, number, following)
            yield from _frames(folder, number, start, end, on_gap, live=following is None)
            expected = number + 1


def segment_end(folder: Path, number: int, following: int | None) -> int | None:
    """Return where the next segment says that this one ends, or None if it says nothing."""
    if following != number + 1:
        return None
    try:
        with open_segment(folder, following) as segment:
            return (segment.header.previous_end or None) if segment.header else None
    except FileNotFoundError:
        return None


def missing(first: int, last: int) -> str:
    """Return that the segments from `first` to `last` are not there, in words."""
    if first == last:
        return f"segment {first} is not there"
    return f"segments {first} to {last} are not there"


def segment_frames(
    segment: Segment, start: int, end: int | None, on_gap: OnGap, *, live: bool
) -> Iterator[tuple[int, Frame]]:
    """Yield the segment's frames from `start` to `end`, each with the offset after it.

    end None: all the whole frames. live: the segment may be in use.
    """
    if segment.header is None:
        on_gap(Gap(segment.number, 0, 0, "the header is damaged; the frames are read all the same"))
    size = max(segment.size, HEADER_BYTES)
    if start > (size if end is None else min(size, end)):
        on_gap(Gap(segment.number, start, None, "the segment ends before this"))
        return
    reached = start

    def skipped(damage: Damage) -> None:
        beyond = damage.offset + damage.size
        lost = (beyond if end is None else min(beyond, end)) - damage.offset
        on_gap(Gap(segment.number, damage.offset, lost, damage.why))

    try:
        frames = segment.frames(start, skipped)
        while end is None or reached < end:
            item = next(frames, None)
            if item is None:
                break
            reached = item[0]
            # Only what damage hides the end of: a frame there was never acknowledged.
            if end is None or reached <= end:
                yield item
    except FrameDamaged as damage:
        if end is None and live and damage.cut:
            return
        lost = max(segment.size if end is None else end, reached) - reached
        on_gap(Gap(segment.number, reached, lost, damage.why))
        return
    if end is not None and reached < end:
        on_gap(Gap(segment.number, reached, end - reached, "the segment ends early"))


def _frames(
    folder: Path, number: int, start: int, end: int | None, on_gap: OnGap, *, live: bool
) -> Iterator[tuple[Cursor, Frame]]:
    try:
        with open_segment(folder, number) as segment:
            for offset, frame in segment_frames(segment, start, end, on_gap, live=live):
                yield Cursor(number, offset), frame
    except FileNotFoundError:
        on_gap(Gap(number, start, None, "the segment was removed while it was read"))


def _with_following(numbers: list[int]) -> Iterator[tuple[int, int | None]]:
    yield from pairwise(numbers)
    if numbers:
        yield numbers[-1], None
