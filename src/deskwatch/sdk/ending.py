"""How runs end with their process: a last delivery, and a word on what comes after it."""

import logging
import sys
import threading
import time
from types import ModuleType

from deskwatch.sdk.notices import Notices
from deskwatch.sdk.outbox import Barrier, Outbox

#: Runs that have a sender, and what the exit may wait for each; also those of desks that nobody
#: holds any more.
open_runs: dict[Outbox, float] = {}
_in_child_too = threading.Event()
_AFTER_THE_CHILDS_OWN = -100
_delivered = threading.Event()


def deliver_at_exit() -> None:
    """Close every open run, unless this is a child of multiprocessing with handlers to come.

    Since Python 3.13 they come after Python's own exit handlers, and may hand in the last events.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None or not _is_child() or util.is_exiting():
        _deliver()
    else:
        _heed_children(util)


def _deliver() -> None:
    """Close every open run. They wait side by side, each for its settings' exit_timeout_s."""
    _delivered.set()
    began = time.monotonic()
    endings = [(outbox, outbox.begin_close(), limit) for outbox, limit in list(open_runs.items())]
    for outbox, ending, limit_s in endings:
        if ending is not None:
            finish_close(outbox, ending, max(0.0, began + limit_s - time.monotonic()))


def begin_run(outbox: Outbox, exit_timeout_s: float) -> None:
    """Have a run delivered when its process ends.

    A child of multiprocessing ends without Python's exit handlers, but with handlers of its own;
    multiprocessing is not imported for them.
    """
    open_runs[outbox] = exit_timeout_s
    util = sys.modules.get("multiprocessing.util")
    if util is not None and hasattr(util, "Finalize"):
        _heed_children(util)


def _heed_children(util: ModuleType) -> None:
    """Have this process deliver by multiprocessing's handlers as well, if it is a child of it."""
    if not _in_child_too.is_set():
        _in_child_too.set()
        _register_in_child()
        # A child that is spawned imports its program, and then forgets what that registered.
        util.register_after_fork(_in_child_too, _register_in_child)


def _register_in_child(*_: object) -> None:
    util = sys.modules["multiprocessing.util"]
    util.Finalize(None, _deliver_in_child, exitpriority=_AFTER_THE_CHILDS_OWN)


def _deliver_in_child() -> None:
    if _is_child():
        _deliver()


def _is_child() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def forget_runs() -> None:
    """Leave the runs to the parent, after a fork."""
    open_runs.clear()
    _in_child_too.clear()


def has_ended() -> bool:
    """Return whether it is too late to send: the last delivery was, or no other thread can run."""
    return _delivered.is_set() or sys.is_finalizing()


def finish_close(outbox: Outbox, ending: Barrier, timeout_s: float) -> bool:
    """Wait for a run's last delivery; return whether it took everything, and log if not."""
    undelivered = outbox.finish_close(ending, timeout_s)
    if undelivered:
        why = outbox.last_error or "no answer in time"
        message = f"closed; events undelivered: {undelivered} ({why})"
        Notices().say(logging.ERROR, "closed", message)
    if outbox.overflowed != outbox.told_overflowed:
        tell_overflow(outbox, Notices())
    return undelivered == 0


def tell_overflow(outbox: Outbox, notices: Notices) -> None:
    """Log how many events found the queue full, since the run began."""
    outbox.told_overflowed = outbox.overflowed
    message = f"the queue was full, events dropped so far: {outbox.told_overflowed}"
    notices.say(logging.ERROR, "dropped", message)
