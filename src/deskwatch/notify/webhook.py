"""What Alertmanager posts of a group of alerts: its webhook, version 4."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from deskwatch.core.alert import ALERT_NAME, Alert, fingerprint
from deskwatch.core.notification import PAGE
from deskwatch.notify.grouping import GivenGroup, group_key, severity

#: What made an alert that no engine has told us of.
GENERATOR: Final = "alertmanager"

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


class BadWebhook(ValueError):
    """It is no webhook that we know."""


class _Posted(Struct):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    startsAt: datetime  # noqa: N815 - Alertmanager's own name
    endsAt: datetime  # noqa: N815 - Alertmanager's own name
    annotations: dict[str, str] = {}


class _Webhook(Struct):
    version: Literal["4"]
    groupKey: str  # noqa: N815 - Alertmanager's own name
    groupLabels: dict[str, str]  # noqa: N815 - Alertmanager's own name
    alerts: list[_Posted]
    truncatedAlerts: int = 0  # noqa: N815 - Alertmanager's own name


class Told(Struct, frozen=True):
    """A group as Alertmanager tells of it: its alerts that fire, and those that have just ended."""

    group: GivenGroup
    alerts: list[Alert]


_decoder: Final = msgspec.json.Decoder(_Webhook)


def read(body: bytes) -> Told:
    """Return what a webhook tells. Raises BadWebhook.

    A group of one page has the key that the engine itself gives it. Any other is told apart by
    Alertmanager's own key, since two of its routes can make groups of the same labels.
    """
    try:
        posted = _decoder.decode(body)
    except (ValueError, RecursionError) as error:
        raise BadWebhook(str(error)) from None
    alerts = [_alert(one) for one in posted.alerts]
    paged = any(severity(alert.labels) == PAGE for alert in alerts)
    alone = paged and all(alert.labels == posted.groupLabels for alert in alerts)
    named = posted.groupLabels if alone else {"groupKey": posted.groupKey}
    left_out = posted.truncatedAlerts
    note = f"Alertmanager left {left_out:,} more of this group out." if left_out else ""
    key = group_key(named, paged=paged)
    return Told(GivenGroup(key, posted.groupLabels, paged, note), alerts)


def _alert(posted: _Posted) -> Alert:
    started = _ns(posted.startsAt)
    return Alert(
        name=posted.labels.get(ALERT_NAME, ""),
        labels=posted.labels,
        annotations=posted.annotations,
        state=posted.status,
        value=None,
        active_at=started,
        fired_at=started,
        resolved_at=_ns(posted.endsAt) if posted.status == "resolved" else None,
        generator=GENERATOR,
        fingerprint=fingerprint(posted.labels),
        changed=True,
    )


def _ns(time: datetime) -> int:
    """Return ns UTC. A time without a zone is none of Alertmanager's. Raises BadWebhook."""
    if time.tzinfo is None:
        raise BadWebhook(f"found {time.isoformat()}; expected a time with its zone")
    return (time - _EPOCH) // timedelta(microseconds=1) * 1000
