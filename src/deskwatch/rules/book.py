"""The rules in force: what they need, which wait for events, and their alerts' lives."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.period import HOUR
from deskwatch.core.watch import Watch
from deskwatch.rules.alerting import ALERTS, ALERTS_FOR_STATE, Held, Life
from deskwatch.rules.needs import Need, is_still, needs
from deskwatch.rules.promql.build import NOTHING
from deskwatch.rules.rule import AlertRule, Group, RecordRule, Rule, RuleFile

#: Downtime after which a pending alert's clock starts anew; a firing one is kept in any case.
OUTAGE_NS: Final = HOUR

#: What tells a rule from others, over reloads and restarts: group, name, labels as written, and
#: a number for rules that agree in all of these.
Key = tuple[str, str, tuple[tuple[str, str], ...], int]


class _Saved(Struct):
    """A rule's alerts as they are put away."""

    key: Key
    held: list[Held]


class _State(Struct):
    """All alerts as they are put away. saved_at: ns UTC. watch: in which they were seen."""

    saved_at: int
    rules: list[_Saved]
    watch: Watch | None = None


class RuleBook:
    """The groups of some files, and the lives of their alerts. key_of: each rule's key.

    still: the rules whose expressions give what they gave, until a sample that they read changes.
    """

    def __init__(self, files: Iterable[RuleFile], event_driven: Iterable[str] = ()) -> None:
        self.groups: tuple[Group, ...] = tuple(group for file in files for group in file.groups)
        self.rules: tuple[Rule, ...] = tuple(rule for group in self.groups for rule in group.rules)
        self.key_of = dict(_keys(self.rules))
        self.needs = {rule: needs(rule.plans) for rule in self.rules}
        recorded = {rule.name for rule in self.rules if isinstance(rule, RecordRule)}
        recorded |= {ALERTS, ALERTS_FOR_STATE}
        self.still = frozenset(rule for rule in self.rules if is_still(rule.plan, recorded))
        #: The metrics that each rule reads, of those that anybody asked for.
        self._read: dict[Rule, set[str]] = {rule: set() for rule in self.rules}
        self._asked: set[str] = set()
        self.lives = {
            self.key_of[rule]: Life(rule) for rule in self.rules if isinstance(rule, AlertRule)
        }
        self._driven_by = self._reached(set(event_driven))

    def all_needs(self) -> list[Need]:
        """Return what all rules need of the past."""
        return [need for own in self.needs.values() for need in own]

    def driven_by(self, rule: Rule) -> frozenset[str]:
        """Return the event-driven metrics that a rule reads, itself or through recorded ones."""
        return self._driven_by[rule]

    def metrics_of(self, rules: Collection[Rule], names: Iterable[str]) -> set[str]:
        """Return which of these metrics any of these rules reads.

        Asked for all metrics many times a second, so that what selectors may meet is kept.
        """
        among = set(names)
        new = among - self._asked
        self._asked |= new
        for rule, own in self.needs.items() if new else ():
            self._read[rule] |= {
                name for name in new if any(need.select.may_meet(name) for need in own)
            }
        read: set[str] = set()
        return among & read.union(*(self._read[rule] for rule in rules))

    def horizon_ns(self, rule: Rule) -> int:
        """Return how far back a rule looks, through the recording rules it reads."""
        return self._horizon_ms(rule, frozenset()) * 1_000_000

    def adopt(self, lives: dict[Key, Life]) -> dict[Key, Life]:
        """Let rules go on with the alerts they had; return the lives of rules that are no more."""
        retired: dict[Key, Life] = {}
        for key, life in lives.items():
            own = self.lives.get(key)
            if own is None:
                life.settled_at = 0
                retired[key] = life
            else:
                life.go_on_as(own.rule)
                self.lives[key] = life
        return retired

    def dump(self, now: int, watch: Watch | None) -> bytes:
        """Return all alerts as JSON. watch: in which they were seen."""
        saved = [_Saved(key, list(life.held.values())) for key, life in self.lives.items()]
        return msgspec.json.encode(_State(now, [rule for rule in saved if rule.held], watch))

    def restore(self, state: bytes, now: int) -> tuple[dict[Key, Life], Watch]:
        """Take alerts put away by `dump`.

        Returns the lives of those whose rules are no more, and the watch that begins now.
        The clock of a pending alert stood still while we were down: nobody saw its series then.
        Raises msgspec.DecodeError, UnicodeDecodeError for anything that `dump` didn't write.
        """
        put_away = msgspec.json.decode(state, type=_State)
        down = max(now - put_away.saved_at, 0)
        retired: dict[Key, Life] = {}
        for saved in put_away.rules:
            life = self.lives.get(saved.key)
            if life is None:
                life = retired[saved.key] = Life(_nothing(saved.key))
            else:
                life.settled_at = now + min(self.horizon_ns(life.rule), OUTAGE_NS)
            for held in saved.held:
                if held.state == "pending" and down > OUTAGE_NS:
                    continue
                if held.state == "pending":
                    held.active_at += down
                life.held[tuple(sorted(held.labels.items()))] = held
        seen_in = put_away.watch or Watch()
        return retired, seen_in.followed(put_away.saved_at, now)

    def slept(self, asleep: int) -> None:
        """Let the clocks of pending alerts stand still for so long (ns): nobody saw them."""
        for life in self.lives.values():
            for held in list(life.held.values()):
                if held.state == "pending":
                    held.active_at += asleep

    def _horizon_ms(self, rule: Rule, seen: frozenset[Rule]) -> int:
        own = max((need.horizon_ms for need in self.needs[rule]), default=0)
        fed_by = [
            self._horizon_ms(recording, seen | {rule})
            for recording in self.rules
            if isinstance(recording, RecordRule)
            and recording not in seen | {rule}
            and self.metrics_of((rule,), (recording.name,))
        ]
        return own + max(fed_by, default=0)

    def _reached(self, names: set[str]) -> dict[Rule, frozenset[str]]:
        """Return the event-driven metrics that each rule reads, itself or through others."""
        reached: dict[Rule, frozenset[str]] = {}
        through: dict[str, frozenset[str]] = {}
        for rule in self.rules:
            own = frozenset(self.metrics_of((rule,), names))
            own = own.union(*(through[name] for name in self.metrics_of((rule,), through)))
            reached[rule] = own
            if isinstance(rule, RecordRule):
                through[rule.name] = through.get(rule.name, frozenset()) | own
        return reached


def _keys(rules: Iterable[Rule]) -> Iterator[tuple[Rule, Key]]:
    seen: Counter[tuple[str, str, tuple[tuple[str, str], ...]]] = Counter()
    for rule in rules:
        labels = {
            name: label if isinstance(label, str) else label.source
            for name, label in rule.labels.items()
        }
        shape = (rule.group, rule.name, tuple(sorted(labels.items())))
        yield rule, (*shape, seen[shape])
        seen[shape] += 1


def _nothing(key: Key) -> AlertRule:
    """Return a rule that stands for one that is no more, so that its alerts can be resolved."""
    group, name, _, _ = key
    return AlertRule(
        line=0,
        group=group,
        name=name,
        expression="",
        plan=NOTHING,
        for_ns=0,
        keep_firing_for_ns=0,
        labels={},
        annotations={},
    )
