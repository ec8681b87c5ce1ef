"""A journal's frames back into the books, as they went in."""

from collections.abc import Callable, Collection

from deskwatch.core.books import Books
from deskwatch.core.codec import decode
from deskwatch.core.left_out import leave_out
from deskwatch.core.rejection import EventRejected


def apply_frame(
    books: Books,
    receive_time: int,
    block: bytes,
    without: Callable[[int, EventRejected | None], None],
    left: Collection[int] = (),
) -> int:
    """Book a block that was received at `receive_time` (ns) and return how many events were new.

    without: see Books.apply_all; in a replay it tells what changed nothing when it came, either.
    left: which of its events are left out, see core.left_out.
    """
    decoded = decode(block)
    if left:
        decoded = leave_out(decoded, block, left)
    books.begin(receive_time)
    return books.apply_all(decoded.events, without)
