"""What the bot must remember: its messages, its buttons, how fast it has been, whom it refused."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.period import MINUTE, SECOND
from deskwatch.notify.store import Store
from deskwatch.notify.telegram.bot import Posted

_MAX_MESSAGES: Final = 20_000
_MAX_BUTTONS: Final = 5_000
_MAX_REFUSED: Final = 1_000
_OFFSET: Final = "telegram offset"


class ButtonTarget(Struct, frozen=True):
    """What a message's buttons act on: its groups, and the labels that a silence would match.

    done: the lines that stand below the message by now, of what was done about it. acknowledged:
    whether it needs no button for that any more.
    """

    groups: list[str]
    labels: dict[str, str]
    done: list[str] = []
    acknowledged: bool = False


def message_of(store: Store, group: str, lane: str) -> Posted | None:
    """Return the message that told of a group last."""
    query = "SELECT chat, message FROM messages WHERE group_key = ? AND lane = ?"
    rows = store.rows(query, group, lane)
    return Posted(*rows[0]) if rows else None


def is_digest(store: Store, posted: Posted, lane: str) -> bool:
    """Return whether a message tells of several groups."""
    query = "SELECT 1 FROM messages WHERE lane = ? AND chat = ? AND message = ? LIMIT 2"
    return len(store.rows(query, lane, posted.chat, posted.message)) > 1


def keep_message(store: Store, groups: Sequence[str], lane: str, posted: Posted, at: int) -> None:
    """Remember which message told of these groups; the oldest are forgotten."""
    rows = [(group, lane, posted.chat, posted.message, at) for group in groups]
    store.run_many("REPLACE INTO messages VALUES (?, ?, ?, ?, ?)", rows)
    store.run(
        "DELETE FROM messages WHERE at <"
        " (SELECT at FROM messages ORDER BY at DESC LIMIT 1 OFFSET ?)",
        _MAX_MESSAGES,
    )


def forget_message(store: Store, group: str, lane: str) -> None:
    """Forget a message that is no longer there."""
    store.run("DELETE FROM messages WHERE group_key = ? AND lane = ?", group, lane)


def keep_button(store: Store, target: ButtonTarget, at: int) -> int:
    """Return the key by which buttons find what they act on; the oldest are forgotten.

    It comes from the clock, in ms: one that was given while nothing could be kept, and that the
    file doesn't know, is under a message for good, and must act on nothing else.
    """
    ((last,),) = store.rows("SELECT coalesce(max(key), 0) FROM buttons")
    key = max(int(last) + 1, at * 1000 // SECOND)
    store.run("INSERT INTO buttons VALUES (?, ?)", key, msgspec.json.encode(target))
    store.run(
        "DELETE FROM buttons WHERE key <="
        " (SELECT key FROM buttons ORDER BY key DESC LIMIT 1 OFFSET ?)",
        _MAX_BUTTONS,
    )
    return key


def button_target(store: Store, key: int) -> ButtonTarget | None:
    """Return what the buttons with this key act on; None where that is not known any more."""
    rows = store.rows("SELECT body FROM buttons WHERE key = ?", key)
    try:
        return msgspec.json.decode(rows[0][0], type=ButtonTarget) if rows else None
    except msgspec.DecodeError:  # a row that a disk has damaged
        return None


def keep_done(store: Store, key: int, said: str, *, acknowledged: bool) -> ButtonTarget | None:
    """Remember what was done by the buttons with this key; return them, unless forgotten since."""
    target = button_target(store, key)
    if target is None:
        return None
    done = target.done if said in target.done else [*target.done, said]
    target = replace(target, done=done, acknowledged=acknowledged or target.acknowledged)
    store.run("UPDATE buttons SET body = ? WHERE key = ?", msgspec.json.encode(target), key)
    return target


def keep_send(store: Store, chat: str, at: int) -> None:
    """Remember for a minute that something was sent, so that a restart stays within the limits."""
    store.run("INSERT INTO sends VALUES (?, ?)", chat, at)
    store.run("DELETE FROM sends WHERE at < ? OR at > ?", at - MINUTE, at)


def recent_sends(store: Store, now: int) -> list[tuple[str, int]]:
    """Return chats and times of what was sent within a minute, oldest first, none after `now`."""
    rows = store.rows("SELECT lane, at FROM sends WHERE at > ? ORDER BY at", now - MINUTE)
    return [(chat, min(at, now)) for chat, at in rows]


def refuse(store: Store, actor: int, at: int) -> bool:
    """Note that someone was refused; return whether it is the first time."""
    if store.rows("SELECT 1 FROM refused WHERE actor = ?", actor):
        return False
    store.run("INSERT INTO refused VALUES (?, ?)", actor, at)
    store.run(
        "DELETE FROM refused WHERE at < (SELECT at FROM refused ORDER BY at DESC LIMIT 1 OFFSET ?)",
        _MAX_REFUSED,
    )
    return True


def offset(store: Store) -> int:
    """Return the number of the next update."""
    return store.mark(_OFFSET)


def keep_offset(store: Store, number: int) -> None:
    """Remember the number of the next update."""
    store.set_mark(_OFFSET, number)


def moved_to(store: Store, chat: int | str) -> int | None:
    """Return the number of the supergroup that a group has become."""
    return store.mark(f"telegram moved {chat}") or None


def keep_moved(store: Store, chat: int | str, new: int) -> None:
    """Remember that a group has become a supergroup."""
    store.set_mark(f"telegram moved {chat}", new)
