"""The rule engine: rules evaluated on a steady tick, and at once when an event asks for it."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from collections.abc import (
    Set as AbstractSet,
)
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import structlog
from msgspec import Struct

from deskwatch.core.alert import Alert
from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.core.watch import Watch
from deskwatch.rules.alerting import ALERTS, ALERTS_FOR_STATE, Life, findings
from deskwatch.rules.book import Key, RuleBook
from deskwatch.rules.load import load
from deskwatch.rules.pace import Pace, let_go_between
from deskwatch.rules.promql.evaluate import Semantics
from deskwatch.rules.promql.vector import PromqlError, Vector
from deskwatch.rules.recording import recorded_by
from deskwatch.rules.results import Result, Results
from deskwatch.rules.rule import (
    AlertRule,
    Group,
    RecordRule,
    Rule,
    RuleFile,
    RulesInvalid,
    Unsupported,
)
from deskwatch.rules.samples import Samples, Source
from deskwatch.rules.template_query import answer
from deskwatch.rules.touches import Touches

log = structlog.get_logger()


#: A rule that waits so long before it fires begins to wait in its group's turn, not at an event.
_LONG_NS: Final = 10 * SECOND


class RuleSettings(Struct, frozen=True, kw_only=True):
    """How rules are evaluated.

    tick_s: how often. event_driven: metrics whose change is looked at once. semantics: of PromQL;
    a subquery's default step should be the evaluation interval of the Prometheus beside us.
    external_labels: what templates see as `$externalLabels`. max_samples: 16 bytes each.
    """

    tick_s: float = 1.0
    event_driven: frozenset[str] = frozenset()
    semantics: Semantics = Semantics()
    external_labels: dict[str, str] = {}
    max_samples: int = 5_000_000


class RuleEngine:
    """Evaluates the rules of some files over a source's series; gives the alerts.

    config_ok, config_error: whether the newest reading of the files went well, and why not.
    unsupported: rules left to Prometheus. failures: by (group, rule). evaluation_seconds: of whole
    evaluations. samples: the history kept, with its own counts.
    """

    def __init__(
        self,
        files: Sequence[Path],
        source: Source,
        clock: Callable[[], int],
        settings: RuleSettings | None = None,
        instead: Path | None = None,
    ) -> None:
        """Read the files.

        instead: what is read where they are broken, until they are mended. Raises RulesInvalid
        where there is nothing to fall back on.
        """
        self.settings = settings or RuleSettings()
        self.samples = Samples(
            tick_ms=round(self.settings.tick_s * 1000), max_samples=self.settings.max_samples
        )
        self.config_ok = True
        self.config_error = ""
        self.unsupported: tuple[Unsupported, ...] = ()
        self.failures: Counter[tuple[str, str]] = Counter()
        self.evaluation_seconds = Histogram()
        self._failing: set[tuple[str, str]] = set()
        self._files = tuple(files)
        self._source = source
        self._clock = clock
        self._book = RuleBook(())
        self._retired: dict[Key, Life] = {}
        self._evaluated_at: dict[str, int] = {}
        self._results = Results(self._book, self.samples, self.settings.semantics)
        self._round: deque[Group] = deque()
        self._round_s = 0.0
        self._touches = Touches()
        try:
            self._take(load(self._files))
        except RulesInvalid as invalid:
            if instead is None:
                raise
            self._take(load([instead]))
            self._refuse(invalid)

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules in force, in the files' order."""
        return self._book.rules

    def reload(self) -> bool:
        """Read the files anew; whether they were taken. Files with a mistake change nothing.

        A rule with the same group, name and labels goes on with its alerts; those of a rule that
        is gone are resolved by the next evaluation.
        """
        try:
            self._take(load(self._files))
        except RulesInvalid as invalid:
            self._refuse(invalid)
            return False
        self.config_ok, self.config_error = True, ""
        log.info("rules_loaded", rules=len(self.rules), unsupported=len(self.unsupported))
        return True

    def _refuse(self, invalid: RulesInvalid) -> None:
        self.config_ok, self.config_error = False, str(invalid)
        log.error("rules_refused", problems=[str(problem) for problem in invalid.problems])

    def _take(self, files: Sequence[RuleFile]) -> None:
        book = RuleBook(files, self.settings.event_driven)
        self._retired = book.adopt({**self._retired, **self._book.lives})
        now_ms = self._clock() // 1_000_000
        for key in set(self._book.key_of.values()).difference(book.key_of.values()):
            self.samples.forget(key, now_ms)
        self._book = book
        self._round.clear()
        self._touches.forget_events()  # no rule of these was looked at since
        self._results = Results(book, self.samples, self.settings.semantics)
        self.unsupported = tuple(rule for file in files for rule in file.unsupported)
        self.samples.keep(book.all_needs())

    def touch(self, names: Iterable[str], event_time: int | None = None) -> bool:
        """Say that an event changed these metrics; whether a rule waits for any of them.

        event_time: the event's own, ns UTC. Returns at once; `run` evaluates soon after.
        """
        driven = self.settings.event_driven.intersection(names)
        self._touches.take(driven, event_time, self._clock())
        return bool(driven)

    def alerts(self) -> list[Alert]:
        """Return all alerts as they stand; a change of state is marked once."""
        lives = [*self._book.lives.values(), *self._retired.values()]
        return [alert for life in lives for alert in life.alerts()]

    def slept(self, asleep: int) -> None:
        """Take notice that nobody looked for so long (ns)."""
        self._book.slept(asleep)

    def dump(self, now: int, watch: Watch | None = None) -> bytes:
        """Return the alerts' state as JSON, for `restore` after a restart.

        watch: in which events are taken now.
        """
        return self._book.dump(now, watch)

    def restore(self, state: bytes, now: int) -> Watch:
        """Go on with the alerts of `dump`; return the watch that follows the one it was made in.

        Raises msgspec.DecodeError, UnicodeDecodeError for anything else.
        """
        retired, watch = self._book.restore(state, now)
        self._retired |= retired
        # A rule may read that its own alerts fire, as Prometheus reads it from its database.
        for key, life in self._book.lives.items():
            self.samples.write(now // 1_000_000, key, self._series(life))
        return watch

    async def run(
        self,
        deliver: Callable[[list[Alert]], Awaitable[None]],
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Evaluate every group in each tick, and soon after each `touch`, until cancelled.

        Groups take turns through the tick, as they do in Prometheus, so that what an event touches
        waits for the look at one of them at most. The loop is let go between metrics and rules.
        deliver: awaited with all alerts where any has changed, and after each round of the groups.
        prepare: awaited before each look, for whatever the source can do beforehand without
        holding it.
        """
        loop = asyncio.get_running_loop()
        pace = Pace(loop.time())
        steps, is_turn = self.look_at_all(self._clock()), True
        while True:
            worked_s = await let_go_between(steps)
            if self._has_news() or (is_turn and not self._round):
                await deliver(self.alerts())
            if is_turn:
                pace.turn_ended(loop.time(), self._apart_s())
            else:
                pace.look_ended(loop.time(), worked_s)
            await self._rest(pace)
            is_turn = pace.is_turn(loop.time(), touched=self._touches.are_any)
            if prepare is not None:
                await prepare()
            steps = (self._turn if is_turn else self.look_at_touched)(self._clock())

    def _apart_s(self) -> float:
        return self.settings.tick_s / max(1, len(self._book.groups))

    def _has_news(self) -> bool:
        lives = (*self._book.lives.values(), *self._retired.values())
        return any(life.has_news for life in lives)

    async def _rest(self, pace: Pace) -> None:
        """Wait for the next turn, or for a touch but not before a look may follow the last."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(pace.next_turn):
                await self._touches.wait()
                await asyncio.sleep(pace.next_look - asyncio.get_running_loop().time())

    def look_at_all(self, now: int) -> Iterator[None]:
        """Evaluate each group that is due, in turn; a metric or a rule at a step."""
        book = self._book
        # Before the samples: what is touched while they are taken in may not be in them.
        touched = self._touches.settle()
        self._round = deque(book.groups)
        while self._book is book:
            yield from self._turn(now, touched)
            if not self._round:
                return

    def _turn(self, now: int, touched: AbstractSet[str] = frozenset()) -> Iterator[None]:
        """Look at the next group: all of it where it is due, else what was touched.

        Its metrics are taken in all the same: what looks back on them wants each tick of them.
        """
        book, began = self._book, perf_counter()
        self._round = self._round or deque(book.groups)
        if self._round:
            group = self._round.popleft()
            yield from self._take_in(book, group.rules, now)
            if self._book is not book:
                return  # a reload in between: the samples are those of other rules now
            yield from self._evaluate_due(group, now, touched)
        self._round_s += perf_counter() - began
        if not self._round:
            self._end_round(now)

    def _evaluate_due(
        self, group: Group, now: int, touched: AbstractSet[str] = frozenset()
    ) -> Iterator[None]:
        """Evaluate a group over the samples there are: all of it where it is due."""
        book, is_due = self._book, self._is_due(group, now)
        if is_due:
            self._evaluated_at[group.name] = now
        for rule in group.rules:
            if is_due or book.driven_by(rule) & touched:
                self._evaluate_rule(book, rule, group, now, anew=True)
                yield
                if self._book is not book:
                    return

    def _end_round(self, now: int) -> None:
        for life in self._retired.values():
            life.update(now, {}, None)
        self._retired = {key: life for key, life in self._retired.items() if life.held}
        self.evaluation_seconds.observe(self._round_s)
        self._round_s = 0.0

    def look_at_touched(self, now: int) -> Iterator[None]:
        """Evaluate the rules that wait for what was touched; a metric or a rule at a step."""
        book, began = self._book, perf_counter()
        touched = self._touches.settle()
        if not touched:
            return
        rules = [
            (group, rule)
            for group in book.groups
            for rule in group.rules
            if book.driven_by(rule) & touched and not _waits_long(rule)
        ]
        yield from self._take_in(book, [rule for _, rule in rules], now)
        for group, rule in rules:
            if self._book is not book:
                return
            if self._results.reads_news(rule):
                # Texts wait for the group's turn, where that comes within the tick.
                anew = group.interval_ns is not None
                self._evaluate_rule(book, rule, group, now, anew=anew)
                yield
        self.evaluation_seconds.observe(perf_counter() - began)

    def _take_in(self, book: RuleBook, rules: Collection[Rule], now: int) -> Iterator[None]:
        """Take in what the source shows of the metrics that these rules read."""
        names = book.metrics_of(rules, {*self._source.names(), *self.samples.names()})
        return self.samples.recording(now // 1_000_000, self._source, names)

    def _is_due(self, group: Group, now: int) -> bool:
        """Whether its interval is over; half a tick early is on time, a clock set back is due."""
        before = self._evaluated_at.get(group.name)
        if before is None or group.interval_ns is None or now < before:
            return True
        return now - before >= group.interval_ns - round(self.settings.tick_s * SECOND / 2)

    def _evaluate_rule(
        self, book: RuleBook, rule: Rule, group: Group, now: int, *, anew: bool
    ) -> None:
        """Evaluate one rule; where it fails, its alerts stay as they are.

        anew: whether the texts of alerts that are there are written anew.
        """
        at = now // 1_000_000
        try:
            value = self._results.result(rule, at)
            if isinstance(rule, RecordRule):
                recorded = recorded_by(rule, value)
                _check_limit(group, len(recorded))
            else:
                recorded = self._alerted(book, rule, group, value, now, anew=anew)
        except PromqlError as error:
            self._failed(rule, str(error))
        except Exception as bug:  # noqa: BLE001 - ours: the other rules go on watching the desk
            self._failed(rule, repr(bug), exc_info=True)
        else:
            self._failing.discard((rule.group, rule.name))
            self.samples.write(at, book.key_of[rule], recorded)

    def _failed(self, rule: Rule, error: str, *, exc_info: bool = False) -> None:
        if (rule.group, rule.name) not in self._failing:
            about = {"group": rule.group, "rule": rule.name, "error": error}
            log.error("rule_failed", exc_info=exc_info, **about)
        self._failing.add((rule.group, rule.name))
        self.failures[rule.group, rule.name] += 1

    def _alerted(
        self,
        book: RuleBook,
        rule: AlertRule,
        group: Group,
        value: Result,
        now: int,
        *,
        anew: bool,
    ) -> Vector:
        """Move the rule's alerts on; return the series that stand for them."""
        life = book.lives[book.key_of[rule]]
        event_time = self._touches.newest_event(book.driven_by(rule), life.looked_at)
        query = partial(answer, self._results.evaluation(now // 1_000_000))
        found = findings(life, value, self.settings.external_labels, query, anew=anew)
        try:
            _check_limit(group, len(found))
        except PromqlError:
            life.update(now, {}, None)  # as in Prometheus; and whoever was told hears the end
            raise
        life.update(now, found, event_time)
        return self._series(life)

    def _series(self, life: Life) -> Vector:
        """Return the series that stand for a rule's alerts, where any expression reads them."""
        is_read = self.samples.is_needed(ALERTS) or self.samples.is_needed(ALERTS_FOR_STATE)
        return life.series() if is_read else {}


def _waits_long(rule: Rule) -> bool:
    return isinstance(rule, AlertRule) and rule.for_ns >= _LONG_NS


def _check_limit(group: Group, count: int) -> None:
    if group.limit and count > group.limit:
        raise PromqlError(f"exceeded limit of {group.limit} with {count} series or alerts")
