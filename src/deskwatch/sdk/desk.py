"""The desk, as a trading program holds it: hands events to the sender, and sees to its life."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self
from weakref import WeakSet

from deskwatch.sdk.ending import begin_run, finish_close, forget_runs, has_ended, open_runs
from deskwatch.sdk.events import Events
from deskwatch.sdk.notices import Notices
from deskwatch.sdk.outbox import Barrier, Entry, Outbox, Stats
from deskwatch.sdk.settings import LONGEST_S, Settings

#: Marks of flushes that a full queue takes on top; more would be a program flushing in a loop.
_MAX_FLUSHES = 1_000

#: Starts the thread that delivers an outbox; raises when none can be had.
StartSender = Callable[[Outbox], None]


class Desk(Events):
    """Events on their way to one engine. Made by `connect`; safe in threads and over forks.

    An event that brings no event_time happened when it is handed in.
    start_sender: None for a desk that has nowhere to send to: it drops and counts every event.
    """

    def __init__(
        self,
        start_sender: StartSender | None,
        settings: Settings,
        *,
        trouble: str = "",
    ) -> None:
        self._start_sender = start_sender
        self._settings = settings
        self._outbox = Outbox()
        if start_sender is None:
            self._outbox.close()
            self._outbox.last_error = trouble
        self._lock = threading.RLock()
        self._notices = Notices()
        _desks.add(self)

    @property
    def stats(self) -> Stats:
        """The counts since this run began: since `connect`, or since the fork in a child."""
        return self._outbox.stats()

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was handed in before is settled; False if that takes longer.

        timeout: seconds. Settled is acknowledged, refused or dropped, see `stats`.
        """
        outbox = self._outbox
        if not outbox.has_sender:  # nothing was handed in yet, or the desk is closed
            return outbox.stats().queued == 0
        if len(outbox.queue) >= outbox.room + _MAX_FLUSHES:
            return False
        barrier = Barrier()
        outbox.queue.put(barrier)
        outbox.hurry.set()
        return barrier.passed.wait(self._seconds(timeout, 5.0))

    def close(self, timeout: float = 2.0) -> bool:
        """Deliver what is queued, within `timeout` seconds, and end; later calls are dropped.

        Returns whether nothing was left undelivered; closed again, it says the same. What was is
        counted as dropped, once the sender has let go of it; a request that is under way then may
        still reach the engine.
        """
        timeout_s = self._seconds(timeout, 2.0)
        with self._lock:
            outbox = self._outbox
            open_runs.pop(outbox, None)
            ending = outbox.begin_close()
        if ending is None:
            return not outbox.abandoned
        return finish_close(outbox, ending, timeout_s)

    def _seconds(self, timeout: object, usual: float) -> float:
        """Return what can be waited for: at most a day, and as usual for what is no number."""
        if isinstance(timeout, int | float):
            return min(max(0.0, timeout), LONGEST_S)
        found = type(timeout).__name__
        message = f"timeout: found {found}; expected seconds; waiting {usual:g} s at most"
        self._notices.say(logging.ERROR, "timeout", message)
        return usual

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _hand_in(self, kind: str, misuse: tuple[object, ...], fields: Mapping[str, object]) -> None:
        outbox = self._outbox
        # Threads that pass the check at once may overshoot the bound by one entry each.
        if len(outbox.queue) < outbox.room or self._room_after_all():
            outbox.queue.put(Entry(outbox.dropped, kind, time.time_ns(), fields, misuse))
        elif outbox.has_sender:
            outbox.overflow()
        else:
            outbox.drop()
            self._tell_drop(outbox)

    def _room_after_all(self) -> bool:
        """Return whether the queue merely had no sender yet; starts it.

        Not once the program has ended: `Thread.start` waits for the new thread, which then never
        runs. Nor is the lock asked for, which a thread that was stopped for good may hold.
        """
        outbox = self._outbox
        if outbox.has_sender or outbox.closing or has_ended():
            return False
        return self._started() and len(outbox.queue) < outbox.room

    def _started(self) -> bool:
        """Return whether there is a sender, having started it if this run has none yet.

        Not before the first event: a program may fork, or become a daemon, after `connect`.
        """
        with self._lock:
            outbox = self._outbox
            if outbox.has_sender or outbox.closing or self._start_sender is None:
                return outbox.has_sender
            outbox.open(self._settings.max_queued)  # first: a signal handler may come in here
            try:
                begin_run(outbox, self._settings.exit_timeout_s)
                self._start_sender(outbox)
            except Exception as error:  # noqa: BLE001  # above all: there are no more threads
                outbox.lose_sender()
                outbox.last_error = f"no sender: {type(error).__name__}: {error}"
                return False
            return True

    def _tell_drop(self, outbox: Outbox) -> None:
        """Log a drop of which no sender tells; one after the program closed the desk is no news."""
        if has_ended():
            message = "closed; events undelivered: 1, and any later one (the program is ending)"
            self._notices.say(logging.ERROR, "ended", message)
        elif not outbox.closing:
            message = f"{outbox.last_error}; events dropped so far: {outbox.dropped}"
            self._notices.say(logging.ERROR, "no sender", message)

    def renew(self) -> None:
        """Begin a run of this process's own, after a fork: the old one stays the parent's."""
        old = self._outbox
        self._lock = threading.RLock()
        self._outbox = Outbox()
        if old.closing:
            self._outbox.close()
            self._outbox.last_error = old.last_error


_desks: WeakSet[Desk] = WeakSet()


def renew_after_fork() -> None:
    """Give every desk of a forked child a run of its own."""
    forget_runs()
    for desk in list(_desks):
        desk.renew()
