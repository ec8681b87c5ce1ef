"""Ending on SIGINT, SIGTERM or a closed terminal, in programs without an event loop."""

import signal
import time
from types import FrameType
from typing import Final, Self

#: How soon an end is noticed. A threading.Event would notice at once, but setting one in a handler
#: that interrupts its own `wait` can lock up.
_SLICE_S: Final = 0.05

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signalled:
    """Whether a signal asked for the end; see demo.stop.Stop. It listens within its `with`."""

    def __init__(self) -> None:
        self._asked = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._ask) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def is_set(self) -> bool:
        """Return whether to end."""
        return self._asked

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; return at once, and True, when it is time to end."""
        end = time.monotonic() + timeout
        while not self.is_set() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_S))
        return self.is_set()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
