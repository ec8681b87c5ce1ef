"""What every channel can do."""

from contextlib import AbstractContextManager
from typing import Protocol

from deskwatch.core.notification import Notification


class Channel(Protocol):
    """A way to reach people. Messages of one lane leave one after another, in their order."""

    @property
    def name(self) -> str:
        """A short word, a label value of `deskwatch_notifications_total`."""
        ...

    @property
    def patience_s(self) -> float:
        """How long it may fail until the pages it holds also go to the next channel."""
        ...

    def lane(self, notification: Notification) -> str:
        """Return where the message would go within the channel, such as a chat."""
        ...

    def wait_s(self, lane: str, *, page: bool) -> float:
        """Return how long until a message may leave in this lane; 0 if it may now."""
        ...

    def room(self, lane: str) -> int:
        """Return how many pages could follow each other in this lane without a long wait."""
        ...

    def leaving(self, lane: str) -> AbstractContextManager[None]:
        """Count a message in this lane as under way, from now until the block ends."""
        ...

    async def deliver(self, notification: Notification) -> None:
        """Return once the service has it. Raises Retry, Permanent."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
