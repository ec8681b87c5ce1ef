"""Renewals in, the time that is left out."""

from typing import Any

import pytest

from deskwatch.core.books import Books
from deskwatch.core.dead_man import MAX_TIMERS, Timer
from deskwatch.core.observation import DeadMan
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from deskwatch.core.watch import Watch
from tests.core.blotter import TEN


def renewed(timeout_s: int | None = 15, **fields: Any) -> DeadMan:
    timeout = None if timeout_s is None else timeout_s * SECOND
    return DeadMan(
        event_time=TEN, timer="cancel-all", venue="BITMEX", account="A1", timeout_ns=timeout,
        **fields,
    )  # fmt: skip


def booked(*told: tuple[int, DeadMan]) -> Books:
    books = Books(BooksSettings())
    for at, one in told:
        books.begin(TEN + at * SECOND)
        books.apply(one)
    return books


def timer(books: Books) -> Timer:
    return books.dead_man_timers.timers["cancel-all", "BITMEX", "A1"]


def left_s(books: Books, at: int) -> float | None:
    left = timer(books).left_ns(TEN + at * SECOND, books.watch)
    return None if left is None else left / SECOND


def test_a_renewal_lasts_as_long_as_it_says_from_when_it_came():
    books = booked((0, renewed()), (10, renewed(20)))
    assert [left_s(books, at) for at in (10, 25, 30, 31)] == [20, 5, 0, -1]
    assert timer(books).renewals == 2


def test_a_disarmed_timer_has_no_time_left_and_never_expires():
    assert left_s(booked((0, renewed()), (5, renewed(None))), 1000) is None


def test_what_may_have_been_renewed_while_nobody_listened_has_a_whole_time_from_there():
    books = booked((0, renewed()))
    books.watch = Watch(TEN + 600 * SECOND)
    assert left_s(books, 601) == 14
    assert left_s(books, 616) == -1


def test_one_that_had_expired_before_nobody_listened_is_expired_still():
    books = booked((0, renewed()))
    books.watch = Watch(since=TEN + 600 * SECOND, until=TEN + 16 * SECOND)
    assert left_s(books, 601) == -586


def test_timers_are_bounded():
    books = booked(*((0, renewed()) for _ in range(1)))
    for number in range(MAX_TIMERS - 1):
        books.apply(DeadMan(event_time=TEN, timer=f"t{number}", timeout_ns=1))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(DeadMan(event_time=TEN, timer="one more", timeout_ns=1))


def test_they_come_back():
    books = booked((0, renewed()), (3, renewed(None)))
    again = Books(BooksSettings())
    load(again, dump(books))
    assert again.dead_man_timers.dump() == books.dead_man_timers.dump()
    assert timer(again).timeout_ns is None
