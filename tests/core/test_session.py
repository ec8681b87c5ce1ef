"""What is said of sessions in, how they stand out."""

from typing import Any

import pytest

from deskwatch.core.books import Books
from deskwatch.core.observation import Session
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.session import MAX_SESSIONS, VenueSession
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import TEN
from tests.core.play import booked


def said(state: Any, at: int = 0, **fields: Any) -> Session:
    named = {"venue": "XNAS", "session": "OE1"}
    return Session(event_time=TEN + at * SECOND, state=state, **(named | fields))


def session(*told: Session) -> VenueSession:
    return booked(*told).sessions.known["XNAS", "OE1"]


def test_a_session_that_is_lost_says_since_when_and_why():
    one = session(said("connecting"), said("logged_on", 1), said("disconnected", 9, reason="RST"))
    assert (one.state, one.since, one.reason) == ("disconnected", TEN + 9 * SECOND, "RST")
    assert (one.logons, one.drops, one.in_state_ns(TEN + 10 * SECOND)) == (1, 1, SECOND)


def test_a_logout_is_no_loss():
    one = session(said("logged_on"), said("logged_out", 1), said("disconnected", 2))
    assert (one.state, one.drops) == ("disconnected", 0)


def test_the_same_state_again_begins_no_new_one():
    one = session(said("logged_on"), said("logged_on", 5))
    assert (one.since, one.logons) == (TEN, 1)


def test_what_is_older_than_what_is_known_changes_nothing():
    one = session(said("logged_on"), said("disconnected", 9), said("logged_on", 4))
    assert (one.state, one.logons) == ("disconnected", 1)


def test_a_loss_stands_after_a_logon_by_a_clock_that_is_ahead():
    books = booked(said("connecting"))
    for came, told in ((1, said("logged_on", 31)), (4, said("disconnected", 4, source="gateway"))):
        books.begin(TEN + came * SECOND)
        books.apply(told)
    one = books.sessions.known["XNAS", "OE1"]
    assert (one.state, one.since, one.drops) == ("disconnected", TEN + 4 * SECOND, 1)


def test_a_snapshot_from_before_has_the_sender_s_time_and_ignores_nobody_for_it():
    books = booked()
    books.begin(TEN)
    books.sessions.load(
        b'[{"venue":"XNAS","session":"OE1","state":"logged_on","since":%d,"told_at":%d}]'
        % (TEN + 30 * SECOND, TEN + 30 * SECOND)
    )
    books.apply(said("disconnected"))
    assert books.sessions.known["XNAS", "OE1"].drops == 1


@pytest.mark.parametrize(
    ("states", "away"),
    [
        pytest.param({}, False, id="no sessions are told of"),
        pytest.param({"OE1": "logged_on", "DC1": "disconnected"}, False, id="one stands"),
        pytest.param({"OE1": "logged_out", "DC1": "disconnected"}, True, id="none stands"),
    ],
)
def test_a_venue_is_away_when_no_session_of_it_is_logged_on(states, away):
    told = [said(state, session=session) for session, state in states.items()]
    books = booked(*told, said("logged_on", venue="XETR"))
    assert books.sessions.away("XNAS") is away


def test_sessions_are_bounded():
    books = booked(*(said("logged_on", session=f"s{n}") for n in range(MAX_SESSIONS)))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(said("logged_on", session="one more"))
    assert books.apply(said("logged_out", 1, session="s0"))


def test_they_come_back():
    books = booked(said("logged_on"), said("error", 1, reason="seq"), said("connecting", venue="X"))
    again = Books(BooksSettings())
    load(again, dump(books))
    assert again.sessions.dump() == books.sessions.dump()
    assert again.sessions.known["XNAS", "OE1"].drops == 1
