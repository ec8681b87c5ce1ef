"""What the HTTP service needs of the alerts; `deskwatch.app` hands it in."""

from typing import Protocol

from deskwatch.web.answers.alerts import (
    Acknowledge,
    AcknowledgeAnswer,
    AlertHistoryAnswer,
    AlertsAnswer,
    DeedRow,
    NewSilence,
    ReloadAnswer,
    SilenceRow,
    SilencesAnswer,
)


class AlertsUnavailable(Exception):
    """It can't be told or done now, and the text says why."""


class SilenceRefused(Exception):
    """A silence that can't be made; the text says why."""


class AlertDesk(Protocol):
    """The alerts as HTTP sees them."""

    async def alerts(self) -> AlertsAnswer:
        """Return the alerts as they stand, and how rules and channels fare."""
        ...

    async def history(self, limit: int) -> AlertHistoryAnswer:
        """Return the newest episodes and the newest deeds, at most `limit` of each."""
        ...

    async def silences(self) -> SilencesAnswer:
        """Return the active silences. Raises AlertsUnavailable."""
        ...

    async def silence(self, wanted: NewSilence) -> SilenceRow:
        """Return the silence that was made. Raises SilenceRefused."""
        ...

    async def expire_silence(self, number: str, author: str) -> bool:
        """End a silence; return whether there was one. Raises AlertsUnavailable."""
        ...

    async def acknowledge(self, wanted: Acknowledge) -> AcknowledgeAnswer:
        """Note that someone has seen alerts; they are then not repeated and not escalated."""
        ...

    async def reload(self, author: str) -> ReloadAnswer:
        """Read the rule files anew; a broken one changes nothing."""
        ...

    async def audit(self, limit: int) -> list[DeedRow]:
        """Return what people did lately, newest first, at most `limit`."""
        ...

    async def note(self, author: str, what: str, thing: str) -> None:
        """Keep for the audit who did what to what."""
        ...

    async def take_alertmanager(self, body: bytes) -> str | None:
        """Take a group that Alertmanager posts, once it is on disk; return why it can't be read.

        Raises AlertsUnavailable: it must be posted again.
        """
        ...

    def take_watchdog(self, body: bytes) -> bool:
        """Take what Alertmanager posts; return whether it can be read. Raises AlertsUnavailable."""
        ...
