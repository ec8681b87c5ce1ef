"""From alerts to messages: the book decides, the outbox keeps, the channels deliver."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

import structlog
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.core.notification import PAGE, Notification, Permanent, Retry
from deskwatch.core.wording import counted
from deskwatch.notify.alertmanager import Alertmanager
from deskwatch.notify.book import AlertBook
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import SteadyClock
from deskwatch.notify.figures import NotifyFigures
from deskwatch.notify.grouping import OWN_GENERATOR, GivenGroup
from deskwatch.notify.history import Deed, Episode
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.outbox import LaneState, Outbox, Parcel
from deskwatch.notify.settings import SECOND, BookSettings, OutboxSettings
from deskwatch.notify.silence import SilenceView
from deskwatch.notify.store import Store
from deskwatch.notify.tracked import AlertView

log = structlog.get_logger()

#: How often time passes in the book without an alert.
TICK_S = 1.0

_NOBODY = "nobody"
_STOP_S = 5.0
_MAX_DIGITS = 18  # SQLite's row ids fit
_MEND_INTERVAL = 60 * SECOND


class _Lane(Struct):
    """How a lane fares; times are the steady clock's. since: of the first try without success."""

    retry_at: int = 0
    pause: int = 0
    since: int | None = None
    sending: bool = False


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
        clock: SteadyClock,
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
        self._settings = outbox
        self._book = AlertBook(replace(book, receivers=escalated), store)
        self._outbox = Outbox(store, outbox, lambda name, one: self._channels[name].lane(one))
        keeper.on_reload.append(self._book.load)
        self._alertmanager = alertmanager
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._sends: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._mended_at = 0
        self._bug: BaseException | None = None

    # Alerts in

    async def update(self, alerts: Iterable[Alert]) -> None:
        """Take alerts as they stand; what is to be told at once is on its way when this returns."""
        taken = list(alerts)
        if self._alertmanager is not None:
            self._alertmanager.update(one for one in taken if one.generator != OWN_GENERATOR)
        # What is new leaves from here: `run` may have to wait for its turn on a loop that is busy.
        self._start_free(await self._advance(lambda now: self._book.update(taken, now)))
        self._wake.set()

    async def take(self, given: GivenGroup, alerts: Iterable[Alert]) -> bool:
        """Take a group that Alertmanager tells of; return whether what is told of it is on disk.

        Where it isn't, it is on its way from memory all the same.
        """
        taken = list(alerts)
        before = self._book.overflowed
        self._start_free(await self._advance(lambda now: self._book.take(given, taken, now)))
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

        def work(_: Store) -> tuple[list[Notification], list[LaneState]]:
            if change is not None:
                change(now)
            told = [self._addressed(one) for one in self._book.tick(now)]
            if not self._channels:
                return told, []
            self._outbox.put(told, now)
            return told, self._outbox.lanes()

        told, states = await self._keeper.run(work)
        for one in told:
            if one.severity == PAGE and one.receiver in self._channels:
                lane = self._lane(one.receiver, self._channels[one.receiver].lane(one))
                lane.retry_at = min(lane.retry_at, now)
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
        if self._sends:
            await asyncio.wait(self._sends, timeout=_STOP_S)
        unfinished = [*self._sends, *parts]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def step(self) -> float:
        """Do what can be done now; return in how many seconds there may be more, at most 1."""
        if self._bug is not None:
            raise self._bug
        self._wake.clear()
        states = await self._advance()
        if not self._channels:
            return TICK_S
        now = self.clock()
        if now - self._mended_at >= _MEND_INTERVAL:
            self._mended_at = now
            await self._keeper.mend()
        self._measure(states)
        for state in states:
            if state.page:
                await self._pass_on_pages(state, self._lane(state.channel, state.lane))
        return self._start_free(states)

    async def settle(self) -> None:
        """Wait until nothing is being sent."""
        while self._sends and self._bug is None:
            await asyncio.wait(self._sends)

    def _lane(self, channel: str, lane: str) -> _Lane:
        return self._lanes.setdefault((channel, lane), _Lane())

    def _start_free(self, states: Sequence[LaneState]) -> float:
        """Send in the lanes that are free; return in how many seconds the next will be."""
        pause = TICK_S
        for state in states:
            lane = self._lane(state.channel, state.lane)
            if not lane.sending:
                pause = min(pause, self._start(state, lane))
        return pause

    def _start(self, state: LaneState, lane: _Lane) -> float:
        """Send in a lane if it may; return the seconds until it may, or a tick if it does."""
        now = self.clock()
        wait = max(0, lane.retry_at - now) / SECOND
        channel = self._channels[state.channel]
        wait = max(wait, channel.wait_s(state.lane, page=state.page))
        if wait > 0:
            return wait
        lane.sending = True
        lane.since = now if lane.since is None else lane.since
        room = channel.room(state.lane)
        # At once, and not in the task: another lane of the same chat is looked at next.
        slot = ExitStack()
        slot.enter_context(channel.leaving(state.lane))
        sending = asyncio.create_task(
            self._send(state, lane, room, slot), name=f"notify-{state.channel}"
        )
        self._sends.add(sending)
        sending.add_done_callback(self._sent)
        return TICK_S

    def _sent(self, sending: asyncio.Task[None]) -> None:
        self._sends.discard(sending)
        self._wake.set()
        if not sending.cancelled():
            self._bug = self._bug or sending.exception()

    async def _send(self, state: LaneState, lane: _Lane, room: int, slot: ExitStack) -> None:
        now = self.clock()
        try:
            with slot:
                # What is to be told is on the disk since it was put: a page waits for no second
                # flush. After a loss of power it may be told twice.
                parcel = await self._keeper.run(
                    lambda _: self._outbox.take(state.channel, state.lane, now, room),
                    flushed=False,
                )
                if parcel is not None:
                    await self._deliver(parcel, lane)
        finally:
            lane.sending = False

    async def _deliver(self, parcel: Parcel, lane: _Lane) -> None:
        try:
            await self._channels[parcel.channel].deliver(parcel.notification)
        except Retry as retry:
            await self._retry_later(parcel, lane, retry)
        except Permanent as permanent:
            await self._give_up(parcel, lane, permanent)
        else:
            now = self.clock()
            one = parcel.notification

            def work(_: Store) -> None:
                self._outbox.sent(parcel)
                self._book.history.told(one.groups, one.created_at, now)

            await self._keeper.run(work)
            lane.since, lane.retry_at, lane.pause = None, 0, 0
            self.figures.notifications[parcel.channel, "sent"] += 1
            self.figures.trouble.pop(parcel.channel, None)

    async def _retry_later(self, parcel: Parcel, lane: _Lane, retry: Retry) -> None:
        if not retry.ambiguous:
            await self._keeper.run(lambda _: self._outbox.held_back(parcel))
        self.figures.notifications[parcel.channel, "retried"] += 1
        self.figures.trouble[parcel.channel] = retry.why
        if not lane.pause:
            log.warning("channel_unavailable", channel=parcel.channel, why=retry.why)
        settings = self._settings
        lane.pause = min(max(2 * lane.pause, settings.first_retry), settings.last_retry)
        least = 0 if retry.after_s is None else int(retry.after_s * SECOND)
        lane.retry_at = self.clock() + (least or lane.pause)

    async def _give_up(self, parcel: Parcel, lane: _Lane, permanent: Permanent) -> None:
        """Hand it to the next channel. Where there is none, keep it: a setting may be mended."""
        self.figures.notifications[parcel.channel, "failed"] += 1
        self.figures.trouble[parcel.channel] = permanent.why
        log.error("channel_failed", channel=parcel.channel, why=permanent.why)
        following = self._following(parcel.channel)
        if following is None:
            await self._keeper.run(lambda _: self._outbox.held_back(parcel))
            lane.retry_at = self.clock() + self._settings.permanent_retry
            return
        note = f"{parcel.channel} can't deliver this: {permanent.why}."
        now = self.clock()

        def work(_: Store) -> int:
            given = self._outbox.pass_on(parcel.rows, following, note, now)
            self._outbox.sent(parcel)
            return given

        given = await self._keeper.run(work)
        self.figures.notifications[parcel.channel, "passed_on"] += given
        lane.since = None

    async def _pass_on_pages(self, state: LaneState, lane: _Lane) -> None:
        """Let pages of a lane that has been failing too long go to the next channel as well."""
        following = self._following(state.channel)
        patience = int(self._channels[state.channel].patience_s * SECOND)
        if following is None or lane.since is None or self.clock() - lane.since < patience:
            return
        note = f"{state.channel} has not answered for {counted(patience // SECOND, 'second')}."
        now = self.clock()

        def work(_: Store) -> int:
            rows = self._outbox.pages_to_pass_on(state.channel, state.lane, following)
            return self._outbox.pass_on(rows, following, note, now) if rows else 0

        given = await self._keeper.run(work)
        self.figures.notifications[state.channel, "passed_on"] += given

    def _following(self, channel: str) -> str | None:
        place = self._names.index(channel) + 1
        return self._names[place] if place < len(self._names) else None

    def _measure(self, states: Sequence[LaneState]) -> None:
        figures = self.figures
        figures.queue = dict.fromkeys(self._channels, 0)
        figures.oldest_at = {}
        for state in states:
            figures.queue[state.channel] += state.waiting
            oldest = figures.oldest_at.get(state.channel, state.kept_at)
            figures.oldest_at[state.channel] = min(oldest, state.kept_at)
        figures.folded = self._outbox.folded
        figures.alerts_overflowed = self._book.overflowed

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

    async def acknowledge(self, groups: Sequence[str], actor: str) -> int:
        """Note that someone has seen these groups; return how many were open."""
        now = self.clock()
        return await self._keeper.run(
            lambda _: sum(self._book.acknowledge(group, actor, now) for group in groups)
        )

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
        if not (number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS):
            return False
        now = self.clock()
        ended = int(number)
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


def steady_clock(wall: Callable[[], int] = time.time_ns) -> SteadyClock:
    """Return the clock that a dispatcher and its channels share."""
    return SteadyClock(wall, time.monotonic_ns)
