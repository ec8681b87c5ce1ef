"""Events that are left out of the books: as if they had never come, but for their number."""

from contextlib import suppress

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.codec import decode, event_lines
from deskwatch.core.left_out import leave_out, numbers
from deskwatch.core.rejection import EventRejected
from deskwatch.core.replay import apply_frame
from deskwatch.core.state import dump
from tests.core.any_event import INSTRUMENTS, happenings
from tests.core.blotter import TEN, Desk

HEARTBEAT = b'{"kind":"heartbeat","event_time":%d,"service":"s%d","sequence":%d}'


def heartbeat(number: int) -> bytes:
    return HEARTBEAT % (TEN, number, number)


def ignore(*_: object) -> None:
    """Take no notice of what changed nothing."""


@given(st.lists(happenings(), min_size=1, max_size=30), st.data())
def test_the_books_are_those_that_were_given_all_the_others(happened, data):
    left = data.draw(st.integers(1, len(happened)))
    numbered = data.draw(st.booleans())
    books, others = (Desk(*INSTRUMENTS).books for _ in range(2))
    lines = [
        msgspec.json.encode(
            fields
            | {"event_time": TEN - delay}
            | ({"source": "bot", "sequence": number} if numbered else {})
        )
        for number, (_, delay, fields) in enumerate(happened, start=1)
    ]
    apply_frame(books, TEN, b"\n".join(lines), ignore, [left])
    others.begin(TEN)
    for number, line in enumerate(lines, start=1):
        if number != left:
            with suppress(EventRejected):
                others.apply(decode(line).events[0])
        elif numbered:
            others.sequences.arrive("bot", 0, number)
    assert dump(books) == dump(others)


def test_a_copy_of_one_that_is_left_out_changes_nothing():
    books, block = Desk().books, heartbeat(1) + b"\n" + heartbeat(2)
    apply_frame(books, TEN, block, ignore, [2])
    before, duplicates = dump(books), []
    apply_frame(books, TEN, block, lambda index, _: duplicates.append(index))
    assert duplicates == [0, 1]
    assert dump(books) == before


def test_events_are_numbered_as_cat_prints_them_and_keep_their_lines():
    block = (
        b"\n" + heartbeat(1) + heartbeat(2) + b"\n\n" + heartbeat(3).replace(b",", b",\n") + b"\n"
    )
    assert numbers(block) == [1, 2, 3]
    left = leave_out(decode(block), block, [2, 3]).events
    assert left[0] == decode(heartbeat(1)).events[0]
    assert [one.sequence for one in left] == [1, 2, 3]
    assert "Heartbeat" not in repr(left[1:])


def test_what_this_version_refuses_has_a_number_too_and_no_line_shifts():
    block = b"\n".join([heartbeat(1), b'{"kind":"heartbeat"}', b"", heartbeat(2), heartbeat(3)])
    assert numbers(block) == [1, 3, 4]
    decoded = leave_out(decode(block), block, [3])
    assert [type(one).__name__ for one in decoded.events] == [
        "Heartbeat",
        "UnknownKind",
        "Heartbeat",
    ]
    assert event_lines(decoded) == [1, 4, 5]
    assert [refusal.line for refusal in decoded.refused] == [2]
