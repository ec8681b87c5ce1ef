"""What Alertmanager holds, and what it keeps quiet of it."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.alert import Alert, fingerprint
from deskwatch.core.notification import Retry
from deskwatch.notify.alertmanager import Alertmanager

_ALERTS: Final = "api/v2/alerts"


class Muted(Struct, frozen=True):
    """silenced_by: the ids of silences. inhibited: whether another alert explains it."""

    silenced_by: list[str]
    inhibited: bool


class HeldAlert(Struct, frozen=True):
    """What Alertmanager does with an alert.

    silenced_by: the ids of silences. inhibited: whether another alert explains it. is_quiet:
    whether it isn't told now, also because of the time of day. receivers: who else would be told.
    """

    silenced_by: list[str]
    inhibited: bool
    is_quiet: bool
    receivers: frozenset[str]


class _Status(Struct):
    silencedBy: list[str] = []  # noqa: N815 - Alertmanager's own name
    inhibitedBy: list[str] = []  # noqa: N815 - Alertmanager's own name
    mutedBy: list[str] = []  # noqa: N815 - Alertmanager's own name, since 0.28


class _Receiver(Struct):
    name: str


class _Held(Struct):
    labels: dict[str, str]
    status: _Status
    receivers: list[_Receiver] = []


async def held(alertmanager: Alertmanager) -> dict[str, HeldAlert]:
    """Return what fires there, by the fingerprint of the labels there. Raises Retry, Permanent."""
    body = await alertmanager.ask("GET", _ALERTS)
    try:
        found = msgspec.json.decode(body, type=list[_Held])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Retry(f"a bad answer: {error}") from None
    return {fingerprint(one.labels): _shown(one) for one in found}


def _shown(one: _Held) -> HeldAlert:
    status = one.status
    return HeldAlert(
        silenced_by=status.silencedBy,
        inhibited=bool(status.inhibitedBy),
        is_quiet=bool(status.silencedBy or status.inhibitedBy or status.mutedBy),
        receivers=frozenset(receiver.name for receiver in one.receivers),
    )


async def muted(alertmanager: Alertmanager, alerts: Iterable[Alert]) -> dict[str, Muted]:
    """Return, by our fingerprint, what Alertmanager says of these alerts.

    One that it doesn't hold isn't there. Raises Retry, Permanent.
    """
    known = await held(alertmanager)
    found: dict[str, Muted] = {}
    for alert in alerts:
        one = known.get(fingerprint(alertmanager.labels(alert.labels)))
        if one is not None:
            found[alert.fingerprint] = Muted(one.silenced_by, one.inhibited)
    return found
