"""Books that were told events, and the law that a snapshot is to keep."""

import contextlib
from collections.abc import Iterable, Sequence

from deskwatch.core.books import Books
from deskwatch.core.event import Event
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.state import dump, load

#: When each event was received (ns UTC), and the event.
Journal = Sequence[tuple[int, Event]]


def booked(*events: Event, since: int = 0) -> Books:
    """Books that were told each event as it happened; a late one with those before, from `since`."""
    books = Books(BooksSettings())
    for one in events:
        books.begin(max(books.now, one.event_time, since))
        books.apply(one)
    return books


def play(books: Books, journal: Iterable[tuple[int, Event]]) -> Books:
    """Tell of a journal's events as they came; what is refused is left out."""
    for came, one in journal:
        books.begin(came)
        with contextlib.suppress(EventRejected):
            books.apply(one)
    return books


def assert_comes_back(journal: Journal, cut: int, settings: BooksSettings | None = None) -> None:
    """Hold that books kept and taken up again at `cut` go on as those that were never put away."""

    def fresh() -> Books:
        return Books(settings or BooksSettings())

    resumed = fresh()
    load(resumed, dump(play(fresh(), journal[:cut])))
    assert dump(play(resumed, journal[cut:])) == dump(play(fresh(), journal))
