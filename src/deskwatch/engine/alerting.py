"""Rules over the engine's own series, and people told of what they find."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from msgspec import DecodeError, structs

from deskwatch.core.alert import Alert
from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.core.watch import Watch
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.engine.notifier import Notifier
from deskwatch.engine.phone import PhoneDesk
from deskwatch.engine.series import ExposedSeries
from deskwatch.engine.watched_files import watch_files
from deskwatch.exposition.registry import Registry
from deskwatch.own_thread import in_own_thread
from deskwatch.rules.engine import RuleEngine
from deskwatch.whole_file import replace_file

log = structlog.get_logger()

#: What an event may move at once: rules that name these don't wait for the tick.
MOVED_BY_EVENTS: Final = frozenset(
    {
        "desk_limit",
        "desk_limit_used",
        "desk_limit_utilization_ratio",
        "desk_limit_missing",
        "desk_limits_removed",
        "desk_circuit_breaker_state",
        "desk_circuit_breaker_recent_trips",
        "desk_circuit_breaker_recent_resets",
        "desk_kill_switch_cause",
        "desk_kill_switch_recent_releases",
    }
)

#: Moves only when something was executed beyond its quantity, or that was put right.
_EXECUTED: Final = "desk_filled_over_ordered_ratio"

_EVENT_DRIVEN: Final = MOVED_BY_EVENTS | {_EXECUTED}

#: The rules' state is kept this often while nothing changes, for the restart rule of `for`.
_KEEP_EVERY_NS: Final = 30 * SECOND

_STATE_FILE: Final = "rules-state.json"

#: How long a stop waits until the rules' state is kept.
_STOP_S: Final = 5.0


class Alerting:
    """Evaluates the rules and hands what they find to the notifier, until cancelled.

    No file in `folder` is touched before `open`.
    current: all alerts, as the rules found them last. event_to_alert_seconds: from an event's time
    to the alert that it led to.
    Raises RulesInvalid, BadAddress.
    """

    def __init__(
        self,
        folder: Path,
        registry: Registry,
        settings: AlertingSettings,
        desk: PhoneDesk,
        clock: Callable[[], int],
    ) -> None:
        self.event_to_alert_seconds = Histogram()
        self.current: list[Alert] = []
        self._state = folder / _STATE_FILE
        self.rules = RuleEngine(
            settings.rule_files,
            ExposedSeries(registry),
            clock,
            structs.replace(settings.rules, event_driven=_EVENT_DRIVEN),
            instead=settings.own_rules if self._state.exists() else None,
        )
        self.notifier = Notifier(folder, settings, desk, clock)
        #: Told the watch that follows the one in which the run before looked at the rules, before
        #: this one does; and asked for the one in which it looks.
        self.was_awake: Callable[[Watch], None] = _nobody_asks
        self.watch: Callable[[], Watch | None] = _nobody_watches
        #: Awaited before each look of the rules.
        self.prepare: Callable[[], Awaitable[None]] | None = None
        self._rule_files = settings.rule_files
        self._kept_at = 0
        self._to_keep: bytes | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._curve = desk.today
        self._clock = clock

    def booked(self, event_time: int, *, too_much: bool = False) -> None:
        """Take notice that events were booked, the newest of `event_time` (ns).

        too_much: what was executed beyond its quantity changed with them.
        """
        self.rules.touch(_EVENT_DRIVEN if too_much else MOVED_BY_EVENTS, event_time)

    async def open(self) -> None:
        """Take up what was told, and what waits; `run` lets go of it, else `keeper.close`."""
        await self.notifier.open()

    async def run(self) -> None:
        """Take up what the rules had found, then evaluate, tell and listen until cancelled."""
        untold = self.notifier.untold
        if untold is not None:
            log.warning("nobody_will_be_told", why=untold)
        try:
            await self._take_up()
            async with asyncio.TaskGroup() as parts:
                looking = self.rules.run(self._deliver, self.prepare)
                parts.create_task(looking, name="deskwatch-rules")
                watching = watch_files(self._rule_files, self.reload)
                parts.create_task(watching, name="deskwatch-rule-files")
                parts.create_task(self.notifier.run(), name="deskwatch-notifier")
        finally:
            if self._keeping is not None:
                await asyncio.wait({self._keeping}, timeout=_STOP_S)
                self._keeping.cancel()
            await self.notifier.close()

    async def _take_up(self) -> None:
        try:
            kept = await asyncio.to_thread(self._state.read_bytes)
            self.was_awake(self.rules.restore(kept, self._clock()))
        except FileNotFoundError:
            pass
        except (DecodeError, UnicodeDecodeError, OSError) as error:
            log.error("rules_state_unreadable", why=str(error))

    async def _deliver(self, alerts: list[Alert]) -> None:
        """Hand on alerts as they stand, and have the rules' state kept when it has changed."""
        now = self._clock()
        self.current = alerts
        self._curve.sample(now)
        changed = [alert for alert in alerts if alert.changed]
        self._measure(changed, now)
        await self.notifier.tell(alerts)
        if changed or now - self._kept_at > _KEEP_EVERY_NS:
            self._kept_at = now
            self._keep(self.rules.dump(now, self.watch()))

    def _keep(self, state: bytes) -> None:
        """Have the rules' state written, after the one before: a disk that hangs holds up no look.

        Of those that wait for the disk the newest is written.
        """
        self._to_keep = state
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()  # what a bug of ours has raised
            self._keeping = None
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_newest(), name="deskwatch-rules-state")

    async def _keep_newest(self) -> None:
        while self._to_keep is not None:
            state, self._to_keep = self._to_keep, None
            await in_own_thread(partial(_write, self._state, state))

    def _measure(self, changed: Iterable[Alert], now: int) -> None:
        for alert in changed:
            late = alert.lateness_ns(now)
            if late is not None:
                self.event_to_alert_seconds.observe(late / SECOND)

    def reload(self) -> bool:
        """Read the rule files anew; a broken one changes nothing. Say whether they were taken."""
        return self.rules.reload()


def _nobody_asks(_watch: Watch) -> None:
    """Take no notice of when the run before ended."""


def _nobody_watches() -> Watch | None:
    """Return no watch: nothing is waited for."""


def _write(file: Path, state: bytes) -> None:
    try:
        replace_file(file, state)
    except OSError as error:
        log.error("rules_state_not_kept", why=str(error))
