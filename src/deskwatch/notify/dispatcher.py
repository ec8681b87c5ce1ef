"""From alerts to messages: the book decides, the outbox keeps, the channels deliver."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.core.notification import PAGE, Notification
from deskwatch.core.period import MINUTE
from deskwatch.notify.alertmanager import Alertmanager
from deskwatch.notify.book import AlertBook
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import WakingClock
from deskwatch.notify.delivery import TICK_S, Delivery
from deskwatch.notify.figures import NotifyFigures
from deskwatch.notify.grouping import OWN_GENERATOR, GivenGroup
from deskwatch.notify.history import Deed, Episode
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.outbox import LaneState, Outbox
from deskwatch.notify.settings import BookSettings, OutboxSettings
from deskwatch.notify.silence import SilenceView
from deskwatch.notify.store import Store, row_id
from deskwatch.notify.tracked import Acknowledgement, AlertView

_NOBODY = "nobody"
_STOP_S = 5.0
_MEND_INTERVAL = MINUTE


class Dispatcher:
    """Takes alerts and gets them to people; `run` does the work, `update` brings alerts.

    channels: where alerts go first, then where they go when that fails. alertmanager: hears of
    every alert at once; it is the first channel then, and has no acknowledgement, so nothing is
    escalated. Give the channels the same keeper.
    """

    def __init__(
        self,
        keeper: Keeper,
        store: Store,
        channels: Sequence[Channel],
        *,
        book: BookSettings,
        outbox: OutboxSettings,
        clock: WakingClock,
        alertmanager: Alertmanager | None = None,
    ) -> None:
        if alertmanager is not None:
            channels = [alertmanager, *channels]
        names = tuple(channel.name for channel in channels) or (_NOBODY,)
        escalated = names if alertmanager is None else names[:1]
        assert len(set(names)) == len(names), names
        self.figures = NotifyFigures()
        self.clock = clock
        self._keeper = keeper
        self._channels = {channel.name: channel for channel in channels}
        self._names = names
        self._book = AlertBook(replace(book, receivers=escalated), store)
        self._outbox = Outbox(store, outbox, lambda name, one: self._channels[name].lane(one))
        keeper.on_reload.append(self._book.load)
        self._alertmanager = alertmanager
        self._wake = asyncio.Event()
        self._mended_at = 0
        self._delivery = Delivery(
            self._outbox,
            self._channels,
            keeper,
            settings=outbox,
            clock=clock,
            figures=self.figures,
            told=self._book.history.told,
            wake=self._wake,
        )

    # Alerts in

    async def update(self, alerts: Iterable[Alert]) -> None:
        """Take alerts as they stand; what is to be told at once is on its way when this returns."""
        taken = list(alerts)
        if self._alertmanager is not None:
            self._alertmanager.update(one for one in taken if one.generator != OWN_GENERATOR)
        # What is new leaves from here: `run` may have to wait for its turn on a loop that is busy.
        self._delivery.start(await self._advance(lambda now: self._book.update(taken, now)))
        self._wake.set()

    async def take(self, given: GivenGroup, alerts: Iterable[Alert]) -> bool:
        """Take a group that Alertmanager tells of; return whether what is told of it is on disk.

        Where it isn't, it is on its way from memory all the same.
        """
        taken = list(alerts)
        before = self._book.overflowed
        self._delivery.start(await self._advance(lambda now: self._book.take(given, taken, now)))
        self._wake.set()
        return self._keeper.trouble is None and self._book.overflowed == before

    async def mute(self, fingerprints: frozenset[str]) -> None:
        """Take which alerts Alertmanager keeps quiet: they are not escalated."""
        await self._keeper.run(lambda _: self._book.mute(fingerprints))

    async def retain(self, firing: Iterable[str]) -> None:
        """End what fires and isn't among these fingerprints, as when rules have changed."""
        kept = frozenset(firing)
        if self._alertmanager is not None:
            self._alertmanager.retain(kept)
        await self._advance(lambda now: self._book.retain(kept, now))
        self._wake.set()

    async def _advance(self, change: Callable[[int], None] | None = None) -> list[LaneState]:
        """Let the book see a change and the time; return the lanes in which something waits."""
        now = self.clock()

        def work(_: Store) -> tuple[list[Notification], list[LaneState], dict[str, str]]:
            if change is not None:
                change(now)
            told = [self._addressed(one) for one in self._book.tick(now)]
            firing = self._book.firing()
            if not self._channels:
                return told, [], firing
            self._outbox.put(told, now)
            return told, self._outbox.lanes(), firing

        told, states, self.figures.firing = await self._keeper.run(work)
        for one in told:
            if one.severity == PAGE and one.receiver in self._channels:
                self._delivery.hurry(one.receiver, self._channels[one.receiver].lane(one))
        return states

    def _addressed(self, one: Notification) -> Notification:
        """Return it for its first channel: what we say of Alertmanager's stack goes past it."""
        ours = all(alert.generator == OWN_GENERATOR for alert in one.alerts)
        past = ours and self._alertmanager is not None and len(self._names) > 1
        return replace(one, receiver=self._names[1]) if past else one

    # Messages out

    async def open(self) -> None:
        """Take up what was left when the last run ended."""
        if self._channels:
            await self._keeper.run(lambda _: self._outbox.reroute(self._names))
            # A file that can only be read later brings what an earlier run left for its channels.
            self._keeper.on_reload.append(lambda: self._outbox.reroute(self._names))

    async def run(self) -> None:
        """Let time pass and send what waits, until cancelled.

        What is being sent then has a few seconds to finish. Raises what a bug of ours raises.
        """
        parts = []
        if self._alertmanager is not None:
            parts.append(asyncio.create_task(self._alertmanager.run(), name="alertmanager"))
        try:
            while True:
                await _wait(self._wake, await self.step())
                for part in parts:
                    if part.done():
                        part.result()
        finally:
            await self._stop(parts)

    async def _stop(self, parts: Sequence[asyncio.Task[None]]) -> None:
        unfinished = [*await self._delivery.unfinished(_STOP_S), *parts]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def step(self) -> float:
        """Do what can be done now; return in how many seconds there may be more, at most 1."""
        if self._delivery.bug is not None:
            raise self._delivery.bug
        self._wake.clear()
        states = await self._advance()
        self.figures.alerts_overflowed = self._book.overflowed
        now = self.clock()
        if now - self._mended_at >= _MEND_INTERVAL:
            self._mended_at = now
            await self._keeper.mend()
        if not self._channels:
            return TICK_S
        self._delivery.measure(states)
        await self._delivery.pass_on_pages(states)
        return self._delivery.start(states)

    async def settle(self) -> None:
        """Wait until nothing is being sent."""
        await self._delivery.settle()

    # What people ask and do

    async def alerts(self) -> list[AlertView]:
        """Return what fires, worst first."""
        return await self._keeper.run(lambda _: self._book.alerts())

    async def silences(self) -> list[SilenceView]:
        """Return the active silences, oldest first."""
        return await self._keeper.run(lambda _: [one.view() for one in self._book.silences()])

    async def episodes(self, limit: int) -> list[Episode]:
        """Return what fired lately, newest first."""
        return await self._keeper.run(lambda _: self._book.history.episodes(limit))

    async def deeds(self, limit: int) -> list[Deed]:
        """Return what people did lately, newest first."""
        return await self._keeper.run(lambda _: self._book.history.deeds(limit))

    async def acknowledge(self, groups: Sequence[str], actor: str) -> list[Acknowledgement]:
        """Note that someone has seen these groups; return who was first, of each that is open."""
        now = self.clock()

        def work(_: Store) -> list[Acknowledgement]:
            seen = (self._book.acknowledge(group, actor, now) for group in groups)
            return [one for one in seen if one is not None]

        return await self._keeper.run(work)

    async def silence(
        self, matchers: list[Matcher], *, author: str, reason: str, duration_ns: int
    ) -> SilenceView:
        """Keep alerts that match quiet for a while. Raises CannotSilence."""
        now = self.clock()
        silence = await self._keeper.run(
            lambda _: self._book.silence(
                matchers, author=author, reason=reason, now_ns=now, duration=duration_ns
            )
        )
        return silence.view()

    async def expire_silence(self, number: str, actor: str) -> bool:
        """End a silence; return whether there was one."""
        ended = row_id(number)
        if ended is None:
            return False
        now = self.clock()
        return await self._keeper.run(lambda _: self._book.expire_silence(ended, actor, now))

    async def note_deed(self, actor: str, what: str, thing: str) -> None:
        """Keep who did what to what."""
        now = self.clock()
        await self._keeper.run(lambda _: self._book.history.add_deed(now, actor, what, thing))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
