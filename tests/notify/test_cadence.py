"""When a group is told, and when it is told again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.notify.cadence import Cadence
from deskwatch.notify.settings import BookSettings, relayed
from deskwatch.notify.tracked import Acknowledgement, Group
from tests.notify.desk import HOUR, MINUTE, SECOND, START

SETTINGS = BookSettings(receivers=("telegram", "mail", "phone"))


def group(*, paged: bool = True) -> Group:
    return Group(key="g", labels={}, paged=paged, due_at=0)


@pytest.mark.parametrize(("paged", "waits"), [(True, 0), (False, 10 * SECOND)])
def test_a_group_waits_for_others_and_a_page_does_not(paged, waits):
    begun = group(paged=paged)
    Cadence(SETTINGS).begin(begun, START)
    assert begun.due_at == START + waits


def test_what_is_told_is_repeated_until_somebody_has_seen_it():
    cadence, told = Cadence(SETTINGS), group()
    assert not cadence.may_repeat(told, START + 9 * HOUR, asked=False)
    cadence.told(told, "new", START)
    assert not cadence.may_repeat(told, START + 4 * HOUR - 1, asked=False)
    assert cadence.may_repeat(told, START + 4 * HOUR, asked=False)
    told.acknowledged = Acknowledgement("ada", START + HOUR)
    assert not cadence.may_repeat(told, START + 4 * HOUR, asked=False)


def test_where_alertmanager_says_when_it_is_repeated_as_it_says():
    cadence, told = Cadence(relayed(SETTINGS)), group()
    cadence.told(told, "new", START)
    assert not cadence.may_repeat(told, START + 9 * HOUR, asked=False)
    assert cadence.may_repeat(told, START + 4 * HOUR - MINUTE, asked=True)
    assert not cadence.may_repeat(told, START + 4 * HOUR - MINUTE - 1, asked=True)


def test_a_new_alert_asks_again_and_an_end_asks_nothing():
    cadence, told = Cadence(SETTINGS), group()
    cadence.told(told, "new", START)
    told.escalated, told.acknowledged = 2, Acknowledgement("ada", START + MINUTE)
    cadence.told(told, "eased", START + HOUR)
    assert (told.escalated, told.acknowledged is None, told.first_told_at) == (2, False, START)
    cadence.told(told, "changed", START + 2 * HOUR)
    assert (told.escalated, told.acknowledged, told.first_told_at) == (0, None, START + 2 * HOUR)
    cadence.told(told, "resolved", START + 3 * HOUR)
    assert (told.told_at, told.first_told_at) == (None, None)


@given(st.lists(st.integers(0, 7 * MINUTE), max_size=30))
def test_a_page_goes_to_each_channel_once_in_their_order_and_never_early(waits):
    cadence, page, now = Cadence(SETTINGS), group(), START
    cadence.told(page, "new", START)
    went = []
    for wait in waits:
        now += wait
        receiver = cadence.next_receiver(page, now)
        if receiver is not None:
            assert now - START >= cadence.unacknowledged(page) == 5 * MINUTE * (len(went) + 1)
            went.append(receiver)
            page.escalated += 1
    most = min((now - START) // (5 * MINUTE), 2)
    assert went == ["mail", "phone"][: len(went)]
    assert len(went) <= most
    assert len(went) == most or cadence.next_receiver(page, now) is not None


def test_what_is_no_page_goes_to_one_channel_alone():
    cadence, warning = Cadence(SETTINGS), group(paged=False)
    cadence.told(warning, "new", START)
    assert cadence.next_receiver(warning, START + 9 * HOUR) is None
