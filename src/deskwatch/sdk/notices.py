"""What the SDK says in the program's log: each topic at most once a minute."""

import contextlib
import logging
import sys
import time
from collections.abc import Callable

_EVERY_S = 60.0
#: Topics are kinds, reasons and states: few. Past the bound they share one, so memory can't grow.
_MAX_TOPICS = 256


def _log() -> logging.Logger:
    """Return our logger, which is made when it has something to say, and not at the import.

    `logging.config` disables every logger that is there already, unless it is told not to: a
    program that configures its log once it has imported us would hear nothing of what is lost.
    """
    return logging.getLogger("deskwatch.sdk")


class Notices:
    """A log that a repeated problem can't flood."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def may_say(self, topic: str) -> bool:
        """Return whether the topic was not logged within the last minute."""
        return self._clock() - self._said.get(topic, float("-inf")) >= _EVERY_S

    def say(self, level: int, topic: str, message: str, error: BaseException | None = None) -> None:
        """Log the message, unless its topic was logged within the last minute: then count it.

        error: our own bug, whose stack is logged too.
        """
        if topic not in self._said and len(self._said) >= _MAX_TOPICS:
            topic = "other"
        if not self.may_say(topic):
            self._unsaid[topic] = self._unsaid.get(topic, 0) + 1
            return
        self._said[topic] = self._clock()
        more = self._unsaid.pop(topic, 0)
        if sys.is_finalizing() and _a_handler_is_held():
            return
        # A program's own filter or handler may raise; one that exits would end our thread unseen.
        with contextlib.suppress(Exception, SystemExit):
            more_like_it = f" ({more} more like this)" if more else ""
            _log().log(level, "%s%s", message, more_like_it, exc_info=error)


def _a_handler_is_held() -> bool:
    """Return whether logging would wait: at the end for ever, for a thread stopped in a handler."""
    handlers = [logging.lastResort]
    logger: logging.Logger | None = _log()
    while logger is not None:
        handlers += logger.handlers
        logger = logger.parent if logger.propagate else None
    for lock in [handler.lock for handler in handlers if handler is not None]:
        if lock is not None and not lock.acquire(blocking=False):
            return True
        if lock is not None:
            lock.release()
    return False
