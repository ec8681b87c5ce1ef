"""What is drawn over time: where something changed, what it was, and null where none can say."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core import event, state
from deskwatch.core.books import Books
from deskwatch.core.money import POW10, REPORTING_DECIMALS
from deskwatch.core.observation import Latency
from deskwatch.core.settings import BooksSettings
from deskwatch.core.timeline import MAX_DRAWN, LatencyPoint, Point, StrategyPoint
from tests.core.blotter import EQUITY, MINUTE, TEN, Desk

SECOND = 10**9
TEN_S = TEN // SECOND


def strategies(figures: bytes) -> list[StrategyPoint]:
    return msgspec.json.decode(figures, type=list[StrategyPoint])


def shown(amount: int | None) -> float | None:
    return None if amount is None else amount / POW10[REPORTING_DECIMALS]


def drawn(books: Books, step_s: int, field: str = "net") -> list[tuple[int, float | None]]:
    """Return seconds after ten and the one strategy's figure, of the points of a step."""
    return [
        (point.time - TEN_S, shown(getattr(strategies(point.figures)[0], field)))
        for point in books.timeline.levels[step_s].points
        if point.figures is not None
    ]


def counted(points: list[Point]) -> Counter[tuple[str, str, int]]:
    """Return how many durations the points have by operation, venue and bucket."""
    found: Counter[tuple[str, str, int]] = Counter()
    for point in points:
        for latency in msgspec.json.decode(point.latencies or b"[]", type=list[LatencyPoint]):
            for bucket, count in enumerate(latency.counts):
                found[latency.operation, latency.venue, bucket] += count
    return +found


def timed(time: int, duration_ns: int, strategy: str = "") -> Latency:
    return Latency(
        event_time=time,
        operation="order_ack",
        venue="XNAS",
        strategy=strategy,
        duration_ns=duration_ns,
    )


def test_a_point_is_at_the_end_of_a_step_in_which_a_figure_changed():
    desk = Desk().trade("+10@100").mark("103")
    desk.at(TEN + 5 * SECOND).mark("104")
    desk.at(TEN + 8 * SECOND).mark("104")
    desk.at(TEN + 12 * SECOND).mark("99")
    desk.at(TEN + 20 * SECOND)
    assert drawn(desk.books, 1) == [(1, 30), (6, 40), (13, -10)]
    assert drawn(desk.books, 1, "drawdown") == [(1, 0), (6, 0), (13, 50)]
    assert drawn(desk.books, 10) == [(10, 40), (20, -10)]


def test_exposure_is_in_the_points_of_longer_steps():
    desk = Desk().trade("-10@100").mark("103").at(TEN + MINUTE)
    assert drawn(desk.books, 1, "gross") == [(1, None)]
    assert drawn(desk.books, 10, "gross") == [(10, 1030)]
    assert drawn(desk.books, 60, "exposure") == [(60, -1030)]


def test_a_mark_that_grew_too_old_is_drawn_though_nothing_happened():
    desk = Desk(mark_max_age_ns=MINUTE).trade("+10@100").mark("103").at(TEN + 30 * MINUTE)
    assert drawn(desk.books, 1) == [(1, 30), (61, None)]
    assert drawn(desk.books, 60) == [(60, 30), (120, None)]
    assert drawn(desk.books, 60, "gross") == [(60, 1030), (120, None)]
    assert drawn(desk.books, 900) == [(900, None)]


def test_what_is_sold_out_of_is_known_for_ever():
    desk = Desk(mark_max_age_ns=MINUTE).trade("+10@100 -10@103").at(TEN + 30 * MINUTE)
    assert drawn(desk.books, 1) == [(1, 30)]


def test_a_rate_that_grew_too_old_is_drawn_too():
    desk = Desk(fx_max_age_ns=MINUTE, reporting_currency="EUR", mark_max_age_ns=10 * MINUTE)
    desk.fx("EUR", "USD", "1.25").trade("+10@100").mark("105").at(TEN + 5 * MINUTE)
    assert drawn(desk.books, 1) == [(1, 40), (61, None)]


def test_a_late_event_changes_what_is_drawn_from_then_on():
    desk = Desk().trade("+10@100").mark("103").at(TEN + MINUTE)
    desk.fill("-4@101", event_time=TEN + SECOND)
    desk.at(TEN + 2 * MINUTE)
    assert drawn(desk.books, 60)[0] == (60, 30)
    assert drawn(desk.books, 1) == [(1, 30), (61, 22)]


def test_short_steps_are_kept_for_a_while_and_then_the_last_figure_before_them():
    desk = Desk().trade("+10@100")
    for second in range(400):
        desk.at(TEN + second * SECOND).mark(f"{100 + second}")
    desk.at(TEN + 400 * SECOND)
    level = desk.books.timeline.levels[1]
    assert [point.time - TEN_S for point in level.points] == list(range(41, 401))
    assert level.before is not None
    assert shown(strategies(level.before)[0].net) == 390


def test_long_steps_wait_until_they_are_taken():
    desk = Desk().trade("+10@100").mark("103").at(TEN + 3 * MINUTE).mark("104").at(TEN + 4 * MINUTE)
    timeline = desk.books.timeline
    waiting = timeline.waiting()
    assert {step: len(points) for step, points in waiting.items()} == {60: 2}
    desk.mark("105").at(TEN + 15 * MINUTE)
    timeline.taken(waiting)
    assert [point.time - TEN_S for point in timeline.waiting()[60]] == [300, 600]
    assert [point.time - TEN_S for point in timeline.waiting()[900]] == [900]


def test_a_column_counts_the_durations_of_its_step():
    desk = Desk()
    for second, duration_ns in ((0, 150_000), (0, 150_000), (3, 10**6), (11, 20 * SECOND)):
        desk.at(TEN + second * SECOND).books.apply(timed(desk.now, duration_ns))
    desk.at(TEN + MINUTE)
    short, long = (list(desk.books.timeline.levels[step].points) for step in (1, 10))
    assert [(point.time - TEN_S, counted([point]).total()) for point in short] == [
        (1, 2),
        (4, 1),
        (12, 1),
    ]
    assert [(point.time - TEN_S, counted([point]).total()) for point in long] == [(10, 3), (20, 1)]
    assert counted(long) == {("order_ack", "XNAS", 1): 2, ("order_ack", "XNAS", 3): 1} | {
        ("order_ack", "XNAS", 16): 1
    }


def test_more_strategies_than_can_be_drawn_are_left_out():
    desk = Desk()
    for number in range(MAX_DRAWN + 2):
        desk.fill("+1@100", strategy=f"s{number}")
    desk.mark("101").at(TEN + SECOND)
    (point,) = desk.books.timeline.levels[1].points
    assert point.figures is not None
    assert len(strategies(point.figures)) == MAX_DRAWN
    assert desk.books.timeline.left_out == 2


#: Seconds that pass, and what happens then.
lives = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 1, 2, 7, 30, 59, 400, 4000]),
        st.sampled_from(["buy", "mark", "fx", "ack", "tick", "restart"]),
        st.integers(1, 9),
    ),
    max_size=40,
)
SETTINGS = BooksSettings(
    mark_max_age_ns=90 * SECOND, fx_max_age_ns=40 * SECOND, reporting_currency="EUR"
)


def looked_at(books: Books, now: int) -> Books:
    books.begin(now)
    books.refresh(now + SECOND // 2)
    return books


def restarted(books: Books, now: int) -> Books:
    books.begin(now)
    fresh = Books(SETTINGS)
    state.load(fresh, state.dump(books))
    return fresh


def happened(what: str, now: int, number: int, size: int) -> event.Event:
    match what:
        case "buy":
            return event.Fill(
                event_time=now, account="A1", strategy=f"s{size % 2}", venue="XNAS", symbol="AAPL",
                exec_id=f"E{number}", side="buy", quantity=str(size), price="100",
            )  # fmt: skip
        case "mark":
            return event.Mark(event_time=now, venue="XNAS", symbol="AAPL", price=f"10{size}")
        case "fx":
            return event.Fx(event_time=now, base="EUR", quote="USD", rate=f"1.{size}")
    return timed(now, size * 10**6, strategy=f"s{size % 3}")


def lived(life: list[tuple[int, str, int]], *, plainly: bool) -> Books:
    """Return the books after a life. plainly: as a replay lives it, without ticks and restarts."""
    books, now = Books(SETTINGS), TEN
    books.begin(now)
    books.apply(msgspec.structs.replace(EQUITY, event_time=TEN))
    for number, (seconds, what, size) in enumerate(life):
        now += seconds * SECOND
        if what in ("tick", "restart"):
            if not plainly:
                books = looked_at(books, now) if what == "tick" else restarted(books, now)
            continue
        books.begin(now)
        books.apply(happened(what, now, number, size))
    books.begin(now + 20 * MINUTE)
    return books


@given(lives)
def test_a_replay_draws_the_same(life):
    live, replayed = lived(life, plainly=False), lived(life, plainly=True)
    now = max(live.now, replayed.now)
    live.begin(now)
    replayed.begin(now)
    assert live.timeline.dump() == replayed.timeline.dump()


@given(lives)
def test_no_duration_is_lost_or_counted_twice(life):
    books = lived(life, plainly=False)
    expected: Counter[tuple[str, str, int]] = Counter()
    for leg, kept in books.latency.legs.items():
        for bucket, count in enumerate(kept.counts):
            expected[leg.operation, leg.venue, bucket] += count
    for step_s in (60, 900):
        assert counted(list(books.timeline.levels[step_s].points)) == +expected


def test_a_state_of_other_steps_is_another_layout():
    timeline = Desk().books.timeline
    dumped = msgspec.json.decode(timeline.dump())
    del dumped[-1][0]
    with pytest.raises(msgspec.ValidationError, match="other steps"):
        Desk().books.timeline.load(msgspec.json.encode(dumped))
