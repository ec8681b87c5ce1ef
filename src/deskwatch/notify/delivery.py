"""From the outbox to the channels: lane by lane, again where it failed, at last elsewhere."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

import structlog
from msgspec import Struct

from deskwatch.core.notification import Permanent, Retry
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import SteadyClock
from deskwatch.notify.figures import NotifyFigures
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.outbox import LaneState, Outbox, Parcel
from deskwatch.notify.settings import OutboxSettings
from deskwatch.notify.store import Store

log = structlog.get_logger()

#: How often somebody looks whether there is more to send.
TICK_S = 1.0

#: Notes, in the transaction in which it is done, that groups of that time were told at a time.
Told = Callable[[Sequence[str], int, int], None]


class _Lane(Struct):
    """How a lane fares; times are the steady clock's. since: of the first try without success."""

    retry_at: int = 0
    pause: int = 0
    since: int | None = None
    sending: bool = False


class Delivery:
    """Sends what waits in the outbox.

    channels: by name, where messages go first, then where they go when that fails. wake: set when
    one has been sent, or could not be. bug: what a bug of ours raised meanwhile.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        keeper: Keeper,
        *,
        settings: OutboxSettings,
        clock: SteadyClock,
        figures: NotifyFigures,
        told: Told,
        wake: asyncio.Event,
    ) -> None:
        self._clock = clock
        self._figures = figures
        self.bug: BaseException | None = None
        self._outbox = outbox
        self._channels = channels
        self._names = tuple(channels)
        self._keeper = keeper
        self._settings = settings
        self._told = told
        self._wake = wake
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._sends: set[asyncio.Task[None]] = set()

    def hurry(self, channel: str, lane: str) -> None:
        """Let a lane that waits for its next try have it now: a page has come."""
        one = self._lane(channel, lane)
        one.retry_at = min(one.retry_at, self._clock())

    async def settle(self) -> None:
        """Wait until nothing is being sent."""
        while self._sends and self.bug is None:
            await asyncio.wait(self._sends)

    async def unfinished(self, patience_s: float) -> Sequence[asyncio.Task[None]]:
        """Return what is still being sent after a while."""
        if self._sends:
            await asyncio.wait(self._sends, timeout=patience_s)
        return list(self._sends)

    def _lane(self, channel: str, lane: str) -> _Lane:
        return self._lanes.setdefault((channel, lane), _Lane())

    def start(self, states: Sequence[LaneState]) -> float:
        """Send in the lanes that are free; return in how many seconds the next will be."""
        pause = TICK_S
        for state in states:
            lane = self._lane(state.channel, state.lane)
            if not lane.sending:
                pause = min(pause, self._start(state, lane))
        return pause

    def _start(self, state: LaneState, lane: _Lane) -> float:
        """Send in a lane if it may; return the seconds until it may, or a tick if it does."""
        now = self._clock()
        wait = max(0, lane.retry_at - now) / SECOND
        channel = self._channels[state.channel]
        wait = max(wait, channel.wait_s(state.lane, page=state.page))
        if wait > 0:
            return wait
        lane.sending = True
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
            self.bug = self.bug or sending.exception()

    async def _send(self, state: LaneState, lane: _Lane, room: int, slot: ExitStack) -> None:
        now = self._clock()
        try:
            with slot:
                # What is to be told is on the disk since it was put: a page waits for no second
                # flush. After a loss of power it may be told twice.
                parcel = await self._keeper.run(
                    lambda _: self._outbox.take(state.channel, state.lane, now, room),
                    flushed=False,
                )
                # It may have left since somebody looked what waits.
                if parcel is not None:
                    lane.since = now if lane.since is None else lane.since
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
            now = self._clock()
            one = parcel.notification

            def work(_: Store) -> None:
                self._outbox.sent(parcel)
                self._told(one.groups, one.created_at, now)

            await self._keeper.run(work)
            lane.since, lane.retry_at, lane.pause = None, 0, 0
            self._figures.notifications[parcel.channel, "sent"] += 1
            self._figures.trouble.pop(parcel.channel, None)

    async def _retry_later(self, parcel: Parcel, lane: _Lane, retry: Retry) -> None:
        if not retry.ambiguous:
            await self._keeper.run(lambda _: self._outbox.held_back(parcel))
        self._figures.notifications[parcel.channel, "retried"] += 1
        before = self._figures.trouble.get(parcel.channel)
        self._figures.trouble[parcel.channel] = retry.why
        if not lane.pause or retry.why != before:
            log.warning("channel_unavailable", channel=parcel.channel, why=retry.why)
        settings = self._settings
        lane.pause = min(max(2 * lane.pause, settings.first_retry), settings.last_retry)
        least = 0 if retry.after_s is None else int(retry.after_s * SECOND)
        lane.retry_at = self._clock() + (least or lane.pause)

    async def _give_up(self, parcel: Parcel, lane: _Lane, permanent: Permanent) -> None:
        """Hand it to the next channel. Where there is none, keep it: a setting may be mended."""
        self._figures.notifications[parcel.channel, "failed"] += 1
        self._figures.trouble[parcel.channel] = permanent.why
        log.error("channel_failed", channel=parcel.channel, why=permanent.why)
        following = self._following(parcel.channel)
        if following is None:
            await self._keeper.run(lambda _: self._outbox.held_back(parcel))
            lane.retry_at = self._clock() + self._settings.permanent_retry
            return
        note = f"{parcel.channel} can't deliver this: {permanent.why}."
        now = self._clock()

        def work(_: Store) -> int:
            given = self._outbox.pass_on(parcel.rows, following, note, now)
            self._outbox.sent(parcel)
            return given

        given = await self._keeper.run(work)
        self._figures.notifications[parcel.channel, "passed_on"] += given
        lane.since = None

    async def pass_on_pages(self, states: Sequence[LaneState]) -> None:
        """Let pages of lanes that have been failing too long go to the next channel as well."""
        for state in states:
            if state.page:
                await self._pass_on_page(state)

    async def _pass_on_page(self, state: LaneState) -> None:
        lane = self._lane(state.channel, state.lane)
        following = self._following(state.channel)
        patience = int(self._channels[state.channel].patience_s * SECOND)
        if following is None or lane.since is None or self._clock() - lane.since < patience:
            return
        note = f"{state.channel} has not answered for {counted(patience // SECOND, 'second')}."
        now = self._clock()

        def work(_: Store) -> int:
            rows = self._outbox.pages_to_pass_on(state.channel, state.lane, following)
            return self._outbox.pass_on(rows, following, note, now) if rows else 0

        given = await self._keeper.run(work)
        self._figures.notifications[state.channel, "passed_on"] += given

    def _following(self, channel: str) -> str | None:
        place = self._names.index(channel) + 1
        return self._names[place] if place < len(self._names) else None

    def measure(self, states: Sequence[LaneState]) -> None:
        """Count what waits."""
        figures = self._figures
        figures.queue = dict.fromkeys(self._channels, 0)
        figures.oldest_at = {}
        for state in states:
            figures.queue[state.channel] += state.waiting
            oldest = figures.oldest_at.get(state.channel, state.kept_at)
            figures.oldest_at[state.channel] = min(oldest, state.kept_at)
        figures.folded = self._outbox.folded
