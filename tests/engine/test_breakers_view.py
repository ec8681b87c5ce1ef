"""Breakers, switches and timers as the API answers them."""

from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.observation import DeadMan, KillSwitch
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views.breakers import breakers
from tests.core.blotter import TEN
from tests.exposition.test_breaker import CLOSED, OPEN


def test_the_limit_and_what_broke_it_stand_beside_the_breaker():
    books = Books(BooksSettings())
    books.begin(TEN + SECOND)
    for told in (OPEN, structs.replace(OPEN, breaker="a", state="closed")):
        books.apply(told)
    first, second = breakers(books, TEN + MINUTE).breakers
    assert (first.breaker, second.breaker) == ("loss", "a"), "what is not closed comes first"
    assert first.tripped is not None
    assert (first.tripped.cause, first.tripped.limit, first.tripped.value) == (
        "drawdown", "500", "620.50",
    )  # fmt: skip
    assert (first.in_state_s, first.reset, first.flapping) == (60, None, False)


def test_flapping_is_said_and_who_reset_last():
    books = Books(BooksSettings())
    for number in range(3):
        for told in (OPEN, CLOSED):
            time = told.event_time + number * MINUTE
            books.begin(time)
            books.apply(structs.replace(told, event_time=time))
    (row,) = breakers(books, TEN + 3 * MINUTE).breakers
    assert (row.recent_trips, row.flapping, row.resets) == (3, True, {"unrecorded": 3})
    assert row.reset is not None
    assert row.reset.actor == "unrecorded"


def test_switches_and_timers():
    books = Books(BooksSettings())
    books.begin(TEN)
    books.apply(KillSwitch(event_time=TEN, engaged=True, cause="runaway"))
    books.apply(DeadMan(event_time=TEN, timer="t", timeout_ns=15 * SECOND))
    books.apply(DeadMan(event_time=TEN, timer="u", timeout_ns=None))
    answer = breakers(books, TEN + 20 * SECOND)
    (switch,) = answer.kill_switches
    assert (switch.scope, switch.engaged, switch.actor) == ("desk", True, "unrecorded")
    assert [row.left_s for row in answer.dead_man_timers] == [-5, None]
