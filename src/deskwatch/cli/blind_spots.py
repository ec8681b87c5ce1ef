"""What a configuration that can be used leaves unwatched, or untold, as it stands."""

import difflib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from deskwatch.app import App
from deskwatch.config import Config
from deskwatch.config.lines import KeyPath
from deskwatch.config.problem import written_key
from deskwatch.config.rules_file import default_rules_file
from deskwatch.config.tables.limits import AccountLimits
from deskwatch.config.values import Table
from deskwatch.core.limit import LIMIT_KINDS
from deskwatch.core.notification import SEVERITIES
from deskwatch.core.wording import counted
from deskwatch.rules.load import load
from deskwatch.rules.promql.plan import Node, Select, children
from deskwatch.rules.rule import AlertRule, RuleFile

#: What the engine alone shows, and so what nobody else can.
_OURS: Final = ("desk_", "deskwatch_")
_LISTED: Final = 3
#: Labels that samples have besides their family's: of a histogram, or given by Prometheus.
_GIVEN: Final = ("__name__", "le", "quantile", "job", "instance")

#: The labels that samples have, by their name.
Exported = Mapping[str, tuple[str, ...]]


def blind_spots(config: Config, app: App) -> Iterator[str]:
    """Yield each in a line. app: by that configuration, and not run."""
    if app.alerting.notifier.untold is not None:
        yield f"nobody will be told of any alert: {app.alerting.notifier.untold}"
    yield from _switched_off(config)
    yield from _unlimited(config)
    for table, followed in (("files", config.files), ("logs", config.logs)):
        for name, one in followed.items():
            if not os.path.isfile(one.path):  # noqa: PTH113  Path's raises in a folder that is shut
                key = written_key((table, name, "path"))
                yield f"{key}: {_in_place_of_a_file(one.path)}: {one.path}"
    if config.rules.files == [default_rules_file()]:
        return
    files = load(config.rules.files)
    yield from _left_out(files)
    for left in (one for file in files for one in file.unsupported):
        yield f"{left.file}:{left.line} ({left.rule}): left to Prometheus: {left.construct}"
    yield from doubtful(files, app.may_show())


def _switched_off(config: Config) -> Iterator[str]:
    """Yield what is set of a channel that there isn't: what switches it on may have been lost."""
    for name, table, switch in (
        ("telegram", config.telegram, "token"),
        ("alertmanager", config.alertmanager, "url"),
    ):
        without: Table = type(table)()
        said = [
            key for key in type(table).model_fields if getattr(table, key) != getattr(without, key)
        ]
        if said and getattr(table, switch) is None:
            keys = ", ".join(written_key((name, key)) for key in said)
            yield f"{keys}: found without {name}.{switch}, so that nothing comes of it"


def _in_place_of_a_file(path: Path) -> str:
    if os.path.isdir(path):  # noqa: PTH112  as above
        return "found a folder; expected a file, each with a table of its own"
    if not {"*", "?", "["}.isdisjoint(path.name):
        return "found a pattern; expected a file, each with a table of its own"
    return "found no such file yet; expected what is written"


def _unlimited(config: Config) -> Iterator[str]:
    """Yield each account to which limits on money say nothing: they are in another currency."""
    limits, ours = config.limits, config.books.reporting_currency
    default = limits.default
    tables: dict[KeyPath, Table] = {
        ("default", "strategy"): default.strategy,
        ("default", "venue"): default.venue,
        ("default", "instrument"): default.instrument,
        **{("venues", name): own for name, own in limits.venues.items()},
        **{
            ("instruments", venue, symbol): own
            for venue, others in limits.instruments.items()
            for symbol, own in others.items()
        },
    }
    for name, account in config.accounts.items():
        if account.reporting_currency in (None, ours):
            continue
        own = limits.accounts.get(name, AccountLimits())
        lacking = [
            ("default", "account", kind) for kind in _money(default.account) - _money(own)
        ] + [(*path, kind) for path, table in tables.items() for kind in _money(table)]
        if lacking:
            keys = ", ".join(sorted(written_key(("limits", *path)) for path in lacking))
            yield (
                f"accounts.{name}: found {account.reporting_currency}, so that {keys} say nothing "
                f"to it; expected {ours}, or limits of its own"
            )


def _money(table: Table) -> set[str]:
    return {
        kind for kind in table.model_dump(exclude_none=True) if LIMIT_KINDS[kind].unit == "money"
    }


def doubtful(files: Iterable[RuleFile], exported: Exported) -> Iterator[str]:
    """Yield each rule that is told, or can come true, as its author can't have meant.

    exported: the labels of all samples that an engine may show.
    """
    recorded = {rule.name for file in files for rule in file.rules}
    for file in files:
        for rule in file.rules:
            where = f"{file.path}:{rule.line} ({rule.group}/{rule.name})"
            doubts = (one for plan in rule.plans for one in _never(plan, exported, recorded))
            for doubt in dict.fromkeys(doubts):
                yield f"{where}: {doubt}"
            if isinstance(rule, AlertRule):
                yield from (f"{where}: {doubt}" for doubt in _severity(rule))


def _severity(rule: AlertRule) -> Iterator[str]:
    label = rule.labels.get("severity")
    if label is not None and "{{" not in label.source and label.source not in SEVERITIES:
        yield (
            f'found severity "{label.source}", which wakes nobody; '
            f"expected {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}"
        )


def _left_out(files: Iterable[RuleFile]) -> Iterator[str]:
    ours = default_rules_file()
    there = {rule.name for file in files for rule in file.rules}
    lacking = [name for name in _names(ours) if name not in there]
    if lacking:
        more = len(lacking) - _LISTED
        listed = ", ".join(lacking[:_LISTED]) + (f" and {more} more" if more > 0 else "")
        yield (
            f"rules.files: without {counted(len(lacking), 'rule')} of {ours}, so nobody is told of "
            f"what they watch: {listed}"
        )


def _names(file: Path) -> Iterator[str]:
    for one in load([file]):
        yield from dict.fromkeys(rule.name for rule in one.rules)


def _never(node: Node, exported: Exported, recorded: Collection[str]) -> Iterator[str]:
    """Yield what an expression selects and can't ever find."""
    if isinstance(node, Select) and node.metric is not None and node.metric not in recorded:
        metric = node.metric
        if metric in exported:
            for one in node.matchers:
                if one.name not in {*exported[metric], *_GIVEN} and not one.test(""):
                    expected = " or ".join(exported[metric]) or "none"
                    yield f"found {metric} by {one.name}, which it never has; expected {expected}"
        elif metric.startswith(_OURS):
            expected = " or ".join(difflib.get_close_matches(metric, exported, 2))
            expected = expected or "a metric of docs/metrics.md"
            yield f"found {metric}, which is never there; expected {expected}"
    for child in children(node):
        yield from _never(child, exported, recorded)
