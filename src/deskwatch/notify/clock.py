"""A clock that doesn't step: what intervals, repeats and silences are measured with."""

from collections.abc import Callable


class SteadyClock:
    """UTC in ns as it was at the start, plus the time that has really passed since.

    When someone sets the machine's clock, nothing repeats early and nobody waits for an hour. After
    a restart it agrees with the wall clock again.
    """

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int]) -> None:
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def __call__(self) -> int:
        """Return the time in ns UTC; it never goes back."""
        return self._monotonic() + self._offset
