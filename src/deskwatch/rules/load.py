"""Prometheus rule files, read with the lines that mistakes are on."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import yaml

from deskwatch.rules.duration import parse_duration
from deskwatch.rules.promql.build import NOTHING, UnsupportedPromql
from deskwatch.rules.promql.build import parse as parse_promql
from deskwatch.rules.promql.labels import METRIC_NAME, is_label_name
from deskwatch.rules.promql.plan import Node
from deskwatch.rules.promql.vector import PromqlError
from deskwatch.rules.rule import (
    AlertRule,
    Group,
    Problem,
    RecordRule,
    Rule,
    RuleFile,
    RulesInvalid,
    Unsupported,
)
from deskwatch.rules.template import Template
from deskwatch.rules.template import parse as parse_template
from deskwatch.rules.template_query import asked
from deskwatch.rules.template_syntax import TemplateInvalid, TemplateUnsupported
from deskwatch.rules.yaml_node import Fields, Mistake, compose, entries, fail, line_of, pairs, text

_GROUP: Final = frozenset({"name", "interval", "query_offset", "limit", "labels", "rules"})
_ALERT: Final = frozenset({"alert", "expr", "for", "keep_firing_for", "labels", "annotations"})
_RECORD: Final = frozenset({"record", "expr", "labels"})
_METRIC_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def load(paths: Iterable[Path]) -> tuple[RuleFile, ...]:
    """Return the files' rules. Raises RulesInvalid with every file's problems."""
    files: list[RuleFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(_File(path).read(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 0, "", str(error), "a readable file"))
        except RulesInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise RulesInvalid(tuple(problems))
    return tuple(files)


class _File:
    """One file as it is read: a rule with a mistake doesn't hide those after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._unsupported: list[Unsupported] = []
        self._rule = ""

    def read(self, source: str) -> RuleFile:
        """Return the file's rules. Raises RulesInvalid."""
        groups: tuple[Group, ...] = ()
        try:
            groups = tuple(self._groups(compose(source)))
        except Mistake as mistake:
            self._note(mistake)
        if self._problems:
            raise RulesInvalid(tuple(self._problems))
        return RuleFile(self._path, groups, tuple(self._unsupported))

    def _note(self, mistake: Mistake) -> None:
        self._problems.append(
            Problem(str(self._path), mistake.line, self._rule, mistake.found, mistake.expected)
        )

    def _groups(self, root: yaml.Node | None) -> Iterator[Group]:
        given = None if root is None else Fields(root, {"groups"}).get("groups")
        if given is None:
            # Prometheus takes it; but so is a file that is being written, and all alerts would end.
            raise Mistake(0, "no groups", "some, or `groups: []` where there are none")
        seen: set[str] = set()
        for node in entries(given):
            fields = Fields(node, _GROUP)
            name = fields.text("name")
            if not name or name in seen:
                fail(node, f"a group named {name!r}", "a name of its own for each group")
            seen.add(name)
            yield self._group(fields, name)

    def _group(self, fields: Fields, name: str) -> Group:
        interval_ms = fields.read("interval", parse_duration, 0)
        limit = fields.read("limit", _whole, 0)
        common = fields.get("labels")
        unsupported = ("query_offset",) if fields.get("query_offset") is not None else ()
        rules: list[Rule] = []
        for node in entries(fields.get("rules")):
            try:
                rule = self._read_rule(node, name, common, unsupported)
                rules += [] if rule is None else [rule]
            except Mistake as mistake:
                self._note(mistake)
        self._rule = ""
        return Group(
            name=name,
            interval_ns=interval_ms * 1_000_000 or None,
            limit=limit,
            rules=tuple(rules),
        )

    def _read_rule(
        self, node: yaml.Node, group: str, common: yaml.Node | None, unsupported: tuple[str, ...]
    ) -> Rule | None:
        """Return a rule; None when it is left to Prometheus."""
        self._rule = ""
        fields = Fields(node, _ALERT | _RECORD)
        name = fields.text("alert") or fields.text("record")
        self._rule = f"{group}/{name}"
        if ("alert" in fields) == ("record" in fields):
            fail(node, "both or neither of alert and record", "one of them")
        if not name:
            fail(node, "a rule without a name", "a name")
        for left_out in sorted((_ALERT - _RECORD) if "record" in fields else ()):
            if left_out in fields:
                fail(node, f"{left_out!r} in a recording rule", "an alert for that")
        plan, constructs = self._plan(fields)
        constructs += unsupported
        make = self._alert if "alert" in fields else self._record
        rule, more = make(fields, group, name, plan, common)
        for construct in (*constructs, *more):
            self._unsupported.append(
                Unsupported(str(self._path), fields.line, self._rule, construct)
            )
        return None if constructs or more else rule

    def _plan(self, fields: Fields) -> tuple[Node, tuple[str, ...]]:
        expression = fields.get("expr")
        if expression is None or not text(expression).strip():
            fail(fields.node, "no expr", "an expression")
        try:
            return parse_promql(text(expression)), ()
        except UnsupportedPromql as unsupported:
            return NOTHING, unsupported.constructs
        except PromqlError as error:
            fail(expression, f"{text(expression)!r}", f"PromQL ({error})")

    def _alert(
        self, fields: Fields, group: str, name: str, plan: Node, common: yaml.Node | None
    ) -> tuple[AlertRule, tuple[str, ...]]:
        constructs: list[str] = []
        labels = _templates(common, constructs, names="labels")
        labels |= _templates(fields.get("labels"), constructs, names="labels")
        annotations = _templates(fields.get("annotations"), constructs, names="annotations")
        queried = tuple(_asked((*labels.items(), *annotations.items()), constructs))
        rule = AlertRule(
            line=fields.line,
            group=group,
            name=name,
            expression=fields.text("expr"),
            plan=plan,
            for_ns=fields.read("for", parse_duration, 0) * 1_000_000,
            keep_firing_for_ns=fields.read("keep_firing_for", parse_duration, 0) * 1_000_000,
            labels=labels,
            annotations=annotations,
            asked=queried,
        )
        return rule, tuple(constructs)

    def _record(
        self, fields: Fields, group: str, name: str, plan: Node, common: yaml.Node | None
    ) -> tuple[RecordRule, tuple[str, ...]]:
        if not _METRIC_NAME.fullmatch(name):
            fail(fields.node, f"the name {name!r}", "a metric's name")
        labels = {
            key: text(value)
            for node in (common, fields.get("labels"))
            for key, value in _named(node, names="labels")
        }
        rule = RecordRule(
            line=fields.line,
            group=group,
            name=name,
            expression=fields.text("expr"),
            plan=plan,
            labels=labels,
        )
        return rule, ()


def _named(node: yaml.Node | None, *, names: str) -> Iterator[tuple[str, yaml.Node]]:
    """Yield the entries of a mapping of labels or annotations, their names checked."""
    for key, value in () if node is None else pairs(node):
        if not is_label_name(key.value) or key.value == METRIC_NAME:
            fail(key, f"{key.value!r} among the {names}", "a label's name")
        yield key.value, value


def _templates(
    node: yaml.Node | None, unsupported: list[str], *, names: str
) -> dict[str, Template]:
    templates: dict[str, Template] = {}
    for name, value in _named(node, names=names):
        try:
            templates[name] = parse_template(text(value))
        except TemplateUnsupported as construct:
            unsupported.append(f"{construct} in {name}")
        except TemplateInvalid as invalid:
            raise Mistake(line_of(value), repr(text(value)), f"a template ({invalid})") from None
    return templates


def _asked(templates: Iterable[tuple[str, Template]], unsupported: list[str]) -> Iterator[Node]:
    """Yield the plans of what templates ask; what can't be asked here is left to Prometheus."""
    for name, own in templates:
        try:
            yield from asked(own)
        except TemplateUnsupported as construct:
            unsupported.append(f"{construct} in {name}")


def _whole(word: str) -> int:
    if not word.isdecimal():
        raise ValueError("a whole number")
    return int(word)
