"""The way back: Alertmanager decides what is told, and our own channels tell it.

What fires goes to Alertmanager, which groups, silences and inhibits, and posts the groups back. A
page that doesn't come back in time is told without it. Both ways meet in one alert book, where an
alert is one alert: docs/decisions/011-the-way-back.md.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Final, Literal

import structlog
from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.core.notification import PAGE, Permanent, Retry
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.core.wording import counted
from deskwatch.notify.alertmanager import Alertmanager
from deskwatch.notify.alertmanager_muted import HeldAlert, held
from deskwatch.notify.deadman import WATCHDOG
from deskwatch.notify.dispatcher import Dispatcher
from deskwatch.notify.grouping import OWN_GENERATOR, own_group, severity
from deskwatch.notify.settings import DEFAULT_GROUP_BY
from deskwatch.notify.webhook import BadWebhook, Told, read

log = structlog.get_logger()

#: What became of a group that Alertmanager posted.
GroupResult = Literal["taken", "refused", "not_kept"]

_CHECK_S: Final = 0.5
#: How often Alertmanager is asked what it keeps quiet, and what it has forgotten.
_COMPARE_EVERY: Final = 10 * SECOND
#: The same while an end may be ours to tell.
_COMPARE_ENDS_EVERY: Final = SECOND
#: Prometheus says each minute again what fires; the engine says it within seconds.
_FORGOTTEN_AFTER: Final = 2 * MINUTE
_ASK_S: Final = 1.0


class NotKept(Exception):
    """What was posted can't be kept now; Alertmanager must post it again."""


class Relay:
    """Hears of the engine's alerts (`update`) and of Alertmanager's groups (`take`).

    receiver: the name of Alertmanager's receiver that posts here. groups: counted by what became of
    them. told_directly: pages that were told without Alertmanager. Raises what a bug of ours
    raises.
    """

    def __init__(
        self,
        alertmanager: Alertmanager,
        receiver: str,
        dispatcher: Dispatcher,
        clock: Callable[[], int],
    ) -> None:
        self.groups: Counter[GroupResult] = Counter()
        self.told_directly = 0
        self._alertmanager = alertmanager
        self._receiver = receiver
        self._dispatcher = dispatcher
        self._clock = clock
        self._patience = int(alertmanager.patience_s * SECOND)
        self._is_open = False
        self._firing: dict[str, Alert] = {}
        self._awaited: dict[str, int] = {}
        self._ended: dict[str, Alert] = {}
        #: Told without Alertmanager, which has not posted them since.
        self._unposted: set[str] = set()
        self._down_since: int | None = None
        self._compared_at = 0
        self._missed: dict[str, int] = {}

    # What the engine finds

    def update(self, alerts: Iterable[Alert]) -> None:
        """Take the engine's alerts as they stand; those not named stay as they were."""
        # The Watchdog must be Prometheus' own, or nobody would notice that there is none.
        taken = [alert for alert in alerts if alert.name != WATCHDOG]
        self._alertmanager.update(taken)
        now = self._clock()
        for alert in taken:
            one = self._alertmanager.as_held(alert)
            known = self._firing.get(one.fingerprint)
            if one.state == "firing":
                self._firing[one.fingerprint] = one
                self._ended.pop(one.fingerprint, None)
                is_new = known is None or known.fired_at != one.fired_at
                if is_new and severity(one.labels) == PAGE:
                    self._awaited[one.fingerprint] = now
            elif known is not None and one.state == "resolved":
                self._end(one)

    def _end(self, one: Alert) -> None:
        del self._firing[one.fingerprint]
        self._awaited.pop(one.fingerprint, None)
        self._ended[one.fingerprint] = one

    # What Alertmanager tells

    async def take(self, body: bytes) -> None:
        """Take a webhook; once this returns, what is told of it is on disk.

        What came before is told no second time. Raises BadWebhook, NotKept.
        """
        try:
            told = read(body)
        except BadWebhook:
            self.groups["refused"] += 1
            raise
        if not (self._is_open and await self._dispatcher.take(told.group, self._known(told))):
            self.groups["not_kept"] += 1
            raise NotKept("notifications can't be kept on disk now")
        self.groups["taken"] += 1
        for alert in told.alerts:
            self._awaited.pop(alert.fingerprint, None)
            self._unposted.discard(alert.fingerprint)

    def _known(self, told: Told) -> list[Alert]:
        """Return its alerts with what only the engine knows: a value, the event, the rule."""
        return [self._engines(alert, self._firing.get(alert.fingerprint)) for alert in told.alerts]

    def _engines(self, alert: Alert, own: Alert | None) -> Alert:
        if own is None:
            return alert
        return replace(alert, value=own.value, event_time=own.event_time, generator=own.generator)

    # What doesn't come back

    async def run(self) -> None:
        """Say to Alertmanager what fires, and see that it comes back; until cancelled."""
        self._is_open = True
        saying = asyncio.create_task(self._alertmanager.run(), name="deskwatch-alertmanager")
        try:
            while not saying.done():
                await self.check()
                await asyncio.wait({saying}, timeout=_CHECK_S)
            saying.result()
        finally:
            self._is_open = False
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    async def check(self) -> None:
        """Tell what is overdue, and what has ended without Alertmanager."""
        now = self._clock()
        down = self._is_down(now)
        late = [one for one, at in self._awaited.items() if down or now - at >= self._patience]
        if late:
            await self._tell(late, asks=self._alertmanager.trouble is None)
        if down:
            ended, self._ended = list(self._ended.values()), {}
            self._unposted -= {one.fingerprint for one in ended}
            if ended:
                await self._dispatcher.update(ended)
        elif now - self._compared_at >= self._compare_every():
            self._compared_at = now
            await self._compare(now)

    def _compare_every(self) -> int:
        return _COMPARE_EVERY if self._unposted.isdisjoint(self._ended) else _COMPARE_ENDS_EVERY

    def _is_down(self, now: int) -> bool:
        """Return whether Alertmanager has been away for longer than it may."""
        if self._alertmanager.trouble is None:
            self._down_since = None
            return False
        self._down_since = now if self._down_since is None else self._down_since
        return now - self._down_since >= self._patience

    async def _tell(self, late: Iterable[str], *, asks: bool) -> None:
        """Tell pages that haven't come back, but for those that Alertmanager doesn't tell here."""
        found = await self._held() if asks else None
        told = {view.alert.fingerprint for view in await self._dispatcher.alerts() if view.told}
        why = "Alertmanager has not answered" if found is None else "It has not come back"
        seconds = self._patience // SECOND
        note = f"{why} for {counted(seconds, 'second')}: silences don't count."
        for key in late:
            # It may have come back, or ended, while we asked; or an earlier run has told it.
            if self._awaited.pop(key, None) is None or key in told:
                continue
            one = None if found is None else found.get(key)
            if one is not None and (one.is_quiet or self._receiver not in one.receivers):
                continue
            page = self._firing[key]
            log.warning("page_told_directly", alert=page.name, why=why)
            self.told_directly += 1
            self._unposted.add(key)
            await self._dispatcher.take(own_group(page.labels, DEFAULT_GROUP_BY, note), [page])

    async def _held(self) -> dict[str, HeldAlert] | None:
        """Return what Alertmanager holds, by fingerprint; None when it doesn't answer in time."""
        try:
            async with asyncio.timeout(_ASK_S):
                return await held(self._alertmanager)
        except (Retry, Permanent, TimeoutError):
            return None

    async def _compare(self, now: int) -> None:
        """See what Alertmanager keeps quiet, and end what it has forgotten."""
        found = await self._held()
        if found is None:
            return
        await self._end_unposted(found.keys())
        quiet = frozenset(key for key, one in found.items() if one.is_quiet)
        await self._dispatcher.mute(quiet)
        shown = [view.alert for view in await self._dispatcher.alerts()]
        others = {one.fingerprint: one for one in shown if one.generator != OWN_GENERATOR}
        missing = others.keys() - found.keys() - self._firing.keys()
        self._missed = {key: self._missed.get(key, now) for key in missing}
        forgotten = [
            replace(others[key], state="resolved", resolved_at=now)
            for key, since in self._missed.items()
            if now - since >= _FORGOTTEN_AFTER
        ]
        if forgotten:
            await self._dispatcher.update(forgotten)

    async def _end_unposted(self, held: Collection[str]) -> None:
        """Tell the ends that Alertmanager won't: it posts none of what it never posted as firing.

        held: what it still holds as firing, and may post yet.
        """
        ours = {key: one for key, one in self._ended.items() if key in self._unposted}
        over = [one for key, one in ours.items() if key not in held]
        self._ended = {key: one for key, one in ours.items() if key in held}
        self._unposted -= {one.fingerprint for one in over}
        if over:
            await self._dispatcher.update(over)
