"""How notifications fare, by channel."""

from collections.abc import Mapping
from typing import Protocol

from deskwatch.exposition.families import Families


class NotificationFigures(Protocol):
    """What the dispatcher knows of itself."""

    @property
    def channels(self) -> int:
        """How many channels people are told through."""
        ...

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
    def folded(self) -> int:
        """How many lost their own message to a digest because too many waited."""
        ...

    @property
    def alerts_overflowed(self) -> int:
        """How often an alert was not taken for want of room."""
        ...

    @property
    def groups(self) -> Mapping[tuple[str, ...], int]:
        """What became of the groups that Alertmanager posted, by result."""
        ...

    @property
    def told_directly(self) -> int | None:
        """How many pages were told because Alertmanager didn't bring them; None without one."""
        ...

    @property
    def kept_on_disk(self) -> bool:
        """Whether what waits would survive a restart."""
        ...

    @property
    def telegram_polling(self) -> bool | None:
        """Whether a chat's buttons and commands are heard; None where that isn't known, or none."""
        ...

    @property
    def telegram_requests(self) -> Mapping[tuple[str, ...], int]:
        """What became of buttons and commands, by result."""
        ...

    @property
    def deadman_reached(self) -> bool | None:
        """Whether the outside service answered the last ping; None before it, or without one."""
        ...

    @property
    def deadman_pings(self) -> Mapping[tuple[str, ...], int]:
        """What became of the pings, by result."""
        ...


class NotificationCollector:
    """The metrics of the notifications."""

    def __init__(self, figures: NotificationFigures) -> None:
        self._figures = figures
        families = self.families = Families()
        self._channels = families.gauge(
            "deskwatch_notification_channels",
            "Channels through which people are told; 0 when nobody is.",
        )
        self._results = families.counter(
            "deskwatch_notifications_total",
            "What became of notifications: sent, retried, failed, or passed on to another channel.",
            ("channel", "result"),
        )
        self._queue = families.gauge(
            "deskwatch_notification_queue", "Notifications that wait to be sent.", ("channel",)
        )
        self._oldest = families.gauge(
            "deskwatch_notification_oldest_seconds",
            "How long the oldest notification that waits has waited; 0 when none does.",
            ("channel",),
            unit="seconds",
        )
        self._kept = families.gauge(
            "deskwatch_notification_store_writable",
            "1 when notifications that wait are kept on disk, 0 when only in memory.",
        )
        self._folded = families.counter(
            "deskwatch_notifications_folded_total",
            "Notifications that lost their own message to a digest because too many waited.",
        )
        self._overflowed = families.counter(
            "deskwatch_alerts_overflowed_total",
            "Times that an alert could not be taken because too many are open already.",
        )
        self._groups = families.counter(
            "deskwatch_alertmanager_groups_total",
            "Groups that Alertmanager posted: taken, refused as no webhook, or not kept on disk.",
            ("result",),
        )
        self._directly = families.counter(
            "deskwatch_pages_told_directly_total",
            "Pages that were told because Alertmanager did not bring them back in time.",
        )
        self._listening = _Listening(families)

    def collect(self) -> None:
        """Bring the families up to date."""
        figures = self._figures
        self._listening.show(figures)
        self._channels.replace({(): figures.channels})
        self._results.replace(figures.notifications)
        self._queue.replace(figures.queue)
        self._oldest.replace(figures.oldest_s)
        self._kept.replace({(): figures.kept_on_disk})
        self._folded.replace({(): figures.folded})
        self._overflowed.replace({(): figures.alerts_overflowed})
        self._groups.replace(figures.groups)
        directly = figures.told_directly
        self._directly.replace({} if directly is None else {(): directly})


class _Listening:
    """Whether people are heard, and whether somebody outside listens to us."""

    def __init__(self, families: Families) -> None:
        self._polling = families.gauge(
            "deskwatch_telegram_polling",
            "1 while Telegram's buttons and commands are heard, 0 while they are not; absent"
            " without Telegram.",
        )
        self._requests = families.counter(
            "deskwatch_telegram_requests_total",
            "Buttons and commands: taken, refused because the sender may not, or unanswered because"
            " no answer could be given.",
            ("result",),
        )
        self._reached = families.gauge(
            "deskwatch_deadman_reached",
            "1 when the outside service (deadman.url) answered the last ping, 0 when it did not or"
            " the ping was held back; absent without one.",
        )
        self._pings = families.counter(
            "deskwatch_deadman_pings_total",
            "Pings to the outside service: sent, failed, or held back because no Watchdog fires.",
            ("result",),
        )

    def show(self, figures: NotificationFigures) -> None:
        self._polling.replace({(): figures.telegram_polling})
        self._requests.replace(figures.telegram_requests)
        self._reached.replace({(): figures.deadman_reached})
        self._pings.replace(figures.deadman_pings)
