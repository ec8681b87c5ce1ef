"""How notifications fare, by channel."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from deskwatch.exposition.family import Family


class NotificationFigures(Protocol):
    """What the dispatcher knows of itself."""

    @property
    def notifications(self) -> Mapping[tuple[str, ...], int]:
        """What became of notifications, by channel and result."""
        ...

    @property
    def queue(self) -> Mapping[tuple[str, ...], int]:
        """How many wait, by channel."""
        ...

    @property
    def oldest_s(self) -> Mapping[tuple[str, ...], float]:
        """How long the oldest that waits has waited, by channel."""
        ...

    @property
    def kept_on_disk(self) -> bool:
        """Whether what waits would survive a restart."""
        ...


class NotificationCollector:
    """The metrics of the notifications."""

    def __init__(self, figures: NotificationFigures) -> None:
        self._figures = figures
        self._results = Family(
            "deskwatch_notifications_total",
            "What became of notifications: sent, retried, failed, or passed on to another channel.",
            "counter",
            labels=("channel", "result"),
        )
        self._queue = Family(
            "deskwatch_notification_queue",
            "Notifications that wait to be sent.",
            "gauge",
            labels=("channel",),
        )
        self._oldest = Family(
            "deskwatch_notification_oldest_seconds",
            "How long the oldest notification that waits has waited; 0 when none does.",
            "gauge",
            labels=("channel",),
            unit="seconds",
        )
        self._kept = Family(
            "deskwatch_notification_store_writable",
            "1 when notifications that wait are kept on disk, 0 when only in memory.",
            "gauge",
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._results, self._queue, self._oldest, self._kept)

    def collect(self) -> None:
        """Bring the families up to date."""
        figures = self._figures
        self._results.replace(figures.notifications)
        self._queue.replace(figures.queue)
        self._oldest.replace(figures.oldest_s)
        self._kept.replace({(): figures.kept_on_disk})
