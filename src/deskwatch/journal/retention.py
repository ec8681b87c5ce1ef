"""What becomes of finished segments: they are sealed, and one day removed."""

from itertools import pairwise
from pathlib import Path

from deskwatch.journal.disk import Disk, remove
from deskwatch.journal.frame import FrameDamaged, passed_over
from deskwatch.journal.left_out import forget_before
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    open_segment,
    or_unavailable,
    plain_path,
    seal,
    sealed_path,
    segment_numbers,
)


def seal_before(disk: Disk, folder: Path, current: int) -> list[int]:
    """Seal every segment before `current` that is not sealed; return their numbers, oldest first.

    Raises JournalUnavailable.
    """
    done = []
    with or_unavailable("read the journal's folder"):
        numbers = segment_numbers(folder)
    for number in numbers:
        if number < current and plain_path(folder, number).exists():
            with or_unavailable(f"seal segment {number}"):
                seal(disk, folder, number)
            done.append(number)
    return done


def remove_old(disk: Disk, folder: Path, needed: Cursor, older_than: int) -> list[int]:
    """Remove segments that no one needs; return their numbers, oldest first.

    Removed is what lies wholly before `needed` and was received before `older_than` (nanoseconds
    UTC), from the oldest segment on and with no hole; also from the list of events that are left
    out. Raises JournalUnavailable.
    """
    removed = []
    with or_unavailable("read the journal's folder"):
        numbers = segment_numbers(folder)
    for number, following in pairwise(numbers):
        if number >= needed.segment:
            break
        with or_unavailable(f"remove segment {number}"):
            # The next segment's first frame is as old as this one's last, or younger.
            newest = _first_receive_time(folder, following)
            if newest is None or newest >= older_than:
                break
            for path in (sealed_path(folder, number), plain_path(folder, number)):
                if path.exists():
                    remove(disk, path)
        removed.append(number)
    if removed:
        forget_before(disk, folder, removed[-1] + 1)
    return removed


def _first_receive_time(folder: Path, number: int) -> int | None:
    with open_segment(folder, number) as segment:
        try:
            for _, frame in segment.frames(HEADER_BYTES, passed_over):
                return frame.receive_time
        except FrameDamaged:
            pass
    return None
