"""A notification as plain text, for channels that know nothing better."""

from collections.abc import Sequence
from typing import Final

from deskwatch.core.alert import ALERT_NAME, Alert
from deskwatch.core.notification import Notification
from deskwatch.core.wording import moment
from deskwatch.notify.drill import DRILL, is_drill, marked
from deskwatch.notify.grouping import ended, own_labels, valued
from deskwatch.notify.on_call import on_call

_MAX_ALERTS: Final = 20
_MAX_TEXT: Final = 300


def title(one: Notification, simulated: frozenset[str] = frozenset()) -> str:
    """Return one line: how bad, what, how many; and whether nothing real has happened."""
    word = "RESOLVED" if one.status == "resolved" else one.severity.upper()
    word = f"{DRILL}{word}" if is_drill(one, simulated) else word
    name = one.common_labels.get(ALERT_NAME, "alerts")
    firing = sum(one.firing.values())
    count = firing + one.resolved
    if count == 1:
        return f"{word}: {name}"
    told = (
        f"{firing:,} firing, {one.resolved:,} ended" if 0 < firing < count else f"{count:,} alerts"
    )
    return f"{word}: {name} ({told})"


def body(
    one: Notification,
    page_url: str,
    contacts: Sequence[str] = (),
    *,
    simulated: frozenset[str] = frozenset(),
) -> str:
    """Return a line for each alert, up to a bound, the notes, who is on call, and where to look.

    simulated: accounts that trade nothing real. Where all of it is about one, the title says so,
    and nobody is to be called; else each line does.
    """
    drill = is_drill(one, simulated)
    apart = frozenset() if drill else simulated
    lines = [marked(_line(alert), alert, apart) for alert in one.alerts[:_MAX_ALERTS]]
    hidden = sum(one.firing.values()) + one.resolved - len(lines)
    if hidden > 0:
        lines.append(f"and {hidden:,} more")
    lines += one.notes
    if asked := "" if drill else on_call(one, contacts):
        lines.append(asked)
    runbooks = {alert.annotations.get("runbook_url", "") for alert in one.alerts} - {""}
    if len(runbooks) == 1:
        lines.append(f"Runbook: {runbooks.pop()}")
    if page_url:
        lines.append(f"Page: {page_url}")
    return "\n".join(lines)


def _line(alert: Alert) -> str:
    named = f"{alert.name} {own_labels(alert)}".rstrip()
    summary = alert.annotations.get("summary") or valued(named, alert)
    fired = moment(alert.fired_at or alert.active_at)
    text = f"{ended(alert)}{' '.join(summary.split())[:_MAX_TEXT]}"
    word = "fired" if alert.state == "resolved" else "since"
    return f"{text} ({word} {fired})"
