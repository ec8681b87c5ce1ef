"""How people are told: the channels as the settings have them, and what leads to them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog

from deskwatch.core.alert import Alert
from deskwatch.core.notification import Retry
from deskwatch.engine.alerting_settings import AlertingSettings
from deskwatch.notify.actions import Actions
from deskwatch.notify.alertmanager import Alertmanager
from deskwatch.notify.alertmanager_silences import AlertmanagerActions
from deskwatch.notify.apprise import AppriseChannel
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import SteadyClock, WakingClock
from deskwatch.notify.deadman import Deadman, StackWatch
from deskwatch.notify.desk import Desk
from deskwatch.notify.dispatcher import Dispatcher
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.relay import Relay
from deskwatch.notify.settings import relayed
from deskwatch.notify.store import Store
from deskwatch.notify.store_file import StoreFile
from deskwatch.notify.telegram.bot import BotApi
from deskwatch.notify.telegram.channel import TelegramChannel
from deskwatch.notify.telegram.commands import Commands
from deskwatch.notify.telegram.poller import Poller, PollFigures
from deskwatch.notify.telegram.settings import TelegramSettings

log = structlog.get_logger()

#: Until it is asked again whether the chats take messages: without an answer, and after a no.
_TRY_AGAIN_S: Final = 10.0
_REFUSED_S: Final = 300.0


class Notifier:
    """Tells people of alerts, and does what they ask for, until cancelled.

    No file in `folder` is touched before `open`. desk: what a chat's commands ask; clock: ns UTC.
    relay: None unless Alertmanager decides what is told. actions: what people may do about alerts.
    Raises BadAddress.
    """

    def __init__(
        self, folder: Path, settings: AlertingSettings, desk: Desk, clock: Callable[[], int]
    ) -> None:
        steady = SteadyClock(clock)
        store = Store()
        self.keeper = Keeper(store, StoreFile(folder / "notify.sqlite"))
        self._telegram = None
        self._channels: list[Channel] = []
        if settings.telegram is not None:
            self._telegram = _Telegram(settings.telegram, self.keeper, steady)
            self._channels.append(self._telegram.channel)
        if settings.apprise is not None:
            self._channels.append(AppriseChannel(settings.apprise, steady))
        self.alertmanager: Alertmanager | None = None
        receiver: str | None = None
        if settings.alertmanager is not None:
            self.alertmanager = Alertmanager(settings.alertmanager, clock)
            receiver = settings.alertmanager.receiver
        self.dispatcher = Dispatcher(
            self.keeper,
            store,
            self._channels,
            book=settings.book if receiver is None else relayed(settings.book),
            outbox=settings.outbox,
            clock=WakingClock(clock),
            alertmanager=self.alertmanager if receiver is None else None,
        )
        #: Silences are Alertmanager's own, where there is one.
        self.actions: Actions = self.dispatcher
        self.relay: Relay | None = None
        if self.alertmanager is not None:
            self.actions = AlertmanagerActions(self.dispatcher, self.alertmanager)
            if receiver is not None:
                self.relay = Relay(self.alertmanager, receiver, self.dispatcher, steady)
        self._poller: Poller | None = None
        if self._telegram is not None:
            self._poller = self._telegram.poller(self.actions, Commands(desk, self.actions, clock))
        #: Who pings the outside service; None where none is named.
        self.deadman = None if settings.deadman is None else Deadman(settings.deadman, clock)
        watched = settings.blind_after_s
        self.stack_watch = None if watched is None else StackWatch(watched, steady)
        #: What fired, or was about to, when the rules looked last; None where nobody knows.
        self._held: frozenset[str] | None = None
        self._heard = asyncio.Event()

    @property
    def channels(self) -> list[str]:
        """The names of the channels, the first one first."""
        names = [channel.name for channel in self._channels]
        first = self.alertmanager if self.relay is None else None
        return names if first is None else [first.name, *names]

    @property
    def polled(self) -> PollFigures | None:
        """How listening to a chat's buttons and commands fares; None without Telegram."""
        return None if self._poller is None else self._poller.figures

    @property
    def untold(self) -> str | None:
        """Why nobody is told of anything; None where somebody is."""
        if self.channels:
            return None
        ways = "telegram or apprise" if self.relay else "telegram, apprise or alertmanager"
        return f"no {ways} is configured"

    async def open(self) -> None:
        """Take up what was told, and what waits; `close` lets go of it, or `keeper.close`."""
        await self.keeper.open()
        await self.dispatcher.open()
        if self._telegram is not None:
            await self._telegram.channel.open()

    async def run(self) -> None:
        """Tell, and listen to people and to Alertmanager, until cancelled."""
        self.keeper.on_reload.append(self.end_forgotten)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self.dispatcher.run(), name="deskwatch-notify")
            if self.relay is not None:
                parts.create_task(self.relay.run(), name="deskwatch-relay")
            if self._poller is not None:
                parts.create_task(self._poller.run(), name="deskwatch-telegram")
            if self._telegram is not None:
                trying = self._try_chats(self._telegram.channel)
                parts.create_task(trying, name="deskwatch-chats")
            if self.deadman is not None:
                parts.create_task(self.deadman.run(), name="deskwatch-deadman")

    async def _try_chats(self, channel: TelegramChannel) -> None:
        """Tell from the start that a chat takes no messages, and not once a page should come."""
        figures = self.dispatcher.figures
        await self._heard.wait()  # what fails before the rules have looked is no increase to them
        refusal: str | None = None
        while True:
            pause_s = _TRY_AGAIN_S
            try:
                why = await channel.refusal()
            except Retry as retry:
                pause_s = max(retry.after_s or 0, pause_s)
            else:
                if why is None:
                    break
                figures.notifications[channel.name, "failed"] += 1
                figures.trouble[channel.name] = refusal = why
                log.error("channel_failed", channel=channel.name, why=why)
                pause_s = _REFUSED_S
            await asyncio.sleep(pause_s)
        if refusal is not None and figures.trouble.get(channel.name) == refusal:
            del figures.trouble[channel.name]

    async def close(self) -> None:
        """Let go of connections, and of the file last."""
        async with AsyncExitStack() as cleanup:
            cleanup.push_async_callback(self.keeper.close)
            for channel in self._channels:
                cleanup.push_async_callback(channel.close)
            if self.alertmanager is not None:
                cleanup.push_async_callback(self.alertmanager.close)
            if self.deadman is not None:
                cleanup.push_async_callback(self.deadman.close)

    def end_forgotten(self) -> None:
        """With the next alerts, end what was told as firing and isn't among them.

        That fired when the last run ended, or when the file was written that was read again.
        """
        self._held = None

    async def tell(self, alerts: list[Alert]) -> None:
        """Take all alerts as the rules have them now, and tell of what is new in them."""
        self._heard.set()
        if self.deadman is not None:
            self.deadman.see(alerts)
        if self.relay is not None:
            self.relay.update(alerts)
        else:
            await self._tell_directly(alerts)
        blind = None if self.stack_watch is None else self.stack_watch.check()
        if blind is not None:
            await self.dispatcher.update([blind])

    async def _tell_directly(self, alerts: list[Alert]) -> None:
        """Tell of them, and end what was told as firing and is gone from them without an end.

        What is about to fire goes on as it was told: its rule was given a longer `for`, or its
        state was lost.
        """
        await self.dispatcher.update(alerts)
        named = {alert.fingerprint for alert in alerts}
        held = frozenset(alert.fingerprint for alert in alerts if alert.state != "resolved")
        before, self._held = self._held, held
        if before is None or not before <= named:
            await self.dispatcher.retain(held)


class _Telegram:
    """One bot: what it sends, and what it is asked for."""

    def __init__(self, settings: TelegramSettings, keeper: Keeper, clock: SteadyClock) -> None:
        self._settings = settings
        self._api = BotApi(settings)
        self._keeper = keeper
        self._clock = clock
        self.channel = TelegramChannel(settings, self._api, keeper, clock)

    def poller(self, actions: Actions, commands: Commands) -> Poller:
        """Return who takes buttons and commands."""
        return Poller(
            self._settings,
            self._api,
            self.channel,
            self._keeper,
            actions,
            commands,
            self._clock,
        )
