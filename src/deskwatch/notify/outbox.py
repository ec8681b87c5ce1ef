"""The outbox: what is to be told is on disk before it is sent, until it has arrived.

A row that was being sent when the process ended may have arrived: it is sent again, and says so
(at least once). A channel that can name its messages turns the second into an edit where it can.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.notification import PAGE, Notification
from deskwatch.notify.digest import fold
from deskwatch.notify.settings import OutboxSettings
from deskwatch.notify.store import Store

#: Returns the lane of a notification in the channel of that name.
LaneOf = Callable[[str, Notification], str]

AGAIN: Final = "Sent again: it is not known whether the first one arrived."

_IN_LANE: Final = "channel = ? AND lane = ?"
_ENDS: Final = ("resolved", "eased")
_PAGE_RANK: Final = 0
_OTHER_RANK: Final = 1
_decoder = msgspec.json.Decoder(Notification)


class Parcel(Struct, frozen=True, kw_only=True):
    """What is sent next in a lane: one notification, or the digest of several."""

    channel: str
    rows: list[int]
    notification: Notification


class _Row(Struct, frozen=True):
    id: int
    rank: int
    sending: int
    body: bytes


class LaneState(Struct, frozen=True, kw_only=True):
    """What waits in one lane. kept_at: since when the oldest waits, ns UTC."""

    channel: str
    lane: str
    waiting: int
    page: bool
    kept_at: int


class Outbox:
    """Rows in the store. Call it inside a transaction.

    folded: notifications that lost their own message because too many waited.
    """

    def __init__(self, store: Store, settings: OutboxSettings, lane_of: LaneOf) -> None:
        self.folded = 0
        self._store = store
        self._settings = settings
        self._lane_of = lane_of

    def put(self, notifications: Sequence[Notification], now_ns: int) -> None:
        """Keep notifications for their receivers.

        What ends or changes a group also goes wherever the group was told before, by escalation or
        because the first channel failed.
        """
        for one in notifications:
            also = self._told(one) if one.kind in _ENDS else []
            self._put(one.receiver, one, now_ns, passed_on=bool(also))
            for channel in also:
                self._put(channel, one, now_ns)
        for channel in {one.receiver for one in notifications}:
            self._bound(channel, now_ns)

    def _told(self, one: Notification) -> list[str]:
        """Return the other channels that know of its group."""
        query = "SELECT channel FROM told WHERE group_key = ? AND channel != ?"
        return [channel for (channel,) in self._store.rows(query, one.group_key, one.receiver)]

    def _put(
        self, channel: str, one: Notification, now_ns: int, *, passed_on: bool = False
    ) -> None:
        rank = _PAGE_RANK if one.severity == PAGE else _OTHER_RANK
        self._store.run(
            "INSERT INTO outbox (channel, lane, rank, group_key, kept_at, passed_on, ends, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(channel, self._lane_of(channel, one), rank, one.group_key, now_ns),
            *(int(passed_on), int(one.kind in _ENDS)),
            msgspec.json.encode(one),
        )
        if one.kind == "resolved":
            self._store.run(
                "DELETE FROM told WHERE group_key = ? AND channel = ?", one.group_key, channel
            )
        else:
            groups = [(group, channel) for group in one.groups]
            self._store.run_many("INSERT OR IGNORE INTO told VALUES (?, ?)", groups)

    def reroute(self, channels: Sequence[str]) -> None:
        """Put what waits into the lanes of today's settings; what a lost channel had goes first.

        What such a channel was told is forgotten: it can be told of no end.
        """
        for (channel,) in self._store.rows("SELECT DISTINCT channel FROM told"):
            if channel not in channels:
                self._store.run("DELETE FROM told WHERE channel = ?", channel)
        for row, channel, body in self._store.rows("SELECT id, channel, body FROM outbox"):
            known = channel if channel in channels else channels[0]
            lane = self._lane_of(known, _decoder.decode(body))
            self._store.run(
                "UPDATE outbox SET channel = ?, lane = ? WHERE id = ?", *(known, lane, row)
            )

    def _bound(self, channel: str, now_ns: int) -> None:
        """Fold the oldest of what is too much, per lane, pages last."""
        waiting = self._count(channel)
        if waiting <= self._settings.max_waiting:
            return
        # Down to half, so that the next one doesn't fold again.
        most = waiting - self._settings.max_waiting // 2
        rows = self._store.rows(
            "SELECT id, lane, rank, body FROM outbox WHERE channel = ? AND sending = 0"
            " ORDER BY rank DESC, id LIMIT ?",
            *(channel, most),
        )
        lanes: dict[tuple[str, int], list[tuple[int, bytes]]] = {}
        for row, lane, rank, body in rows:
            lanes.setdefault((lane, rank), []).append((row, body))
        for held in lanes.values():
            self._fold(held, now_ns)

    def _fold(self, held: list[tuple[int, bytes]], now_ns: int) -> None:
        """Put one digest in the place of several rows."""
        if len(held) == 1:
            return
        digest = fold((_decoder.decode(body) for _, body in held), now_ns=now_ns)
        self.folded += len(held)
        note = f"{len(held)} messages had to wait too long for one of their own."
        digest = replace(digest, notes=[*digest.notes, note][-5:])
        self._store.run(
            "UPDATE outbox SET body = ?, group_key = ?, passed_on = 0, ends = 0 WHERE id = ?",
            *(msgspec.json.encode(digest), digest.group_key, held[0][0]),
        )
        gone = [(row,) for row, _ in held[1:]]
        self._store.run_many("DELETE FROM outbox WHERE id = ?", gone)

    def _count(self, channel: str) -> int:
        (found,) = self._store.rows("SELECT count(*) FROM outbox WHERE channel = ?", channel)
        return int(found[0])

    def lanes(self) -> list[LaneState]:
        """Return the lanes in which something waits, those with pages first, then the oldest."""
        rows = self._store.rows(
            "SELECT channel, lane, count(*), min(rank), min(kept_at) FROM outbox"
            " GROUP BY channel, lane ORDER BY min(rank), min(kept_at)"
        )
        return [
            LaneState(
                channel=row[0],
                lane=row[1],
                waiting=row[2],
                page=row[3] == _PAGE_RANK,
                kept_at=row[4],
            )
            for row in rows
        ]

    def take(self, channel: str, lane: str, now_ns: int, room: int) -> Parcel | None:
        """Return what to send next in a lane, marked as being sent; None if nothing waits.

        Pages go first, one by one. Where more of them wait than are a burst, or than the `room`
        that there is for messages now, or more than a burst of others and no page, all that waits
        becomes one digest: a page's place in a queue must not cost it its five seconds.
        """
        settings = self._settings
        ahead = self._waiting(channel, lane, "rank, id", settings.burst + 1)
        if not ahead:
            return None
        pages = sum(row.rank == _PAGE_RANK for row in ahead)
        burst = min(settings.page_burst, max(1, room)) if pages else settings.burst
        flood = (pages or len(ahead)) > burst
        rows = self._waiting(channel, lane, "id", -1) if flood else ahead[:1]
        if len(rows) == 1:
            one = _decoder.decode(rows[0].body)
        else:
            one = fold((_decoder.decode(row.body) for row in rows), now_ns=now_ns)
        if any(row.sending for row in rows):
            one = replace(one, notes=[*one.notes, AGAIN])
        ids = [row.id for row in rows]
        self._set("sending = 1", ids)
        return Parcel(channel=channel, rows=ids, notification=one)

    def _waiting(self, channel: str, lane: str, order: str, most: int) -> list[_Row]:
        rows = self._store.rows(
            f"SELECT id, rank, sending, body FROM outbox WHERE {_IN_LANE}"  # noqa: S608 - our own names
            f" ORDER BY {order} LIMIT ?",
            *(channel, lane, most),
        )
        return [_Row(*row) for row in rows]

    def sent(self, parcel: Parcel) -> None:
        """Forget what has arrived, or what another channel has taken over."""
        ids = [(row,) for row in parcel.rows]
        self._store.run_many("DELETE FROM outbox WHERE id = ?", ids)

    def held_back(self, parcel: Parcel) -> None:
        """Let what certainly didn't arrive wait again."""
        self._set("sending = 0", parcel.rows)

    def pages_to_pass_on(self, channel: str, lane: str, to: str) -> list[int]:
        """Return the rows of pages that no other channel has.

        The end of a page is not among them unless `to` was told of the page: it would be no news.
        """
        rows = self._store.rows(
            f"SELECT id FROM outbox WHERE {_IN_LANE} AND rank = ? AND passed_on = 0"  # noqa: S608 - our own names
            " AND (ends = 0 OR EXISTS (SELECT 1 FROM told"
            " WHERE told.group_key = outbox.group_key AND told.channel = ?)) ORDER BY id",
            *(channel, lane, _PAGE_RANK, to),
        )
        return [row for (row,) in rows]

    def pass_on(self, rows: Sequence[int], channel: str, note: str, now_ns: int) -> int:
        """Give copies of rows to another channel, each once; return how many were given.

        What was passed on stays where it was, too: that channel still owes it.
        """
        given = []
        for row in rows:
            found = self._store.rows("SELECT body FROM outbox WHERE id = ? AND passed_on = 0", row)
            if found:
                one = _decoder.decode(found[0][0])
                notes = [*one.notes, note]
                self._put(channel, replace(one, receiver=channel, notes=notes), now_ns)
                given.append(row)
        self._set("passed_on = 1", given)
        self._bound(channel, now_ns)
        return len(given)

    def _set(self, change: str, rows: Sequence[int]) -> None:
        statement = f"UPDATE outbox SET {change} WHERE id = ?"  # noqa: S608 - our own names
        self._store.run_many(statement, [(row,) for row in rows])
