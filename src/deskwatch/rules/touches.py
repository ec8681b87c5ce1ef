"""What events have changed of the metrics that rules wait for, since the rules looked last."""

import asyncio
from collections.abc import Set as AbstractSet


class Touches:
    """The metrics that events have touched, and the newest event of each. Times are ns UTC."""

    def __init__(self) -> None:
        self._touched: set[str] = set()
        #: When the newest event happened that changed a metric, and when the last one came.
        self._events: dict[str, tuple[int, int]] = {}
        self._awake = asyncio.Event()

    @property
    def are_any(self) -> bool:
        """Whether a look is due."""
        return bool(self._touched)

    async def wait(self) -> None:
        """Return once there are any."""
        await self._awake.wait()

    def take(self, names: AbstractSet[str], event_time: int | None, now: int) -> None:
        """Take that these metrics changed. event_time: of the event that did it, if one did."""
        if event_time is not None:
            for name in names:
                newest, _ = self._events.get(name, (0, 0))
                self._events[name] = (max(event_time, newest), now)
        if names:
            self._touched |= names
            self._awake.set()

    def settle(self) -> set[str]:
        """Return what was touched, which is about to be looked at."""
        touched, self._touched = self._touched, set()
        self._awake.clear()
        return touched

    def newest_event(self, names: AbstractSet[str], since: int) -> int | None:
        """Return when the newest event of these metrics happened, of those that came `since`."""
        events = (self._events[name] for name in names & self._events.keys())
        return max((happened for happened, came in events if came >= since), default=None)

    def forget_events(self) -> None:
        """Forget when events happened: other rules look from here on."""
        self._events.clear()
