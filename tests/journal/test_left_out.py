"""Which events the books go without: named once, kept with the journal, gone with their segment."""

from io import BytesIO

import pytest

from deskwatch.journal.backup import back_up, restore
from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import Frame
from deskwatch.journal.journal import Journal
from deskwatch.journal.left_out import NAME, NothingToLeaveOut, leave_out, left_out
from deskwatch.journal.lock import JournalLocked
from deskwatch.journal.retention import remove_old
from deskwatch.journal.segment import Cursor, JournalUnavailable
from deskwatch.journal.snapshot import SnapshotStore
from deskwatch.journal.upkeep import cat, verify
from tests.journal.blotter import no_gap

NOW = 1_700_000_000_000_000_000
LINES = [b'{"n":%d}' % number for number in range(9)]


@pytest.fixture
def data(tmp_path):
    """A data folder with three segments of a block of three lines each."""
    with Journal.open(tmp_path / "journal", segment_bytes=1) as journal:
        for first in (0, 3, 6):
            block = b"".join(line + b"\n" for line in LINES[first : first + 3])
            journal.append([Frame(NOW + first, block)])
    return tmp_path


def leave(data, cursor, number, why="it ends every start"):
    snapshots = SnapshotStore(data / "snapshots")
    return leave_out(data / "journal", snapshots, cursor, number, why, NOW)


def cursors(data):
    return [cursor for cursor, _ in cat(data / "journal", None, no_gap)]


def numbers(data):
    """Return which events of each block are left out."""
    left = left_out(data / "journal")
    return [
        [one.number for one in left.of(cursor, frame.block)]
        for cursor, frame in cat(data / "journal", None, no_gap)
    ]


def test_what_is_left_out_is_told_and_nothing_else_is_changed(data):
    before = {path: path.read_bytes() for path in (data / "journal").glob("*.log*")}
    assert numbers(data) == [[], [], []]
    one = leave(data, cursors(data)[1], 2)
    assert (one.event, one.why, one.left_out_at) == ('{"n":4}', "it ends every start", NOW)
    assert numbers(data) == [[], [2], []]
    report = verify(data / "journal")
    assert (report.ok, report.left_out) == (True, [one])
    assert {path: path.read_bytes() for path in (data / "journal").glob("*.log*")} == before


def test_leaving_out_twice_changes_nothing(data):
    one = leave(data, cursors(data)[1], 2)
    before = (data / "journal" / NAME).read_bytes()
    assert leave(data, cursors(data)[1], 2, why="again") == one
    assert (data / "journal" / NAME).read_bytes() == before
    leave(data, cursors(data)[1], 3)
    leave(data, cursors(data)[0], 1)
    assert numbers(data) == [[1], [2, 3], []]


def test_what_is_not_there_is_said_with_what_is(data):
    second = cursors(data)[1]
    with Journal.open(data / "journal", segment_bytes=10**6) as journal:
        last = journal.append([Frame(NOW + 9, b'{"n":9}\n')])
    for offset, near in [
        (-1, f"the nearest ends at 2:{second.offset}"),
        (1, f"the nearest ends at 2:{second.offset} and 3:{cursors(data)[2].offset}"),
    ]:
        with pytest.raises(NothingToLeaveOut, match=rf"no block ends at .*; {near}$"):
            leave(data, Cursor(2, second.offset + offset), 1)
    with pytest.raises(NothingToLeaveOut, match="there is none near it"):
        leave(data, Cursor(last.segment + 1, 28), 1)
    with pytest.raises(NothingToLeaveOut, match="has 3 events: there is no number 4"):
        leave(data, second, 4)
    assert not (data / "journal" / NAME).exists()


def test_what_the_books_of_a_snapshot_have_can_not_be_left_out(data):
    first, second, third = cursors(data)
    SnapshotStore(data / "snapshots").save(second, b"the books")
    for cursor in (first, second):
        with pytest.raises(NothingToLeaveOut, match="book a bust or a correction"):
            leave(data, cursor, 1)
    leave(data, third, 1)
    assert numbers(data) == [[], [], [1]]


def test_a_journal_in_use_is_left_alone(data):
    with Journal.open(data / "journal"), pytest.raises(JournalLocked):
        leave(data, cursors(data)[0], 1)


@pytest.mark.parametrize("damage", [b"", b"[", b"{}", b'[{"segment":1}]', b"\xff", b"[1]"])
def test_a_damaged_list_is_never_taken_for_none(data, damage):
    (data / "journal" / NAME).write_bytes(damage)
    for read in (
        lambda: left_out(data / "journal"),
        lambda: verify(data / "journal"),
        lambda: leave(data, cursors(data)[0], 1),
    ):
        with pytest.raises(JournalUnavailable, match=r"found .*expected the list"):
            read()


def test_a_list_of_another_journal_is_never_followed(data):
    leave(data, cursors(data)[1], 2)
    path = data / "journal" / NAME
    path.write_bytes(path.read_bytes().replace(b"4}", b"7}"))
    with pytest.raises(JournalUnavailable, match=r"it has .*7.*, and the journal .*4"):
        numbers(data)


def test_it_goes_with_its_segment(data):
    first, _, last = cursors(data)
    leave(data, first, 1)
    leave(data, last, 3)
    assert remove_old(Disk(), data / "journal", last, NOW + 4) == [1]
    assert [one.segment for one in verify(data / "journal").left_out] == [3]
    assert remove_old(Disk(), data / "journal", last, NOW + 7) == [2]
    assert [one.segment for one in verify(data / "journal").left_out] == [3]


def test_it_is_in_a_backup(data, tmp_path):
    one = leave(data, cursors(data)[1], 2)
    stream = BytesIO()
    back_up(data, stream)
    restore(BytesIO(stream.getvalue()), tmp_path / "other")
    assert left_out(tmp_path / "other" / "journal").events == [one]
