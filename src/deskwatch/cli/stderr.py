"""Standard error as the log writes to it: whoever does not read it holds up nobody."""

import json
import os
import select
from typing import Final, TextIO

#: A pipe that can be written to takes so much at once.
_AT_ONCE: Final = select.PIPE_BUF

#: How long a reader is waited for who has kept up until now: a terminal takes what it shows.
_PATIENCE_MS: Final = 100


class Stderr:
    """Takes lines; one that can't be written now is lost, and the next that can be says so.

    A pipe whose reader hangs, or a terminal that was stopped (Ctrl-S), would hold up all that the
    process does; and one whose reader is gone would raise where something is said.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lost = 0
        self._poll: select.poll | None = None
        try:
            self._descriptor = file.fileno()
        except (OSError, ValueError):  # it is in memory
            return
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)

    def write(self, text: str) -> int:
        """Write a line, or lose it."""
        if self._poll is None:
            return self._file.write(text)
        said = f"\n{json.dumps({'event': 'log_lines_lost', 'lines': self._lost})}\n"
        whole = self._written(self._poll, said + text if self._lost else text)
        self._lost = 0 if whole else self._lost + 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: what is written is not held back."""

    def _written(self, poll: select.poll, text: str) -> bool:
        """Say whether all of it was written."""
        left = memoryview(text.encode(errors="backslashreplace"))
        try:
            while left:
                if not poll.poll(0 if self._lost else _PATIENCE_MS):
                    return False
                left = left[os.write(self._descriptor, left[:_AT_ONCE]) :]
        except OSError:
            return False
        return True
