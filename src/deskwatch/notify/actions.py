"""What people may do to alerts from a chat."""

from collections.abc import Sequence
from typing import Protocol

from deskwatch.notify.matcher import Matcher
from deskwatch.notify.silence import SilenceView
from deskwatch.notify.tracked import Acknowledgement, AlertView


class Actions(Protocol):
    """The alert book as a chat sees it; the dispatcher is one."""

    async def alerts(self) -> list[AlertView]:
        """Return what fires, worst first."""
        ...

    async def silences(self) -> list[SilenceView]:
        """Return the active silences, oldest first."""
        ...

    async def acknowledge(self, groups: Sequence[str], actor: str) -> list[Acknowledgement]:
        """Note that someone has seen these groups; return who was first, of each that is open."""
        ...

    async def silence(
        self, matchers: list[Matcher], *, author: str, reason: str, duration_ns: int
    ) -> SilenceView:
        """Keep alerts that match quiet for a while. Raises CannotSilence."""
        ...

    async def expire_silence(self, number: str, actor: str) -> bool:
        """End a silence; return whether there was one."""
        ...

    async def note_deed(self, actor: str, what: str, thing: str) -> None:
        """Keep who did what to what."""
        ...
