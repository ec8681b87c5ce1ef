"""Many notifications in one message, so that a flood still says what is worst."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from deskwatch.core.alert import Alert
from deskwatch.core.notification import MAX_LISTED, Notification, severity_rank
from deskwatch.notify.grouping import worst_first

#: A digest names the groups it stands for up to this many; the counts cover all.
MAX_GROUPS: Final = 10_000

_MAX_HELD: Final = 4 * MAX_LISTED
_MAX_NOTES: Final = 5

#: What fires, by severity; how many have ended; and `first_at` of it.
_Counts = tuple[dict[str, int], int, int]
_NOTHING: Final[_Counts] = ({}, 0, 0)


def fold(notifications: Iterable[Notification], *, now_ns: int) -> Notification:
    """Return one digest of several notifications of one lane, given in their order.

    Of each group, what came last is counted. What an earlier digest counted is added as it is: it
    no longer says which group each of its alerts was in. Memory is bounded whatever comes in.
    """
    draft = _Draft()
    for one in notifications:
        draft.add(one)
    return draft.notification(now_ns)


class _Draft:
    """What a digest will say."""

    def __init__(self) -> None:
        self._groups: dict[str, _Counts] = {}
        self._alerts: dict[str, Alert] = {}
        self._firing: Counter[str] = Counter()
        self._resolved = 0
        self._notes: dict[str, None] = {}
        self._severities: set[str] = set()
        self._common: dict[str, str] = {}
        self._first: Notification | None = None
        self._fired_at: int | None = None
        self._ended_at: int | None = None

    def add(self, one: Notification) -> None:
        common = one.common_labels.items()
        self._common = dict(common if self._first is None else self._common.items() & common)
        self._first = self._first or one
        self._severities.add(one.severity)
        if len(self._notes) < _MAX_NOTES:
            self._notes.update(dict.fromkeys(one.notes))
        self._alerts.update((alert.fingerprint, alert) for alert in one.alerts)
        if len(self._alerts) > _MAX_HELD:
            worst = worst_first(self._alerts.values())[:MAX_LISTED]
            self._alerts = {alert.fingerprint: alert for alert in worst}
        counts = one.firing, one.resolved, one.first_at
        if one.kind == "digest":
            self._count(counts)
            for key in one.groups[: MAX_GROUPS - len(self._groups)]:
                self._groups.setdefault(key, _NOTHING)
        elif one.group_key in self._groups or len(self._groups) < MAX_GROUPS:
            self._groups[one.group_key] = counts
        else:
            self._count(counts)

    def _count(self, counts: _Counts) -> None:
        firing, resolved, first_at = counts
        self._firing.update(firing)
        self._resolved += resolved
        if firing:
            self._fired_at = min(first_at, self._fired_at or first_at)
        elif resolved:
            self._ended_at = min(first_at, self._ended_at or first_at)

    def notification(self, now_ns: int) -> Notification:
        assert self._first is not None
        for counts in self._groups.values():
            self._count(counts)
        alerts = worst_first(self._alerts.values())[:MAX_LISTED]
        return Notification(
            sequence=self._first.sequence,
            group_key=f"d{self._first.sequence}",
            receiver=self._first.receiver,
            kind="digest",
            status="firing" if self._firing else "resolved",
            severity=min(self._firing or self._severities, key=severity_rank),
            alerts=alerts,
            firing=dict(self._firing),
            resolved=self._resolved,
            common_labels=dict(sorted(self._common.items())),
            group_labels={},
            first_at=self._fired_at or self._ended_at or self._first.first_at,
            created_at=now_ns,
            groups=list(self._groups),
            notes=list(self._notes)[:_MAX_NOTES],
        )
