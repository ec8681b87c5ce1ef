"""What fired, who was told when, and who did what: kept in the store, the oldest let go."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from deskwatch.core.alert import Alert
from deskwatch.notify.store import Store


class Episode(Struct, frozen=True, kw_only=True):
    """One time that an alert fired; times are ns UTC.

    event_time: the event that led to it, where known. alert_time: when it fired. notify_time: when
    a channel first had it; None if nobody was told.
    """

    fingerprint: str
    group_key: str
    labels: dict[str, str]
    summary: str
    event_time: int | None
    alert_time: int
    notify_time: int | None
    resolved_at: int | None


class Deed(Struct, frozen=True, kw_only=True):
    """Something that someone did, in a chat, on the page or by the API."""

    at: int
    actor: str
    what: str
    object: str


class History:
    """Episodes and deeds, each bounded to `most`."""

    def __init__(self, store: Store, most: int) -> None:
        self._store = store
        self._most = most

    def fired(self, alert: Alert, group_key: str, at: int) -> None:
        """Begin an episode."""
        newest = self._store.run(
            "INSERT INTO history (fingerprint, group_key, labels, summary, event_time, alert_time)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            alert.fingerprint,
            group_key,
            msgspec.json.encode(alert.labels).decode(),
            alert.annotations.get("summary", "")[:1024],
            alert.event_time,
            at,
        )
        self._store.run("DELETE FROM history WHERE id <= ?", newest - self._most)

    def resolved(self, fingerprint: str, at: int) -> None:
        """End an alert's open episode."""
        self._store.run(
            "UPDATE history SET resolved_at = ? WHERE fingerprint = ? AND resolved_at IS NULL",
            *(at, fingerprint),
        )

    def asked(self, fingerprints: Iterable[str], at: int) -> None:
        """Note that a notification was made of these alerts."""
        self._store.run_many(
            "UPDATE history SET asked_at = ? WHERE fingerprint = ? AND resolved_at IS NULL",
            [(at, fingerprint) for fingerprint in fingerprints],
        )

    def told(self, groups: Sequence[str], created_at: int, at: int) -> None:
        """Note when a notification that was made at `created_at` reached its channel."""
        self._store.run_many(
            "UPDATE history SET notify_time = ?"
            " WHERE group_key = ? AND notify_time IS NULL AND asked_at <= ?",
            [(at, group, created_at) for group in groups],
        )

    def episodes(self, limit: int) -> list[Episode]:
        """Return the newest, newest first."""
        rows = self._store.rows(
            "SELECT fingerprint, group_key, labels, summary, event_time, alert_time, notify_time,"
            " resolved_at FROM history ORDER BY id DESC LIMIT ?",
            limit,
        )
        return [
            Episode(
                fingerprint=row[0],
                group_key=row[1],
                labels=msgspec.json.decode(row[2], type=dict[str, str]),
                summary=row[3],
                event_time=row[4],
                alert_time=row[5],
                notify_time=row[6],
                resolved_at=row[7],
            )
            for row in rows
        ]

    def add_deed(self, at: int, actor: str, what: str, thing: str) -> None:
        """Keep who did what to what."""
        newest = self._store.run(
            "INSERT INTO deeds (at, actor, what, object) VALUES (?, ?, ?, ?)",
            *(at, actor, what, thing[:1024]),
        )
        self._store.run("DELETE FROM deeds WHERE id <= ?", newest - self._most)

    def deeds(self, limit: int) -> list[Deed]:
        """Return the newest, newest first."""
        rows = self._store.rows(
            "SELECT at, actor, what, object FROM deeds ORDER BY id DESC LIMIT ?", limit
        )
        return [Deed(at=row[0], actor=row[1], what=row[2], object=row[3]) for row in rows]
