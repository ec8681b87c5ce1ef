"""deskwatch's own log on its way into the store."""

import threading
from collections import deque
from collections.abc import Mapping
from typing import Final

#: The stream of deskwatch's own log, and its service.
OWN: Final = "deskwatch"

#: Bound to a logger whose lines go to stderr alone: the store's own, which else would feed itself.
UNKEPT: Final[Mapping[str, bool]] = {"_unkept": True}

#: What is held until the store takes it; a burst over it loses its oldest lines.
MAX_LINES: Final = 10_000


class OwnLog:
    """Lines that wait for the store; safe in threads. lost: how many were never taken."""

    def __init__(self, most: int = MAX_LINES) -> None:
        self._lines: deque[bytes] = deque()
        self._most = most
        self._lock = threading.Lock()
        self.lost = 0

    def write(self, line: bytes) -> None:
        """Take a line, JSON without a newline."""
        with self._lock:
            if len(self._lines) >= self._most:
                self._lines.popleft()
                self.lost += 1
            self._lines.append(line)

    def take(self) -> list[bytes]:
        """Return the lines that wait, and hold them no more."""
        with self._lock:
            taken = list(self._lines)
            self._lines.clear()
        return taken
