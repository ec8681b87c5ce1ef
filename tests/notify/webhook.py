"""Alertmanager's webhook as 0.25 and later write it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from deskwatch.core.alert import Alert
from tests.notify.desk import SECOND


def webhook(
    *alerts: Alert, group_labels: Mapping[str, str] | None = None, truncated: int = 0
) -> bytes:
    """Return what is posted of a group; that of one page unless its labels are given."""
    labels = alerts[0].labels if group_labels is None else group_labels
    firing = any(one.state == "firing" for one in alerts)
    body = {
        "receiver": "deskwatch",
        "status": "firing" if firing else "resolved",
        "alerts": [_posted(one) for one in alerts],
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://localhost:9093",
        "version": "4",
        "groupKey": f"{{}}/{{}}:{_written(sorted(labels.items()))}",
        "truncatedAlerts": truncated,
    }
    return json.dumps(body).encode()


def _posted(alert: Alert) -> dict[str, object]:
    ended = alert.state == "resolved"
    return {
        "status": "resolved" if ended else "firing",
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": _time(alert.fired_at or alert.active_at),
        "endsAt": _time(alert.resolved_at or 0) if ended else "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "c49a8e0c2d1f6a3b",
    }


def _written(labels: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns / SECOND, UTC).isoformat().replace("+00:00", "Z")
