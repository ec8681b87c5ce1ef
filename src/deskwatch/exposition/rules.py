"""How the rules fare: files, evaluations, failures, and how soon an event became an alert."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.families import Families


class RuleFigures(Protocol):
    """What the rule engine knows of itself."""

    @property
    def reload_successful(self) -> bool:
        """Whether the newest reading of the files went well."""
        ...

    @property
    def unsupported(self) -> Sequence[tuple[str, str]]:
        """Rules left to Prometheus, and the construct that can't be evaluated."""
        ...

    @property
    def failures(self) -> Mapping[tuple[str, ...], int]:
        """Evaluations that failed, by rule."""
        ...

    @property
    def alerts(self) -> Mapping[tuple[str, ...], int]:
        """Alerts that are pending or fire, by name, severity and state."""
        ...

    @property
    def evaluation_seconds(self) -> Histogram:
        """How long evaluations took."""
        ...

    @property
    def event_to_alert_seconds(self) -> Histogram:
        """From an event's time to the alert that it led to."""
        ...


class RuleCollector:
    """The metrics of the rules."""

    def __init__(self, figures: RuleFigures) -> None:
        self._figures = figures
        families = self.families = Families()
        self._reload = families.gauge(
            "deskwatch_rules_reload_successful",
            "1 when the rule files were taken the last time, 0 when the old rules are kept.",
        )
        self._unsupported = families.gauge(
            "deskwatch_rule_unsupported",
            "Always 1; a rule that only a Prometheus evaluates, and why.",
            ("rule", "construct"),
        )
        self._failures = families.counter(
            "deskwatch_rule_evaluation_failures_total",
            "Evaluations that failed; the alerts of the rule stay as they were.",
            ("rule",),
        )
        self._alerts = families.gauge(
            "deskwatch_alerts",
            "Alerts that the engine's own rules have found.",
            ("name", "severity", "state"),
        )
        self._evaluation = families.histogram(
            "deskwatch_rule_evaluation_seconds",
            "How long the rules took, at each tick and after events.",
            unit="seconds",
        )
        self._event_to_alert = families.histogram(
            "deskwatch_event_to_alert_seconds",
            "From an event's own time to the alert that it led to, without the rule's own `for`.",
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        figures = self._figures
        self._reload.replace({(): figures.reload_successful})
        self._unsupported.replace(dict.fromkeys(figures.unsupported, 1))
        self._failures.replace(figures.failures)
        self._alerts.replace(figures.alerts)
        self._evaluation.set((), figures.evaluation_seconds)
        self._event_to_alert.set((), figures.event_to_alert_seconds)
