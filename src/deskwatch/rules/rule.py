"""Rules as a file gives them, ready to be evaluated."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from deskwatch.rules.promql.plan import Node
from deskwatch.rules.template import Template


class AlertRule(Struct, frozen=True, eq=False, kw_only=True):
    """A rule whose every series is an alert. Durations are in ns.

    line: where it begins in its file. asked: what its templates ask of the samples, whatever the
    alert.
    """

    line: int
    group: str
    name: str
    expression: str
    plan: Node
    for_ns: int
    keep_firing_for_ns: int
    labels: dict[str, Template]
    annotations: dict[str, Template]
    asked: tuple[Node, ...] = ()

    @property
    def plans(self) -> tuple[Node, ...]:
        """All that is evaluated for it."""
        return (self.plan, *self.asked)


class RecordRule(Struct, frozen=True, eq=False, kw_only=True):
    """A rule whose series are recorded as a metric. line: where it begins in its file."""

    line: int
    group: str
    name: str
    expression: str
    plan: Node
    labels: dict[str, str]

    @property
    def plans(self) -> tuple[Node, ...]:
        """All that is evaluated for it."""
        return (self.plan,)


Rule = AlertRule | RecordRule


class Group(Struct, frozen=True, kw_only=True):
    """Rules evaluated together, in order. interval_ns: None for each tick; limit: 0 is none."""

    name: str
    interval_ns: int | None
    limit: int
    rules: tuple[Rule, ...]


class Unsupported(NamedTuple):
    """A rule that is left to Prometheus, and the construct it is left for."""

    file: str
    line: int
    rule: str
    construct: str


class RuleFile(Struct, frozen=True):
    """A rules file that has been read whole."""

    path: Path
    groups: tuple[Group, ...]
    unsupported: tuple[Unsupported, ...]

    @property
    def rules(self) -> Iterator[Rule]:
        """Those that are evaluated, in the file's order."""
        return (rule for group in self.groups for rule in group.rules)


class Problem(NamedTuple):
    """A mistake in a rules file. rule: empty where it lies in none; line: 0 for the whole file."""

    file: str
    line: int
    rule: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        rule = f" ({self.rule})" if self.rule else ""
        return f"{where}{rule}: found {self.found}; expected {self.expected}"


class RulesInvalid(Exception):
    """Rules files that can't be taken; problems: at least one, in the order they stand."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
