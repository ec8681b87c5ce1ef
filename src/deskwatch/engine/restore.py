"""The books as they were: the newest snapshot, and the journal's frames after it."""

from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from msgspec import Struct, json

from deskwatch.core.books import Books
from deskwatch.core.period import DAY, age_ns
from deskwatch.core.rejection import EventRejected
from deskwatch.core.replay import apply_frame
from deskwatch.core.state import StateUnreadable, dump, load
from deskwatch.journal.history import History
from deskwatch.journal.journal import Journal
from deskwatch.journal.left_out import note_way_around
from deskwatch.journal.reader import Gap
from deskwatch.journal.segment import Cursor, JournalUnavailable
from deskwatch.journal.snapshot import Snapshot, SnapshotStore

log = structlog.get_logger()

#: Rows that a replay keeps in memory before the history gets them.
ROWS_AT_ONCE: Final = 5000

#: What a point weighs of them.
POINT_ROWS: Final = 5

#: For how long a start tells what an earlier one found missing, and of events that were left out:
#: a restart mends no position.
LOSS_TOLD_NS: Final = DAY

#: Told the number of frames applied so far.
Progress = Callable[[int], None]


class Loss(Struct, frozen=True):
    """What the books lack. gaps: places where the journal has lost frames.

    lost_bytes: of how many that is known. found_at: when the last was found (ns); 0 without any.
    """

    gaps: int = 0
    lost_bytes: int = 0
    found_at: int = 0

    def and_before(self, before: "Loss", now: int) -> "Loss":
        """Return this together with what was found before, unless that is long ago."""
        if not before.gaps or age_ns(before.found_at, now) > LOSS_TOLD_NS:
            return self
        return Loss(
            self.gaps + before.gaps,
            self.lost_bytes + before.lost_bytes,
            max(self.found_at, before.found_at),
        )


class Restored(NamedTuple):
    """Books that stand at `cursor`; frames: how many were replayed to get there.

    gaps: places where the journal has lost some; lost_bytes: of how many that is known. history:
    how far the history is. before: what was missing already where the replay began.
    """

    books: Books
    cursor: Cursor | None
    frames: int
    gaps: int
    lost_bytes: int
    history: Cursor | None
    before: Loss = Loss()


class _Head(Struct):
    """What stands before the books in a snapshot: how far the history was when it was taken.

    loss: what they lack; nothing in a snapshot of an engine that did not keep it.
    """

    history: Cursor | None
    loss: Loss = Loss()


def snapshot_payload(books: Books, history: Cursor | None, loss: Loss) -> bytes:
    """Return what a snapshot keeps of the books, with the history's cursor of the same moment."""
    return json.encode(_Head(history, loss)) + b"\n" + dump(books)


def restore(
    new_books: Callable[[], Books],
    journal: Journal,
    snapshots: SnapshotStore,
    history: History | None,
    progress: Progress,
) -> Restored:
    """Return the books, and leave in them only rows that the history does not have yet.

    A history that lost what it once had is filled again from the journal first.
    Raises HistoryUnavailable, and JournalUnavailable; also where nothing that is there brings the
    same books again.
    """
    found = _from_snapshots(new_books, snapshots, journal)
    if found is None:
        return _replay(new_books(), None, journal, history, progress)
    books, cursor, head = found
    rows_from = head.history
    if history is not None:
        written = history.cursor()
        # Between the two it ends where an earlier filling was cut off.
        behind = written is None or written < cursor
        if rows_from is not None and written != rows_from and behind:
            log.warning("history_is_behind", snapshot=str(rows_from), history=str(written))
            books = _fill_again(history, (books, new_books()), cursor, journal, progress)
        elif written != rows_from:
            # They were written after the snapshot was taken.
            _forget_rows(books)
    return _replay(books, cursor, journal, history, progress)._replace(before=head.loss)


def _fill_again(
    history: History,
    both: tuple[Books, Books],
    cursor: Cursor,
    journal: Journal,
    progress: Progress,
) -> Books:
    """Give the history every row there was when `books` stood at `cursor`; return books to go on.

    They have no rows left. Frames alone don't bring them all: the history may have had rows of
    periods that time closed after the last frame, and `books` count those as closed. So time passes
    here as it did for them. both: `books`, and fresh ones. Where another calendar is set since, the
    open periods of `books` would not begin where the last row ends: then those go on that were
    fresh, and have booked it all by the new one.
    """
    history.reset()
    books, fresh = both
    again = _replay(fresh, None, journal, history, progress, until=cursor)
    again.books.begin(books.now)
    complete = again.books if again.gaps == 0 else books
    if again.gaps:
        log.error("history_lost", until=str(cursor), gaps=again.gaps)
        history.reset()
    _write(history, cursor, complete)
    going_on = books if complete.closing.same_periods(books.closing) else complete
    _forget_rows(going_on)
    return going_on


def _replay(
    books: Books,
    cursor: Cursor | None,
    journal: Journal,
    history: History | None,
    progress: Progress,
    until: Cursor | None = None,
) -> Restored:
    """Book the frames after `cursor`, through the one before `until`; rows go to the history.

    Those of the last frame before `until` wait for what time closes after it, since a cursor is
    written once. What a bug of ours raises has a note of how to start without the event that it was
    met with.
    """
    written = None if history is None else history.cursor()
    frames = 0
    gaps, lost_bytes = 0, 0
    left_out = journal.left_out()

    def on_gap(gap: Gap) -> None:
        nonlocal gaps, lost_bytes
        gaps += gap.bytes_lost != 0
        lost_bytes += gap.bytes_lost or 0
        log.error("journal_gap", gap=str(gap))

    for after, frame in journal.read(cursor, on_gap):
        if until is not None and after > until:
            break
        left = [one.number for one in left_out.of(after, frame.block)]
        try:
            apply_frame(books, frame.receive_time, frame.block, _ignore, left)
        except Exception as bug:
            note_way_around(bug, books, journal.folder, after, frame.block)
            raise
        cursor = after
        frames += 1
        progress(frames)
        if written is not None and after <= written:
            _forget_rows(books)
        elif history is not None and after != until and _rows(books) > ROWS_AT_ONCE:
            _write(history, after, books)
            written = after
            _forget_rows(books)
    return Restored(books, cursor, frames, gaps, lost_bytes, written)


def _from_snapshots(
    new_books: Callable[[], Books], snapshots: SnapshotStore, journal: Journal
) -> tuple[Books, Cursor, _Head] | None:
    """Return the books of the newest snapshot that can be taken up; None if the journal has all.

    Raises JournalUnavailable where only snapshots of another layout know what the journal has no
    more (`journal.keep_days`): a replay would begin without it, and other books would come of it.
    """
    why, before = "", None
    while (snapshot := snapshots.load(before)) is not None:
        _tell_unusable(snapshots)
        try:
            return _taken_up(new_books(), snapshot)
        except (StateUnreadable, ValueError) as error:
            why, before = str(error), snapshot.cursor
            log.warning("snapshot_unreadable", why=why, cursor=str(before))
    _tell_unusable(snapshots)
    if why and journal.begins_with > 1:
        raise JournalUnavailable(
            f"can't take up the books as another deskwatch has put them away ({why}), and the"
            f" journal has nothing from before its segment {journal.begins_with} any more: see"
            ' "Upgrade" in docs/operations.md'
        )
    return None


def _tell_unusable(snapshots: SnapshotStore) -> None:
    for warning in snapshots.warnings:
        log.warning("snapshot_unreadable", why=warning)


def _taken_up(books: Books, snapshot: Snapshot) -> tuple[Books, Cursor, _Head]:
    """Return fresh `books` as they were put away, their cursor, and what was kept beside them.

    Raises StateUnreadable, ValueError; JournalUnavailable where they hold more than the settings
    allow: a replay would leave out what is over a bound, and other books would come of it.
    """
    first, _, state = snapshot.payload.partition(b"\n")
    try:
        head = json.decode(first, type=_Head)
        load(books, state)
    except EventRejected as over:
        why = f"can't take up the books, which hold more than [books] allows: {over.reason}"
        raise JournalUnavailable(f"{why}, the bound is {over.found}") from over
    return books, snapshot.cursor, head


def _rows(books: Books) -> int:
    """Return how much waits for the history; a point weighs as much as several rows."""
    closing = books.closing
    return len(closing.closed) + len(closing.late) + POINT_ROWS * books.timeline.waits


def _write(history: History, cursor: Cursor, books: Books) -> None:
    closing = books.closing
    history.write(cursor, closing.closed, closing.late, books.timeline.waiting())


def _forget_rows(books: Books) -> None:
    books.closing.closed.clear()
    books.closing.late.clear()
    books.timeline.forget()


def _ignore(_index: int, _why: EventRejected | None) -> None:
    """Take no notice: what changed nothing when it came was told then."""
