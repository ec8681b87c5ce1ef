"""A notification as a message that is read on a phone's lock screen first."""

from collections.abc import Iterable, Sequence
from typing import Final

from deskwatch.core.alert import ALERT_NAME, Alert
from deskwatch.core.notification import Notification, severity_rank
from deskwatch.core.wording import counted, duration, moment
from deskwatch.notify.drill import DRILL, is_drill, marked
from deskwatch.notify.grouping import ended, own_labels, valued
from deskwatch.notify.on_call import on_call
from deskwatch.notify.telegram.html import (
    EMPTY,
    MAX_MESSAGE,
    Piece,
    bold,
    clean,
    clip,
    lines,
    link,
    plain,
)

_MAX_ALERTS: Final = 15
_MAX_LINE: Final = 200
_MAX_NAME: Final = 60
_MAX_LABELS: Final = 300
_MAX_DETAIL: Final = 600
_FOOT: Final = 400
_MAX_CONTACTS: Final = 700  # as many as [oncall] takes: half a telephone number helps nobody
_SPACE: Final = Piece(" ", 1)
_BULLET: Final = Piece("• ", 2)
_SEPARATOR: Final = Piece(" · ", 3)

_DAY: Final = "%Y-%m-%d"
_COUNTED: Final = ("page", "warning")
_WORDS: Final = {
    "repeat": "STILL ",
    "flapping": "FLAPPING ",
    "escalated": "NOT ACKNOWLEDGED ",
}


def render(
    notification: Notification,
    page_url: str,
    *,
    simulated: frozenset[str] = frozenset(),
    contacts: Sequence[str] = (),
) -> str:
    """Return the message as HTML: how bad, what, how much, since when, and where to look.

    simulated: accounts that trade nothing real. Where all of it is about one, the first word says
    so, and nobody is to be called; else each line does. contacts: who is on call.
    """
    one = notification
    drill = is_drill(one, simulated)
    single = one.alerts[0] if len(one.alerts) == 1 and _count(one) == 1 else None
    if single is not None:
        body = _single(single)
    else:
        body = _several(one, frozenset() if drill else simulated)
    foot = _foot(one, page_url, "" if drill else on_call(one, contacts))
    top = lines([_head(one, DRILL if drill else ""), *body], MAX_MESSAGE - foot.units - 1)
    return lines([top, foot]).html


def _count(one: Notification) -> int:
    return sum(one.firing.values()) + one.resolved


def _head(one: Notification, mark: str) -> Piece:
    name = one.common_labels.get(ALERT_NAME, "")
    count = _count(one)
    if one.kind == "digest":
        return bold(f"{mark}DIGEST: {_counted(one)}{': ' if name else ''}{name}", _MAX_LINE)
    word = "RESOLVED" if one.status == "resolved" else one.severity.upper()
    head = bold(f"{mark}{_WORDS.get(one.kind, '')}{word}: {name or 'alerts'}", _MAX_LINE)
    return head if count == 1 else head.then(_SPACE, plain(f"({_counted(one)})"))


def _counted(one: Notification) -> str:
    ordered = sorted(one.firing.items(), key=lambda item: severity_rank(item[0]))
    firing = [
        counted(count, severity) if severity in _COUNTED else f"{count:,} {severity}"
        for severity, count in ordered
    ]
    if len(firing) == 1 and one.kind != "digest":
        firing = [f"{sum(one.firing.values()):,}"]
    parts = [f"{', '.join(firing)} firing"] if firing else []
    if one.resolved:
        parts.append(f"{one.resolved:,} ended")
    return ", ".join(parts) or "nothing fires"


def _single(alert: Alert) -> Iterable[Piece]:
    yield plain(f"{ended(alert)}{_summary(alert)}", _MAX_DETAIL)
    yield plain(alert.annotations.get("description", ""), _MAX_DETAIL)
    yield plain(own_labels(alert), _MAX_LABELS)
    yield plain(_when(alert))


def _several(one: Notification, simulated: frozenset[str]) -> Iterable[Piece]:
    # Of what is over, "since" would be read as since when it is.
    word = "fired" if one.status == "resolved" else "since"
    yield plain(f"{word} {moment(one.first_at)}")
    for alert in one.alerts[:_MAX_ALERTS]:
        yield _bullet(one, alert, simulated)
    hidden = _count(one) - min(len(one.alerts), _MAX_ALERTS)
    if hidden > 0:
        yield plain(f"and {hidden:,} more")


def _bullet(one: Notification, alert: Alert, simulated: frozenset[str]) -> Piece:
    """Return a line about one alert of several: it has what the head and the foot do not say."""
    begin, what = EMPTY, marked(f"{ended(alert)}{_summary(alert)}", alert, simulated)
    if ALERT_NAME not in one.common_labels:
        how_bad = f"{ended(alert)}{alert.labels.get('severity', '')}"
        name = clip(clean(alert.name), _MAX_NAME)
        runbook = link(name, alert.annotations.get("runbook_url", ""))
        begin = plain(marked(how_bad, alert, simulated), _MAX_NAME)
        begin = begin.then(_SPACE, runbook) if begin.units else runbook
        what = f": {_summary(alert)}"
    when = _apart(one, alert)
    room = _MAX_LINE - begin.units - when.units - _BULLET.units
    return _BULLET.then(begin, plain(what, room), when)


def _apart(one: Notification, alert: Alert) -> Piece:
    """Return when it fired, unless that is the time that stands on top of them all."""
    fired = alert.fired_at or alert.active_at
    if moment(fired) == moment(one.first_at):
        return EMPTY
    word = "fired" if alert.state == "resolved" else "since"
    when = short_moment(fired, one.first_at, "%H:%M:%S")  # the zone stands on top, too
    return _SPACE.then(plain(f"({word} {when})"))


def _summary(alert: Alert) -> str:
    """Return what the rule says of it, or its value where the rule says nothing."""
    return alert.annotations.get("summary") or valued(own_labels(alert) or alert.name, alert)


def _when(alert: Alert) -> str:
    fired = alert.fired_at or alert.active_at
    if alert.state != "resolved" or alert.resolved_at is None:
        return f"since {moment(fired)}"
    return f"{moment(fired)} for {duration(alert.resolved_at - fired)}"


def _foot(one: Notification, page_url: str, asked: str) -> Piece:
    notes = lines([plain(note, _MAX_LINE) for note in one.notes], _FOOT)
    runbooks = {alert.annotations.get("runbook_url", "") for alert in one.alerts}
    runbook = runbooks.pop() if len(runbooks) == 1 else ""
    links = [link("Runbook", runbook)] if runbook else []
    if page_url:
        links.append(link("Page", page_url))
    joined = EMPTY
    for piece in links:
        joined = joined.then(_SEPARATOR, piece) if joined.units else piece
    return lines([notes, plain(asked, _MAX_CONTACTS), joined])


def short_moment(at: int, beside: int, form: str = "%H:%M:%S UTC") -> str:
    """Return a time in ns UTC, without its day where that is the one of `beside`: by `form`."""
    same_day = moment(at, _DAY) == moment(beside, _DAY)
    return moment(at, form) if same_day else moment(at)
