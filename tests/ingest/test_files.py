"""Files that grow are followed through rotations and restarts, whole lines only."""

import asyncio
import os
import tempfile
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskwatch.ingest.files import FileTail, PositionStore, read_stdin
from deskwatch.tail import watch
from deskwatch.tail.open_file import HANGS_S, OpenFile
from deskwatch.tail.rotation import QUIET_S
from tests.ingest.fake_intake import DEADLINE_S, FakeIntake, FakeSleep


@pytest.fixture
def log(tmp_path):
    return tmp_path / "events.jsonl"


@pytest.fixture
def intake():
    return FakeIntake()


@pytest.fixture
def tail(log, intake):
    """Start a follower of `log`; another call is a restart, with the positions read from disk.

    Time stands still, but for what is added to `tail.seconds`.
    """
    tails: list[FileTail] = []

    def begin(start="beginning", **options):
        for old in tails:
            old.close()
        positions = PositionStore(log.parent / "state" / "positions.json")
        options.setdefault("clock", lambda: begin.seconds)
        tails.append(FileTail(log, intake, positions, start, **options))
        return tails[-1]

    begin.seconds = 0
    yield begin
    for old in tails:
        old.close()


def append(path, text):
    with path.open("a") as file:
        file.write(text)


async def test_whole_lines_are_taken_and_half_a_line_waits(log, intake, tail):
    follower = tail()
    append(log, "a\nb\nhal")
    receipt = await follower.catch_up()
    assert receipt.accepted == 2
    assert intake.lines == [b"a", b"b"]
    append(log, "f\n")
    await follower.catch_up()
    assert intake.lines == [b"a", b"b", b"half"]
    assert intake.ways == {"file"}


async def test_a_file_may_come_later_and_is_then_read_from_its_beginning(log, intake, tail):
    follower = tail("end")
    await follower.catch_up()
    append(log, "a\n")
    await follower.catch_up()
    assert intake.lines == [b"a"]


async def test_from_the_end_means_after_the_last_whole_line(log, intake, tail):
    append(log, "old\nhal")
    follower = tail("end")
    await follower.catch_up()
    append(log, "f\nnew\n")
    await follower.catch_up()
    assert intake.lines == [b"half", b"new"]


async def test_a_rename_loses_nothing(log, intake, tail):
    follower = tail()
    append(log, "a\n")
    await follower.catch_up()
    writer = log.open("a")
    writer.write("b\n")
    log.rename(log.with_suffix(".1"))
    log.touch()
    await follower.catch_up()
    # The writer was not told yet and goes on with the old file.
    writer.write("c\n")
    writer.close()
    await follower.catch_up()
    assert intake.lines == [b"a", b"b", b"c"]
    append(log, "d\n")
    await follower.catch_up()
    assert intake.lines == [b"a", b"b", b"c", b"d"]


async def test_the_last_line_of_a_renamed_file_needs_no_newline(log, intake, tail):
    follower = tail()
    append(log, "a\nb")
    await follower.catch_up()
    log.rename(log.with_suffix(".1"))
    append(log, "c\n")
    await follower.catch_up()
    assert intake.lines == [b"a", b"c"]
    tail.seconds += QUIET_S
    await follower.catch_up()
    assert intake.lines == [b"a", b"c", b"b"]


class TestSeveralWriters:
    """One has moved on to a new file while another still writes to the one that was renamed."""

    @pytest.fixture
    def lagging(self, log):
        """Rename the file; return what a writer that has it open still adds to it."""
        with log.open("ab", buffering=0) as writer:

            def rename():
                log.rename(log.with_suffix(".0"))
                return lambda text: writer.write(text.encode())

            yield rename

    async def rotated(self, log, tail, lagging):
        """Follow a file that is renamed; return who follows, and what adds to the old one."""
        follower = tail()
        append(log, "a\n")
        await follower.catch_up()
        write = lagging()
        append(log, "new 1\n")
        await follower.catch_up()
        return follower, write

    async def test_both_are_read_at_once(self, log, intake, tail, lagging):
        follower, write = await self.rotated(log, tail, lagging)
        write("b\n")
        append(log, "new 2\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"new 1", b"b", b"new 2"]

    async def test_half_a_line_waits_for_its_end(self, log, intake, tail, lagging):
        follower = tail()
        append(log, "a\nhal")
        await follower.catch_up()
        write = lagging()
        append(log, "new\n")
        await follower.catch_up()
        write("f\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"new", b"half"]

    async def test_over_a_restart(self, log, intake, tail, lagging):
        _, write = await self.rotated(log, tail, lagging)
        write("b\nhal")
        await tail().catch_up()
        write("f\n")
        append(log, "new 2\n")
        await tail().catch_up()
        assert intake.lines == [b"a", b"new 1", b"b", b"half", b"new 2"]

    async def test_renamed_while_we_were_away(self, log, intake, tail, lagging):
        append(log, "a\n")
        await tail().catch_up()
        write = lagging()
        append(log, "new\n")
        follower = tail()
        await follower.catch_up()
        write("b\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"new", b"b"]

    async def test_the_old_file_is_read_for_as_long_as_it_grows(self, log, intake, tail, lagging):
        follower, write = await self.rotated(log, tail, lagging)
        for number in range(10):
            tail.seconds += QUIET_S - 1
            write(f"{number}\n")
            await follower.catch_up()
        assert len(intake.lines) == 12
        tail.seconds += QUIET_S
        await follower.catch_up()
        write("too late\n")
        await follower.catch_up()
        await tail().catch_up()
        assert len(intake.lines) == 12

    async def test_no_more_than_one_old_file_is_read(self, log, intake, tail, lagging):
        follower = tail()
        append(log, "a\n")
        await follower.catch_up()
        write = lagging()
        append(log, "b\n")
        await follower.catch_up()
        write("hal")
        await follower.catch_up()
        log.rename(log.with_suffix(".1"))
        append(log, "c\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"b", b"hal", b"c"]
        write("f\n")
        await follower.catch_up()
        assert intake.lines[4:] == []

    async def test_the_new_file_does_not_wait_for_an_old_one_that_fails(
        self, log, intake, tail, lagging, monkeypatch
    ):
        follower, write = await self.rotated(log, tail, lagging)
        old, read = log.with_suffix(".0").stat().st_ino, OpenFile.read

        def reads(file, most_bytes):
            if file.identity()[1] == old:
                raise OSError("stale file handle")
            return read(file, most_bytes)

        monkeypatch.setattr(OpenFile, "read", reads)
        write("b\n")
        append(log, "new 2\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"new 1", b"new 2"]

    async def test_a_removed_file_comes_back(self, log, intake, tail, lagging):
        """While nothing is there, a restart has nothing to read; afterwards both are read."""
        append(log, "a\n")
        await tail().catch_up()
        write = lagging()
        append(log, "new 1\n")
        await tail().catch_up()
        log.rename(log.with_suffix(".away"))
        write("b\n")
        await tail().catch_up()
        log.with_suffix(".away").rename(log)
        await tail().catch_up()
        assert intake.lines == [b"a", b"new 1", b"b"]


async def test_a_file_that_is_gone_for_a_while_is_read_to_its_end(log, intake, tail):
    follower = tail()
    append(log, "a\n")
    await follower.catch_up()
    with log.open("a") as writer:
        log.rename(log.with_suffix(".1"))
        writer.write("b\n")
        writer.flush()
        await follower.catch_up()
    assert intake.lines == [b"a", b"b"]
    append(log, "c\n")
    await follower.catch_up()
    assert intake.lines == [b"a", b"b", b"c"]


@pytest.mark.parametrize("fresh", ["x\n", "x\ny\nz and much more than there was before\n"])
async def test_copy_and_truncate(log, intake, tail, fresh):
    follower = tail()
    append(log, "a\nb\n")
    await follower.catch_up()
    log.write_text(fresh)
    await follower.catch_up()
    assert intake.lines == [b"a", b"b", *fresh.encode().splitlines()]


async def test_several_rotations_between_two_looks(log, intake, tail):
    follower = tail()
    append(log, "a\n")
    await follower.catch_up()
    for name in ("b", "c"):
        log.rename(log.with_name(f"old-{name}"))
        append(log, f"{name}\n")
    await follower.catch_up()
    assert intake.lines[0] == b"a"
    assert intake.lines[-1] == b"c"


@pytest.mark.parametrize("away", [False, True], ids=["while we read", "while we are away"])
async def test_a_writer_that_is_faster_than_we_are_loses_no_event(log, intake, tail, away):
    follower = tail()
    append(log, "a\n")
    await follower.catch_up()
    for number, text in enumerate("bcd", 1):
        for age in range(number, 0, -1):
            older = log.with_name(f"{log.name}.{age}")
            (log.with_name(f"{log.name}.{age - 1}") if age > 1 else log).rename(older)
        append(log, f"{text}\n")
        os.utime(log, ns=(0, log.stat().st_mtime_ns + number * 1_000_000_000))
    await (tail() if away else follower).catch_up()
    assert intake.lines == [b"a", b"b", b"c", b"d"]


class TestRestart:
    async def test_goes_on_where_it_was(self, log, intake, tail):
        append(log, "a\nb\nhal")
        await tail().catch_up()
        append(log, "f\nc\n")
        await tail().catch_up()
        assert intake.lines == [b"a", b"b", b"half", b"c"]

    async def test_a_position_wins_over_the_end(self, log, intake, tail):
        append(log, "a\n")
        await tail("end").catch_up()
        append(log, "b\n")
        await tail().catch_up()
        append(log, "c\n")
        await tail("end").catch_up()
        assert intake.lines[-2:] == [b"b", b"c"]

    async def test_a_file_renamed_meanwhile_is_finished_first(self, log, intake, tail):
        append(log, "a\n")
        await tail().catch_up()
        append(log, "b\n")
        log.rename(log.with_suffix(".1"))
        append(log, "c\n")
        await tail().catch_up()
        assert intake.lines == [b"a", b"b", b"c"]

    async def test_a_file_replaced_meanwhile_is_read_from_its_beginning(self, log, intake, tail):
        append(log, "a\n")
        await tail().catch_up()
        other = log.with_suffix(".new")
        other.write_text("x\ny\n")
        other.replace(log)
        await tail("end").catch_up()
        assert intake.lines == [b"a", b"x", b"y"]

    async def test_a_file_rewritten_meanwhile_is_read_from_its_beginning(self, log, intake, tail):
        append(log, "a\n")
        await tail().catch_up()
        log.write_text("x\ny\n")
        await tail().catch_up()
        assert intake.lines == [b"a", b"x", b"y"]

    async def test_what_had_no_receipt_is_read_again(self, log, intake, tail):
        append(log, "a\n")
        await tail().catch_up()
        append(log, "b\n")
        intake.open.clear()
        looking = asyncio.ensure_future(tail().catch_up())
        await intake.until(lambda: intake.attempts == 2)
        looking.cancel()
        await asyncio.wait([looking])
        intake.open.set()
        await tail().catch_up()
        assert intake.lines == [b"a", b"b"]

    async def test_a_position_inside_a_long_line_is_never_kept(self, log, intake, tail):
        append(log, "a\n" + "x" * 500)
        await tail(max_line_bytes=10).catch_up()
        append(log, "x" * 500 + "\nb\n")
        await tail(max_line_bytes=10).catch_up()
        assert intake.lines == [b"a", b"a", b"b"]
        assert [refusal.line for refusal in intake.refused] == [2, 2]

    @pytest.mark.parametrize("damaged", [b"{", b'{"\xff": {}}'])
    async def test_unreadable_positions_mean_reading_again(self, log, intake, tail, damaged):
        append(log, "a\n")
        await tail().catch_up()
        kept = log.parent / "state" / "positions.json"
        kept.write_bytes(damaged)
        await tail().catch_up()
        assert intake.lines == [b"a", b"a"]
        kept.unlink()
        kept.mkdir()  # as what can't be read at all: root may read every file
        await tail().catch_up()
        assert intake.lines == [b"a", b"a", b"a"]

    async def test_positions_that_cannot_be_kept_stop_nothing(self, log, intake, tail):
        # A directory where the new file should be: root could write anywhere else.
        (log.parent / "state" / "positions.json.new").mkdir(parents=True)
        append(log, "a\n")
        follower = tail()
        await follower.catch_up()
        append(log, "b\n")
        await follower.catch_up()
        assert intake.lines == [b"a", b"b"]
        (log.parent / "state" / "positions.json.new").rmdir()
        append(log, "c\n")
        await follower.catch_up()
        position = PositionStore(log.parent / "state" / "positions.json").get(log)
        assert position is not None
        assert position.offset == 6


async def test_two_files_share_a_store(tmp_path, intake):
    store = PositionStore(tmp_path / "positions.json")
    paths = [tmp_path / name for name in ("one", "two")]
    tails = [FileTail(path, intake, store) for path in paths]
    for path in paths:
        append(path, path.name + "\n")
    await asyncio.gather(*(tail.catch_up() for tail in tails))
    for tail in tails:
        tail.close()
    again = PositionStore(tmp_path / "positions.json")
    assert [position and position.offset for position in map(again.get, paths)] == [4, 4]


async def test_an_unavailable_intake_loses_nothing(log, intake, tail):
    intake.unavailable = 3
    append(log, "a\nb\n")
    await tail(sleep=FakeSleep()).catch_up()
    assert intake.lines == [b"a", b"b"]


async def test_a_file_that_somebody_puts_back_goes_on_where_it_was_left(log, intake, tail):
    follower = tail()
    append(log, "a\n")
    await follower.catch_up()
    first = log.rename(log.with_name("log.1"))
    append(log, "b\n")
    await follower.catch_up()
    log.unlink()
    first.rename(log)
    append(log, "c\n")
    await follower.catch_up()
    assert sorted(intake.lines) == [b"a", b"b", b"c"]


async def test_a_large_file_comes_in_bounded_blocks(log, intake, tail):
    lines = [b'{"n":%06d}' % number for number in range(100_000)]
    log.write_bytes(b"\n".join(lines) + b"\n")
    receipt = await tail().catch_up()
    assert receipt.accepted == len(lines)
    assert intake.lines == lines
    assert max(block.count(b"\n") for block in intake.blocks) <= 512


@given(st.lists(st.sampled_from(["write", "lag", "look", "rename", "restart"]), max_size=25))
@example(["write", "rename", "write", "look", "lag", "rename"])
@example(["write", "rename", "write", "look", "lag", "restart", "rename"])
def test_nothing_is_lost_or_doubled(steps):
    """Whatever is written, renamed and restarted in whatever order, each line comes once.

    lag: written to the file that was renamed last.
    """

    async def story(directory):
        intake, path = FakeIntake(), Path(directory) / "log"
        store = Path(directory) / "positions.json"
        follower = FileTail(path, intake, PositionStore(store))
        written, old = 0, None
        looked = True  # more than one rotation between two looks can't be followed
        for step in steps:
            if step == "write":
                append(path, f"{written}\n")
                written += 1
            elif step == "lag" and old is not None:
                append(old, f"{written}\n")
                written += 1
            elif step == "look":
                await follower.catch_up()
                looked = True
            elif step == "rename" and path.exists() and looked:
                await follower.catch_up()
                old = path.rename(path.with_name(f"log.{len(list(path.parent.iterdir()))}"))
                looked = False
            elif step == "restart":
                follower.close()
                follower = FileTail(path, intake, PositionStore(store))
        append(path, "end\n")
        await follower.catch_up()
        follower.close()
        lines = [str(number).encode() for number in range(written)] + [b"end"]
        assert sorted(intake.lines) == sorted(lines)
        assert "lag" in steps or intake.lines == lines

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(story(directory))


@asynccontextmanager
async def running(follower, **options):
    task = asyncio.ensure_future(follower.run(**options))
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_change_wakes_the_follower(log, intake, tail, monkeypatch):
    monkeypatch.setattr(watch, "POLL_S", 3600)
    async with running(tail()):
        append(log, "a\n")
        await intake.until_lines(1)
        append(log, "b\n")
        await intake.until_lines(2)


async def test_without_changes_the_poll_finds_what_is_new(log, intake, tail, monkeypatch):
    monkeypatch.setattr(watch, "POLL_S", 0.01)
    follower = FileTail(log.parent / "later" / "log", intake, PositionStore(log.parent / "p.json"))
    async with running(follower):
        (log.parent / "later").mkdir()
        append(log.parent / "later" / "log", "a\n")
        await intake.until_lines(1)


async def test_a_file_that_cannot_be_read_is_tried_again(log, intake, tail):
    wake = asyncio.Semaphore(0)

    async def changes(directory):
        while True:
            await wake.acquire()
            yield

    log.mkdir()
    async with running(tail(), changes=changes):
        wake.release()
        log.rmdir()
        append(log, "a\n")
        wake.release()
        await intake.until_lines(1)


async def test_a_file_is_unread_while_it_is_missing_or_can_not_be_read(log, tail):
    wake = asyncio.Semaphore(0)

    async def changes(directory):
        while True:
            await wake.acquire()
            yield

    async def until(unread):
        wake.release()
        while follower.unread is not unread:  # noqa: ASYNC110  it says so to nobody
            await asyncio.sleep(0)

    follower = tail()
    async with running(follower, changes=changes):
        await until(unread=True)
        append(log, "a\n")
        await until(unread=False)
        log.unlink()
        await until(unread=True)
        append(log, "b\n")
        await until(unread=False)
        log.unlink()
        log.mkdir()
        await until(unread=True)


async def test_files_on_a_disk_that_hangs_hold_up_nothing_else_and_are_unread(
    tmp_path, intake, monkeypatch
):
    answers, asked, read, seconds = threading.Event(), [], OpenFile.read, 0.0

    def reads(file, most_bytes):
        asked.append(file)
        answers.wait()
        return read(file, most_bytes)

    monkeypatch.setattr(OpenFile, "read", reads)
    positions = PositionStore(tmp_path / "positions.json")
    tails = []
    for n in range(40):  # more than the threads of any pool
        append(tmp_path / f"{n}.jsonl", f"{n}\n")
        tails.append(FileTail(tmp_path / f"{n}.jsonl", intake, positions, clock=lambda: seconds))
    looking = [asyncio.create_task(one.catch_up()) for one in tails]
    try:
        async with asyncio.timeout(DEADLINE_S):
            while len(asked) < len(tails):  # noqa: ASYNC110  threads have no event for us
                await asyncio.sleep(0)
            await asyncio.to_thread(lambda: None)
        assert not any(one.unread for one in tails)
        seconds = HANGS_S
        assert all(one.unread for one in tails)
    finally:
        answers.set()
        await asyncio.gather(*looking)
    assert not any(one.unread for one in tails)
    assert sorted(map(int, intake.lines)) == list(range(40))
    for one in tails:
        one.close()


async def test_a_file_that_can_not_even_be_looked_for_is_unread(log, intake):
    nowhere = log.with_name("x" * 300)
    follower = FileTail(nowhere, intake, PositionStore(log.parent / "p.json"))
    async with running(follower) as task:
        while not follower.unread:  # noqa: ASYNC110  it says so to nobody
            await asyncio.sleep(0)
        assert not task.done()


class TestStdin:
    @pytest.fixture
    def pipe(self):
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "wb", buffering=0) as writer:
            yield reader.fileno(), writer

    async def test_is_read_to_its_end(self, intake, pipe):
        descriptor, writer = pipe
        reading = asyncio.ensure_future(read_stdin(intake, descriptor=descriptor))
        writer.write(b"a\nbad\n")
        await intake.until_lines(2)
        assert not reading.done()
        writer.write(b"c")
        writer.close()
        receipt = await reading
        assert intake.lines == [b"a", b"bad", b"c"]
        assert intake.ways == {"stdin"}
        assert (receipt.accepted, receipt.refused_total) == (2, 1)
        assert [refusal.line for refusal in receipt.refused] == [2]

    async def test_may_be_a_file(self, intake, tmp_path):
        (tmp_path / "in").write_bytes(b"a\n" * 1000)
        with (tmp_path / "in").open("rb") as file:
            receipt = await read_stdin(intake, descriptor=file.fileno())
        assert receipt.accepted == 1000

    async def test_can_be_given_up(self, intake, pipe):
        descriptor, writer = pipe
        reading = asyncio.ensure_future(read_stdin(intake, descriptor=descriptor))
        writer.write(b"a\n")
        await intake.until_lines(1)
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()

    async def test_an_error_is_told(self, intake, tmp_path):
        directory = os.open(tmp_path, os.O_RDONLY)
        try:
            with pytest.raises(IsADirectoryError):
                await read_stdin(intake, descriptor=directory)
        finally:
            os.close(directory)
