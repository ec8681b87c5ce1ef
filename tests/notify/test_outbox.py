"""What waits to be told: in which order it leaves, where else it goes, and what is folded."""

from collections import Counter

import pytest
from msgspec.structs import replace

from deskwatch.notify.grouping import notification, own_group
from deskwatch.notify.outbox import AGAIN, Outbox
from deskwatch.notify.settings import OutboxSettings
from deskwatch.notify.store import Store
from tests.notify.desk import SECOND, START, alert, ended

WHY = "telegram has not answered for 30 seconds."


def told(name, severity="page", kind="new", receiver="telegram", **labels):
    """Return what is told of one alert, alone in its group."""
    one = alert(name, severity, **labels)
    group = own_group(one.labels, ("alertname", "severity"))
    return notification(
        [ended(one, START + SECOND) if kind == "resolved" else one],
        key=group.key,
        labels=group.labels,
        kind=kind,
        receiver=receiver,
        sequence=1,
        now_ns=START,
    )


class Box:
    """An outbox of its own, whose lanes are the desks."""

    def __init__(self, store=None, prefix="", **settings):
        self.store = store or Store()
        self.outbox = Outbox(
            self.store,
            OutboxSettings(**settings),
            lambda _, one: prefix + one.common_labels.get("desk", ""),
        )

    def put(self, *notifications):
        self.outbox.put(notifications, START)

    def take(self, lane="", room=9, channel="telegram"):
        return self.outbox.take(channel, lane, START, room)

    def leaves(self, lane="", room=9, channel="telegram"):
        """Let the next one leave and arrive; return its name, or how many it stands for."""
        parcel = self.take(lane, room, channel)
        if parcel is None:
            return None
        self.outbox.sent(parcel)
        one = parcel.notification
        return len(parcel.rows) if one.kind == "digest" else one.alerts[0].name

    def all_leave(self, channel):
        return [self.leaves(channel=channel) for _ in range(self.waiting().get(channel, 0))]

    def waiting(self):
        waiting = Counter()
        for one in self.outbox.lanes():
            waiting[one.channel] += one.waiting
        return waiting


def test_pages_leave_before_what_waited_longer_and_each_once():
    box = Box()
    box.put(told("W1", "warning"), told("P1"), told("W2", "warning"), told("P2"))
    assert [box.leaves() for _ in range(5)] == ["P1", "P2", "W1", "W2", None]


@pytest.mark.parametrize(
    ("pages", "warnings", "room", "first"),
    [
        (3, 0, 9, "P0"),
        (4, 0, 9, 4),
        (2, 0, 2, "P0"),
        (3, 0, 2, 3),
        (1, 0, 0, "P0"),
        (2, 0, 0, 2),
        (1, 9, 9, "P0"),  # many warnings put no page off
        (4, 2, 9, 6),  # all that waits
        (0, 8, 1, "W0"),
        (0, 9, 9, 9),
    ],
)
def test_more_than_a_burst_is_one_digest(pages, warnings, room, first):
    box = Box(burst=8, page_burst=3)
    box.put(*(told(f"W{n}", "warning") for n in range(warnings)))
    box.put(*(told(f"P{n}") for n in range(pages)))
    assert box.leaves(room=room) == first


def test_lanes_with_pages_come_first_then_those_that_wait_longest():
    box = Box()
    for at, one in enumerate(
        (told("W", "warning", desk="a"), told("W", "info", desk="b"), told("P", desk="c"))
    ):
        box.outbox.put([one], START + at)
    lanes = [(one.lane, one.page, one.kept_at - START) for one in box.outbox.lanes()]
    assert lanes == [("c", True, 2), ("a", False, 0), ("b", False, 1)]
    assert box.leaves("b") == "W"
    assert [one.lane for one in box.outbox.lanes()] == ["c", "a"]


def test_what_may_have_arrived_says_so_once_and_what_did_not_says_nothing():
    box = Box(page_burst=3)
    box.put(replace(told("P0"), notes=[WHY]))
    first = box.take()
    assert first.notification.notes == [WHY]
    assert box.take().notification.notes == [WHY, AGAIN]
    box.outbox.held_back(first)
    assert box.take().notification.notes == [WHY]
    box.put(*(told(f"P{n}") for n in range(1, 4)))
    digest = box.take().notification
    assert (digest.firing, digest.notes) == ({"page": 4}, [WHY, AGAIN])


def test_who_was_told_of_a_page_instead_is_told_of_its_end_and_of_no_later_one():
    box = Box()
    box.put(replace(told("P"), notes=["Lost more since."]))
    assert box.outbox.pass_on(box.take().rows, "mail", WHY, START) == 1
    assert box.take(channel="mail").notification.notes == ["Lost more since.", WHY]
    assert box.waiting() == {"telegram": 1, "mail": 1}  # telegram still owes it
    assert [box.all_leave("telegram"), box.all_leave("mail")] == [["P"], ["P"]]
    box.put(told("P", kind="resolved"))
    assert [box.all_leave("telegram"), box.all_leave("mail")] == [["P"], ["P"]]
    box.put(told("P"), told("P", kind="resolved"))
    assert box.waiting() == {"telegram": 2}


def test_only_what_ends_or_eases_goes_wherever_its_group_was_told():
    box = Box()
    box.put(told("P"), told("P", kind="escalated", receiver="mail"))
    assert [box.leaves(), box.leaves(channel="mail")] == ["P", "P"]
    box.put(told("P", kind="repeat"), told("P", kind="changed"))
    assert box.waiting() == {"telegram": 2}
    box.put(told("P", kind="eased"))
    assert box.waiting() == {"telegram": 3, "mail": 1}
    box.outbox.sent(box.take())
    box.outbox.sent(box.take())
    assert box.outbox.pages_to_pass_on("telegram", "", "mail") == []  # it has gone there


def test_pages_are_passed_on_once_and_no_end_of_what_nobody_there_knows():
    box = Box()
    box.put(told("P1"), told("W", "warning"), told("P2", kind="resolved"), told("P3", desk="fx"))
    (row,) = box.outbox.pages_to_pass_on("telegram", "", "mail")
    assert box.outbox.pass_on([row], "mail", WHY, START) == 1
    assert box.all_leave("mail") == ["P1"]
    assert box.outbox.pages_to_pass_on("telegram", "", "mail") == []
    assert box.outbox.pass_on([row], "mail", WHY, START) == 0
    box.put(told("P1", kind="resolved"))
    assert box.all_leave("mail") == ["P1"]
    assert box.outbox.pages_to_pass_on("telegram", "", "mail") == []


def test_a_page_goes_on_from_channel_to_channel():
    box = Box()
    box.put(told("P"))
    for channel, following in (("telegram", "mail"), ("mail", "phone")):
        rows = box.outbox.pages_to_pass_on(channel, "", following)
        assert box.outbox.pass_on(rows, following, WHY, START) == 1
    assert box.waiting() == {"telegram": 1, "mail": 1, "phone": 1}


def test_what_waits_finds_the_channels_and_lanes_of_today_s_settings():
    box = Box()
    box.put(told("P1", desk="fx"), told("P2", receiver="mail"), told("P3", receiver="gone"))
    today = Box(box.store, prefix="new ")
    today.outbox.reroute(["telegram", "mail"])
    found = {(one.channel, one.lane, one.waiting) for one in today.outbox.lanes()}
    assert found == {("telegram", "new fx", 1), ("mail", "new ", 1), ("telegram", "new ", 1)}


def test_of_too_much_the_oldest_are_folded_pages_last_and_that_is_said():
    box = Box(max_waiting=10, burst=99, page_burst=99)
    warnings = [
        replace(told(f"W{n}", "warning", desk="fx"), notes=[f"Note {n}."]) for n in range(10)
    ]
    box.put(told("P"), *warnings[:9])
    assert (box.waiting(), box.outbox.folded) == ({"telegram": 10}, 0)
    leaving = box.take("fx")  # what may have arrived keeps its own message
    box.put(warnings[9])
    assert (box.waiting(), box.outbox.folded) == ({"telegram": 6}, 6)
    box.outbox.sent(leaving)
    digest = box.take("fx").notification
    assert digest.firing == {"warning": 6}
    said = "6 messages had to wait too long for one of their own."
    assert digest.notes == ["Note 2.", "Note 3.", "Note 4.", "Note 5.", said]
    left = [box.leaves("fx") for _ in range(4)]
    assert [*left, box.leaves()] == [1, "W7", "W8", "W9", "P"]
