"""Which alerts are told together, and how a group of them becomes a notification."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from deskwatch.core.alert import ALERT_NAME, Alert, fingerprint
from deskwatch.core.notification import (
    MAX_LISTED,
    PAGE,
    SEVERITIES,
    Kind,
    Notification,
    severity_rank,
)
from deskwatch.core.wording import duration, figure

#: The generator of alerts that no rule has made; those of rules are "group/rule".
OWN_GENERATOR: Final = "deskwatch"


class GivenGroup(Struct, frozen=True):
    """Alerts that are told together. note: a sentence for whoever is told of it now."""

    key: str
    labels: dict[str, str]
    paged: bool
    note: str = ""


def severity(labels: Mapping[str, str]) -> str:
    """Return an alert's severity; one that names none is a warning."""
    return labels.get("severity") or SEVERITIES[1]


def group_labels(
    labels: Mapping[str, str], group_by: Sequence[str], simulated: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return the labels of the group that an alert belongs to; a page is a group by itself.

    simulated: accounts that are grouped apart: what a drill has made fire must not have a real
    alert wait for the group's next turn, nor be silenced together with it.
    """
    if severity(labels) == PAGE:
        return dict(labels)
    names = [*group_by, "account"] if labels.get("account") in simulated else group_by
    return {name: labels[name] for name in names if name in labels}


def group_key(labels: Mapping[str, str], *, paged: bool) -> str:
    """Return the key of a group with these labels; a page never shares one with another group."""
    return f"{'p' if paged else 'g'}{fingerprint(labels)}"


def own_group(
    labels: Mapping[str, str],
    group_by: Sequence[str],
    note: str = "",
    *,
    simulated: frozenset[str] = frozenset(),
) -> GivenGroup:
    """Return the group that an alert belongs to by our own grouping."""
    shared = group_labels(labels, group_by, simulated)
    paged = severity(labels) == PAGE
    return GivenGroup(group_key(shared, paged=paged), shared, paged, note)


def ended(alert: Alert) -> str:
    """Return what begins a text, in the present tense, of what has ended or no longer holds."""
    if alert.state != "resolved":
        return alert.until()
    if alert.resolved_at is None:
        return "ended: "
    return f"ended after {duration(alert.resolved_at - (alert.fired_at or alert.active_at))}: "


def valued(name: str, alert: Alert) -> str:
    """Return a name with the alert's value, where that is known."""
    return name if alert.value is None else f"{name} = {figure(alert.value)}"


def own_labels(alert: Alert) -> str:
    """Return the labels that tell an alert from the others of its rule, as they are read."""
    return " ".join(
        f"{name}={value}"
        for name, value in sorted(alert.labels.items())
        if name not in (ALERT_NAME, "severity")
    )


def common_labels(alerts: Sequence[Alert]) -> dict[str, str]:
    """Return the labels that all of them share."""
    if not alerts:
        return {}
    common = set(alerts[0].labels.items())
    for alert in alerts[1:]:
        common &= alert.labels.items()
    return dict(sorted(common))


def worst_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Return what fires before what has ended, pages first, then the newest first."""
    return sorted(
        alerts,
        key=lambda alert: (
            alert.state == "resolved",
            severity_rank(severity(alert.labels)),
            -(alert.fired_at or alert.active_at),
            sorted(alert.labels.items()),
        ),
    )


def notification(
    alerts: Sequence[Alert],
    *,
    key: str,
    labels: dict[str, str],
    kind: Kind,
    receiver: str,
    sequence: int,
    now_ns: int,
    notes: Sequence[str] = (),
) -> Notification:
    """Return what is told of a group's alerts. `alerts` must not be empty."""
    assert alerts
    firing = [alert for alert in alerts if alert.state != "resolved"]
    return Notification(
        sequence=sequence,
        group_key=key,
        receiver=receiver,
        kind=kind,
        status="firing" if firing else "resolved",
        severity=min((severity(alert.labels) for alert in firing or alerts), key=severity_rank),
        alerts=worst_first(alerts)[:MAX_LISTED],
        firing=dict(Counter(severity(alert.labels) for alert in firing)),
        resolved=len(alerts) - len(firing),
        common_labels=common_labels(alerts),
        group_labels=labels,
        first_at=min(alert.fired_at or alert.active_at for alert in firing or alerts),
        created_at=now_ns,
        groups=[key],
        notes=list(notes),
    )
