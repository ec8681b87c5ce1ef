"""A story: a healthy desk beside a whole deskwatch, and what its alert book tells of it.

Time is the story's: each step brings the events of a second, lets the engine tick, and evaluates
the rules that come with deskwatch. What the book then tells is what a phone would get.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from deskwatch.app import App
from deskwatch.config import load
from deskwatch.core.notification import PAGE, Notification
from deskwatch.core.period import SECOND
from deskwatch.notify.book import AlertBook
from deskwatch.notify.grouping import severity
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.store import Store
from tests.engine.rig import Clock
from tests.rules.rig import looked
from tests.stories.healthy import Event, HealthyDesk

#: Long enough for every rhythm, quantile and `for` to settle.
QUIET_S = 180

#: How often the rules are looked at meanwhile: as often as Prometheus usually does.
LOOKS_S = 15


class Story:
    """A desk and its monitor. told: every notification, with the time at which it was told."""

    def __init__(self, app: App, clock: Clock, store: Store) -> None:
        self.desk = HealthyDesk()
        self.clock = clock
        self.told: list[tuple[int, Notification]] = []
        self._app = app
        self._store = store
        self._book = AlertBook(BookSettings(), store)
        self.seconds = 0
        self._began_at = 0
        self._fired: set[str] = set()
        self._before: set[str] = set()

    async def live(self, seconds: int, *extra: Event, every_s: int = 1) -> None:
        """Let the desk go on; `extra` happens at the end of the first second.

        every_s: how often the rules are looked at.
        """
        for number in range(1, seconds + 1):
            self.clock.forward(SECOND)
            self.seconds += 1
            happened = self.desk.second(self.clock(), self.seconds)
            await self._take([*happened, *extra])
            if number % every_s == 0:
                self._look()
            extra = ()

    async def open(self, requests_minutes: int) -> None:
        """Start the desk, and let it be quiet for a while.

        requests_minutes: for so long before it only asked its venues now and then, so that what is
        normal is known.
        """
        for _ in range(requests_minutes):
            self.clock.forward(60 * SECOND)
            for _ in range(4):
                await self._take(self.desk.requests(self.clock(), 0))
        await self._take(self.desk.opening(self.clock()))
        await self.live(QUIET_S, every_s=LOOKS_S)

    async def _take(self, events: Iterable[Event]) -> None:
        sent = self.desk.stamped(iter(events), self.clock())
        block = b"".join(msgspec.json.encode(each) + b"\n" for each in sent)
        receipt = await self._app.engine.intake.submit(block, way="http")
        assert not receipt.refused, receipt.refused
        await self._app.engine.tick()

    def _look(self) -> None:
        now = self.clock()
        with self._store.transaction():
            rules = self._app.alerting.rules
            alerts = looked(rules, rules.look_at_all(now))
            self._fired |= {alert.name for alert in alerts if alert.state == "firing"}
            self._book.update(alerts, now)
            self.told += [(now, told) for told in self._book.tick(now)]

    def begins(self) -> None:
        """Forget what was before: what comes now is what the story tells."""
        self._began_at = self.clock()
        self._before, self._fired = self._fired, set()

    @property
    def news(self) -> set[str]:
        """The names of the alerts that fire since the story began, and had not before."""
        return self._fired - self._before

    @property
    def firing(self) -> set[str]:
        """The names of the alerts that have fired since the story began, known before or not."""
        return self._fired

    @property
    def pages(self) -> list[str]:
        """The names of the alerts that were paged since the story began, in order."""
        return [
            alert.name
            for at, told in self.told
            for alert in told.alerts
            if at > self._began_at and severity(alert.labels) == PAGE and alert.state == "firing"
        ]


@asynccontextmanager
async def story(
    folder: Path, config: str = "", *, requests_minutes: int = 0
) -> AsyncIterator[Story]:
    """Yield a desk that has been quiet for a while, and about which nobody was paged."""
    file = folder / "deskwatch.toml"
    file.write_text(f'data = "data"\n{config}')
    clock = Clock()
    with capture_logs():
        app = App(load(file, {}), clock=clock)
        await app._open()
        app._show_books()
        taking = asyncio.create_task(app.engine.intake.run())
        store = Store()
        try:
            one = Story(app, clock, store)
            await one.open(requests_minutes)
            assert one.pages == []
            yield one
        finally:
            app.engine.intake.close("the story is over")
            await taking
            await app.engine.close()
            store.close()
