"""What the alert book knows of each alert and group, and how that is kept."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.notify.store import Store


class Acknowledgement(Struct, frozen=True):
    """Who has seen it, and when (ns UTC)."""

    actor: str
    at: int


class Tracked(Struct, kw_only=True):
    """One alert; times are ns UTC.

    told: whether people were last told that it fires. anew: whether it has ended and fired again
    since, kept quiet by something worse. fires: when it fired, newest last, within the flapping
    window. changed_at: when it last fired or ended.
    """

    alert: Alert
    group: str
    changed_at: int
    told: bool = False
    anew: bool = False
    fires: list[int] = []
    flapping: bool = False
    flapping_told: bool = False

    @property
    def firing(self) -> bool:
        """Whether people should take it as firing; one that flaps is held so."""
        return self.flapping or self.alert.state == "firing"

    def shown(self) -> Alert:
        """Return the alert as people should see it."""
        held = self.flapping and self.alert.state != "firing"
        return replace(self.alert, state="firing", resolved_at=None) if held else self.alert


class AlertView(Struct, frozen=True, kw_only=True):
    """An alert as the book has it, to be shown. silence: the number of one that keeps it quiet."""

    alert: Alert
    group_key: str
    flapping: bool
    told: bool
    inhibited: bool
    silence: int | None
    acknowledged: Acknowledgement | None


class Group(Struct, kw_only=True):
    """Alerts that are told together; times are ns UTC.

    due_at: when it may be told next. told_at: when it was last told; None while it has nothing
    open. first_told_at: when its open run was first told. escalated: channels beyond the first that
    know of it.
    """

    key: str
    labels: dict[str, str]
    paged: bool
    due_at: int
    told_at: int | None = None
    first_told_at: int | None = None
    acknowledged: Acknowledgement | None = None
    escalated: int = 0


class Shelf:
    """Alerts and groups in memory, with those that must be written again.

    members: each group's alerts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.alerts: dict[str, Tracked] = {}
        self.groups: dict[str, Group] = {}
        self.members: dict[str, set[str]] = {}
        self._changed_alerts: set[str] = set()
        self._changed_groups: set[str] = set()
        self.load()

    def load(self) -> None:
        """Take over what the store has, and forget what is not in it."""
        tracked = [
            msgspec.json.decode(body, type=Tracked)
            for (body,) in self._store.rows("SELECT body FROM alerts")
        ]
        groups = [
            msgspec.json.decode(body, type=Group)
            for (body,) in self._store.rows("SELECT body FROM groups")
        ]
        self.alerts = {one.alert.fingerprint: one for one in tracked}
        self.groups = {group.key: group for group in groups}
        self.members = {group.key: set() for group in groups}
        for fingerprint, one in self.alerts.items():
            self.members[one.group].add(fingerprint)
        self._changed_alerts.clear()
        self._changed_groups.clear()

    def clamp(self, now: int, group_interval: int) -> None:
        """Take times that are ahead of now for now, so that nobody waits for them."""
        for one in self.alerts.values():
            one.changed_at = min(one.changed_at, now)
            one.fires = [min(at, now) for at in one.fires]
        for group in self.groups.values():
            group.due_at = min(group.due_at, now + (0 if group.paged else group_interval))
            if group.told_at is not None:
                group.told_at = min(group.told_at, now)
            if group.first_told_at is not None:
                group.first_told_at = min(group.first_told_at, now)

    def of(self, group: Group) -> Iterator[Tracked]:
        """Return a group's alerts."""
        return (self.alerts[fingerprint] for fingerprint in self.members[group.key])

    def put(self, one: Tracked) -> None:
        """Take an alert, or note that it has changed. Its group must be here."""
        self.alerts[one.alert.fingerprint] = one
        self.members[one.group].add(one.alert.fingerprint)
        self._changed_alerts.add(one.alert.fingerprint)

    def put_group(self, group: Group) -> None:
        """Take a group, or note that it has changed."""
        self.groups[group.key] = group
        self.members.setdefault(group.key, set())
        self._changed_groups.add(group.key)

    def drop(self, one: Tracked) -> None:
        """Forget an alert, and its group if it was the last one in it."""
        fingerprint = one.alert.fingerprint
        del self.alerts[fingerprint]
        self._changed_alerts.add(fingerprint)
        self.members[one.group].discard(fingerprint)
        if not self.members[one.group]:
            del self.members[one.group], self.groups[one.group]
            self._changed_groups.add(one.group)

    def save(self) -> None:
        """Write what has changed. Raises sqlite3.Error."""
        for table, column, changed, held in (
            ("alerts", "fingerprint", self._changed_alerts, self.alerts),
            ("groups", "key", self._changed_groups, self.groups),
        ):
            kept = [key for key in changed if key in held]
            gone = [(key,) for key in changed if key not in held]
            bodies = [(key, msgspec.json.encode(held[key])) for key in kept]
            self._store.run_many(f"REPLACE INTO {table} VALUES (?, ?)", bodies)  # noqa: S608 - our own names
            self._store.run_many(f"DELETE FROM {table} WHERE {column} = ?", gone)  # noqa: S608 - our own names
            changed.clear()
