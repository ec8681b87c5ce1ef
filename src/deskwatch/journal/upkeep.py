"""What an operator does with a journal: verify it, print it, make it smaller."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from deskwatch.core.wording import counted
from deskwatch.journal.disk import Disk, remove_staged
from deskwatch.journal.frame import Frame
from deskwatch.journal.left_out import LeftOutEvent, left_out
from deskwatch.journal.lock import FolderLock
from deskwatch.journal.reader import (
    Gap,
    OnGap,
    missing,
    read,
    segment_end,
    segment_frames,
)
from deskwatch.journal.recovery import TORN
from deskwatch.journal.retention import remove_old, seal_before
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    open_segment,
    or_unavailable,
    segment_numbers,
)
from deskwatch.journal.snapshot import SnapshotStore

State = Literal["open", "finished", "sealed"]


class SegmentReport(Struct, frozen=True):
    """One segment as `verify` found it.

    state: open (the last: may be in use), finished (not sealed yet) or sealed. plain_bytes:
    uncompressed; stored_bytes: as they lie on the disk. problems: empty when all is well.
    """

    segment: int
    state: State
    frames: int
    plain_bytes: int
    stored_bytes: int
    problems: list[str]


class VerifyReport(Struct, frozen=True):
    """segments: oldest first. kept_aside: files with what was torn off in earlier recoveries.

    left_out: events that the books go without, which are kept all the same.
    """

    segments: list[SegmentReport]
    kept_aside: list[str]
    left_out: Sequence[LeftOutEvent]

    @property
    def ok(self) -> bool:
        """Whether every acknowledged frame is there and whole."""
        return not any(segment.problems for segment in self.segments)


class CompactReport(Struct, frozen=True):
    """What `compact` did, each oldest first, and the journal's size on the disk around it."""

    sealed: list[int]
    removed: list[int]
    bytes_before: int
    bytes_after: int
    warnings: list[str]


def verify(folder: Path) -> VerifyReport:
    """Read every frame there is and return what was found. Takes no lock, changes nothing.

    Segments that retention has removed are no problem; a hole between those that are there is.
    Raises JournalUnavailable.
    """
    with or_unavailable("read the journal"):
        numbers = segment_numbers(folder)
        following = [*numbers[1:], None] if numbers else []
        reports, expected = [], None
        for number, next_number in zip(numbers, following, strict=True):
            report = _verify_segment(folder, number, next_number)
            if expected is not None and number > expected:
                report.problems.insert(0, missing(expected, number - 1))
            reports.append(report)
            expected = number + 1
        kept_aside = sorted(path.name for path in folder.glob(f"*{TORN}*"))
        return VerifyReport(reports, kept_aside, left_out(folder).events)


def cat(folder: Path, after: Cursor | None, on_gap: OnGap) -> Iterator[tuple[Cursor, Frame]]:
    """Yield the journal's frames after a cursor (None: all), oldest first. Takes no lock.

    Each comes with the cursor after it; whatever is missing is handed to `on_gap`.
    Raises JournalUnavailable.
    """
    return read(folder, after, on_gap)


def compact(
    folder: Path, snapshots: SnapshotStore, keep_ns: int, now: int, disk: Disk | None = None
) -> CompactReport:
    """Remove the segments that no start and no retention needs, and seal the other finished ones.

    Removed is what lies wholly before the oldest good snapshot (the newest may be damaged one day;
    the one before it is worth nothing without the segments after it) and was received more than
    `keep_ns` before `now`. Without a good snapshot nothing is removed. Takes the lock.
    Raises JournalLocked, JournalUnavailable.
    """
    disk = disk or Disk()
    with or_unavailable("compact the journal"):
        lock = FolderLock(folder)
        try:
            remove_staged(disk, folder)
            before = _stored_bytes(folder)
            cursors = snapshots.cursors()
            # First: on a full disk there is no room for what sealing writes before it removes.
            removed = remove_old(disk, folder, cursors[-1], now - keep_ns) if cursors else []
            numbers = segment_numbers(folder)
            sealed = seal_before(disk, folder, numbers[-1]) if numbers else []
            after = _stored_bytes(folder)
        finally:
            lock.release()
    return CompactReport(sealed, removed, before, after, list(snapshots.warnings))


def _verify_segment(folder: Path, number: int, following: int | None) -> SegmentReport:
    problems: list[str] = []

    def note(gap: Gap) -> None:
        lost = "" if gap.bytes_lost is None else f", {counted(gap.bytes_lost, 'byte')} from there"
        problems.append(f"at offset {gap.offset}{lost}: {gap.why}")

    frames, end, live = 0, segment_end(folder, number, following), following is None
    with open_segment(folder, number) as segment:
        for _ in segment_frames(segment, HEADER_BYTES, end, note, live=live):
            frames += 1
    state: State = "sealed" if segment.sealed else "open" if live else "finished"
    return SegmentReport(number, state, frames, segment.size, segment.stored_bytes, problems)


def _stored_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
