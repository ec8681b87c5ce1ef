"""When deskwatch started lately, kept over restarts: a loop of them is seen by none of its runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog

from deskwatch.core.period import MINUTE
from deskwatch.whole_file import replace_file

log = structlog.get_logger()

#: What is lately; the rule DeskwatchRestartLoop looks back as far.
LATELY_NS: Final = 15 * MINUTE


class Starts:
    """The starts of lately, this one among them once it is noted. clock: ns UTC."""

    def __init__(self, file: Path, clock: Callable[[], int]) -> None:
        self._file = file
        self._clock = clock
        self._times: list[int] = []

    def note(self) -> None:
        """Keep that we start now. Where that fails, this one start is known."""
        try:
            self._times = msgspec.json.decode(self._file.read_bytes(), type=list[int])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.warning("starts_unreadable", why=str(error))
        self._times = [*self._lately(), self._clock()]
        try:
            replace_file(self._file, msgspec.json.encode(self._times))
        except OSError as error:
            log.warning("starts_not_kept", why=str(error))

    def count(self) -> int:
        """Return how many starts there were lately."""
        return len(self._lately())

    def _lately(self) -> list[int]:
        now = self._clock()
        return [time for time in self._times if 0 <= now - time < LATELY_NS]
