"""The engine as the HTTP service sees it."""

import pytest

from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.engine import Engine
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.views import pnl as view
from deskwatch.exposition.registry import Registry
from deskwatch.ingest.intake import MAX_SOURCES
from deskwatch.web.answers.figures import JournalStatus, SourceStatus
from deskwatch.web.desks.figures import FiguresUnavailable, HistoryQuery
from tests.core.blotter import EQUITY, HOUR, TEN
from tests.engine.rig import LASTING_MARKS, fill, flaky_history, mark, submit

SECOND = 1_000_000_000


def desk_of(engine: Engine) -> EngineDesk:
    return EngineDesk(engine, EngineFigures(engine), Registry())


async def test_before_the_replay_there_are_no_figures(rig):
    engine = Engine(rig.keeping(), rig.new_books, rig.clock)
    desk = desk_of(engine)
    why = "replaying the journal: 0 blocks so far"
    assert desk.ready() == (False, why)
    for figures in desk.views.values():
        with pytest.raises(FiguresUnavailable, match=why):
            figures()
    with pytest.raises(FiguresUnavailable, match=why):
        await desk.history(HistoryQuery("hour", 0, TEN), limit=9)
    status = desk.status()
    assert status.journal == JournalStatus("replaying", why, 0, 0)
    assert (status.ready, status.sources, status.unpriced_positions) == (False, [], 0)
    await engine.close()


async def test_the_status_counts_what_was_new_and_what_was_not(rig):
    async with rig.running() as engine:
        desk = desk_of(engine)
        numbered = fill(2, TEN, source="bot", sequence=1)
        await submit(engine, EQUITY, fill(1, TEN), fill(1, TEN), numbered, numbered)
        await submit(engine, fill(3, TEN, quantity="0"), b"{", mark(TEN, "101"))
        await submit(engine, fill(4, TEN, source="algo"))
        rig.clock.forward(5 * SECOND)
        status = desk.status()
        assert status.events.by_kind == {"instrument": 1, "fill": 3, "mark": 1}
        assert (status.events.total, status.duplicates) == (5, 2)
        assert status.refused.by_reason == {"zero_quantity": 1, "malformed_json": 1}
        assert (status.uptime_s, status.ready, status.unpriced_positions) == (5.0, True, 0)
        assert desk._figures.events == {
            ("unnamed", "instrument"): 1,
            ("unnamed", "fill"): 1,
            ("bot", "fill"): 1,
            ("unnamed", "mark"): 1,
            ("algo", "fill"): 1,
        }
        assert desk._figures.duplicates == {("unnamed",): 1, ("bot",): 1, ("algo",): 0}


async def test_the_rate_is_that_of_the_last_seconds(rig):
    async with rig.running() as engine:
        figures = EngineFigures(engine)
        await submit(engine, EQUITY, *(fill(number, TEN) for number in range(39)))
        rig.clock.forward(4 * SECOND)
        assert figures.events_per_second() == 10
        for _ in range(12):
            figures.sample()
            rig.clock.forward(SECOND)
        figures.sample()
        assert figures.events_per_second() == 0
        await submit(engine, *(fill(number, TEN) for number in range(39, 89)))
        assert figures.events_per_second() == 5  # also for who asks once


async def test_a_source_shows_its_latest_run_and_all_its_holes(rig):
    async with rig.running() as engine:
        desk = desk_of(engine)
        await submit(engine, EQUITY)
        for number, (epoch, sequence) in enumerate([(1, 1), (2, 3), (1, 4), (2, 4)]):
            numbered = {"source": "bot", "epoch": epoch, "sequence": sequence}
            await submit(engine, fill(number, TEN, **numbered))
        assert desk.status().sources == [SourceStatus("bot", 2, 4, 4)]
        assert desk._figures.missing_events == {("bot",): 4}


async def test_a_flood_of_sources_is_counted_as_one(rig):
    async with rig.running() as engine:
        named = [fill(n, TEN, source=f"s{n}") for n in range(MAX_SOURCES + 50)]
        await submit(engine, EQUITY, *named)
        figures = EngineFigures(engine)
        assert len(figures.events) == MAX_SOURCES + 1
        assert figures.events["other", "fill"] == 51


async def test_without_a_history_there_is_none_to_show(rig):
    with flaky_history() as history:
        history.locked = True
        async with rig.running() as engine:
            desk = desk_of(engine)
            assert not desk._figures.history_writable
            with pytest.raises(FiguresUnavailable, match=r"no history: .* database is locked"):
                await desk.history(HistoryQuery("hour", 0, TEN), limit=9)
            assert desk.ready() == (True, "")


async def test_history_is_cut_at_the_limit_oldest_first(rig):
    rig.settings = LASTING_MARKS
    async with rig.running() as engine:
        await submit(engine, EQUITY, mark(TEN, "100"))
        for number in range(5):
            await submit(engine, fill(number, rig.clock.now))
            await engine.tick()
            rig.clock.forward(HOUR)
        desk = desk_of(engine)
        asked = HistoryQuery("hour", 0, TEN + 99 * HOUR)
        rows = await desk.history(asked, limit=3)
        assert [(row.start - TEN) // HOUR for row in rows] == [0, 1, 2]
        everything = await desk.history(asked, limit=99)
        assert [(row.start - TEN) // HOUR for row in everything] == [0, 1, 2, 3, 4]


async def test_a_restart_counts_from_zero_and_keeps_the_books(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN, source="bot", sequence=1))
    async with rig.running() as engine:
        status = desk_of(engine).status()
        assert (status.events.total, status.refused.total) == (0, 0)
        assert status.sources == [SourceStatus("bot", 0, 1, 0)]
        assert len(desk_of(engine).show(view.positions).positions) == 1
