"""A journal's frames back into the books, as they went in."""

from collections.abc import Callable

from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.rejection import EventRejected


def apply_frame(
    books: Books,
    receive_time: int,
    block: bytes,
    without: Callable[[int, EventRejected | None], None],
) -> int:
    """Book a block that was received at `receive_time` (ns) and return how many events were new.

    without: see Books.apply_all; in a replay it tells what changed nothing when it came, either.
    """
    decoded = decode(block)
    books.begin(receive_time)
    return books.apply_all(decoded.events, without)
