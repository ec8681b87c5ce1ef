"""A rule engine over hand-set series and a hand-set clock."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from deskwatch.core.alert import Alert
from deskwatch.rules.engine import RuleEngine, RuleSettings
from deskwatch.rules.samples import Pairs, Samples, Source
from tests.rules.script import read_series

S = 1_000_000_000
START = 1_767_225_600 * S  # 2026-01-01, a round time for windows


class Shown:
    """What a desk would show; `set` shows a series, `gone` takes a metric away."""

    def __init__(self) -> None:
        self.metrics: dict[str, dict[Pairs, float]] = {}

    def names(self) -> Iterable[str]:
        return list(self.metrics)

    def series(self, name: str) -> Iterable[tuple[Pairs, float]]:
        return list(self.metrics[name].items())

    def set(self, series: str, value: float) -> None:
        """Show a series given as `name{label="value"}`."""
        labels, _ = read_series(series)
        pairs = dict(labels)
        name = pairs.pop("__name__")
        self.metrics.setdefault(name, {})[tuple(sorted(pairs.items(), reverse=True))] = value

    def gone(self, name: str) -> None:
        del self.metrics[name]


def record(samples: Samples, now: int, source: Source, names: Iterable[str] | None = None) -> None:
    """Take what the source shows at `now` (ms) in one go; names: only these metrics."""
    every = {*source.names(), *samples.names()}
    for _ in samples.recording(now, source, every if names is None else names):
        pass


class Rig:
    """An engine with one file of rules; times are in seconds after START."""

    def __init__(self, folder: Path, rules: str, settings: RuleSettings | None = None) -> None:
        self.file = folder / "alerts.yml"
        self.file.write_text(rules)
        self.now = START
        self.shown = Shown()
        self.settings = settings
        self.engine = self.start()

    def start(self) -> RuleEngine:
        """Start another engine over the same file and series: a restart."""
        self.engine = RuleEngine([self.file], self.shown, lambda: self.now, self.settings)
        return self.engine

    def at(self, seconds: float, series: Mapping[str, float] | None = None) -> dict[str, str]:
        """Show series, evaluate, and return the state of each alert by its labels."""
        self.now = START + round(seconds * S)
        for name, value in (series or {}).items():
            self.shown.set(name, value)
        self.alerts = looked(self.engine, self.engine.look_at_all(self.now))
        return states(self.alerts)

    def at_event(self, seconds: float) -> list[Alert]:
        """Evaluate what was touched; return all alerts."""
        return looked(self.engine, self.engine.look_at_touched(START + round(seconds * S)))

    def until(
        self, first: int, last: int, series: Mapping[str, float] | None = None
    ) -> list[Alert]:
        """Evaluate each second; return the alerts that changed, in order."""
        changed: list[Alert] = []
        for second in range(first, last + 1):
            self.at(second, series)
            changed += [alert for alert in self.alerts if alert.changed]
        return changed


def looked(engine: RuleEngine, steps: Iterable[None]) -> list[Alert]:
    """Take a look's steps to its end; return all alerts as they stand then."""
    for _ in steps:
        pass
    return engine.alerts()


def states(alerts: Iterable[Alert]) -> dict[str, str]:
    """Return `name{labels}` and state of each alert."""
    return {shown(alert): alert.state for alert in alerts}


def shown(alert: Alert) -> str:
    others = {name: value for name, value in alert.labels.items() if name != "alertname"}
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(others.items()))
    return f"{alert.name}{{{inside}}}"
