"""What Alertmanager keeps quiet of what we told it."""

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


class _Status(Struct):
    silencedBy: list[str] = []  # noqa: N815 - Alertmanager's own name
    inhibitedBy: list[str] = []  # noqa: N815 - Alertmanager's own name


class _Held(Struct):
    labels: dict[str, str]
    status: _Status


async def muted(alertmanager: Alertmanager, alerts: Iterable[Alert]) -> dict[str, Muted]:
    """Return, by our fingerprint, what Alertmanager says of these alerts.

    One that it doesn't hold isn't there. Raises Retry, Permanent.
    """
    body = await alertmanager.ask("GET", _ALERTS)
    try:
        held = msgspec.json.decode(body, type=list[_Held])
    except msgspec.MsgspecError as error:
        raise Retry(f"a bad answer: {error}") from None
    known = {fingerprint(one.labels): one.status for one in held}
    found: dict[str, Muted] = {}
    for alert in alerts:
        status = known.get(fingerprint(alertmanager.labels(alert.labels)))
        if status is not None:
            found[alert.fingerprint] = Muted(status.silencedBy, bool(status.inhibitedBy))
    return found
