"""The boards as Grafana gets them, and what is asked of them in a test."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "grafana" / "dashboards"

Model = dict[str, Any]


class Query(NamedTuple):
    """One query of a panel of a board."""

    board: str
    panel: str
    ref: str
    datasource: str
    expr: str
    legend: str

    @property
    def filled(self) -> str:
        """The expression with every variable filled in."""
        return filled(self.expr)


def filled(expr: str, step_minutes: int = 5) -> str:
    """Return an expression as Grafana asks it with all chosen."""
    expr = expr.replace("$__interval_ms", str(step_minutes * 60_000))
    expr = re.sub(r"\$__interval\b", f"{step_minutes}m", expr)
    expr = re.sub(r"\$__(rate_interval|range)\b", "5m", expr)
    return re.sub(r"\$\w+", ".*", expr)


def models() -> dict[str, Model]:
    """Return every dashboard by its file's name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels(model: Model) -> list[Model]:
    """Return the panels that show something: rows are none."""
    return [panel for panel in model["panels"] if panel["type"] != "row"]


def queries(datasource: str) -> Iterator[Query]:
    """Yield every query of every panel that asks this datasource."""
    for name, model in models().items():
        for panel in panels(model):
            for target in panel["targets"]:
                if target["datasource"]["uid"] == datasource:
                    yield Query(
                        name,
                        panel["title"],
                        target["refId"],
                        datasource,
                        target["expr"],
                        target["legendFormat"],
                    )


class Choice(NamedTuple):
    """One variable of a board: the values of a label that these metrics have."""

    name: str
    label: str
    metrics: Sequence[str]


def choices(model: Model) -> list[Choice]:
    """Return what can be chosen on a board."""
    return [choice(variable) for variable in model["templating"].get("list", ())]


def choice(variable: Model) -> Choice:
    asked = re.fullmatch(
        r'label_values\((?:(\w+)|\{__name__=~"([\w|]+)"\}), (\w+)\)', variable["definition"]
    )
    assert asked
    assert variable["definition"] == variable["query"]["query"]
    return Choice(variable["name"], asked[3], (asked[1] or asked[2]).split("|"))
