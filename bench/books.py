"""Books of the bench's desk, with its instruments described."""

from bench.desk import INSTRUMENTS, OPENING, instruments
from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings


def open_books(count: int = INSTRUMENTS) -> Books:
    books = Books(BooksSettings())
    books.begin(OPENING)
    books.apply_all(decode(instruments(count)).events, none_expected)
    return books


def none_expected(index: int, why: EventRejected | None) -> None:
    raise AssertionError(f"event {index} was not booked: {why or 'a duplicate'}")
