"""How rules and notifications fare, in the shape that the exposition reads."""

from collections.abc import Mapping, Sequence

from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.engine.alerting import Alerting
from deskwatch.notify.figures import Result
from deskwatch.notify.relay import GroupResult


class AlertingFigures:
    """See exposition.rules.RuleFigures and exposition.notify.NotificationFigures."""

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting
        self._rules = alerting.rules
        self._dispatcher = alerting.notifier.dispatcher
        self._keeper = alerting.notifier.keeper
        self._relay = alerting.notifier.relay
        self._channels = alerting.notifier.channels
        self._polled = alerting.notifier.polled
        self._deadman = alerting.notifier.deadman
        self._event_to_alert = alerting.event_to_alert_seconds

    @property
    def reload_successful(self) -> bool:
        """Whether the newest reading of the files went well."""
        return self._rules.config_ok

    @property
    def unsupported(self) -> Sequence[tuple[str, str]]:
        """Rules left to Prometheus, and the construct that can't be evaluated."""
        return [(each.rule, each.construct) for each in self._rules.unsupported]

    @property
    def failures(self) -> Mapping[tuple[str, ...], int]:
        """Evaluations that failed, by rule; from 0, so that the first one is an increase."""
        failures: dict[tuple[str, ...], int] = {(rule.name,): 0 for rule in self._rules.rules}
        for (_, rule), count in self._rules.failures.items():
            failures[rule,] = failures.get((rule,), 0) + count
        return failures

    @property
    def alerts(self) -> Mapping[tuple[str, ...], int]:
        """Alerts that are pending or fire, by name, severity and state."""
        alerts: dict[tuple[str, ...], int] = {}
        for alert in self._alerting.current:
            key = (alert.name, alert.labels.get("severity", ""), alert.state)
            alerts[key] = alerts.get(key, 0) + 1
        return alerts

    @property
    def evaluation_seconds(self) -> Histogram:
        """How long evaluations took."""
        return self._rules.evaluation_seconds

    @property
    def event_to_alert_seconds(self) -> Histogram:
        """From an event's time to the alert that it led to."""
        return self._event_to_alert

    @property
    def channels(self) -> int:
        """How many channels people are told through."""
        return len(self._channels)

    @property
    def notifications(self) -> Mapping[tuple[str, ...], int]:
        """What became of notifications, by channel and result."""
        counted = self._dispatcher.figures.notifications
        results: tuple[Result, ...] = ("sent", "retried", "failed", "passed_on")
        return {
            (name, result): counted[name, result] for name in self._channels for result in results
        }

    @property
    def queue(self) -> Mapping[tuple[str, ...], int]:
        """How many wait, by channel."""
        queue = self._dispatcher.figures.queue
        return {(name,): queue.get(name, 0) for name in self._channels}

    @property
    def oldest_s(self) -> Mapping[tuple[str, ...], float]:
        """How long the oldest that waits has waited, by channel; 0 when none does."""
        now = self._dispatcher.clock()
        oldest = self._dispatcher.figures.oldest_at
        return {(name,): max(0, now - oldest.get(name, now)) / SECOND for name in self._channels}

    @property
    def folded(self) -> int:
        """How many notifications lost their own message to a digest because too many waited."""
        return self._dispatcher.figures.folded

    @property
    def alerts_overflowed(self) -> int:
        """How often an alert was not taken for want of room."""
        return self._dispatcher.figures.alerts_overflowed

    @property
    def groups(self) -> Mapping[tuple[str, ...], int]:
        """What became of Alertmanager's groups, by result; empty where none come."""
        if self._relay is None:
            return {}
        results: tuple[GroupResult, ...] = ("taken", "refused", "not_kept")
        return {(result,): self._relay.groups[result] for result in results}

    @property
    def told_directly(self) -> int | None:
        """How many pages didn't come back from Alertmanager; None where none would."""
        return None if self._relay is None else self._relay.told_directly

    @property
    def kept_on_disk(self) -> bool:
        """Whether what waits would survive a restart."""
        return self._keeper.trouble is None

    @property
    def telegram_polling(self) -> bool | None:
        """Whether a chat's buttons and commands are heard; None where that isn't known, or none."""
        return None if self._polled is None else self._polled.heard

    @property
    def telegram_requests(self) -> Mapping[tuple[str, ...], int]:
        """What became of buttons and commands, by result; empty without Telegram."""
        polled = self._polled
        if polled is None:
            return {}
        return {
            ("taken",): polled.actions.total(),
            ("refused",): polled.refused,
            ("unanswered",): polled.unanswered,
        }

    @property
    def deadman_reached(self) -> bool | None:
        """Whether the outside service answered the last ping; None before it, or without one."""
        return None if self._deadman is None else self._deadman.reached

    @property
    def deadman_pings(self) -> Mapping[tuple[str, ...], int]:
        """What became of the pings, by result; empty without an outside service."""
        if self._deadman is None:
            return {}
        return {(ping,): count for ping, count in self._deadman.pings.items()}
