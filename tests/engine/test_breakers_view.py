"""Breakers, switches and timers as the API answers them."""

from typing import Any

import pytest
from msgspec import structs

from deskwatch.core.books import Books
from deskwatch.core.observation import DeadMan, KillSwitch, Limit
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.engine.views.breakers import breakers
from deskwatch.web.answers.breakers import NearnessRow
from tests.core.blotter import EQUITY, TEN, Desk
from tests.exposition.test_breaker import CLOSED, OPEN


def test_the_limit_and_what_broke_it_stand_beside_the_breaker():
    books = Books(BooksSettings())
    books.begin(TEN + SECOND)
    opened = structs.replace(OPEN, limit="5e2")
    for told in (opened, structs.replace(OPEN, breaker="a", state="closed")):
        books.apply(told)
    first, second = breakers(books, TEN + MINUTE).breakers
    assert (first.breaker, second.breaker) == ("loss", "a"), "what is not closed comes first"
    assert first.tripped is not None
    assert (first.tripped.cause, first.tripped.limit, first.tripped.value) == (
        "drawdown", "500", "620.5",
    )  # fmt: skip
    assert (first.in_state_s, first.reset, first.flapping) == (60, None, False)


def near(**fields: Any) -> NearnessRow:
    """How near a breaker of A1's mm is, which has lost 100 of a daily 400."""
    desk = Desk(EQUITY).trade("+10@100").mark("90")
    desk.books.apply(
        Limit(event_time=TEN, limit="daily_loss", account="A1", strategy="mm", value="400")
    )
    desk.books.begin(CLOSED.event_time)
    desk.books.apply(structs.replace(CLOSED, **({"limit": None, "value": None} | fields)))
    (row,) = breakers(desk.books, TEN + SECOND).breakers
    return row.nearness


def nearness(watches: str, **fields: Any) -> NearnessRow:
    unknown = {"used": None, "limit": None, "ratio": None, "told_at": None, "why": None}
    return NearnessRow(watches=watches, **(unknown | fields))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            {"watches": "rejects", "limit": "8", "value": "2"},
            nearness("rejects", used="2", limit="8", ratio=0.25, told_at=TEN + SECOND),
            id="as its platform says",
        ),
        pytest.param(
            {"watches": "rejects", "limit": "1e3", "value": "+2.50"},
            nearness("rejects", used="2.5", limit="1000", ratio=0.0025, told_at=TEN + SECOND),
            id="as all amounts are written, however its platform does",
        ),
        pytest.param(
            {"watches": "daily_loss"},
            nearness("daily_loss", used="100", limit="400", ratio=0.25),
            id="as the limit of that name is used",
        ),
        pytest.param(
            {"watches": "daily_loss", "limit": "500", "value": "-20"},
            nearness("daily_loss", used="-20", limit="500", ratio=0.0, told_at=TEN + SECOND),
            id="its platform knows best, and a gain is no loss",
        ),
        pytest.param({}, nearness("", why="not_told"), id="nobody said"),
        pytest.param(
            {"watches": "rejects", "limit": "8"},
            nearness("rejects", limit="8", why="not_told"),
            id="a limit, and nothing found",
        ),
        pytest.param(
            {"watches": "drawdown"}, nearness("drawdown", why="limit_not_set"), id="no such limit"
        ),
        pytest.param(
            {"watches": "rejects", "limit": "0", "value": "1"},
            nearness("rejects", used="1", limit="0", told_at=TEN + SECOND, why="limit_is_zero"),
            id="a limit of zero has no parts",
        ),
    ],
)
def test_how_near_a_breaker_is(told, expected):
    assert near(**told) == expected


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
