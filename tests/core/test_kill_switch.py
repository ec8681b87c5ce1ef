"""What is said of kill switches in, how they stand out."""

from typing import Any

import pytest

from deskwatch.core.books import Books
from deskwatch.core.kill_switch import MAX_SWITCHES, WHOLE_DESK, Switch
from deskwatch.core.names import UNRECORDED
from deskwatch.core.observation import KillSwitch
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load
from tests.core.blotter import TEN
from tests.core.play import booked


def said(engaged: bool, at: int = 0, **fields: Any) -> KillSwitch:
    return KillSwitch(event_time=TEN + at * SECOND, engaged=engaged, **fields)


def switch(*told: KillSwitch) -> Switch:
    return booked(*told).kill_switches.switches[WHOLE_DESK, ""]


def test_an_engaged_switch_says_who_why_and_since_when():
    one = switch(said(True, 5, actor="ops.duty", cause="runaway"))
    assert (one.engaged, one.since, one.actor, one.cause, one.engagements) == (
        True, TEN + 5 * SECOND, "ops.duty", "runaway", 1,
    )  # fmt: skip


def test_a_release_by_nobody_is_counted_as_such():
    one = switch(said(True), said(False, 1), said(True, 2), said(False, 3, actor="j.ferro"))
    assert (one.engaged, one.releases) == (False, {UNRECORDED: 1, "j.ferro": 1})
    assert one.releases_since(TEN + 2 * SECOND) == {UNRECORDED: 0, "j.ferro": 1}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([said(False)], id="released is how one begins"),
        pytest.param([said(False), said(False, 1)], id="said again is no release"),
        pytest.param([said(False, 9), said(True, 4)], id="older than what is known"),
    ],
)
def test_what_engages_and_releases_nothing(told):
    one = switch(*told)
    assert (one.engaged, one.engagements, one.releases) == (False, 0, {})


def test_an_engage_stands_after_a_release_by_a_clock_that_is_ahead():
    books = booked(said(True))
    for came, told in ((5, said(False, 35, source="oms")), (9, said(True, 9, source="risk"))):
        books.begin(TEN + came * SECOND)
        books.apply(told)
    one = books.kill_switches.switches[WHOLE_DESK, ""]
    assert (one.engaged, one.since, one.engagements) == (True, TEN + 9 * SECOND, 2)


def test_no_switch_is_released_since_a_time_to_come():
    books = booked(said(True))
    books.begin(TEN + 5 * SECOND)
    books.apply(said(False, 35))
    one = books.kill_switches.switches[WHOLE_DESK, ""]
    assert (one.engaged, one.since) == (False, TEN + 5 * SECOND)


def test_a_copy_of_a_release_by_a_clock_that_is_ahead_releases_nothing():
    """It was sent again, since its receipt got lost, after the switch was engaged anew."""
    books = booked(said(True, source="oms"))
    release = said(False, 35, source="oms")
    for came, told in ((5, release), (9, said(True, 39, source="oms")), (11, release)):
        books.begin(TEN + came * SECOND)
        books.apply(told)
    assert books.kill_switches.switches[WHOLE_DESK, ""].engaged


def test_a_snapshot_from_before_has_the_sender_s_time_and_ignores_nobody_for_it():
    books = booked()
    books.begin(TEN)
    books.kill_switches.load(
        b'{"switches":[{"scope":"desk","account":"","engaged":false,"since":%d,"told_at":%d}],'
        b'"causes":[],"actors":[]}' % (TEN + 30 * SECOND, TEN + 30 * SECOND)
    )
    books.apply(said(True, 0))
    assert books.kill_switches.switches[WHOLE_DESK, ""].engaged


def test_scopes_and_accounts_are_apart_and_none_is_the_desk():
    books = booked(said(True), said(False, scope="desk", account="A1"), said(True, scope="eu"))
    states = {key: one.engaged for key, one in books.kill_switches.switches.items()}
    assert states == {("desk", ""): True, ("desk", "A1"): False, ("eu", ""): True}


def test_switches_are_bounded():
    books = booked(*(said(False, scope=f"s{n}") for n in range(MAX_SWITCHES)))
    with pytest.raises(EventRejected, match="too_many_names"):
        books.apply(said(True))
    assert books.apply(said(True, 1, scope="s0"))


def test_they_come_back():
    books = booked(said(True, cause="runaway"), said(False, 1), said(True, 2, account="A1"))
    again = Books(BooksSettings())
    load(again, dump(books))
    assert again.kill_switches.dump() == books.kill_switches.dump()
    assert again.kill_switches.switches["desk", "A1"].engaged
