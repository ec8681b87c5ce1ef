"""When a group of alerts is told, when it is told again, and whom a page goes to next."""

from deskwatch.core.notification import Kind
from deskwatch.core.period import MINUTE
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.tracked import Group


class Cadence:
    """Reads and keeps the times of a group; times are ns UTC."""

    def __init__(self, settings: BookSettings) -> None:
        self._settings = settings

    def begin(self, group: Group, now: int) -> None:
        """Let a group in which nothing is open wait for others; a page never waits."""
        group.due_at = now + (0 if group.paged else self._settings.group_wait)

    def may_repeat(self, group: Group, now: int, *, asked: bool) -> bool:
        """Return whether what is told and open may be told again.

        asked: whether Alertmanager, where it says when, has just said so. What it says sooner is a
        try again, or its restart.
        """
        if group.told_at is None or group.acknowledged is not None:
            return False
        waited = now - group.told_at
        if not self._settings.relayed:
            return waited >= self._settings.repeat_interval
        # Its clock and ours, and its moment of telling, are not the same to the second.
        return asked and waited >= self._settings.repeat_interval - MINUTE

    def next_receiver(self, group: Group, now: int) -> str | None:
        """Return the channel that a page must go to now because nobody has acknowledged it."""
        if not group.paged or group.acknowledged is not None or group.first_told_at is None:
            return None
        level = group.escalated + 1
        if level >= len(self._settings.receivers):
            return None
        due = group.first_told_at + self.unacknowledged(group)
        return self._settings.receivers[level] if now >= due else None

    def unacknowledged(self, group: Group) -> int:
        """Return how long (ns) nobody has acknowledged a page when it goes to its next channel."""
        return self._settings.escalate_after * (group.escalated + 1)

    def told(self, group: Group, kind: Kind, now: int) -> None:
        """Take that a group was told now: of something new, it has to be acknowledged anew."""
        group.told_at = now
        group.due_at = now + (0 if group.paged else self._settings.group_interval)
        if kind in ("new", "changed"):
            group.acknowledged, group.escalated, group.first_told_at = None, 0, now
        if kind == "resolved":
            group.told_at = group.first_told_at = group.acknowledged = None
            group.escalated = 0
        elif group.first_told_at is None:
            group.first_told_at = now
