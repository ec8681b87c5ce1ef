"""Notifications: what people are told about a group of alerts, and how a channel answers."""

from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.alert import Alert

Status = Literal["firing", "resolved"]

#: Why people are told now. "changed": something joined what fires; "eased": something ended and the
#: rest still fires. "flapping": it comes and goes, and is held from here on. "digest": one message
#: in the place of many.
Kind = Literal["new", "changed", "eased", "repeat", "resolved", "flapping", "escalated", "digest"]

#: The severities that rules use, worst first; any other word ranks after them.
SEVERITIES: Final = ("page", "warning", "info")
PAGE: Final = SEVERITIES[0]

#: A notification lists at most this many alerts; the counts cover them all.
MAX_LISTED: Final = 50


class Notification(Struct, frozen=True, kw_only=True):
    """One thing to tell through one channel; times are ns UTC.

    sequence: its number in the outbox, unique and rising. group_key: the group it is about; for a
    digest, a key of its own, and `groups` has those it stands for. receiver: the channel's name.
    severity: the worst of what fires in it, or of what has ended. alerts: at most MAX_LISTED, worst
    first. firing: how many fire, by severity. resolved: how many have ended. common_labels: what
    all its alerts share. first_at: since when the first of what fires does; where nothing does any
    more, when the first of what has ended fired. notes: sentences for the reader.
    """

    sequence: int
    group_key: str
    receiver: str
    kind: Kind
    status: Status
    severity: str
    alerts: list[Alert]
    firing: dict[str, int]
    resolved: int
    common_labels: dict[str, str]
    group_labels: dict[str, str]
    first_at: int
    created_at: int
    groups: list[str] = []
    notes: list[str] = []


class Retry(Exception):
    """Not now: try again. after_s: how long to wait at least; None leaves it to the outbox.

    ambiguous: the message may have arrived although no good answer came.
    """

    def __init__(self, why: str, *, after_s: float | None = None, ambiguous: bool = False) -> None:
        self.why = why
        self.after_s = after_s
        self.ambiguous = ambiguous
        super().__init__(why)


class Permanent(Exception):
    """It can't be delivered by this channel as it is configured; trying again soon won't help."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def severity_rank(severity: str) -> int:
    """Return 0 for the worst severity, rising."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
