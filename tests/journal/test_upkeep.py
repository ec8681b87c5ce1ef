"""What an operator does with a journal, also while the engine runs."""

import pytest

from deskwatch.journal.disk import Disk
from deskwatch.journal.frame import encode
from deskwatch.journal.journal import Journal
from deskwatch.journal.lock import JournalLocked
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    JournalUnavailable,
    plain_path,
    seal,
    sealed_path,
    segment_numbers,
)
from deskwatch.journal.snapshot import SnapshotStore
from deskwatch.journal.upkeep import cat, compact, verify
from tests.journal.blotter import ONE_FRAME, FullDisk, flip, frame, frames, no_gap, write_segments

DAY_NS = 86_400 * 10**9
NOW = frame(0).receive_time + DAY_NS


def test_verify_tells_every_segments_state_frames_and_bytes(tmp_path):
    write_segments(tmp_path, 3)
    seal(Disk(), tmp_path, 1)
    size = HEADER_BYTES + len(encode([frame(0)]))
    report = verify(tmp_path)
    assert report.ok
    assert [s.state for s in report.segments] == ["sealed", "finished", "open"]
    assert [s.frames for s in report.segments] == [1, 1, 1]
    assert [s.plain_bytes for s in report.segments] == [size] * 3
    assert report.segments[0].stored_bytes == sealed_path(tmp_path, 1).stat().st_size
    assert report.kept_aside == []


def test_verify_and_cat_work_while_the_journal_is_written(tmp_path):
    with Journal.open(tmp_path) as journal:
        end = journal.append(frames(2))
        with plain_path(tmp_path, 1).open("ab") as file:
            file.write(encode([frame(2)])[:20])  # a frame that is being written now
        assert verify(tmp_path).ok
        assert [f for _, f in cat(tmp_path, None, no_gap)] == frames(2)
        assert list(cat(tmp_path, end, no_gap)) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_verify_finds_damage_in_any_segment(tmp_path, number):
    write_segments(tmp_path, 3)
    seal(Disk(), tmp_path, 1)
    path = sealed_path(tmp_path, 1) if number == 1 else plain_path(tmp_path, number)
    flip(path, path.stat().st_size - 6)
    report = verify(tmp_path)
    assert not report.ok
    assert [bool(s.problems) for s in report.segments] == [n == number for n in (1, 2, 3)]


def test_verify_finds_a_segment_that_is_gone(tmp_path):
    write_segments(tmp_path, 3)
    plain_path(tmp_path, 2).unlink()
    assert verify(tmp_path).segments[1].problems == ["segment 2 is not there"]


def test_verify_names_what_was_kept_aside(tmp_path):
    write_segments(tmp_path, 1)
    with plain_path(tmp_path, 1).open("ab") as file:
        file.write(b"torn")
    Journal.open(tmp_path).close()
    report = verify(tmp_path)
    assert report.ok
    assert len(report.kept_aside) == 1


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(JournalUnavailable, match="No such file"):
        verify(tmp_path / "none")
    with pytest.raises(JournalUnavailable, match="No such file"):
        list(cat(tmp_path / "none", None, no_gap))


def test_compact_seals_and_removes_what_no_one_needs(tmp_path):
    journal_folder, store = tmp_path / "journal", SnapshotStore(tmp_path / "snapshots")
    write_segments(journal_folder, 5)
    store.save(Cursor(3, HEADER_BYTES), b"older")
    store.save(Cursor(5, HEADER_BYTES), b"newest")
    report = compact(journal_folder, store, keep_ns=0, now=NOW)
    assert report.removed == [1, 2]
    assert report.sealed == [3, 4]
    assert segment_numbers(journal_folder) == [3, 4, 5]
    assert report.bytes_after < report.bytes_before
    assert verify(journal_folder).ok
    found = cat(journal_folder, Cursor(3, HEADER_BYTES), no_gap)
    assert [f for _, f in found] == frames(3, start=2)


def test_compact_makes_room_on_a_full_disk_by_what_is_old(tmp_path):
    """The runbook of JournalFailing counts on it."""
    journal_folder, store = tmp_path / "journal", SnapshotStore(tmp_path / "snapshots")
    write_segments(journal_folder, 5)
    store.save(Cursor(3, HEADER_BYTES), b"older")
    store.save(Cursor(5, HEADER_BYTES), b"newest")
    report = compact(journal_folder, store, keep_ns=0, now=NOW, disk=FullDisk())
    assert (report.removed, report.sealed) == ([1, 2], [3, 4])
    assert verify(journal_folder).ok


def test_compact_keeps_what_retention_asks_for(tmp_path):
    journal_folder, store = tmp_path / "journal", SnapshotStore(tmp_path / "snapshots")
    write_segments(journal_folder, 5)
    store.save(Cursor(5, HEADER_BYTES), b"newest")
    assert compact(journal_folder, store, keep_ns=2 * DAY_NS, now=NOW).removed == []
    report = compact(journal_folder, store, keep_ns=DAY_NS - 3, now=NOW)
    assert report.removed == [1, 2]


def test_compact_without_a_good_snapshot_removes_nothing_and_warns(tmp_path):
    journal_folder, store = tmp_path / "journal", SnapshotStore(tmp_path / "snapshots")
    write_segments(journal_folder, 3)
    store.save(Cursor(3, HEADER_BYTES), b"only")
    flip(next((tmp_path / "snapshots").iterdir()), 40)
    report = compact(journal_folder, store, keep_ns=0, now=NOW)
    assert (report.sealed, report.removed) == ([1, 2], [])
    assert len(report.warnings) == 1


def test_compact_leaves_a_journal_in_use_alone(tmp_path):
    with Journal.open(tmp_path, segment_bytes=ONE_FRAME) as journal:
        for number in range(3):
            journal.append([frame(number)])
        with pytest.raises(JournalLocked):
            compact(tmp_path, SnapshotStore(tmp_path), keep_ns=0, now=NOW)
        assert plain_path(tmp_path, 1).exists()
