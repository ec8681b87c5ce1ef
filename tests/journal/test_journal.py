"""The journal: what it acknowledged is there, and what it can't keep it says."""

import errno
from pathlib import Path
from shutil import rmtree

import pytest

from deskwatch.journal.disk import Disk
from deskwatch.journal.journal import Journal, Stored
from deskwatch.journal.reader import Gap
from deskwatch.journal.retention import remove_old
from deskwatch.journal.segment import HEADER_BYTES, Cursor, JournalUnavailable, plain_path
from tests.journal.blotter import (
    ONE_FRAME,
    FailingDisk,
    contents,
    flip,
    frame,
    frames,
    no_gap,
    write_segments,
)


def gaps_and_frames(folder: Path, after: Cursor | None = None):
    gaps: list[Gap] = []
    with Journal.open(folder) as journal:
        return gaps, [found for _, found in journal.read(after, gaps.append)]


def test_what_was_appended_is_read_in_order_after_a_restart(tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.append(frames(3))
        journal.append(frames(2, start=3))
    with Journal.open(tmp_path) as journal:
        assert journal.recoveries == ()
        journal.append([frame(5)])
        assert contents(journal) == frames(6)


def test_reading_goes_on_after_any_cursor(tmp_path):
    with Journal.open(tmp_path, segment_bytes=120) as journal:
        for number in range(9):
            journal.append([frame(number)])
        journal.seal_finished()
        cursors = [cursor for cursor, _ in journal.read(None, no_gap)]
        assert cursors == sorted(set(cursors))
        assert cursors[-1] == journal.end
        for index, cursor in enumerate(cursors):
            found = [found for _, found in journal.read(cursor, no_gap)]
            assert found == frames(9)[index + 1 :]


def test_append_returns_the_cursor_that_reading_gives(tmp_path):
    with Journal.open(tmp_path, segment_bytes=100) as journal:
        appended = [journal.append([frame(number)]) for number in range(5)]
        assert [cursor for cursor, _ in journal.read(None, no_gap)] == appended


def test_nothing_appended_is_nothing_written(tmp_path):
    with Journal.open(tmp_path) as journal:
        before = plain_path(tmp_path, 1).stat().st_size
        assert journal.append([]) == journal.end
        assert plain_path(tmp_path, 1).stat().st_size == before


def test_a_full_segment_is_followed_by_another_and_sealed_on_request(tmp_path):
    with Journal.open(tmp_path, segment_bytes=ONE_FRAME) as journal:
        for number in range(4):
            journal.append([frame(number)])
        assert journal.end.segment == 4
        assert journal.seal_finished() == [1, 2, 3]
        assert journal.seal_finished() == []
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [
            "0000000001.log.zst",
            "0000000002.log.zst",
            "0000000003.log.zst",
            "0000000004.log",
            "lock",
        ]
        assert journal.stored().segments == 4
        sizes = [path.stat().st_size for path in tmp_path.iterdir()]
        assert journal.stored() == Stored(4, sum(sizes), 0)
        (tmp_path / "0000000003.torn-7").write_bytes(b"12345")
        assert journal.stored() == Stored(4, sum(sizes) + 5, 5)
        assert contents(journal) == frames(4)


def test_the_monitor_sees_how_long_a_commit_took(tmp_path):
    ticks = iter(range(0, 10**12, 250_000_000))
    seconds: list[float] = []
    with Journal.open(
        tmp_path, clock=lambda: next(ticks), commit_seconds=seconds.append
    ) as journal:
        journal.append(frames(3))
        assert seconds == [0.25]


def test_a_group_is_one_write_and_one_sync(tmp_path):
    class CountingDisk(Disk):
        calls: list[str]

        def write(self, fd, data, offset):
            self.calls.append("write")
            return super().write(fd, data, offset)

        def sync(self, fd):
            self.calls.append("sync")
            super().sync(fd)

    disk = CountingDisk()
    disk.calls = []
    with Journal.open(tmp_path, disk=disk) as journal:
        disk.calls.clear()
        journal.append(frames(200))
        assert disk.calls == ["write", "sync"]


def test_a_disk_that_takes_little_at_a_time_gets_all_of_it(tmp_path):
    class ReluctantDisk(Disk):
        def write(self, fd, data, offset):
            return super().write(fd, data[:5], offset)

    with Journal.open(tmp_path, disk=ReluctantDisk()) as journal:
        journal.append(frames(10))
        assert contents(journal) == frames(10)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("failing", [{"write"}, {"sync"}, {"write", "cut"}, {"sync", "cut"}])
def test_a_failing_disk_keeps_nothing_says_why_and_works_again(tmp_path, failing, code):
    disk = FailingDisk(code=code)
    with Journal.open(tmp_path, disk=disk) as journal:
        end = journal.append(frames(2))
        disk.failing = failing
        for _ in range(2):
            with pytest.raises(JournalUnavailable, match=errno.errorcode[code]):
                journal.append([frame(77)])
            assert journal.trouble == errno.errorcode[code]
            assert journal.end == end
        disk.failing = set()
        journal.append([frame(2)])
        assert journal.trouble is None
        assert contents(journal) == frames(3)
    gaps, found = gaps_and_frames(tmp_path)
    assert (gaps, found) == ([], frames(3))


@pytest.mark.parametrize("failing", ["write", "sync", "rename"])
def test_a_disk_that_fails_when_a_segment_begins_loses_nothing(tmp_path, failing):
    disk = FailingDisk()
    with Journal.open(tmp_path, segment_bytes=ONE_FRAME, disk=disk) as journal:
        journal.append([frame(0)])
        disk.failing = {failing}
        with pytest.raises(JournalUnavailable):
            journal.append([frame(77)])
        disk.failing = set()
        journal.append([frame(1)])
        assert contents(journal) == frames(2)
    assert gaps_and_frames(tmp_path) == ([], frames(2))


def test_a_failed_sync_is_not_tried_again_on_the_same_file(tmp_path):
    disk = FailingDisk()
    with Journal.open(tmp_path, disk=disk) as journal:
        journal.append([frame(0)])
        disk.failing = {"sync"}
        with pytest.raises(JournalUnavailable):
            journal.append([frame(77)])
        disk.failing = set()
        assert journal.append([frame(1)]).segment == 2


@pytest.mark.parametrize("failing", ["write", "sync"])
def test_a_restart_after_a_failure_finds_only_what_was_acknowledged(tmp_path, failing):
    disk = FailingDisk()
    with Journal.open(tmp_path, disk=disk) as journal:
        journal.append(frames(2))
        disk.failing = {failing}
        with pytest.raises(JournalUnavailable):
            journal.append([frame(77)])
    with Journal.open(tmp_path) as journal:
        assert journal.recoveries == ()
        assert contents(journal) == frames(2)


def test_what_a_killed_process_wrote_is_synced_before_it_counts_as_kept(tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.append(frames(2))
    with pytest.raises(JournalUnavailable):
        Journal.open(tmp_path, disk=FailingDisk("sync"))


def test_frames_that_could_not_be_cut_off_are_not_replayed(tmp_path):
    disk = FailingDisk()
    with Journal.open(tmp_path, disk=disk) as journal:
        journal.append([frame(0)])
        disk.failing = {"sync", "cut"}
        with pytest.raises(JournalUnavailable):
            journal.append([frame(77)])
        disk.failing = set()
        journal.append([frame(1)])
    assert frame(77).block in plain_path(tmp_path, 1).read_bytes()
    assert gaps_and_frames(tmp_path) == ([], frames(2))


def test_a_segment_that_could_not_be_named_durably_takes_no_frame_of_the_one_before(tmp_path):
    class NamelessDisk(Disk):
        failing = False

        def sync_folder(self, folder):
            if self.failing:
                raise OSError(errno.EIO, "EIO")
            super().sync_folder(folder)

    disk = NamelessDisk()
    with Journal.open(tmp_path, segment_bytes=200, disk=disk) as journal:
        journal.append(frames(2))
        disk.failing = True
        with pytest.raises(JournalUnavailable):
            journal.append(frames(4, start=77))
        assert contents(journal) == frames(2)
        disk.failing = False
        journal.append([frame(2)])
        assert contents(journal) == frames(3)
    assert gaps_and_frames(tmp_path) == ([], frames(3))


def test_damage_in_the_middle_is_reported_and_reading_goes_on_in_the_next_segment(tmp_path):
    write_segments(tmp_path, 3)
    size = plain_path(tmp_path, 2).stat().st_size
    flip(plain_path(tmp_path, 2), HEADER_BYTES + 20)
    gaps, found = gaps_and_frames(tmp_path)
    assert found == [frame(0), frame(2)]
    assert gaps == [
        Gap(2, HEADER_BYTES, size - HEADER_BYTES, "a frame's CRC32C does not match"),
    ]


def test_a_finished_segment_torn_in_a_frame_is_reported_even_if_its_end_is_not_known(tmp_path):
    write_segments(tmp_path, 3)
    plain_path(tmp_path, 2).write_bytes(plain_path(tmp_path, 2).read_bytes()[:-5])
    flip(plain_path(tmp_path, 3), 3)
    gaps, found = gaps_and_frames(tmp_path)
    assert found == [frame(0), frame(2)]
    assert [(gap.segment, gap.why) for gap in gaps] == [
        (2, "the bytes end inside a frame"),
        (3, "the header is damaged; the frames are read all the same"),
    ]


def test_a_segment_that_lost_its_end_is_reported(tmp_path):
    write_segments(tmp_path, 2)
    plain_path(tmp_path, 1).write_bytes(plain_path(tmp_path, 1).read_bytes()[:HEADER_BYTES])
    gaps, found = gaps_and_frames(tmp_path)
    assert found == [frame(1)]
    assert [(gap.segment, gap.why) for gap in gaps] == [(1, "the segment ends early")]


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ([1], "segment 1 is not there"),
        ([2, 3], "segments 2 to 3 are not there"),
    ],
)
def test_a_segment_that_is_gone_is_reported(tmp_path, lost, why):
    write_segments(tmp_path, 4)
    for number in lost:
        plain_path(tmp_path, number).unlink()
    gaps, found = gaps_and_frames(tmp_path)
    assert [gap.why for gap in gaps] == [why]
    assert len(found) == 4 - len(lost)


def test_a_damaged_header_is_reported_and_the_frames_are_read_all_the_same(tmp_path):
    write_segments(tmp_path, 3)
    flip(plain_path(tmp_path, 2), 3)
    gaps, found = gaps_and_frames(tmp_path)
    assert found == frames(3)
    assert [(gap.segment, gap.bytes_lost) for gap in gaps] == [(2, 0)]


def test_a_segment_that_somebody_removes_acknowledges_nothing_more(tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.append(frames(2))
        plain_path(tmp_path, 1).unlink()
        with pytest.raises(JournalUnavailable, match=r"the segment was removed \(.*1\.log\)"):
            journal.append([frame(2)])
        assert journal.trouble is not None
        journal.append([frame(2)])
        assert journal.trouble is None
    gaps, found = gaps_and_frames(tmp_path)
    assert [gap.why for gap in gaps] == ["segment 1 is not there"]
    assert found == [frame(2)]


@pytest.mark.parametrize("moved", ["segment", "folder"])
def test_what_somebody_moves_away_acknowledges_nothing_more(tmp_path, moved):
    """No start would read what is written there; moved back, it is all there."""
    folder = tmp_path / "journal"
    with Journal.open(folder) as journal:
        journal.append(frames(2))
        here = {"segment": plain_path(folder, 1), "folder": folder}[moved]
        elsewhere = here.rename(tmp_path / "elsewhere")
        with pytest.raises(JournalUnavailable, match=r"the segment was moved away \(.*1\.log\)"):
            journal.append([frame(2)])
        elsewhere.rename(here)
        journal.append([frame(2)])
        assert journal.trouble is None
    gaps, found = gaps_and_frames(folder)
    assert gaps == []
    assert found == frames(3)


def test_another_segment_in_the_place_of_ours_acknowledges_nothing_more(tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.append(frames(2))
        copied = plain_path(tmp_path, 1).read_bytes()
        plain_path(tmp_path, 1).rename(tmp_path / "elsewhere")
        plain_path(tmp_path, 1).write_bytes(copied)
        with pytest.raises(JournalUnavailable, match="the segment was moved away"):
            journal.append([frame(2)])


def test_a_folder_that_somebody_removes_acknowledges_nothing_more(tmp_path):
    folder = tmp_path / "journal"
    with Journal.open(folder) as journal:
        journal.append(frames(2))
        rmtree(folder)
        for _ in range(2):
            with pytest.raises(JournalUnavailable):
                journal.append([frame(2)])
        with pytest.raises(JournalUnavailable, match="can't read the journal's folder"):
            journal.seal_finished()
        with pytest.raises(JournalUnavailable, match="can't read the journal's folder"):
            journal.remove_old(journal.end, 0)


def test_a_segment_before_one_that_has_no_frame_yet_is_kept(tmp_path):
    write_segments(tmp_path, 2)
    with plain_path(tmp_path, 2).open("r+b") as newest:
        newest.truncate(HEADER_BYTES)
    assert remove_old(Disk(), tmp_path, Cursor(2, HEADER_BYTES), frame(99).receive_time) == []


def test_old_segments_are_removed_up_to_what_is_needed_and_retained(tmp_path):
    with Journal.open(tmp_path, segment_bytes=ONE_FRAME) as journal:
        cursors = [journal.append([frame(number)]) for number in range(6)]
        journal.seal_finished()
        everything = frame(99).receive_time
        assert journal.remove_old(cursors[0], everything) == []
        assert journal.remove_old(cursors[5], frame(1).receive_time) == []
        assert journal.remove_old(cursors[5], frame(2).receive_time) == [1]
        assert journal.remove_old(cursors[3], everything) == [2, 3]
        assert [f for _, f in journal.read(cursors[3], no_gap)] == frames(2, start=4)
        gaps: list[Gap] = []
        assert [f for _, f in journal.read(None, gaps.append)] == frames(3, start=3)
        assert [gap.why for gap in gaps] == ["segments 1 to 3 are not there"]
