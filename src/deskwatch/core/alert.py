"""Alerts: what a rule has found, from the first look to the end."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.wording import moment

AlertState = Literal["pending", "firing", "resolved"]

#: The label that names the rule, on every alert.
ALERT_NAME: Final = "alertname"

_SEPARATOR = b"\xff"  # no UTF-8 text holds this byte, so no two label sets share their bytes


class Alert(Struct, frozen=True, kw_only=True):
    """One finding of one alerting rule, as it stands; times are ns UTC.

    labels: with `alertname`. value: the expression's, when last it held; None where it isn't known.
    active_at: when it first held without a gap. fired_at: when it had held for the rule's `for`;
    None before that. gone_at: when it no longer held; it may fire on by `keep_firing_for`.
    resolved_at: when a firing alert ended. event_time: the newest event that led to it, where that
    is known. generator: "group/rule". changed: whether this evaluation gave it its state.
    """

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    state: AlertState
    value: float | None
    active_at: int
    fired_at: int | None = None
    gone_at: int | None = None
    resolved_at: int | None = None
    event_time: int | None = None
    generator: str
    fingerprint: str
    changed: bool = False

    def until(self) -> str:
        """Return what begins the text of one that fires on: its figures are of when it held."""
        if self.state != "firing" or self.gone_at is None:
            return ""
        return f"until {moment(self.gone_at, '%H:%M:%S UTC')}: "

    def lateness_ns(self, now: int) -> int | None:
        """Return how long after its event it is told, at `now`; None where there is none.

        What its rule waits for on purpose, its `for`, is not late: it does not count.
        """
        if self.state != "firing" or self.event_time is None or self.fired_at is None:
            return None
        return max(0, now - self.event_time - (self.fired_at - self.active_at))


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return 16 hexadecimal digits that are the same for the same labels, in any order."""
    digest = blake2b(digest_size=8)
    for name, value in sorted(labels.items()):
        for text in (name, value):
            digest.update(text.encode())
            digest.update(_SEPARATOR)
    return digest.hexdigest()
