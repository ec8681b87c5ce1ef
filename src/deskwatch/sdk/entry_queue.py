"""A queue that a program's threads put into without ever waiting, and one thread takes from."""

import queue
from collections import deque
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class EntryQueue(Generic[_Item]):
    """Items in order, for one thread that waits for them.

    `put` asks for no lock: it may be entered again by a signal handler or a finalizer in the same
    thread, where a lock of ours would deadlock the program. Not a SimpleQueue alone, because since
    Python 3.13 that hands an item to a waiting thread before the thread runs; until then it is in
    no queue and in nobody's hand, and neither a count nor a last look at the queue would find it.
    """

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()
        self._waits = False
        #: Something for each put that saw the taker wait; what is too much is looked past.
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: _Item) -> None:
        """Add an item, and wake who waits."""
        self._items.append(item)
        if self._waits:
            self._woken.put(None)

    def take(self) -> _Item:
        """Return the next item, once there is one."""
        while (item := self.take_now()) is None:
            self._waits = True
            if not self._items:  # a second look: what was put before we said so wakes nobody
                self._woken.get()
            self._waits = False
        return item

    def take_now(self) -> _Item | None:
        """Return the next item; None where there is none now."""
        try:
            return self._items.popleft()
        except IndexError:
            return None
