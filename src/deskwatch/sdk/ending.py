"""How runs end with their process: a last delivery, and a word on what comes after it."""

import logging
import sys
import threading
import time

from deskwatch.sdk.notices import Notices
from deskwatch.sdk.outbox import Barrier, Outbox

#: Runs that have a sender, and what the exit may wait for each; also those of desks that nobody
#: holds any more.
open_runs: dict[Outbox, float] = {}
_delivered = threading.Event()


def deliver_at_exit() -> None:
    """Close every open run. They wait side by side, each for its settings' exit_timeout_s."""
    _delivered.set()
    began = time.monotonic()
    endings = [(outbox, outbox.begin_close(), limit) for outbox, limit in list(open_runs.items())]
    for outbox, ending, limit_s in endings:
        if ending is not None:
            finish_close(outbox, ending, max(0.0, began + limit_s - time.monotonic()))


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
    return undelivered == 0
