"""Rules over the engine's own series, and people told of what they find."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog
from msgspec import DecodeError, structs

from deskwatch.core.alert import Alert
from deskwatch.core.histogram import Histogram
from deskwatch.core.watch import Watch
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.engine.phone import PhoneDesk
from deskwatch.engine.series import ExposedSeries
from deskwatch.engine.watched_files import watch_files
from deskwatch.exposition.registry import Registry
from deskwatch.notify.actions import Actions
from deskwatch.notify.alertmanager import Alertmanager
from deskwatch.notify.alertmanager_silences import AlertmanagerActions
from deskwatch.notify.apprise import AppriseChannel
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import SteadyClock
from deskwatch.notify.deadman import Deadman, StackWatch
from deskwatch.notify.dispatcher import Dispatcher, steady_clock
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.relay import Relay
from deskwatch.notify.settings import relayed
from deskwatch.notify.store import Store
from deskwatch.notify.telegram.bot import BotApi
from deskwatch.notify.telegram.channel import TelegramChannel
from deskwatch.notify.telegram.commands import Commands
from deskwatch.notify.telegram.poller import Poller
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
_KEEP_EVERY_NS: Final = 30_000_000_000

_STATE_FILE: Final = "rules-state.json"


class Alerting:
    """Evaluates the rules and hands what they find to the dispatcher, until cancelled.

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
        self._folder = folder
        self._curve = desk.today
        self._settings = settings
        self._clock = clock
        self.rules = RuleEngine(
            settings.rule_files,
            ExposedSeries(registry),
            clock,
            structs.replace(settings.rules, event_driven=_EVENT_DRIVEN),
        )
        #: Told the watch that follows the one in which the run before looked at the rules, before
        #: this one does; and asked for the one in which it looks.
        self.was_awake: Callable[[Watch], None] = _nobody_asks
        self.watch: Callable[[], Watch | None] = _nobody_watches
        #: Awaited before each look of the rules.
        self.prepare: Callable[[], Awaitable[None]] | None = None
        self.current: list[Alert] = []
        self._kept_at = 0
        self._retains = False
        steady = steady_clock(clock)
        store = Store(folder / "notify.sqlite")
        self.keeper = Keeper(store)
        self.alertmanager = (
            None if settings.alertmanager is None else Alertmanager(settings.alertmanager, clock)
        )
        self._api = None if settings.telegram is None else BotApi(settings.telegram)
        self._telegram = self._telegram_channel(steady)
        self._channels: list[Channel] = [] if self._telegram is None else [self._telegram]
        if settings.apprise is not None:
            self._channels.append(AppriseChannel(settings.apprise, steady))
        receiver = None if settings.alertmanager is None else settings.alertmanager.receiver
        self.dispatcher = Dispatcher(
            self.keeper,
            store,
            self._channels,
            book=settings.book if receiver is None else relayed(settings.book),
            outbox=settings.outbox,
            clock=steady,
            alertmanager=self.alertmanager if receiver is None else None,
        )
        self.relay: Relay | None = None
        if self.alertmanager is not None and receiver is not None:
            self.relay = Relay(self.alertmanager, receiver, self.dispatcher, steady)
        self.poller = self._telegram_poller(desk, steady)
        self.deadman = None if settings.deadman is None else Deadman(settings.deadman, clock)
        watched = settings.blind_after_s
        self.stack_watch = None if watched is None else StackWatch(watched, steady)

    def _telegram_channel(self, steady: SteadyClock) -> TelegramChannel | None:
        settings = self._settings.telegram
        if settings is None or self._api is None:
            return None
        return TelegramChannel(settings, self._api, self.keeper, steady)

    def _telegram_poller(self, desk: PhoneDesk, steady: SteadyClock) -> Poller | None:
        """Return who takes buttons and commands. With an Alertmanager, silences are its own."""
        settings = self._settings.telegram
        if settings is None or self._api is None or self._telegram is None:
            return None
        actions: Actions = self.dispatcher
        if self.alertmanager is not None:
            actions = AlertmanagerActions(self.dispatcher, self.alertmanager)
        commands = Commands(desk, actions, self._clock)
        return Poller(settings, self._api, self._telegram, self.keeper, actions, commands, steady)

    @property
    def channels(self) -> list[str]:
        """The names of the channels, the first one first."""
        names = [channel.name for channel in self._channels]
        first = self.alertmanager if self.relay is None else None
        return names if first is None else [first.name, *names]

    @property
    def untold(self) -> str | None:
        """Why nobody is told of anything; None where somebody is."""
        if self.channels:
            return None
        ways = "telegram or apprise" if self.relay else "telegram, apprise or alertmanager"
        return f"no {ways} is configured"

    def booked(self, event_time: int, *, too_much: bool = False) -> None:
        """Take notice that events were booked, the newest of `event_time` (ns).

        too_much: what was executed beyond its quantity changed with them.
        """
        self.rules.touch(_EVENT_DRIVEN if too_much else MOVED_BY_EVENTS, event_time)

    async def open(self) -> None:
        """Take up what was told, and what waits; `run` lets go of it, else `keeper.close`."""
        await self.keeper.open()
        await self.dispatcher.open()
        if self._telegram is not None:
            await self._telegram.open()

    async def run(self) -> None:
        """Take up what the rules had found, then evaluate, tell and listen until cancelled."""
        if self.untold is not None:
            log.warning("nobody_will_be_told", why=self.untold)
        async with AsyncExitStack() as cleanup:
            cleanup.push_async_callback(self.keeper.close)
            for channel in self._channels:
                cleanup.push_async_callback(channel.close)
            if self.alertmanager is not None:
                cleanup.push_async_callback(self.alertmanager.close)
            if self.deadman is not None:
                cleanup.push_async_callback(self.deadman.close)
            await self._take_up()
            self.keeper.on_reload.append(self._retain_again)
            async with asyncio.TaskGroup() as parts:
                looking = self.rules.run(self._deliver, self.prepare)
                parts.create_task(looking, name="deskwatch-rules")
                parts.create_task(self.dispatcher.run(), name="deskwatch-notify")
                watching = watch_files(self._settings.rule_files, self.reload)
                parts.create_task(watching, name="deskwatch-rule-files")
                if self.relay is not None:
                    parts.create_task(self.relay.run(), name="deskwatch-relay")
                if self.poller is not None:
                    parts.create_task(self.poller.run(), name="deskwatch-telegram")
                if self.deadman is not None:
                    parts.create_task(self.deadman.run(), name="deskwatch-deadman")

    async def _take_up(self) -> None:
        state = self._folder / _STATE_FILE
        try:
            kept = await asyncio.to_thread(state.read_bytes)
            self.was_awake(self.rules.restore(kept, self._clock()))
            self._retains = True
        except FileNotFoundError:
            pass
        except (DecodeError, OSError) as error:
            log.error("rules_state_unreadable", why=str(error))

    async def _deliver(self, alerts: list[Alert]) -> None:
        """Hand on alerts as they stand, and keep the rules' state when it has changed."""
        now = self._clock()
        self.current = alerts
        self._curve.sample(now)
        if self.deadman is not None:
            self.deadman.see(alerts)
        changed = [alert for alert in alerts if alert.changed]
        self._measure(changed, now)
        if self.relay is not None:
            self.relay.update(alerts)
        else:
            await self._tell(alerts)
        blind = None if self.stack_watch is None else self.stack_watch.check()
        if blind is not None:
            await self.dispatcher.update([blind])
        if changed or now - self._kept_at > _KEEP_EVERY_NS:
            self._kept_at = now
            await asyncio.to_thread(_write, self._folder, self.rules.dump(now, self.watch()))

    async def _tell(self, alerts: list[Alert]) -> None:
        await self.dispatcher.update(alerts)
        if self._retains:
            # What fired when the last run ended and is in no rule's state any more has ended.
            self._retains = False
            firing = [alert.fingerprint for alert in alerts if alert.state == "firing"]
            await self.dispatcher.retain(firing)

    def _retain_again(self) -> None:
        """End what the file held as firing and no rule's state does, once it was read again."""
        self._retains = True

    def _measure(self, changed: Iterable[Alert], now: int) -> None:
        for alert in changed:
            late = alert.lateness_ns(now)
            if late is not None:
                self.event_to_alert_seconds.observe(late / 1e9)

    def reload(self) -> bool:
        """Read the rule files anew; a broken one changes nothing. Say whether they were taken."""
        return self.rules.reload()


def _nobody_asks(_watch: Watch) -> None:
    """Take no notice of when the run before ended."""


def _nobody_watches() -> Watch | None:
    """Return no watch: nothing is waited for."""


def _write(folder: Path, state: bytes) -> None:
    try:
        replace_file(folder / _STATE_FILE, state)
    except OSError as error:
        log.error("rules_state_not_kept", why=str(error))
