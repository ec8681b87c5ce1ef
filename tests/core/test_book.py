"""A book beside the money's: what it is asked, what it is told, and that it comes back."""

from typing import Any

import msgspec
import pytest

from deskwatch.core import event, observation
from deskwatch.core.books import Books
from deskwatch.core.event import Event
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import StateUnreadable, dump, load
from tests.core.blotter import EQUITY, TEN
from tests.engine.rig import fill


class Fills(msgspec.Struct):
    """The exec ids of fills, and how often time passed; no fill may be called NO."""

    name: str = "fills"
    seen: list[str] = []
    seconds: int = 0

    @property
    def checks(self) -> dict[type[Event], Any]:
        return {event.Fill: self._check}

    @property
    def followers(self) -> dict[type[Event], Any]:
        return {event.Fill: self._follow}

    def _check(self, happened: event.Fill) -> None:
        if happened.exec_id == "NO":
            raise EventRejected("unknown_exec_id", "NO", "another")

    def _follow(self, happened: event.Fill) -> None:
        self.seen.append(happened.exec_id)

    def begin(self, now: int) -> None:
        self.seconds = now // SECOND

    def dump(self) -> bytes:
        return msgspec.json.encode(self)

    def load(self, state: bytes) -> None:
        self.seen = msgspec.json.decode(state, type=Fills).seen


def desk() -> tuple[Books, Fills]:
    fills = Fills(seen=[])
    books = Books(BooksSettings(), [lambda _: fills])
    books.begin(TEN)
    books.apply(EQUITY)
    return books, fills


def test_it_is_told_once_of_what_was_booked():
    books, fills = desk()
    for happened in (fill(1, TEN), fill(1, TEN), fill(2, TEN)):
        books.apply(happened)
    assert fills.seen == [fill(1, TEN).exec_id, fill(2, TEN).exec_id]
    assert fills.seconds == TEN // SECOND


def test_what_it_refuses_moves_nothing():
    books, fills = desk()
    with pytest.raises(EventRejected):
        books.apply(msgspec.structs.replace(fill(1, TEN), exec_id="NO"))
    assert (fills.seen, books.lines) == ([], [])


def test_it_is_not_told_of_what_the_money_refuses():
    books, fills = desk()
    with pytest.raises(EventRejected):
        books.apply(msgspec.structs.replace(fill(1, TEN), quantity="-1"))
    assert fills.seen == []


def test_other_kinds_pass_it_by():
    books, fills = desk()
    assert books.apply(observation.Clock(event_time=TEN, host="h1", offset_ns=5))
    assert fills.seen == []


def test_it_comes_back_with_the_books():
    books, _ = desk()
    books.apply(fill(1, TEN))
    again = Fills(seen=[])
    load(Books(BooksSettings(), [lambda _: again]), dump(books))
    assert again.seen == [fill(1, TEN).exec_id]


def test_a_snapshot_without_it_is_no_state_of_these_books():
    plain = Books(BooksSettings())
    with pytest.raises(StateUnreadable, match="fills"):
        load(Books(BooksSettings(), [lambda _: Fills(seen=[])]), dump(plain))
