"""An alert's life: pending, firing, resolved; one rule's alerts from evaluation to evaluation.

The states and their clocks are Prometheus': an alert is pending until its series has been there
for the rule's `for`, goes on firing for `keep_firing_for` after it is gone, and stays known for
15 minutes after it is resolved, so that who missed the news can still be told.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct

from deskwatch.core.alert import ALERT_NAME, Alert, AlertState, fingerprint
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.rules.promql.labels import (
    METRIC_NAME,
    NO_LABELS,
    Labels,
    labels_of,
    shown,
    without_name,
)
from deskwatch.rules.promql.vector import PromqlError, Vector
from deskwatch.rules.rule import AlertRule
from deskwatch.rules.template import Query, Template
from deskwatch.rules.template_functions import TemplateFailed

#: How long a resolved alert is still told of.
RESOLVED_RETENTION_NS: Final = 15 * MINUTE

#: The metrics that stand for active alerts.
ALERTS: Final = "ALERTS"
ALERTS_FOR_STATE: Final = "ALERTS_FOR_STATE"


class Held(Struct, kw_only=True):
    """What is kept of an alert, also over a restart. Times are ns UTC; see `core.alert.Alert`.

    gone_at: when a firing alert's series went away, while `keep_firing_for` holds it. value: None
    where JSON had no number for it; the next evaluation has.
    """

    labels: dict[str, str]
    annotations: dict[str, str]
    fingerprint: str
    value: float | None
    state: AlertState = "pending"
    active_at: int
    fired_at: int | None = None
    resolved_at: int | None = None
    gone_at: int | None = None
    event_time: int | None = None


class Finding(NamedTuple):
    """A series that an alerting rule's expression gave. labels: the alert's.

    told: the value that labels and annotations were written for.
    """

    labels: Labels
    annotations: dict[str, str]
    value: float
    told: float


class Life:
    """One rule's alerts. settled_at: until then, a missing series proves nothing.

    looked_at: when the rule was evaluated last (ns UTC); 0 before that.
    After a restart the history that a rule looks back on has to be seen again; until it has been,
    alerts that were there before go on.
    """

    def __init__(self, rule: AlertRule) -> None:
        self.rule = rule
        self.settled_at = 0
        self.looked_at = 0
        self.held: dict[Labels, Held] = {}
        self.found: dict[Labels, Finding] = {}
        self._changed: set[Labels] = set()

    def go_on_as(self, rule: AlertRule) -> None:
        """Let the alerts go on under a rule that has been read anew."""
        self.rule = rule
        self.found = {}

    def update(self, now: int, found: dict[Labels, Finding], event_time: int | None) -> None:
        """Take what the rule's expression gives now, by the series that gave it.

        event_time: of the newest event since the last time; None where only time has passed.
        """
        self.found, self.looked_at = found, now
        for finding in found.values():
            self._find(finding, now, event_time)
        there = {finding.labels for finding in found.values()}
        for labels, held in list(self.held.items()):
            if labels in there:
                held.gone_at = None
                self._ripen(labels, held, now)
            elif held.state == "resolved" or now >= self.settled_at:
                self._end(labels, held, now)

    def _find(self, finding: Finding, now: int, event_time: int | None) -> None:
        held = self.held.get(finding.labels)
        if held is not None and held.state != "resolved":
            held.value, held.annotations = finding.value, finding.annotations
            held.active_at = min(held.active_at, now)  # the clock may have been set back
            return
        labels = dict(finding.labels)
        self.held[finding.labels] = Held(
            labels=labels,
            annotations=finding.annotations,
            fingerprint=fingerprint(labels),
            value=finding.value,
            active_at=now,
            event_time=event_time,
        )
        self._changed.add(finding.labels)

    def _ripen(self, labels: Labels, held: Held, now: int) -> None:
        ripe = now - held.active_at >= self.rule.for_ns
        if held.state == "pending" and ripe:
            held.state, held.fired_at = "firing", now
            self._changed.add(labels)
        elif held.state == "firing" and not ripe:  # a reload has made `for` longer
            held.state, held.fired_at = "pending", None
            self._changed.add(labels)

    def _end(self, labels: Labels, held: Held, now: int) -> None:
        if held.state == "pending":
            del self.held[labels]
        elif held.state == "firing":
            held.gone_at = now if held.gone_at is None else min(held.gone_at, now)
            if now - held.gone_at >= self.rule.keep_firing_for_ns:
                held.state, held.resolved_at = "resolved", now
                self._changed.add(labels)
        elif held.resolved_at is None or now - held.resolved_at > RESOLVED_RETENTION_NS:
            del self.held[labels]

    @property
    def has_news(self) -> bool:
        """Whether an alert has changed since `alerts` was asked last."""
        return bool(self._changed)

    def alerts(self) -> list[Alert]:
        """Return the alerts as they stand; a change of state is told once."""
        changed, self._changed = self._changed, set()
        return [
            Alert(
                name=self.rule.name,
                labels=held.labels,
                annotations=held.annotations,
                state=held.state,
                value=held.value,
                active_at=held.active_at,
                fired_at=held.fired_at,
                gone_at=held.gone_at,
                resolved_at=held.resolved_at,
                event_time=held.event_time,
                generator=f"{self.rule.group}/{self.rule.name}",
                fingerprint=held.fingerprint,
                changed=labels in changed,
            )
            for labels, held in self.held.items()
        ]

    def series(self) -> Vector:
        """Return ALERTS and ALERTS_FOR_STATE, as Prometheus writes them for each active alert."""
        out: Vector = {}
        for labels, held in self.held.items():
            if held.state == "resolved":
                continue
            state = {METRIC_NAME: ALERTS, "alertstate": held.state}
            out[labels_of(dict(labels) | state)] = 1.0
            since = float(held.active_at // SECOND)
            out[labels_of(dict(labels) | {METRIC_NAME: ALERTS_FOR_STATE})] = since
        return out


def findings(
    life: Life, value: float | Vector, external: dict[str, str], query: Query, *, anew: bool
) -> dict[Labels, Finding]:
    """Return an evaluation's series with the labels and annotations of their alerts filled in.

    query: answers what templates ask. anew: whether those are written anew that were there before
    with another value, or ask. Raises PromqlError when two series give the same alert.
    """
    vector = {NO_LABELS: value} if isinstance(value, float) else value
    found: dict[Labels, Finding] = {}
    alerts: set[Labels] = set()
    for labels, number in vector.items():
        finding = life.found.get(labels)
        if finding is None or (anew and (finding.told != number or life.rule.asked)):
            finding = _finding(life.rule, labels, number, external, query)
        elif finding.value != number:
            finding = finding._replace(value=number)
        if finding.labels in alerts:
            raise PromqlError(f"two series give the same alert {shown(finding.labels)}")
        alerts.add(finding.labels)
        found[labels] = finding
    return found


def _finding(
    rule: AlertRule, labels: Labels, value: float, external: dict[str, str], query: Query
) -> Finding:
    known = dict(labels)
    own = dict(without_name(labels))
    own |= _expanded(rule.labels.items(), known, value, external, query)
    own[ALERT_NAME] = rule.name
    annotations = _expanded(rule.annotations.items(), known, value, external, query)
    return Finding(labels_of(own), annotations, value, told=value)


def _expanded(
    templates: Iterable[tuple[str, Template]],
    labels: dict[str, str],
    value: float,
    external: dict[str, str],
    query: Query,
) -> dict[str, str]:
    """Return the texts; one that fails says so, since an ill-worded alert beats none."""
    texts: dict[str, str] = {}
    for name, template in templates:
        try:
            texts[name] = template.expand(labels, value, external, query)
        except TemplateFailed as failed:
            texts[name] = f"<error expanding template: {failed}>"
    return texts
