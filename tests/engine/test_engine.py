"""What is acknowledged is kept; what can't be kept is not acknowledged, and says so."""

import asyncio
import errno
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.core.books import Books
from deskwatch.core.observation import Heartbeat
from deskwatch.core.period import SECOND
from deskwatch.core.receipt import IntakeUnavailable, Receipt
from deskwatch.core.service import HeartbeatSettings
from deskwatch.engine.engine import Engine
from deskwatch.journal.disk import Disk
from deskwatch.journal.lock import JournalLocked
from tests.core.blotter import EQUITY, HOUR, MINUTE, TEN
from tests.engine.rig import (
    LASTING_MARKS,
    FlakyHistory,
    Machine,
    Rig,
    block,
    exact,
    fill,
    flaky_history,
    mark,
    rows_of,
    state,
    submit,
)

DEADLINE_S = 20.0


@pytest.fixture
def hung_disk(monkeypatch) -> Iterator[threading.Event]:
    """Until it is set, the disk says nothing of what it was given."""
    answers, sync = threading.Event(), Disk.sync

    def hang(self: Disk, fd: int) -> None:
        answers.wait()
        sync(self, fd)

    answers.set()
    monkeypatch.setattr(Disk, "sync", hang)
    yield answers
    answers.set()


@pytest.fixture
def full_disk(monkeypatch) -> threading.Event:
    """While it is set, nothing more can be written to the journal."""
    full = threading.Event()
    write = Disk.write

    def refuse(self: Disk, fd: int, data: bytes | memoryview, offset: int) -> int:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, fd, data, offset)

    monkeypatch.setattr(Disk, "write", refuse)
    return full


async def test_a_receipt_counts_what_the_block_held(rig):
    async with rig.running() as engine:
        receipt = await submit(engine, EQUITY, fill(1, TEN), fill(1, TEN), b"{", fill(2, TEN))
        assert (receipt.accepted, receipt.duplicates, receipt.refused_total) == (3, 1, 1)
        assert await submit(engine, fill(2, TEN)) == Receipt(0, 1, [], 0)


async def test_a_disk_that_hangs_is_told_while_it_does(rig, hung_disk):
    async with rig.running() as engine:
        hung_disk.clear()
        sending = asyncio.create_task(submit(engine, EQUITY))
        async with asyncio.timeout(DEADLINE_S):
            while not engine.intake.boundary.locked():  # noqa: ASYNC110  it says so to nobody
                await asyncio.sleep(0)
        rig.clock.forward(2 * SECOND - 1)
        assert engine.trouble is None
        rig.clock.forward(SECOND)
        assert engine.trouble == "its disk has not answered for 2 s"
        hung_disk.set()
        assert (await sending).accepted == 1
        assert engine.trouble is None


async def test_every_refusal_is_counted_and_ever_fewer_are_logged(rig, logged):
    async with rig.running() as engine:
        for _ in range(21):
            await submit(engine, b"{")
        assert engine.intake.tally.refused == {("test", "malformed_json"): 21}
    told = [entry["count"] for entry in logged if entry["event"] == "event_refused"]
    assert told == [1, 10]


@pytest.mark.parametrize(
    "unbooked",
    [
        pytest.param(fill(2, 2**70), id="refused for its time"),
        pytest.param(fill(1, -(2**70), sequence=1), id="known, and not looked at"),
    ],
)
async def test_a_time_that_nobody_believed_is_not_told_of(rig, unbooked):
    told: list[int] = []
    async with rig.running() as engine:
        engine.intake.booked = told.append
        await submit(engine, EQUITY, fill(1, TEN - 5, sequence=1))
        await submit(engine, unbooked)
    assert told == [TEN - 5, rig.clock.now]


async def test_blocks_are_booked_in_the_order_in_which_they_were_handed_in(rig):
    async with rig.running() as engine:
        blocks = [block(EQUITY), *(block(fill(n, TEN)) for n in range(50))]
        receipts = await asyncio.gather(
            *(engine.intake.submit(each, way="test") for each in blocks)
        )
        assert sum(receipt.accepted for receipt in receipts) == 51


async def test_a_full_disk_acknowledges_nothing_and_recovers_by_itself(rig, full_disk, logged):
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY, fill(1, TEN))
        before = state(engine.books, TEN)
        full_disk.set()
        for _ in range(3):
            with pytest.raises(IntakeUnavailable, match="No space left on device") as refusal:
                await submit(engine, fill(2, TEN))
            assert (refusal.value.busy, refusal.value.retry_after_s) == (False, 5)
        assert engine.trouble == "No space left on device"
        await engine.tick()
        assert engine.trouble is not None
        assert state(engine.books, TEN) == before
        full_disk.clear()
        await engine.tick()
        assert engine.trouble is None
        assert await submit(engine, fill(2, TEN)) == Receipt(1, 0, [], 0)
        before = state(engine.books, TEN)
    told = [entry["event"] for entry in logged if entry["event"].startswith("journal_")]
    assert told == ["journal_unavailable", "journal_available"]
    async with rig.running() as engine:
        assert state(engine.books, TEN) == before


async def test_time_passes_on_a_full_disk(rig, full_disk):
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        full_disk.set()
        rig.clock.forward(HOUR)
        await engine.tick()
        assert engine.books.closing.hour_start == TEN + HOUR
        full_disk.clear()
        rig.clock.forward(HOUR)
        await engine.tick()
        await submit(engine, fill(2, rig.clock.now))
        await engine.tick()
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_a_second_engine_on_the_same_folder_says_who_has_it(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        with pytest.raises(JournalLocked, match=r"in use by another deskwatch \(process \d+\)"):
            async with rig.running():
                pass
        assert await submit(engine, fill(1, TEN)) == Receipt(1, 0, [], 0)


async def test_a_stopping_engine_finishes_what_waits_and_takes_no_more(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        waiting = asyncio.create_task(submit(engine, fill(1, TEN)))
        await asyncio.sleep(0)
        engine.intake.close("deskwatch is stopping")
        assert (await waiting).accepted == 1
        with pytest.raises(IntakeUnavailable, match="deskwatch is stopping"):
            await submit(engine, fill(2, TEN))


async def test_nothing_is_taken_before_the_journal_is_replayed(rig):
    engine = Engine(rig.keeping(), rig.new_books, rig.clock)
    with pytest.raises(IntakeUnavailable, match="the journal is being replayed"):
        await submit(engine, EQUITY)
    await engine.close()


async def test_a_backlog_is_bounded(rig, monkeypatch):
    monkeypatch.setattr("deskwatch.ingest.intake.MAX_BACKLOG_BYTES", 2000)
    async with rig.running() as engine:
        async with engine.intake.boundary:  # what waits stays waiting
            waiting = [asyncio.create_task(submit(engine, EQUITY)) for _ in range(3)]
            await asyncio.sleep(0)
            taken = engine.intake.backlog_bytes
            with pytest.raises(IntakeUnavailable, match="the backlog is full") as refusal:
                await submit(engine, *[EQUITY] * 9)
            assert refusal.value.busy
            assert engine.intake.backlog_bytes == taken <= 2000
        await asyncio.gather(*waiting)
        assert engine.intake.backlog_bytes == 0


async def test_a_bug_in_the_books_ends_the_engine_and_is_not_put_away(rig, monkeypatch):
    """Half of a block is booked when it shows; a start books all of it."""
    apply = Books.apply_all

    def fails_within(books: Books, events: list[object], without: object) -> int:
        apply(books, events[:1], without)
        raise AssertionError("a bug of ours")

    engine = Engine(rig.keeping(), rig.new_books, rig.clock)
    await engine.open()
    running = asyncio.create_task(engine.run())
    await submit(engine, EQUITY, fill(1, TEN))
    with monkeypatch.context() as patched:
        patched.setattr(Books, "apply_all", fails_within)
        lost = asyncio.create_task(submit(engine, fill(2, TEN), fill(3, TEN)))
        with pytest.raises(AssertionError, match="a bug of ours"):
            await running
        lost.cancel()
        await engine.close()
    async with rig.running() as again:
        assert again.books.lines[0].position.quantity == 30


async def test_a_locked_history_keeps_no_block_waiting(rig):
    """Its writer waits for SQLite's lock; blocks are taken all the while."""
    let_go = threading.Event()
    begun = threading.Event()

    class SlowHistory(FlakyHistory):
        def write(self, *group: object) -> None:
            begun.set()
            assert let_go.wait(DEADLINE_S)
            super().write(*group)

    rig.settings = LASTING_MARKS
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("deskwatch.engine.history.History", SlowHistory)
        async with rig.running() as engine:
            await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "102"))
            rig.clock.forward(HOUR)
            ticking = asyncio.create_task(engine.tick())
            assert await asyncio.to_thread(begun.wait, DEADLINE_S)
            async with asyncio.timeout(DEADLINE_S):
                receipt = await submit(engine, fill(2, TEN), mark(rig.clock.now, "102"))
            assert receipt.accepted == 2
            let_go.set()
            await ticking
            await engine.tick()
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_a_locked_history_is_told_and_gets_its_rows_once_it_is_free(rig, monkeypatch):
    monkeypatch.setattr("deskwatch.database._BUSY_TIMEOUT_S", 0.01)
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "102"))
        rig.clock.forward(HOUR)
        other = sqlite3.connect(rig.folder / "history.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for number in range(3):
            await submit(engine, fill(2 + number, TEN))
            await engine.tick()
            assert "locked" in (engine.history.trouble or "")
            rig.clock.forward(MINUTE)
        assert not rig.history()
        other.execute("ROLLBACK")
        other.close()
        await engine.tick()
        assert engine.history.trouble is None
        assert not engine.books.closing.late
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


@pytest.mark.parametrize("what", ["deleted", "garbage", "cut short"])
async def test_a_history_that_was_lost_is_written_again(rig, what, logged):
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "102"))
        for number in range(3):
            rig.clock.forward(HOUR)
            await submit(engine, fill(2 + number, rig.clock.now - 90 * MINUTE))
            await engine.tick()
    before = rig.history()
    file = rig.folder / "history.sqlite"
    match what:
        case "deleted":
            rig.lose_history()
        case "garbage":
            file.write_bytes(b"not a database" * 1000)
        case "cut short":
            file.write_bytes(file.read_bytes()[:5000])
    async with rig.running():
        pass
    assert exact(rig.history()) == exact(before)
    assert len(before) == 3
    moved = [entry["event"] for entry in logged if entry["event"] == "history_damaged"]
    assert bool(moved) == (what != "deleted")


async def test_an_engine_without_its_history_takes_events(rig):
    with flaky_history() as history:
        history.locked = True
        async with rig.running() as engine:
            await submit(engine, EQUITY, fill(1, TEN))
            rig.clock.forward(HOUR)
            await engine.tick()
            assert engine.history.trouble == "the P&L history: database is locked"
        assert not rig.snapshots()


def keeping_an_hour(folder: Path) -> Rig:
    """Return an engine's rig with a segment for each group and a snapshot at each tick."""
    rig = Rig(folder)
    rig.segment_bytes = 1
    rig.keep_ns = HOUR
    rig.snapshot_interval_ns = 0
    return rig


async def test_finished_segments_are_sealed_and_old_ones_removed(tmp_path):
    rig = keeping_an_hour(tmp_path)
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        for number in range(4):
            await submit(engine, fill(number, rig.clock.now))
            rig.clock.forward(HOUR)
            await engine.tick()
        kept = sorted(path.name for path in (rig.folder / "journal").glob("0*"))
    # The older of the two snapshots stands after the fourth segment, received two hours ago.
    assert kept == ["0000000004.log.zst", "0000000005.log"]
    async with rig.running() as engine:
        assert engine.books.lines[0].position.quantity == 40


async def test_a_full_disk_gets_room_again_once_segments_are_old_enough(tmp_path, full_disk):
    """What is compressed has to be written first: there is no room for that."""
    rig = keeping_an_hour(tmp_path)
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        for number in range(4):
            await submit(engine, fill(number, rig.clock.now))
            rig.clock.forward(SECOND)
            if number < 3:
                await engine.tick()
        full_disk.set()
        rig.clock.forward(HOUR)
        await engine.tick()
        kept = sorted(path.name for path in (rig.folder / "journal").glob("0*"))
        full_disk.clear()
    # The older of the two snapshots stands after the third segment; the fourth was never sealed.
    assert kept == ["0000000003.log.zst", "0000000004.log", "0000000005.log"]


async def test_a_snapshot_that_cant_be_kept_is_told_until_one_can(rig, logged):
    rig.snapshot_interval_ns = MINUTE
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        blocked = rig.folder / "snapshots"
        blocked.write_text("")
        rig.clock.forward(2 * MINUTE)
        await engine.tick()
        assert engine.snapshot_trouble is not None
        blocked.unlink()
        rig.clock.forward(2 * MINUTE)
        await engine.tick()
        assert engine.snapshot_trouble is None
    assert [entry["event"] for entry in logged if entry["log_level"] == "error"] == [
        "snapshot_failed"
    ]


async def test_a_snapshot_is_taken_each_interval_if_there_is_something_new(rig):
    rig.snapshot_interval_ns = HOUR
    async with rig.running(killed=True) as engine:
        seen = []
        for number in range(4):
            await submit(engine, EQUITY if number == 0 else fill(number, rig.clock.now))
            rig.clock.forward(40 * MINUTE)
            await engine.tick()
            seen.append([path.name for path in rig.snapshots()])
        for _ in range(2):
            rig.clock.forward(3 * HOUR)
            await engine.tick()
            seen.append([path.name for path in rig.snapshots()])
    assert [len(names) for names in seen] == [1, 1, 2, 2, 2, 2]
    assert seen[3] != seen[4] == seen[5]


async def test_the_folder_is_measured_and_a_failure_to_is_no_bug(rig, monkeypatch, logged):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await engine.tick()
        before = engine.stored
        assert before.segments == 1
        assert before.total_bytes > 200
        monkeypatch.setattr("deskwatch.journal.journal.segment_numbers", too_many_open_files)
        await engine.tick()
        await engine.tick()
        assert engine.stored == before
    events = [entry["event"] for entry in logged]
    assert events.count("journal_not_measured") == 1, "it is said once, and not at each tick"


def too_many_open_files(_: object) -> list[int]:
    raise OSError(errno.EMFILE, "Too many open files")


async def test_what_was_to_come_while_the_machine_slept_is_waited_for_anew(rig):
    machine = Machine()
    rig.machine_clock = machine.clock
    async with rig.running() as engine:
        await submit(engine, beat("lost", TEN))
        machine.beat(200)
        await submit(engine, beat("alive", machine.wall))
        machine.wall += 8 * HOUR
        slept = []
        engine.slept = slept.append
        machine.beat()
        assert slept == [8 * HOUR + SECOND // 10]
        assert (is_down(engine, "lost"), is_down(engine, "alive")) == (True, False)
        machine.beat(160)
        assert is_down(engine, "alive")


async def test_what_falls_silent_after_a_start_by_a_clock_that_is_behind_is_told(rig):
    machine = Machine()
    rig.machine_clock = machine.clock
    async with rig.running() as engine:
        await submit(engine, beat("oms", TEN))
    machine.wall -= HOUR
    rig.machine_clock = machine.clock = machine.new_clock()
    async with rig.running() as engine:
        await submit(engine, beat("oms", machine.wall))
        machine.beat(310)
        assert is_down(engine, "oms")


def beat(service: str, time: int) -> Heartbeat:
    return Heartbeat(event_time=time, service=service, host="h1", interval_ns=5 * SECOND)


def is_down(engine: Engine, service: str) -> bool:
    now = engine.clock()
    found = engine.books.services.services[service, "h1"]
    return found.is_down(HeartbeatSettings(), now, engine.books.watch)
