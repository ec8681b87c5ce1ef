"""What the HTTP service needs of the drills; `deskwatch.app` hands it in."""

from typing import Protocol

from deskwatch.web.answers.drills import DrillRunAnswer


class DrillsUnavailable(Exception):
    """No drill can be begun from here, and the text says why. busy: for one is running."""

    def __init__(self, why: str, *, busy: bool = False) -> None:
        self.busy = busy
        super().__init__(why)


class DrillDesk(Protocol):
    """The drills as HTTP sees them."""

    def standing(self) -> DrillRunAnswer:
        """Return what can be run from here, and whether it runs now."""
        ...

    async def run(self) -> None:
        """Begin to run every drill once; returns when they have begun. Raises DrillsUnavailable."""
        ...
