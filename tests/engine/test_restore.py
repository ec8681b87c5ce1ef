"""What a start makes of journal, snapshots and history, in whatever order they were written."""

from contextlib import suppress
from decimal import Decimal
from itertools import permutations

import pytest
from msgspec import json, structs

from deskwatch.core.books import Books
from deskwatch.core.event import Fill
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import STATE_VERSION
from deskwatch.engine.engine import Engine, RestoreAbandoned
from deskwatch.engine.restore import Loss
from deskwatch.journal.frame import HEAD, Frame, encode
from deskwatch.journal.journal import Journal
from deskwatch.journal.left_out import NAME, leave_out
from deskwatch.journal.segment import Cursor, JournalUnavailable, plain_path
from deskwatch.journal.snapshot import SnapshotStore
from tests.core.blotter import EQUITY, FUTURE, HOUR, MINUTE, TEN
from tests.engine.rig import (
    LASTING_MARKS,
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
from tests.journal.blotter import flip


async def trade_until_the_hour_closes(rig: Rig, engine: Engine) -> None:
    """Earn 19.5 in the hour of ten o'clock, which then closes with no event in the next one."""
    await submit(engine, EQUITY, fill(1, rig.clock.now), mark(rig.clock.now, "102"))
    rig.clock.forward(HOUR)
    await engine.tick()


def earned(rows: list[PnlRow]) -> list[tuple[str, int, float, float]]:
    """Return which hour of the day paid which fees and gained what on open positions."""
    return [
        (
            row.period,
            (row.start - TEN) // HOUR + 10,
            float(row.fees),
            float(row.unrealized_change or "nan"),
        )
        for row in rows
    ]


TEN_O_CLOCK = ("hour", 10, 0.5, 20)


async def test_rows_that_time_alone_closed_are_in_a_history_that_is_filled_again(rig):
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await trade_until_the_hour_closes(rig, engine)
    assert earned(rig.history()) == [TEN_O_CLOCK]
    rig.lose_history()
    async with rig.running():
        pass
    assert earned(rig.history()) == [TEN_O_CLOCK]


async def test_rows_that_time_alone_closes_after_a_filling_wait_for_the_next_frame(rig):
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await trade_until_the_hour_closes(rig, engine)
        await submit(engine, fill(2, rig.clock.now))
    rig.lose_history()
    async with rig.running() as engine:
        rig.clock.forward(HOUR)
        await engine.tick()
        assert earned(engine.books.closing.closed) == [("hour", 11, 0.5, 20)]
        await submit(engine, mark(rig.clock.now, "103"))
        await engine.tick()
    assert earned(rig.history()) == [TEN_O_CLOCK, ("hour", 11, 0.5, 20)]


async def test_a_history_that_is_filled_again_by_another_day_start_has_all_once(rig):
    """Ten are earned between where the day ended and where it ends now."""
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "102"))
        for hours, price in ((13, "103"), (13, "104")):
            rig.clock.forward(hours * HOUR)
            await submit(engine, mark(rig.clock.now, price))
            await engine.tick()
    rig.lose_history()
    rig.settings = structs.replace(LASTING_MARKS, day_start_minute=22 * 60)
    async with rig.running() as engine:
        rig.clock.forward(12 * HOUR)
        await submit(engine, mark(rig.clock.now, "104"))
        await engine.tick()
    begun = {(row.start - TEN) // HOUR: row for row in rig.history() if row.period == "day"}
    assert {at: Decimal(row.unrealized_change) for at, row in begun.items()} == {-12: 20, 12: 20}
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_a_history_that_was_put_back_from_a_backup_is_filled_again(rig):
    rig.settings = LASTING_MARKS
    path = rig.folder / "history.sqlite"
    async with rig.running() as engine:
        await trade_until_the_hour_closes(rig, engine)
    backup = path.read_bytes()
    async with rig.running() as engine:
        await submit(engine, fill(2, rig.clock.now), fill(3, TEN))
        rig.clock.forward(HOUR)
        await submit(engine, mark(rig.clock.now, "103"))
        await engine.tick()
    rig.lose_history()
    path.write_bytes(backup)
    async with rig.running() as engine:
        await engine.tick()
    assert earned(rig.history()) == [("hour", 10, 1, 40), ("hour", 11, 0.5, 20)]
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


@pytest.mark.parametrize("frames", range(1, 6))
async def test_a_filling_that_was_cut_off_begins_anew(rig, monkeypatch, frames):
    """The snapshot has rows that the history was locked for: they are behind its own cursor."""
    rig.settings = LASTING_MARKS
    with flaky_history() as history:
        async with rig.running() as engine:
            await trade_until_the_hour_closes(rig, engine)
            history.locked = True
            for number in range(2, 5):
                await submit(engine, fill(number, rig.clock.now), mark(rig.clock.now, "103"))
                rig.clock.forward(HOUR)
                await engine.tick()
        history.locked = False
    rig.lose_history()

    def stop_there(engine: Engine, replayed: int) -> None:
        if replayed == frames:
            raise RestoreAbandoned

    with monkeypatch.context() as patched:
        patched.setattr("deskwatch.engine.restore.ROWS_AT_ONCE", 0)
        patched.setattr(Engine, "_progress", stop_there)
        with suppress(RestoreAbandoned):
            async with rig.running():
                pass
    async with rig.running() as engine:
        await submit(engine, mark(rig.clock.now, "104"))
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_a_run_without_its_history_loses_no_row_of_it(rig):
    rig.settings = LASTING_MARKS
    with flaky_history() as history:
        async with rig.running() as engine:
            await trade_until_the_hour_closes(rig, engine)
        history.locked = True
        async with rig.running() as engine:
            assert engine.history.trouble == "the P&L history: database is locked"
            await submit(engine, fill(2, rig.clock.now), fill(3, rig.clock.now - MINUTE))
            rig.clock.forward(HOUR)
            await submit(engine, mark(rig.clock.now, "103"))
            await engine.tick()
            assert not [*engine.books.closing.closed, *engine.books.closing.late]
        history.locked = False
        async with rig.running() as engine:
            assert engine.history.trouble is None
            await engine.tick()
    assert earned(rig.history()) == [("hour", 10, 1, 40), ("hour", 11, 0.5, 20)]


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "stopped"])
@pytest.mark.parametrize(
    "order",
    [order for n in range(4) for order in permutations(["history", "snapshot", "hour"], n)],
    ids="-".join,
)
async def test_a_late_row_counts_once_whatever_was_written_before_the_end(rig, order, killed):
    rig.settings = LASTING_MARKS
    async with rig.running(killed=killed) as engine:
        await trade_until_the_hour_closes(rig, engine)
        await submit(engine, fill(2, TEN))
        for step in order:
            match step:
                case "history":
                    await engine._write_history()
                case "snapshot":
                    await engine._snapshot()
                case "hour":
                    rig.clock.forward(HOUR)
                    async with engine.intake.boundary:
                        engine.books.begin(rig.clock.now)
    for _ in range(2):
        async with rig.running(killed=killed) as engine:
            await engine.tick()
    async with rig.running() as engine:
        await submit(engine, fill(3, TEN, fee="0.125"))
        await engine.tick()
    assert earned(rig.history())[0] == ("hour", 10, 1.125, 60)
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_a_late_row_counts_once_in_a_history_that_is_filled_again(rig):
    rig.settings = LASTING_MARKS
    async with rig.running(killed=True) as engine:
        await trade_until_the_hour_closes(rig, engine)
        await engine._write_history()
        await submit(engine, fill(2, TEN))
        await engine._snapshot()
    rig.lose_history()
    async with rig.running() as engine:
        await submit(engine, fill(3, TEN, fee="0.125"))
        await engine.tick()
    assert earned(rig.history()) == [("hour", 10, 1.125, 60)]
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


async def test_only_what_came_after_the_snapshot_is_replayed(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    async with rig.running(killed=True) as engine:
        assert engine.replayed_frames == 0
        await submit(engine, fill(2, TEN))
    async with rig.running() as engine:
        assert engine.replayed_frames == 1
        assert state(engine.books, TEN) == state(rig.replayed(), TEN)


async def damage(rig) -> int:
    """Book three fills, spoil the frame of the first, and return how many bytes that is."""
    path = plain_path(rig.folder / "journal", 1)
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
        before = path.stat().st_size
        await submit(engine, fill(1, TEN))
        size = path.stat().st_size - before
        await submit(engine, fill(2, TEN))
        await submit(engine, fill(3, TEN))
    flip(path, before + HEAD.size)
    return size


async def test_a_damaged_frame_costs_its_events_alone_and_is_counted(rig):
    size = await damage(rig)
    async with rig.running() as engine:
        assert (engine.loss.gaps, engine.loss.lost_bytes) == (1, size)
        assert engine.replayed_frames == 3


async def test_each_damaged_place_is_counted_with_all_that_is_missing_there(rig):
    path = plain_path(rig.folder / "journal", 1)
    ends = []
    async with rig.running(killed=True) as engine:
        for events in ([EQUITY], [fill(1, TEN)], [fill(2, TEN)], [fill(3, TEN), fill(4, TEN)]):
            await submit(engine, *events)
            ends.append(path.stat().st_size)
    flip(path, ends[0] + HEAD.size)
    flip(path, ends[2] + HEAD.size)
    async with rig.running() as engine:
        lost = ends[1] - ends[0] + ends[3] - ends[2]
        assert (engine.loss.gaps, engine.loss.lost_bytes) == (2, lost)


async def test_a_damaged_header_of_the_journal_costs_no_frame_and_is_no_loss(rig):
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    flip(plain_path(rig.folder / "journal", 1), 0)
    async with rig.running() as engine:
        assert (engine.replayed_frames, engine.loss) == (2, Loss())


async def test_what_was_lost_is_told_for_a_day_over_every_start(rig):
    """A snapshot stands behind the damage by then: nobody reads it again."""
    size = await damage(rig)
    for hours in (0, 1, 22):
        rig.clock.forward(hours * HOUR)
        async with rig.running() as engine:
            assert engine.loss.gaps == 1
            assert engine.loss.lost_bytes == size
    async with rig.running() as engine:
        assert engine.replayed_frames == 0
        rig.clock.forward(2 * HOUR)
        await submit(engine, fill(3, TEN))
        assert engine.loss.gaps == 1  # until the next start, at least
    async with rig.running() as engine:
        assert engine.loss == Loss()


def test_what_was_lost_since_is_told_for_its_own_day_with_what_was_lost_before():
    monday, tuesday = TEN, TEN + 20 * HOUR
    both = Loss(1, 30, tuesday).and_before(Loss(2, 40, monday), tuesday)
    assert both == Loss(3, 70, tuesday)
    assert Loss().and_before(both, tuesday + 24 * HOUR) == both
    assert Loss().and_before(both, tuesday + 24 * HOUR + 1) == Loss()


async def test_a_snapshot_that_says_nothing_of_losses_is_taken_up(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
    snapshots = SnapshotStore(rig.folder / "snapshots")
    kept = snapshots.load()
    first, _, books = kept.payload.partition(b"\n")
    head = json.decode(first)
    del head["loss"]
    snapshots.save(kept.cursor, json.encode(head) + b"\n" + books)
    async with rig.running() as engine:
        assert (engine.replayed_frames, engine.loss) == (0, Loss())


async def test_what_a_kill_left_unfinished_is_no_gap(rig):
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    path = plain_path(rig.folder / "journal", 1)
    path.write_bytes(path.read_bytes() + encode([Frame(TEN, b"{}")])[:-1])
    async with rig.running() as engine:
        assert (engine.loss.gaps, engine.loss.lost_bytes) == (0, 0)
        assert engine.replayed_frames == 2


async def test_what_was_cut_off_is_told_at_every_start_until_it_is_taken_away(rig):
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
        assert engine.stored.kept_aside_bytes == 0
    path = plain_path(rig.folder / "journal", 1)
    torn = encode([Frame(TEN, b"{}")])[:-1]
    path.write_bytes(path.read_bytes() + torn)
    for _ in range(2):
        async with rig.running() as engine:
            assert engine.stored.kept_aside_bytes == len(torn)
    async with rig.running() as engine:
        for aside in (rig.folder / "journal").glob("*.torn-*"):
            aside.unlink()
        await engine.tick()
        assert engine.stored.kept_aside_bytes == 0


@pytest.mark.parametrize(("damaged", "replayed"), [(0, 1), (1, 2), (2, 4)])
async def test_a_damaged_snapshot_costs_a_longer_replay_and_no_figure(
    rig, logged, damaged, replayed
):
    """There are snapshots after the second frame and after the third; a fourth came after them."""
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    async with rig.running() as engine:
        await submit(engine, fill(2, TEN))
    async with rig.running(killed=True) as engine:
        await submit(engine, fill(3, TEN))
    for path in rig.snapshots()[:damaged]:
        path.write_bytes(path.read_bytes()[:-1])
    async with rig.running() as engine:
        assert engine.replayed_frames == replayed
        assert state(engine.books, TEN) == state(rig.replayed(), TEN)
    told = [entry for entry in logged if entry["event"] == "snapshot_unreadable"]
    assert len(told) == damaged


def put_away_otherwise(engine: Engine) -> None:
    """Leave a snapshot of another layout, as another deskwatch has put the books away."""
    assert engine._cursor is not None
    engine._snapshots.save(engine._cursor, b'{"history":null}\n{"version":99}')
    engine.ready = False


async def test_a_snapshot_whose_head_nobody_can_read_costs_a_longer_replay(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    snapshots = SnapshotStore(rig.folder / "snapshots")
    kept = snapshots.load()
    _, _, books = kept.payload.partition(b"\n")
    snapshots.save(kept.cursor, b'{"history": 7\n' + books)
    async with rig.running() as engine:
        assert engine.replayed_frames == 2
        assert state(engine.books, TEN) == state(rig.replayed(), TEN)


async def test_a_snapshot_of_another_layout_is_left_alone(rig, logged):
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN))
        put_away_otherwise(engine)
    async with rig.running() as engine:
        assert engine.replayed_frames == 1
        assert len(engine.books.lines) == 1
    assert [
        (entry["event"], entry["why"]) for entry in logged if entry["log_level"] == "warning"
    ] == [("snapshot_unreadable", f"version 99; expected {STATE_VERSION}")]


async def test_our_own_snapshot_serves_where_the_newer_one_is_of_another_layout(rig):
    """As of who goes back to the version before: its own snapshot is still there."""
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, TEN))
    async with rig.running() as engine:
        await submit(engine, fill(2, TEN))
        put_away_otherwise(engine)
    async with rig.running() as engine:
        assert engine.replayed_frames == 1
        assert state(engine.books, TEN) == state(rig.replayed(), TEN)


async def test_books_of_another_layout_are_not_begun_without_what_only_they_know(rig, logged):
    """A replay would begin with the second fill, and show half of the position as all of it."""
    rig.segment_bytes = 1
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN))
        await submit(engine, EQUITY, fill(2, TEN))
        for path in rig.snapshots():
            path.unlink()
        put_away_otherwise(engine)
    (rig.folder / "journal" / "0000000001.log").unlink()
    with pytest.raises(JournalUnavailable, match=r"version 99; expected .* before its segment 2"):
        async with rig.running():
            pass
    rig.snapshots()[0].unlink()  # whoever wants to begin anew all the same
    async with rig.running() as engine:
        assert engine.loss.gaps == 1
    assert "journal_gap" in [entry["event"] for entry in logged]


@pytest.mark.parametrize("rows_at_once", [2, 12, 30])
async def test_a_long_replay_hands_rows_over_on_the_way(rig, monkeypatch, rows_at_once):
    monkeypatch.setattr("deskwatch.engine.restore.ROWS_AT_ONCE", rows_at_once)
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
        for number in range(9):
            await submit(engine, fill(number, rig.clock.now), mark(rig.clock.now, "101"))
            rig.clock.forward(HOUR)
    async with rig.running(killed=True) as engine:
        # The ninth fill closed the eighth hour; nothing has closed the ninth.
        assert len(rows_of(rig.replayed())) == 8
        assert len(engine.books.closing.closed) <= 2
        await engine._snapshot()
    async with rig.running() as engine:
        await submit(engine, mark(rig.clock.now, "101"))
        await engine.tick()
    assert exact(rig.history()) == exact(rows_of(rig.replayed()))


@pytest.mark.parametrize("rows_at_once", [5000, 0])
async def test_a_history_is_not_filled_from_a_journal_that_lost_a_part(
    rig, logged, monkeypatch, rows_at_once
):
    """A replay without the first fill knows half of the position: its rows would be wrong."""
    monkeypatch.setattr("deskwatch.engine.restore.ROWS_AT_ONCE", rows_at_once)
    rig.segment_bytes = 1
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY)
        await submit(engine, fill(1, rig.clock.now))
        rig.clock.forward(HOUR)
        await submit(engine, fill(2, rig.clock.now), mark(rig.clock.now, "103"))
        rig.clock.forward(HOUR)
        await submit(engine, mark(rig.clock.now, "103"))
    (rig.folder / "journal" / "0000000002.log").unlink()
    rig.lose_history()
    async with rig.running() as engine:
        assert "history_lost" in [entry["event"] for entry in logged]
        await submit(engine, mark(rig.clock.now, "104"))
        rig.clock.forward(HOUR)
        await submit(engine, mark(rig.clock.now, "104"))
        await engine.tick()
    assert earned(rig.history()) == [("hour", 12, 0, 20)]


async def test_a_block_with_bad_lines_is_replayed_as_it_was_booked(rig):
    bad = fill(2, TEN, symbol="MSFT")
    async with rig.running(killed=True) as engine:
        receipt = await engine.intake.submit(
            block(EQUITY, b"{", fill(1, TEN), bad, b"", fill(3, TEN + 3600 * 10**9)), way="test"
        )
        assert [(r.line, r.reason) for r in receipt.refused] == [
            (2, "malformed_json"),
            (4, "unknown_instrument"),
            (6, "event_time_in_future"),
        ]
        before = state(engine.books, TEN)
    rig.clock.forward(2 * HOUR)
    async with rig.running() as engine:
        assert state(engine.books, TEN) == before


@pytest.mark.parametrize("bound", ["max_positions", "max_instruments"])
async def test_books_over_a_bound_that_was_lowered_are_not_cut_to_it(rig, bound):
    async with rig.running() as engine:
        await submit(engine, EQUITY, FUTURE, fill(1, TEN), fill(2, TEN, strategy="pairs"))
    rig.settings = BooksSettings(**{bound: 1})
    with pytest.raises(JournalUnavailable, match=r"which hold more .* the bound is 1"):
        async with rig.running():
            pass
    rig.settings = BooksSettings()
    async with rig.running() as engine:
        assert len(engine.books.lines) == 2


class Bug(Exception):
    """One of ours, which the books of a test have."""


@pytest.fixture
def bug(rig, monkeypatch):
    """Have the fill of exec_id E2 end whatever books it; return a way to mend that."""

    def divide(booked):
        if booked.exec_id == "E2":
            raise Bug

    def new_books():
        books = Books(rig.settings)
        checks, handler, followers = books._ways[Fill]
        books._ways[Fill] = ((*checks, divide), handler, followers)
        return books

    monkeypatch.setattr(rig, "new_books", new_books)
    return monkeypatch.undo


async def dies(rig) -> Cursor:
    """Have a block's second event meet the bug, and return the cursor after it."""
    async with rig.running(killed=True) as engine:
        await submit(engine, EQUITY)
    with Journal.open(rig.folder / "journal") as journal:
        fills = [fill(n, rig.clock.now, source="oms", sequence=n) for n in (1, 2, 3)]
        return journal.append([Frame(rig.clock.now, block(*fills))])


def leave(rig, cursor: Cursor) -> None:
    snapshots = SnapshotStore(rig.folder / "snapshots")
    leave_out(rig.folder / "journal", snapshots, cursor, 2, "", rig.clock.now)


async def test_a_bug_that_ends_every_start_says_where_it_was_met_and_the_way_around(rig, bug):
    cursor = await dies(rig)
    for _ in range(2):
        with pytest.raises(Bug) as met:
            async with rig.running():
                pass
        where, way = met.value.__notes__[-1].splitlines()
        place = f"{cursor.segment}:{cursor.offset}"
        assert f"event 2 of the block before {place} in {rig.folder / 'journal'}" in where
        assert way == f"  deskwatch journal leave-out {place} 2 --data {rig.folder}"


async def test_without_that_event_it_starts_and_says_so_for_a_day(rig, bug, logged):
    cursor = await dies(rig)
    leave(rig, cursor)
    for hours in (0, 23):
        rig.clock.forward(hours * HOUR)
        async with rig.running() as engine:
            assert engine.left_out_events == 1
            assert state(engine.books, rig.clock.now) == state(rig.replayed(), rig.clock.now)
            # As its producer does, who got no receipt.
            again = await submit(engine, fill(2, rig.clock.now, source="oms", sequence=2))
            assert (again.accepted, again.duplicates) == (0, 1)
            assert engine.books.sequences.missing() == {"oms": 0}
    rig.clock.forward(2 * HOUR)
    async with rig.running() as engine:
        assert engine.left_out_events == 0
    told = [one["line"] for one in logged if one["event"] == "event_left_out"]
    assert len(told) == 3
    assert '"exec_id":"E2"' in told[0]


async def test_a_history_is_filled_again_without_it_too(rig, bug):
    cursor = await dies(rig)
    leave(rig, cursor)
    async with rig.running() as engine:
        rig.clock.forward(HOUR)
        await submit(engine, fill(4, rig.clock.now))
        await engine.tick()
    before = rig.history()
    rig.lose_history()
    async with rig.running():
        pass
    assert exact(rig.history()) == exact(before) == exact(rows_of(rig.replayed()))


async def test_a_mended_version_books_it_when_it_is_sent_again_without_its_number(rig, bug):
    cursor = await dies(rig)
    leave(rig, cursor)
    async with rig.running() as engine:
        without = state(engine.books, rig.clock.now)
    bug()
    async with rig.running() as engine:
        assert state(engine.books, rig.clock.now) == without
        assert (await submit(engine, fill(2, rig.clock.now, source="oms"))).accepted == 1
    for path in rig.snapshots():
        path.unlink()
    async with rig.running() as engine:
        assert engine.replayed_frames == 3
        assert state(engine.books, rig.clock.now) == state(rig.replayed(), rig.clock.now)


async def test_a_damaged_list_keeps_the_engine_from_other_books(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY)
    (rig.folder / "journal" / NAME).write_text("[")
    with pytest.raises(JournalUnavailable, match="which events are left out"):
        async with rig.running():
            pass
