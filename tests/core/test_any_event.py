"""No event that is one ends the books: it is booked, or refused with a reason.

An engine that ends on an event ends on it at every start, too: the journal has it by then.
"""

from contextlib import suppress

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.period import DAY
from deskwatch.core.rejection import EventRejected
from deskwatch.core.state import dump, load
from tests.core.any_event import INSTRUMENTS, happenings
from tests.core.blotter import TEN, Desk


@settings(max_examples=300)
@given(st.lists(happenings(), max_size=40))
def test_no_event_ends_the_books_nor_the_start_that_follows(happened):
    books, now = Desk(*INSTRUMENTS).books, TEN
    for pause, delay, fields in happened:
        now += pause
        line = msgspec.json.encode(fields | {"event_time": now - delay})
        decoded = decode(line)
        assert not decoded.refused, decoded.refused
        books.begin(now)
        with suppress(EventRejected):
            books.apply(decoded.events[0])
    books.begin(now + DAY)
    again = Books(books.settings)
    load(again, dump(books))
    assert dump(again) == dump(books)
