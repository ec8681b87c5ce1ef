"""Events on their way from the program's threads to the sender, and what became of them."""

import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from deskwatch.sdk.entry_queue import EntryQueue

#: Reasons are closed sets, the engine's and ours; past the bound they are counted as one.
_MAX_REASONS = 64


class Stats(NamedTuple):
    """A snapshot. Once nothing is queued, calls = acknowledged + dropped + refused.

    queued: handed in and not settled yet, the batch in hand included (and a mark for each flush).
    sent: handed to a connection, each counted once however often it was tried.
    acknowledged: the engine has it in its journal, or had it already.
    dropped: the queue was full, the desk was closed, the exit could not wait longer, there was
    no thread to send with, or it was ended, or an error of the SDK's own.
    refused: a bad call, or an event that the engine would not book; `refusals` counts by reason.
    Not the engine's reasons are `unknown_field`, `http_413`, `unquoted` and `other` (docs/sdk.md).
    retries: batches sent again. connected: the last attempt was answered.
    last_error: the latest trouble with the engine, empty when there was none.
    """

    queued: int
    sent: int
    acknowledged: int
    dropped: int
    refused: int
    refusals: Mapping[str, int]
    retries: int
    connected: bool
    last_error: str


class Entry(NamedTuple):
    """One call as it was made. `dropped` is how many calls had been dropped before it."""

    dropped: int
    kind: str
    event_time: int
    fields: Mapping[str, object]
    misuse: tuple[object, ...]


class Barrier:
    """A mark in the queue: `passed` is set once everything before it is settled."""

    def __init__(self, *, last: bool = False) -> None:
        self.passed = threading.Event()
        self.last = last


def new_epoch() -> int:
    """Return the number of a run that begins now: its time, less a second at most, at random.

    Processes that are forked, or start, within one tick of the clock have the same time. With one
    epoch they would be one run, and what the second says would be taken for copies.
    """
    return time.time_ns() - int.from_bytes(os.urandom(4)) // 4


class Outbox:
    """One run of a producer: its epoch, its queue and its counts.

    Callers touch the queue and `dropped`; everything else that changes belongs to the sender.

    No number can be given out with the `put`, which asks for no lock; the sender counts instead
    (`number`), and each entry says how many calls were dropped before it.

    What is dropped is the newest. The events that are kept are then everything up to one moment:
    an instrument before its fills, a fill before its bust; the books are right as of that moment.
    """

    def __init__(self) -> None:
        self.epoch = new_epoch()
        self.queue: EntryQueue[Entry | Barrier] = EntryQueue()
        #: Entries the queue may hold; 0 while there is no sender.
        self.room = 0
        self.has_sender = False
        #: Calls that were not queued, those among them because the queue was full, and how many of
        #: these the log tells of.
        self.dropped = 0
        self.overflowed = 0
        self.told_overflowed = 0
        #: Set to end the sender's waiting early: somebody flushes or closes.
        self.hurry = threading.Event()
        self._opened = False
        self.closing = False
        self.abandoned = False

        self.in_hand = 0
        self.lost = 0
        self.sent = 0
        self.acknowledged = 0
        self.refusals: dict[str, int] = {}
        self.retries = 0
        self.connected = False
        self.last_error = ""

        self._drop_lock = threading.RLock()
        self._taken = 0
        self._holes = 0

    def drop(self, count: int = 1) -> None:
        """Count events that won't be delivered, and were not taken off the queue."""
        if sys.is_finalizing():  # a thread that was stopped for good may hold the lock
            self.dropped += count
            return
        with self._drop_lock:
            self.dropped += count

    def overflow(self) -> None:
        """Drop an event because the queue is full."""
        with self._drop_lock:
            self.dropped += 1
            self.overflowed += 1

    def number(self, entry: Entry) -> int:
        """Return the sequence of the entry just taken off the queue; each call is numbered.

        What was dropped before it leaves a hole, which the engine sees. The maximum is because
        two threads may put their entries in the other order than they read `dropped`.
        """
        self._taken += 1
        self._holes = max(self._holes, entry.dropped)
        return self._taken + self._holes

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count events that the engine will not book."""
        if reason not in self.refusals and len(self.refusals) >= _MAX_REASONS:
            reason = "other"
        self.refusals[reason] = self.refusals.get(reason, 0) + count

    def open(self, room: int) -> None:
        """Take events for a sender that is about to run.

        gevent may have patched Python's threads since we were made, or imported: the sender is
        then no thread, and what it waits on has to be gevent's too, else all of the program waits.
        """
        if not self._opened:  # later, a caller may still be about to put into the queue
            self._opened = True
            self.queue, self.hurry = EntryQueue(), threading.Event()
        self.has_sender = True
        self.room = room

    def lose_sender(self) -> int:
        """Take no more until there is a sender again; drop what waits, and return how much it was.

        There was none to be had, or it was ended.
        """
        self.has_sender = False
        self.room = 0
        return self.discard()

    def close(self) -> None:
        """Take no more, and stop waiting for better times."""
        self.closing = True
        self.has_sender = False
        self.room = 0
        self.hurry.set()

    def begin_close(self) -> Barrier | None:
        """Close; return what passes when all is delivered, None if no sender runs."""
        had_sender = self.has_sender
        self.close()
        if not had_sender:
            return None
        ending = Barrier(last=True)
        self.queue.put(ending)
        return ending

    def finish_close(self, ending: Barrier, timeout_s: float) -> int:
        """Wait for `ending`, and give up after `timeout_s`; return how many events that cost."""
        if ending.passed.wait(timeout_s):
            return 0
        lost = self.lost
        self.abandoned = True
        # Meanwhile the sender may take some, which it counts itself.
        undelivered = self.discard() + self.in_hand + self.lost - lost
        self.queue.put(Barrier(last=True))  # it waits for one
        self.hurry.set()
        return undelivered

    def lose(self, count: int) -> None:
        """Count events in hand that won't be delivered. They have their numbers already."""
        self.lost += count
        self.in_hand -= count

    def discard(self) -> int:
        """Drop what is queued; return how many events that were."""
        count = 0
        while (item := self.queue.take_now()) is not None:
            count += isinstance(item, Entry)
        self.drop(count)
        return count

    def stats(self) -> Stats:
        """Return the counts now."""
        refusals = dict(self.refusals)
        return Stats(
            queued=len(self.queue) + self.in_hand,
            sent=self.sent,
            acknowledged=self.acknowledged,
            dropped=self.dropped + self.lost,
            refused=sum(refusals.values()),
            refusals=refusals,
            retries=self.retries,
            connected=self.connected,
            last_error=self.last_error,
        )
