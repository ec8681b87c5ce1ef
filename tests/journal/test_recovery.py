"""A journal after a crash: exactly the whole frames, and the rest kept aside."""

import errno
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.journal.disk import Disk
from deskwatch.journal.journal import Journal
from deskwatch.journal.lock import JournalLocked
from deskwatch.journal.reader import Gap
from deskwatch.journal.recovery import Recovery
from deskwatch.journal.segment import (
    HEADER_BYTES,
    Cursor,
    JournalUnavailable,
    plain_path,
    seal,
    sealed_path,
)
from deskwatch.journal.upkeep import verify
from tests.journal.blotter import (
    Crash,
    CrashingDisk,
    FailingDisk,
    contents,
    flip,
    frame,
    frames,
    no_gap,
    write_segments,
)

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def whole(tmp_path) -> tuple[bytes, list[int]]:
    """A segment's bytes, and the offsets after its header and each of its five frames."""
    with Journal.open(tmp_path / "whole") as journal:
        journal.append(frames(5))
        ends = [cursor.offset for cursor, _ in journal.read(None, no_gap)]
    return plain_path(tmp_path / "whole", 1).read_bytes(), [HEADER_BYTES, *ends]


def test_every_truncation_recovers_exactly_the_whole_frames(tmp_path, whole):
    data, ends = whole
    for size in range(HEADER_BYTES, len(data)):
        folder = tmp_path / str(size)
        folder.mkdir()
        plain_path(folder, 1).write_bytes(data[:size])
        kept = sum(end <= size for end in ends) - 1
        with Journal.open(folder) as journal:
            assert contents(journal) == frames(kept)
            journal.append([frame(9)])
            assert contents(journal) == [*frames(kept), frame(9)]
        torn = [path.read_bytes() for path in folder.glob("*.torn-*")]
        assert torn == ([] if size in ends else [data[ends[kept] : size]])


def test_every_tail_of_zeros_recovers_exactly_the_whole_frames(tmp_path, whole):
    """After a loss of power a file may be as long as it was, with zeros for what was not written."""
    data, ends = whole
    for kept in range(HEADER_BYTES, len(data)):
        folder = tmp_path / str(kept)
        folder.mkdir()
        zeros = bytes(len(data) - kept + 4096)
        plain_path(folder, 1).write_bytes(data[:kept] + zeros)
        whole_frames = sum(end <= kept for end in ends) - 1
        with Journal.open(folder) as journal:
            assert contents(journal) == frames(whole_frames)
            (recovery,) = journal.recoveries
            assert recovery.bytes_kept_aside == len(data) + 4096 - ends[whole_frames]
            journal.append([frame(9)])
            assert contents(journal) == [*frames(whole_frames), frame(9)]


def test_a_torn_tail_is_reported(tmp_path, whole):
    data, ends = whole
    plain_path(tmp_path, 1).write_bytes(data[: ends[3] + 20])
    with Journal.open(tmp_path) as journal:
        assert journal.recoveries == (Recovery(1, ends[3], 20, "the bytes end inside a frame"),)
        assert journal.end == Cursor(2, HEADER_BYTES)
    assert (tmp_path / f"0000000001.torn-{ends[3]}").read_bytes() == data[ends[3] : ends[3] + 20]
    with Journal.open(tmp_path) as journal:
        assert journal.recoveries == ()


@pytest.mark.parametrize("failing", ["write", "sync", "rename"])
def test_a_torn_tail_stays_in_its_place_while_the_disk_is_full(tmp_path, whole, failing):
    """Who can't start tells nobody that the disk is full."""
    data, ends = whole
    plain_path(tmp_path, 1).write_bytes(data[: ends[3] + 20])
    disk = FailingDisk(failing, code=errno.ENOSPC)
    for _ in range(2):
        with Journal.open(tmp_path, disk=disk) as journal:
            (recovery,) = journal.recoveries
            assert (recovery.offset, recovery.bytes_kept_aside) == (ends[3], 0)
            assert recovery.why == "the bytes end inside a frame; they stay there: ENOSPC"
            assert journal.trouble == "ENOSPC"
            assert contents(journal) == frames(3)
            with pytest.raises(JournalUnavailable, match="ENOSPC"):
                journal.append([frame(9)])
    with Journal.open(tmp_path, disk=disk) as journal:
        disk.failing.clear()
        journal.append([frame(9)])
        assert journal.trouble is None
        assert contents(journal) == [*frames(3), frame(9)]
    with Journal.open(tmp_path) as journal:
        assert journal.recoveries == ()
        assert contents(journal) == [*frames(3), frame(9)]
    assert verify(tmp_path).ok


def test_a_journal_on_a_disk_that_was_made_read_only_is_read_and_goes_on_when_it_is_not(
    tmp_path, monkeypatch
):
    with Journal.open(tmp_path) as journal:
        journal.append(frames(3))
    opens = os.open

    def refuse(path, flags, *mode):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, "Read-only file system")
        return opens(path, flags, *mode)

    monkeypatch.setattr(os, "open", refuse)
    with Journal.open(tmp_path) as journal:
        assert journal.trouble == "Read-only file system"
        assert contents(journal) == frames(3)
        with pytest.raises(JournalLocked):
            Journal.open(tmp_path)
        with pytest.raises(JournalUnavailable, match="Read-only"):
            journal.append([frame(9)])
        monkeypatch.undo()
        journal.append([frame(9)])
        assert journal.trouble is None
        assert contents(journal) == [*frames(3), frame(9)]
    assert verify(tmp_path).ok


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_journal_that_was_never_begun_is_not_on_a_disk_that_takes_nothing(tmp_path, code):
    with pytest.raises(JournalUnavailable, match=errno.errorcode[code]):
        Journal.open(tmp_path, disk=FailingDisk("write", code=code))


@pytest.mark.parametrize("damaged", range(5))
@pytest.mark.parametrize("at", [0, 4, 6, 8, 30], ids=["crc", "shorter", "longer", "time", "block"])
def test_a_damaged_frame_costs_itself_alone_and_is_told_at_every_start(
    tmp_path, whole, damaged, at
):
    data, ends = whole
    plain_path(tmp_path, 1).write_bytes(data)
    flip(plain_path(tmp_path, 1), ends[damaged] + at)
    for start in range(3):
        gaps: list[Gap] = []
        with Journal.open(tmp_path) as journal:
            assert bool(journal.recoveries) == (start == 0)
            journal.append([frame(9 + start)])
            found = [frame for _, frame in journal.read(None, gaps.append)]
        assert [(gap.segment, gap.offset, gap.bytes_lost) for gap in gaps] == [
            (1, ends[damaged], ends[damaged + 1] - ends[damaged])
        ]
        assert found == [
            *(frame(number) for number in range(5) if number != damaged),
            *frames(start + 1, start=9),
        ]
    assert list(tmp_path.glob("*.torn-*")) == []


def test_what_is_torn_behind_a_damaged_frame_is_cut_off_all_the_same(tmp_path, whole):
    data, ends = whole
    plain_path(tmp_path, 1).write_bytes(data[:-1])
    flip(plain_path(tmp_path, 1), ends[1] + 30)
    gaps: list[Gap] = []
    with Journal.open(tmp_path) as journal:
        assert [(one.offset, one.bytes_kept_aside) for one in journal.recoveries] == [
            (ends[1], 0),
            (ends[4], ends[5] - ends[4] - 1),
        ]
        found = [frame for _, frame in journal.read(None, gaps.append)]
    assert found == [frame(0), frame(2), frame(3)]
    assert [(gap.offset, gap.bytes_lost) for gap in gaps] == [(ends[1], ends[2] - ends[1])]


def test_a_sealed_last_segment_that_is_damaged_is_told_at_every_start(tmp_path):
    write_segments(tmp_path, 2)
    seal(Disk(), tmp_path, 2)
    path = sealed_path(tmp_path, 2)
    flip(path, path.stat().st_size - 6)
    for _ in range(2):
        gaps: list[Gap] = []
        with Journal.open(tmp_path) as journal:
            assert [found for _, found in journal.read(None, gaps.append)] == [frame(0)]
        assert [gap.segment for gap in gaps] == [2]
        assert gaps[0].bytes_lost


def test_a_segment_that_was_cut_before_a_snapshots_cursor_is_told_from_any_cursor(tmp_path, whole):
    data, ends = whole
    for after in (None, Cursor(1, ends[2]), Cursor(1, ends[5])):
        folder = tmp_path / str(after)
        folder.mkdir()
        plain_path(folder, 1).write_bytes(data[: ends[3]])
        with Journal.open(folder, beyond=Cursor(1, ends[5])) as journal:
            gaps: list[Gap] = []
            list(journal.read(after, gaps.append))
        assert [gap.segment for gap in gaps] == [1]


def test_a_cursor_into_what_was_lost_is_never_given_again(tmp_path, whole):
    data, _ = whole
    plain_path(tmp_path, 1).write_bytes(data[:-1])
    with Journal.open(tmp_path) as journal:
        assert journal.append([frame(9)]) > Cursor(1, len(data))


@pytest.mark.parametrize("size", range(HEADER_BYTES))
def test_a_segment_without_a_whole_header_is_reported_and_left_behind(tmp_path, size):
    write_segments(tmp_path, 1)
    plain_path(tmp_path, 2).write_bytes(bytes(size))
    gaps: list[Gap] = []
    with Journal.open(tmp_path) as journal:
        assert [recovery.segment for recovery in journal.recoveries] == [2]
        journal.append([frame(1)])
        assert [found for _, found in journal.read(None, gaps.append)] == frames(2)
        assert [(gap.segment, gap.bytes_lost) for gap in gaps] == [(2, 0)]


def test_a_journal_whose_last_segment_is_sealed_goes_on_in_another(tmp_path):
    write_segments(tmp_path, 2)
    seal(Disk(), tmp_path, 2)
    with Journal.open(tmp_path) as journal:
        assert journal.append([frame(2)]).segment == 3
        assert contents(journal) == frames(3)


def test_a_crash_at_any_step_of_recovering_or_appending_loses_nothing(tmp_path, whole):
    data, _ = whole
    step = 0
    while True:
        folder = tmp_path / str(step)
        folder.mkdir()
        plain_path(folder, 1).write_bytes(data[:-1])
        try:
            with Journal.open(folder, disk=CrashingDisk(step), segment_bytes=1) as journal:
                journal.append([frame(4)])
        except Crash:
            with Journal.open(folder) as journal:
                found = contents(journal)
                assert found in (frames(4), frames(5))
            assert [p.read_bytes() for p in folder.glob("*.torn-*")] != []
            step += 1
        else:
            break
    assert step >= 10


def test_tails_torn_at_the_same_place_are_both_kept(tmp_path, whole):
    data, ends = whole
    aside = tmp_path / f"0000000001.torn-{ends[4]}"
    aside.write_bytes(b"an earlier tail")
    plain_path(tmp_path, 1).write_bytes(data[:-1])
    Journal.open(tmp_path).close()
    assert aside.read_bytes() == b"an earlier tail"
    assert aside.with_name(aside.name + ".2").read_bytes() == data[ends[4] : -1]


def test_a_journal_that_ends_before_the_snapshot_goes_on_after_it(tmp_path):
    write_segments(tmp_path, 2)
    beyond = Cursor(7, 4000)
    gaps: list[Gap] = []
    with Journal.open(tmp_path, beyond=beyond) as journal:
        assert [recovery.segment for recovery in journal.recoveries] == [7]
        assert journal.append([frame(9)]) > beyond
        assert [found for _, found in journal.read(beyond, gaps.append)] == [frame(9)]
        assert len(gaps) == 1
    with Journal.open(tmp_path, beyond=beyond) as journal:
        assert journal.recoveries == ()


def test_a_journal_that_has_the_snapshots_cursor_is_left_alone(tmp_path):
    with Journal.open(tmp_path) as journal:
        end = journal.append(frames(3))
    with Journal.open(tmp_path, beyond=end) as journal:
        assert (journal.recoveries, journal.end) == ((), end)


def test_a_journal_that_cant_be_opened_says_why_and_frees_the_lock(tmp_path):
    with pytest.raises(JournalUnavailable, match="can't open the journal: EIO"):
        Journal.open(tmp_path, disk=FailingDisk("sync"))
    Journal.open(tmp_path).close()


def test_a_disk_without_room_for_a_name_is_locked_all_the_same(tmp_path):
    """Others take what a file gives back; whoever starts there can tell that the disk is full."""
    written = write_segments(tmp_path, 2)
    with Journal.open(tmp_path, disk=FailingDisk("write", code=errno.ENOSPC)) as journal:
        assert contents(journal) == written
        with pytest.raises(JournalLocked):
            Journal.open(tmp_path)
    Journal.open(tmp_path).close()


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )


HOLD = """
import sys
from pathlib import Path
from deskwatch.journal.journal import Journal
with Journal.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_has_the_journal(tmp_path):
    with child(HOLD, tmp_path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(JournalLocked, match=rf"process {holder.pid}\b"):
            Journal.open(tmp_path)
        holder.communicate()
    Journal.open(tmp_path).close()


APPEND = """
import sys
from itertools import count
from pathlib import Path
from deskwatch.journal.journal import Journal
from tests.journal.blotter import frames
with Journal.open(Path(sys.argv[1]), segment_bytes=20_000) as journal:
    for group in count():
        journal.append(frames(10, start=int(sys.argv[2]) + group * 10))
        print(int(sys.argv[2]) + group * 10 + 10, flush=True)
        if group % 100 == 99:
            journal.seal_finished()
"""


def test_killed_at_any_moment_every_acknowledged_frame_is_there_once(tmp_path):
    moments, there = random.Random(7), 0
    for _ in range(6):
        with child(APPEND, tmp_path, there) as writer:
            assert writer.stdout is not None
            acknowledged = there
            for _ in range(moments.randrange(1, 300)):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            unread = [int(line) for line in writer.stdout.read().splitlines() if line]
            acknowledged = max([acknowledged, *unread])
        with Journal.open(tmp_path) as journal:
            found = contents(journal)
        assert found == frames(len(found))
        assert len(found) >= acknowledged
        there = len(found)


FILL_UP = """
import resource, sys
from pathlib import Path
from deskwatch.journal.journal import Journal
from deskwatch.journal.segment import JournalUnavailable
from tests.journal.blotter import contents, frames
with Journal.open(Path(sys.argv[1])) as journal:
    journal.append(frames(3))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
    for _ in range(2):
        try:
            journal.append(frames(100, start=77))
        except JournalUnavailable as error:
            print(error)
    journal.append(frames(1, start=3))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append(frames(100, start=4))
    print(contents(journal) == frames(104))
"""


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY,
    reason="file sizes are limited here already",
)
def test_a_disk_that_takes_half_a_group_keeps_none_of_it_and_works_again(tmp_path):
    with child(FILL_UP, tmp_path) as writer:
        output, _ = writer.communicate()
    assert output.splitlines() == ["can't write the journal: File too large"] * 2 + ["True"]
