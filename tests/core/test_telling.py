"""Several senders, each by a clock of its own, that is right or ahead of ours: who is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.event import UNNAMED, Event
from deskwatch.core.observation import Breaker, Drill, KillSwitch, Limit, Session
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.settings import BooksSettings
from deskwatch.core.telling import told_at
from tests.core.blotter import TEN
from tests.core.play import assert_comes_back

TOLERANCE = BooksSettings().future_tolerance_ns

#: What can be told of one thing, and where it stands then.
WORDS: dict[type[Event], list[dict[str, object]]] = {
    KillSwitch: [{"engaged": True}, {"engaged": False}],
    Breaker: [{"breaker": "loss", "state": state} for state in ("open", "half_open", "closed")],
    Session: [
        {"venue": "XNAS", "session": "OE1", "state": state}
        for state in ("logged_on", "disconnected", "logged_out")
    ],
    Limit: [{"limit": "gross", "value": value} for value in ("100", "900", None)],
    Drill: [{"drill": "breaker", "status": status} for status in ("passed", "failed")],
}
kinds = pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)


def stands(books: Books) -> Event:
    """Return what is held for the newest that was told."""
    shelves = (
        books.kill_switches.switches, books.breakers.circuits, books.sessions.known,
        books.told_limits.told, books.drills.courses,
    )  # fmt: skip
    (one,) = (one for shelf in shelves for one in shelf.values())
    assert one.told is not None
    return one.told


def play(books: Books, journal: list[tuple[int, Event]]) -> Books:
    for came, told in journal:
        books.begin(came)
        books.apply(told)
    return books


@st.composite
def senders(draw, kind: type[Event], sources: list[str]) -> list[tuple[int, Event]]:
    """Events as they come, at once; each sender's clock is right or ahead, by as much as it is."""
    ahead = {source: draw(st.just(0) | st.integers(0, TOLERANCE)) for source in sources}
    numbered = draw(st.booleans())
    now, journal = TEN, []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        now += draw(st.sampled_from([0, 1, SECOND // 3, 7 * SECOND, MINUTE]))
        source = draw(st.sampled_from(sources))
        told = kind(
            event_time=now + ahead[source], source=source, sequence=number if numbered else None,
            **draw(st.sampled_from(WORDS[kind])),
        )  # fmt: skip
        journal.append((now, told))
    return journal


@kinds
@given(data=st.data())
def test_what_was_told_last_stands_however_far_ahead_a_clock_is(kind, data):
    journal = data.draw(senders(kind, ["oms", "risk", "ops"]))
    assert stands(play(Books(BooksSettings()), journal)) == journal[-1][1]


@kinds
@given(data=st.data())
def test_a_copy_that_comes_again_changes_nothing(kind, data):
    journal = data.draw(senders(kind, ["oms"]))
    books = play(Books(BooksSettings()), journal)
    before = stands(books)
    again = data.draw(st.sampled_from(journal))[1]
    play(books, [(journal[-1][0] + data.draw(st.integers(0, MINUTE)), again)])
    # Of what was told in one moment it can't be said which came first.
    assert stands(books) in (before, again if again.event_time == before.event_time else before)


@kinds
@given(data=st.data())
def test_they_come_back_and_go_on_as_they_would(kind, data):
    journal = data.draw(senders(kind, ["oms", UNNAMED]))
    assert_comes_back(journal, data.draw(st.integers(0, len(journal))))


def said(time: int, source: str = "oms", epoch: int = 1, sequence: int | None = None) -> Event:
    return KillSwitch(
        event_time=TEN + time, engaged=True, source=source, epoch=epoch, sequence=sequence
    )


@pytest.mark.parametrize(
    ("told", "came", "counts"),
    [
        pytest.param(said(3, "ops"), 5, 3, id="from when it happened"),
        pytest.param(said(40, "ops"), 5, 5, id="a clock ahead: from when it came"),
        pytest.param(said(31), 5, 3, id="the same clock ahead: a copy, from when that came first"),
        pytest.param(said(30), 5, 2, id="before that by the same clock"),
        pytest.param(said(1), 5, -27, id="long before that by the same clock, and late"),
        pytest.param(said(30, epoch=2), 5, 5, id="another run: nobody knows its clock"),
        pytest.param(said(30, sequence=8), 5, 5, id="said later: the clock was set back"),
        pytest.param(said(30, sequence=6), 5, 2, id="said earlier, and overtaken on the way"),
    ],
)
def test_when_it_counts_as_told(told, came, counts):
    newest = said(31, sequence=7)
    assert told_at(told, TEN + came, newest, TEN + 3) == TEN + counts


def test_who_gives_no_name_may_be_anybody():
    ahead, right = said(30, UNNAMED), said(4, UNNAMED)
    assert told_at(right, TEN + 4, ahead, TEN + 3) == TEN + 4
