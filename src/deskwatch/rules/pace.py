"""When the rules are looked at: groups in turns through each tick, and what events touched."""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import Final

#: How close together looks that events ask for may come; a burst is one look.
_COALESCE_S: Final = 0.02

#: Nor do they take more than about a tenth of the time: a desk of many lines that is hit all over
#: costs much to look at, and what it does is to be booked first. But a look costs what has changed
#: since the last one, so a long rest saves little, and a page may have to wait for its end.
_REST_FOR_WORK: Final = 9
_MOST_REST_S: Final = 0.05

#: The loop is let go once a look has held it so long, and not after each small step: on a busy loop
#: each time costs what all others have to do, some ten milliseconds, and a page waits for the end
#: of the look. With a tenth of this, pages waited longer, and receipts no less.
_MOST_HELD_S: Final = 0.02


class Pace:
    """When the next look is due, in the loop's time.

    next_turn: a group's. next_look: not before it is what events touched looked at. Where both
    have been waiting they alternate, so that neither keeps the other from ever being looked at.
    """

    def __init__(self, now: float) -> None:
        self.next_turn = now
        self.next_look = now
        self._was_turn = False

    def is_turn(self, now: float, *, touched: bool) -> bool:
        """Return whether it is a group's turn now, and not that of what events touched."""
        if now < self.next_turn:
            return False
        return not (touched and self._was_turn and now >= self.next_look)

    def turn_ended(self, now: float, apart_s: float) -> None:
        """Take that a group's turn is over; the next one is `apart_s` after this one was due."""
        self._was_turn = True
        self.next_turn = max(self.next_turn + apart_s, now)

    def look_ended(self, now: float, worked_s: float) -> None:
        """Take that a look for events is over, which took `worked_s` of our own time."""
        self._was_turn = False
        self.next_look = now + rest_s(worked_s)


def rest_s(worked_s: float) -> float:
    """Return how long to rest after a look for events that took `worked_s` of our own time."""
    return min(max(_COALESCE_S, _REST_FOR_WORK * worked_s), _MOST_REST_S)


async def let_go_between(steps: Iterator[None]) -> float:
    """Take steps, and let others work between them; return the seconds that the steps took."""
    worked_s, began = 0.0, perf_counter()
    for _ in steps:
        held_s = perf_counter() - began
        if held_s >= _MOST_HELD_S:
            await asyncio.sleep(0)
            worked_s, began = worked_s + held_s, perf_counter()
    return worked_s + perf_counter() - began
