"""Stands in for what the demo's loops are given."""

from collections.abc import Callable


class CountedStop:
    """Stops after `waits` waits, which take no time; each calls `meanwhile` with the seconds."""

    def __init__(self, waits: int, meanwhile: Callable[[float], None] = lambda _: None) -> None:
        self._left = waits
        self._meanwhile = meanwhile
        self.waited: list[float] = []

    def is_set(self) -> bool:
        return self._left <= 0

    def wait(self, timeout: float) -> bool:
        self._left -= 1
        self.waited.append(timeout)
        self._meanwhile(timeout)
        return self.is_set()


class Clock:
    """A clock in nanoseconds that moves when it is told to."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)
