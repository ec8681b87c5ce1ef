"""What is drawn over time, over restarts: by steps that fit the range, and null where none knows."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from deskwatch.core.observation import Latency
from deskwatch.core.settings import AccountSettings
from deskwatch.core.timeline import Point
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.engine import Engine
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.timeline import EngineTimeline, columns_of
from deskwatch.exposition.registry import Registry
from deskwatch.web.answers.timelines import TimelineAnswer
from deskwatch.web.desks.figures import FiguresUnavailable
from tests.core.blotter import EQUITY, HOUR, MINUTE, TEN
from tests.engine.rig import Rig, fill, flaky_history, mark, submit

SECOND = 10**9
TEN_S = TEN // SECOND
DAY = 24 * HOUR


@pytest.fixture
def rig(tmp_path) -> Rig:
    return Rig(tmp_path, mark_max_age_ns=5 * HOUR)


def timeline_of(engine: Engine) -> EngineTimeline:
    return EngineTimeline(engine, EngineDesk(engine, EngineFigures(engine), Registry()))


def values(answer: TimelineAnswer, drawn: str = "pnl") -> dict[int, float | None]:
    """Return the one strategy's figures by seconds after ten."""
    (series,) = (each for each in answer.series if each.drawn == drawn)
    times = (time - TEN_S for time in answer.times)
    return dict(zip(times, series.values, strict=True))


async def trade(engine: Engine, rig: Rig) -> None:
    """Buy ten at 100 for a fee of half a dollar; the mark is then 101, 102, ... by the minute."""
    await submit(engine, EQUITY, fill(1, TEN))
    for minute in range(1, 6):
        await submit(engine, mark(rig.clock.now, f"{100 + minute}"))
        rig.clock.forward(MINUTE)
        await engine.tick()


async def test_a_figure_holds_until_the_next_and_is_null_before_the_first(rig):
    async with rig.running() as engine:
        rig.clock.forward(10 * SECOND)
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        rig.clock.forward(5 * SECOND)
        await submit(engine, mark(rig.clock.now, "102"))
        rig.clock.forward(3 * SECOND)
        await engine.tick()
        answer = await timeline_of(engine).figures(["pnl"], TEN + 8 * SECOND, TEN + HOUR // 60)
    assert answer.step_s == 1
    unknown, first, second = (
        dict.fromkeys(range(8, 11)),
        dict.fromkeys(range(11, 16), 9.5),
        dict.fromkeys(range(16, 19), 19.5),
    )
    assert values(answer) == unknown | first | second


@pytest.mark.parametrize("killed", [True, False])
async def test_a_restart_changes_nothing_that_is_drawn(rig, killed):
    ranges = [(TEN, TEN + 5 * MINUTE), (TEN, TEN + 60 * MINUTE), (TEN - HOUR, TEN + 10 * HOUR)]

    async def drawn(engine: Engine) -> list[dict[int, float | None]]:
        timeline = timeline_of(engine)
        answers = [await timeline.figures(["pnl"], *asked) for asked in ranges]
        assert [answer.step_s for answer in answers] == [1, 10, 60]
        return [values(answer) for answer in answers]

    async with rig.running(killed=killed) as engine:
        await trade(engine, rig)
        before = await drawn(engine)
    assert before[2] == dict.fromkeys(range(-3600, 60, 60)) | {
        60 * minute: 10.0 * minute - 0.5 for minute in range(1, 6)
    }
    async with rig.running(killed=killed) as engine:
        await engine.tick()
        assert await drawn(engine) == before
    rig.lose_history()
    async with rig.running() as engine:
        await engine.tick()
        assert await drawn(engine) == before


async def test_what_lies_further_back_has_longer_steps(rig):
    async with rig.running() as engine:
        await trade(engine, rig)
        rig.clock.forward(2 * HOUR)
        await submit(engine, mark(rig.clock.now, "101"))
        await engine.tick()
        timeline = timeline_of(engine)
        answer = await timeline.figures(["pnl"], TEN, TEN + 5 * MINUTE)
        assert (answer.step_s, values(answer)[300]) == (60, 49.5)
        rig.clock.forward(4 * DAY)
        await engine.tick()
        assert (await timeline.figures(["pnl"], TEN, TEN + HOUR)).step_s == 900


@pytest.mark.parametrize(
    ("length", "step_s"),
    [
        (5 * MINUTE, 1),
        (HOUR, 10),
        (DAY, 60),
        (7 * DAY, 900),
        (90 * DAY, 3600),
    ],
)
async def test_the_step_fits_the_range(rig, length, step_s):
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        rig.clock.forward(SECOND)
        await engine.tick()
        answer = await timeline_of(engine).figures(["pnl"], rig.clock.now - length, rig.clock.now)
    assert answer.step_s == step_s
    assert length // SECOND // step_s <= len(answer.times) <= 2200


async def test_what_cannot_be_priced_is_null(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        rig.clock.forward(6 * HOUR)
        await engine.tick()
        timeline = timeline_of(engine)
        pnl = values(await timeline.figures(["pnl"], TEN, rig.clock.now))
        exposure = await timeline.figures(["gross", "net"], TEN, rig.clock.now)
    assert pnl[5 * 3600] == 9.5
    assert pnl[5 * 3600 + 60] is None
    for of in ("gross", "net"):
        assert values(exposure, of)[5 * 3600] == 1010
        assert values(exposure, of)[6 * 3600] is None


async def test_exposure_has_steps_of_ten_seconds_at_least(rig):
    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN, side="sell"), mark(TEN, "101"))
        rig.clock.forward(MINUTE)
        await engine.tick()
        timeline = timeline_of(engine)
        answer = await timeline.figures(["gross", "net"], TEN, rig.clock.now)
        (newest,) = timeline.newest().points
    assert (newest.gross, newest.net) == (1010, -1010)
    assert answer.step_s == 10
    assert (values(answer, "gross")[60], values(answer, "net")[60]) == (1010, -1010)


async def test_columns_count_what_took_how_long(rig):
    async with rig.running() as engine:
        for venue, duration_ns in (("XNAS", 150_000), ("XNAS", 10**6), ("XNYS", 20 * SECOND)):
            timed = Latency(
                event_time=TEN, operation="order_ack", venue=venue, duration_ns=duration_ns
            )
            await submit(engine, timed)
        rig.clock.forward(SECOND)
        await engine.tick()
        timeline = timeline_of(engine)
        grows_by = {(one.operation, one.venue): one.counts for one in timeline.newest().latencies}
        rig.clock.forward(SECOND)
        await engine.tick()
        every = await timeline.latencies("order_ack", None, TEN, TEN + 4 * SECOND)
        one = await timeline.latencies("order_ack", "XNYS", TEN, TEN + 4 * SECOND)
        other = await timeline.latencies("cancel_ack", None, TEN, TEN + 4 * SECOND)
        newest = timeline.newest()
    assert every.times == [TEN_S, TEN_S + 1, TEN_S + 2]
    assert len(every.edges_s) == 16
    first, counts, second = every.counts
    assert (first, sum(second or [1])) == (None, 0)
    assert counts == [0, 1, 0, 1, *[0] * 12, 1]
    assert one.counts[1] == [*[0] * 16, 1]
    assert other.counts[1] == [0] * 17
    assert grows_by == {
        ("order_ack", "XNAS"): [0, 1, 0, 1, *[0] * 13],
        ("order_ack", "XNYS"): [*[0] * 16, 1],
    }
    assert (newest.time, newest.latencies) == (TEN_S + 2, [])


@pytest.mark.parametrize(
    ("length", "step_s"),
    [(5 * MINUTE, 1), (HOUR, 10), (DAY, 60), (7 * DAY, 900), (90 * DAY, 3600)],
)
async def test_a_step_that_is_not_over_has_what_was_counted_in_it(rig, length, step_s):
    """A page is opened at any second; its heatmap lacks nothing of before, and grows from there."""
    async with rig.running() as engine:
        timeline = timeline_of(engine)
        for second in range(1, 1000):
            if second % 7 == 0:
                timed = Latency(
                    event_time=TEN, operation="order_ack", venue="XNAS", duration_ns=10**6
                )
                await submit(engine, timed)
            rig.clock.forward(SECOND)
            await engine.tick()
            if second in (600, 903, 999):
                now = rig.clock.now
                answer = await timeline.latencies("order_ack", None, now - length, now)
                earlier = await timeline.latencies("order_ack", None, now - length, now - SECOND)
                counted = sum(sum(column or []) for column in answer.counts)
                assert (answer.step_s, answer.times[-1]) == (step_s, TEN_S + second)
                assert len(answer.times) == len(answer.counts)
                first = max(1, second - length // SECOND)
                assert counted == sum(each % 7 == 0 for each in range(first, second + 1))
                assert all(time % step_s == 0 for time in earlier.times)


def test_columns_of_longer_steps_are_sums():
    ack = b'[["order_ack","XNAS",[%b]]]'
    points = [
        Point(time, None, ack % b",".join([b"1"] + [b"0"] * 16)) for time in (900, 1800, 3600, 4500)
    ]
    columns = columns_of(points, [3600, 7200], 3600, "order_ack", None)
    assert [column and column[0] for column in columns] == [3, 1]


async def test_the_newest_second_grows_a_chart(rig):
    async with rig.running() as engine:
        timeline = timeline_of(engine)
        assert timeline.newest().points == []
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        rig.clock.forward(SECOND)
        await engine.tick()
        (point,) = timeline.newest().points
        assert (point.strategy, point.pnl, point.drawdown) == ("mm", 9.5, 0.0)
        rig.clock.forward(SECOND)
        await engine.tick()
        assert timeline.newest().time == TEN_S + 2
        assert timeline.newest().points == [point]


async def test_hours_and_days_are_what_was_earned_in_them(rig):
    async with rig.running() as engine:
        await trade(engine, rig)
        rig.clock.forward(HOUR)
        await submit(engine, mark(rig.clock.now, "103"))
        await engine.tick()
        timeline = timeline_of(engine)
        hours = await timeline.changes("hour", TEN - HOUR, TEN + 2 * HOUR)
        days = await timeline.changes("day", TEN - DAY, TEN + DAY)
        rig.clock.forward(2 * HOUR)
        await submit(engine, mark(rig.clock.now, "103"))
        await engine.tick()
        later = await timeline.changes("hour", TEN + HOUR, TEN + 9 * HOUR)
    assert values(hours, "change") == {-3600: None, 0: 49.5, 3600: -20.0}
    assert list(values(days, "change").values()) == [29.5]
    assert (hours.dates, days.dates) == (
        [],
        [datetime.fromtimestamp(TEN_S, UTC).date().isoformat()],
    )
    assert values(later, "change") == {3600: -20.0, 7200: 0.0, 10800: 0.0}


async def test_hours_are_without_those_of_a_simulated_account(rig):
    """They are drawn to be summed."""
    drill = AccountSettings(method="average", reporting_currency="USD", simulated=True)
    rig = Rig(rig.folder, mark_max_age_ns=5 * HOUR, accounts={"drill": drill})
    async with rig.running() as engine:
        await trade(engine, rig)
        await submit(engine, fill(2, TEN, account="drill"))
        hours = await timeline_of(engine).changes("hour", TEN, TEN + HOUR)
    assert [series.account for series in hours.series] == ["A1"]


@pytest.mark.parametrize(
    ("zone", "minute", "period", "length", "begins"),
    [
        ("America/New_York", 17 * 60, "day", DAY, [-10, 14, 38, 62, 86, 108]),
        ("Asia/Kolkata", 0, "hour", HOUR, [0, 1, 2, 3, 4, 4.5]),
    ],
)
async def test_where_periods_begin_elsewhere_by_now_those_of_before_are_drawn_as_they_closed(
    rig, zone, minute, period, length, begins
):
    """Each earns ten on a mark; the fee is in the first. What began by the old clock ends by it."""
    rig = Rig(rig.folder, mark_max_age_ns=99 * DAY)

    async def earn(engine: Engine, times: int) -> None:
        for _ in range(times):
            rig.clock.forward(length)
            price = 100 + (rig.clock.now - TEN) // length
            await submit(engine, mark(rig.clock.now, f"{price}"))
            await engine.tick()

    async with rig.running() as engine:
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "100"))
        await earn(engine, 3)
    rig.settings = replace(rig.settings, timezone=zone, day_start_minute=minute)
    async with rig.running() as engine:
        await earn(engine, 2)
        answer = await timeline_of(engine).changes(period, TEN - 9 * DAY, rig.clock.now + 1)
    earned = [-0.5, 10.0, 10.0, 10.0, 10.0, 10.0]
    hours = {second / 3600: value for second, value in values(answer, "change").items()}
    assert hours == dict(zip(begins, earned, strict=True))


async def test_hours_in_another_currency_are_translated_or_null(rig):
    rig = Rig(rig.folder, mark_max_age_ns=5 * HOUR, reporting_currency="EUR")
    async with rig.running() as engine:
        await trade(engine, rig)
        timeline = timeline_of(engine)
        unknown = await timeline.changes("hour", TEN, TEN + HOUR)
        rate = b'{"kind":"fx","event_time":%d,"base":"EUR","quote":"USD","rate":"1.25"}'
        await submit(engine, rate % rig.clock.now)
        known = await timeline.changes("hour", TEN, TEN + HOUR)
    assert values(unknown, "change") == {0: None}
    assert values(known, "change") == {0: 39.6}
    assert {series.currency for series in known.series} == {"EUR"}


async def test_without_books_or_history_there_is_none(rig):
    engine = Engine(rig.keeping(), rig.new_books, rig.clock)
    timeline = timeline_of(engine)
    with pytest.raises(FiguresUnavailable, match="replaying the journal"):
        timeline.newest()
    with pytest.raises(FiguresUnavailable, match="replaying the journal"):
        await timeline.figures(["pnl"], TEN, TEN + HOUR)
    await engine.close()
    with flaky_history() as history:
        history.locked = True
        async with rig.running() as engine:
            rig.clock.forward(SECOND)
            timeline = timeline_of(engine)
            for asked in (
                timeline.figures(["pnl"], TEN - DAY, TEN + 1),
                timeline.changes("hour", TEN, TEN + 1),
            ):
                with pytest.raises(FiguresUnavailable, match="database is locked"):
                    await asked


async def test_exposure_is_worked_out_in_turns_before_it_is_drawn(rig):
    async with rig.running() as engine:
        exposures = engine.books.exposures
        await submit(engine, EQUITY, fill(1, TEN), mark(TEN, "101"))
        await engine.catch_up()
        assert exposures.advance(rig.clock.now, 0) == 1
        rig.clock.forward(9 * SECOND)
        await engine.catch_up()
        assert exposures.advance(rig.clock.now, 0) == 0
