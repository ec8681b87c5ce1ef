"""Inhibition: what needn't be told while something worse that explains it fires."""

from collections.abc import Iterable, Mapping, Sequence

from deskwatch.notify.matcher import all_match
from deskwatch.notify.settings import Inhibition

Labels = Mapping[str, str]


class Inhibitors:
    """The firing alerts that keep others quiet, as of the last `update`."""

    def __init__(self, rules: Sequence[Inhibition]) -> None:
        self._rules = rules
        self._sources: list[set[tuple[str, ...]]] = [set() for _ in rules]

    def update(self, firing: Iterable[Labels]) -> bool:
        """Take the labels of all that fires; return whether anything changed for others."""
        sources: list[set[tuple[str, ...]]] = [set() for _ in self._rules]
        for labels in firing:
            for rule, shared in zip(self._rules, sources, strict=True):
                if all_match(rule.source, labels):
                    shared.add(_shared(rule, labels))
        changed = sources != self._sources
        self._sources = sources
        return changed

    def inhibits(self, labels: Labels) -> bool:
        """Return whether an alert needn't be told.

        What is both the source and the target of one rule is not inhibited by it: nothing keeps
        itself quiet.
        """
        return any(
            shared
            and all_match(rule.target, labels)
            and _shared(rule, labels) in shared
            and not all_match(rule.source, labels)
            for rule, shared in zip(self._rules, self._sources, strict=True)
        )


def _shared(rule: Inhibition, labels: Labels) -> tuple[str, ...]:
    return tuple(labels.get(name, "") for name in rule.equal)
