"""What is said of breakers in, how they stand out."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.breaker import KEPT_TIMES, MAX_BREAKERS, MAX_NAMES, Circuit, Measure, Reset
from deskwatch.core.names import OTHER, UNRECORDED
from deskwatch.core.observation import Breaker
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from tests.core.blotter import TEN
from tests.core.play import assert_comes_back, booked, play

KEY = ("loss", "A1", "mm")


def said(state: Any, at: int = 0, **fields: Any) -> Breaker:
    """What is said of the breaker at `at` seconds after ten."""
    named = {"breaker": "loss", "account": "A1", "strategy": "mm"}
    return Breaker(event_time=TEN + at * SECOND, state=state, **(named | fields))


def circuit(*told: Breaker) -> Circuit:
    return booked(*told, since=TEN).breakers.circuits[KEY]


def test_a_trip_keeps_its_cause_its_limit_and_what_broke_it():
    one = circuit(said("closed"), said("open", 5, cause="drawdown", limit="500", value="620.50"))
    assert (one.state, one.since) == ("open", TEN + 5 * SECOND)
    assert one.tripped is not None
    assert (one.tripped.cause, one.tripped.limit, one.tripped.value) == (
        "drawdown", "500", "620.50",
    )  # fmt: skip
    assert one.trips == {"drawdown": 1}
    assert one.in_state_ns(TEN + 65 * SECOND) == MINUTE


def test_what_is_found_against_the_limit_is_kept_while_the_state_lasts():
    told = [
        said("closed", limit="500", value="10", watches="drawdown"),
        said("closed", 5, limit="500", value="75"),
        said("closed", 3, limit="500", value="60"),
        said("closed", 9),
    ]
    one = circuit(*told)
    assert (one.watches, one.measure) == ("drawdown", Measure(TEN + 5 * SECOND, "500", "75"))
    assert circuit(*told, said("open", 12)).measure is None, "what was found before it opened"
    again = circuit(*told, said("closed", 10, value="480"))
    assert again.measure == Measure(TEN + 10 * SECOND, "500", "480"), "against the limit of before"
    assert circuit(said("closed", value="480")).measure is None, "against nothing"
    opened = circuit(*told, said("open", 12, limit="500", value="501"))
    assert opened.measure == Measure(TEN + 12 * SECOND, "500", "501")


def test_a_reset_keeps_its_actor_and_the_trip_is_remembered():
    one = circuit(
        said("open", cause="drawdown"), said("half_open", 20, actor="auto"),
        said("closed", 25, actor="j.ferro"),
    )  # fmt: skip
    assert (one.state, one.trips, one.resets) == ("closed", {"drawdown": 1}, {"j.ferro": 1})
    assert one.reset is not None
    assert one.tripped is not None
    assert (one.reset.actor, one.tripped.cause) == ("j.ferro", "drawdown")


@pytest.mark.parametrize(
    ("told", "trips", "resets"),
    [
        pytest.param([said("closed")], 0, 0, id="what is said first may be no reset"),
        pytest.param([said("open")], 1, 0, id="what is said first may be a trip"),
        pytest.param([said("open"), said("open", 1)], 1, 0, id="said again is no second trip"),
        pytest.param(
            [said("open"), said("half_open", 1), said("open", 2)], 2, 0,
            id="a trial that fails is a trip, and half open is no reset",
        ),
        pytest.param(
            [said("open"), said("closed", 5), said("open")], 1, 1, id="a copy changes nothing"
        ),
        pytest.param(
            [said("closed"), said("closed", 9), said("open", 4)], 1, 1,
            id="a trip that is told of late was followed by the reset that is known",
        ),
        pytest.param(
            [said("open"), said("open", 9), said("closed", 4)], 2, 1,
            id="a reset that is told of late was followed by the trip that is known",
        ),
    ],
)  # fmt: skip
def test_what_counts_as_a_trip_and_as_a_reset(told, trips, resets):
    one = circuit(*told)
    assert (sum(one.trips.values()), sum(one.resets.values())) == (trips, resets)


def test_what_is_told_of_late_leaves_the_newest_state():
    one = circuit(said("closed"), said("closed", 9, actor="a"), said("open", 4))
    assert (one.state, one.since, one.resets) == ("closed", TEN + 9 * SECOND, {"a": 1})


def test_a_trip_stands_after_a_reset_by_a_clock_that_is_ahead():
    books = booked(said("open"))
    for came, told in (
        (5, said("closed", 35, actor="j.ferro", source="oms")),
        (9, said("open", 9, cause="drawdown", source="risk")),
    ):
        books.begin(TEN + came * SECOND)
        books.apply(told)
    one = books.breakers.circuits[KEY]
    assert (one.state, one.since) == ("open", TEN + 9 * SECOND)
    assert one.in_state_ns(TEN + 69 * SECOND) == MINUTE
    assert one.reset == Reset(TEN + 5 * SECOND, "j.ferro"), "no reset is in the future"


def test_a_trip_that_is_told_of_late_by_a_clock_that_is_ahead_counts_once():
    """It comes after its reset, and then once more."""
    books = booked()
    trip = said("open", 35, source="oms")
    for came, told in (
        (1, said("closed", 31, source="oms")), (9, said("closed", 39, source="oms")),
        (10, trip), (11, trip),
    ):  # fmt: skip
        books.begin(TEN + came * SECOND)
        books.apply(told)
    one = books.breakers.circuits[KEY]
    assert (one.state, one.since) == ("closed", TEN + 9 * SECOND)
    assert (sum(one.trips.values()), sum(one.resets.values())) == (1, 1)


def test_a_snapshot_from_before_has_the_sender_s_time_and_ignores_nobody_for_it():
    books = booked(said("closed", 30))
    saved = msgspec.json.decode(books.breakers.dump())
    (circuit,) = saved["circuits"]
    del circuit["told_at"]
    again = booked()
    again.begin(TEN)
    again.breakers.load(msgspec.json.encode(saved))
    again.apply(said("open", 0, source="risk"))
    assert again.breakers.circuits[KEY].state == "open"


def test_nobody_is_told_apart_from_somebody():
    one = circuit(
        said("open"), said("closed", 1), said("open", 2), said("closed", 3, actor=" "),
        said("open", 4), said("closed", 5, actor="auto"),
    )  # fmt: skip
    assert one.resets == {UNRECORDED: 2, "auto": 1}


def test_each_account_and_strategy_has_a_breaker_of_its_own():
    books = booked(said("open"), said("closed", account="A2"), said("closed", strategy=""))
    assert {key: one.state for key, one in books.breakers.circuits.items()} == {
        KEY: "open", ("loss", "A2", "mm"): "closed", ("loss", "A1", ""): "closed",
    }  # fmt: skip


def test_recent_is_counted_from_when_it_was_learned_of():
    books = booked(said("open"), said("closed", 1))
    books.begin(TEN + 1000 * SECOND)
    books.apply(said("open", 2))
    books.apply(said("closed", 3))
    one = books.breakers.circuits[KEY]
    assert one.trips_since(TEN + 500 * SECOND) == 1
    assert one.resets_since(TEN + 500 * SECOND) == {UNRECORDED: 1}
    assert one.resets_since(TEN + 1000 * SECOND) == {UNRECORDED: 0}


def test_the_times_that_are_kept_are_bounded_and_the_counts_are_not():
    states = ("open", "closed") * (KEPT_TIMES + 5)
    one = circuit(*(said(state, second) for second, state in enumerate(states)))
    assert one.trips == {UNRECORDED: KEPT_TIMES + 5}
    assert (len(one.recent_trips), len(one.recent_resets)) == (KEPT_TIMES, KEPT_TIMES)


def test_breakers_are_bounded_and_those_that_are_known_go_on():
    books = booked(*(said("closed", breaker=f"b{n}") for n in range(MAX_BREAKERS)))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(said("closed", breaker="one more"))
    assert books.apply(said("open", 1, breaker="b0"))
    assert len(books.breakers.circuits) == MAX_BREAKERS


def test_causes_are_bounded():
    causes = [said("open", n, breaker=f"b{n}", cause=f"c{n}") for n in range(MAX_NAMES + 1)]
    books = booked(*causes)
    last = books.breakers.circuits[f"b{MAX_NAMES}", "A1", "mm"]
    assert last.trips == {OTHER: 1}


@st.composite
def journals(draw):
    """Receive times, and what was said then, in any order of event times."""
    now, told = TEN, []
    for _ in range(draw(st.integers(0, 25))):
        now += draw(st.sampled_from([0, 1, SECOND // 3, 3 * SECOND]))
        one = Breaker(
            event_time=now - draw(st.integers(-5, 5)) * SECOND,
            source=draw(st.sampled_from(["oms", "risk"])),
            breaker=draw(st.sampled_from(["loss", "feed"])),
            state=draw(st.sampled_from(["closed", "open", "half_open"])),
            cause=draw(st.sampled_from(["", "drawdown"])),
            actor=draw(st.sampled_from(["", "auto"])),
        )
        told.append((now, one))
    return told


@given(journals(), st.data())
def test_breakers_come_back_and_go_on_as_they_would(journal, data):
    assert_comes_back(journal, data.draw(st.integers(0, len(journal))))


@given(journals())
def test_a_second_copy_of_everything_changes_nothing(journal):
    """Once each has been said in the order it happened in; what is equal in time goes as it came."""
    apart = {(one.breaker, one.event_time): one for _, one in journal}
    ordered = [(TEN + MINUTE, apart[key]) for key in sorted(apart, key=lambda key: key[1])]
    books = play(Books(BooksSettings()), ordered)
    before = books.breakers.dump()
    newest = [(now, one.told) for one in books.breakers.circuits.values() for now in (books.now,)]
    play(books, newest)
    assert books.breakers.dump() == before


@given(journals())
def test_a_breaker_is_never_reset_more_often_than_it_tripped_and_was_tried(journal):
    for one in play(Books(BooksSettings()), journal).breakers.circuits.values():
        halves = sum(told.state == "half_open" for _, told in journal)
        assert sum(one.resets.values()) <= sum(one.trips.values()) + halves
