"""A notifying desk in a test: alerts in, messages at the fake Bot API out, on a clock of its own."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from deskwatch.core.alert import Alert, fingerprint
from deskwatch.core.notification import Notification
from deskwatch.notify.channel import Channel
from deskwatch.notify.clock import SteadyClock, WakingClock
from deskwatch.notify.dispatcher import Dispatcher
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.pace import UNBOUNDED
from deskwatch.notify.secret import Secret
from deskwatch.notify.settings import BookSettings, OutboxSettings
from deskwatch.notify.store import Change, Store
from deskwatch.notify.store_file import StoreFile
from deskwatch.notify.telegram.bot import BotApi
from deskwatch.notify.telegram.channel import TelegramChannel
from deskwatch.notify.telegram.settings import Chat, TelegramSettings
from tests.notify.bot_api import GROUP, TOKEN, BotApiServer

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
START = 1_790_000_000 * SECOND


class Clock:
    """Two clocks that a test moves: `wall` can be stepped, `monotonic` only goes on."""

    def __init__(self) -> None:
        self._passed = 0
        self._stepped = 0

    def wall(self) -> int:
        return START + self._passed + self._stepped

    def monotonic(self) -> int:
        return 10**15 + self._passed

    def advance(self, ns: int) -> None:
        self._passed += ns

    def step(self, ns: int) -> None:
        self._stepped += ns


def alert(
    name: str = "DailyLoss", severity: str = "page", *, at: int = START, **labels: str
) -> Alert:
    """Return a firing alert."""
    every = {"alertname": name, "severity": severity, **labels}
    return Alert(
        name=name,
        labels=every,
        annotations={
            "summary": f"{labels.get('account', 'A1')} lost 12,345 USD today, limit 10,000 USD.",
            "runbook_url": f"https://example.org/runbooks/{name}.md",
        },
        state="firing",
        value=12345.0,
        active_at=at,
        fired_at=at,
        event_time=at - SECOND,
        generator=f"desk/{name}",
        fingerprint=fingerprint(every),
        changed=True,
    )


def ended(one: Alert, at: int) -> Alert:
    """Return it as resolved."""
    return replace(one, state="resolved", resolved_at=at)


def again(one: Alert, at: int) -> Alert:
    """Return it as fired anew."""
    return replace(one, state="firing", active_at=at, fired_at=at, resolved_at=None)


@dataclass
class ListChannel:
    """A channel that keeps what it is given, and raises what it is told to."""

    name: str = "list"
    patience_s: float = 30.0
    failure: Exception | None = None
    got: list[Notification] = field(default_factory=list)

    def lane(self, notification: Notification) -> str:
        return ""

    def wait_s(self, lane: str, *, page: bool) -> float:
        return 0.0

    def room(self, lane: str) -> int:
        return UNBOUNDED

    def leaving(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext()

    async def deliver(self, notification: Notification) -> None:
        if self.failure is not None:
            raise self.failure
        self.got.append(notification)

    async def close(self) -> None:
        pass


class Kept(Store):
    """A store that is in its file at the end of each transaction, in the thread that it is used in."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = StoreFile(path)
        self.take_up(self._file.open())

    @contextmanager
    def transaction(self) -> Iterator[list[Change]]:
        with super().transaction() as changes:
            yield changes
        self._file.write(changes, flushed=True)

    def close(self) -> None:
        super().close()
        self._file.close()

    def __del__(self) -> None:
        self._file.close()  # of who died and closed nothing


def opened(path: Path | None) -> Store:
    """Return the store of a file, as who starts has it."""
    return Store() if path is None else Kept(path)


class Notifier:
    """A dispatcher with Telegram as its first channel, as `deskwatch.app` would make it."""

    def __init__(
        self,
        server: BotApiServer | None,
        path: Path | None,
        clock: Clock,
        *others: Channel,
        book: BookSettings | None = None,
        outbox: OutboxSettings | None = None,
        chat: Chat | None = None,
        by_severity: dict[str, Chat] | None = None,
        drills: Chat | None = None,
        simulated: Sequence[str] = (),
        users: Sequence[int] = (),
        file: StoreFile | None = None,
    ) -> None:
        self.clock = clock
        self.steady = SteadyClock(clock.wall, clock.monotonic)
        self.store = Store()
        self.file = file or (None if path is None else StoreFile(path))
        self.keeper = Keeper(self.store, self.file)
        channels: list[Channel] = list(others)
        self.telegram: TelegramChannel | None = None
        if server is not None:
            self.settings = TelegramSettings(
                token=Secret(TOKEN),
                chat=chat or Chat(GROUP),
                by_severity=by_severity or {},
                drills=drills,
                simulated=frozenset(simulated),
                users=frozenset(users),
                api_base_url=server.url,
                page_url="https://desk.example.org/",
                poll_s=0,
            )
            self.api = BotApi(self.settings)
            self.telegram = TelegramChannel(self.settings, self.api, self.keeper, self.steady)
            channels.insert(0, self.telegram)
        self.channels = channels
        self.dispatcher = Dispatcher(
            self.keeper,
            self.store,
            channels,
            book=book or BookSettings(),
            outbox=outbox or OutboxSettings(),
            clock=WakingClock(clock.wall, clock.monotonic),
        )

    async def __aenter__(self) -> Self:
        await self.keeper.open()
        if self.telegram is not None:
            await self.telegram.open()
        await self.dispatcher.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dispatcher.settle()
        await self.close()

    async def close(self) -> None:
        for channel in self.channels:
            await channel.close()
        await self.keeper.close()

    async def step(self) -> float:
        """Do what can be done now, and wait until it is done."""
        pause = await self.dispatcher.step()
        await self.dispatcher.settle()
        return pause

    async def pass_time(self, ns: int, tick: int = SECOND) -> None:
        """Let time pass, with all that happens meanwhile."""
        end = self.clock.monotonic() + ns
        await self.step()
        while (left := end - self.clock.monotonic()) > 0:
            self.clock.advance(min(tick, left))
            await self.step()

    async def drain(self, most: int = 24 * HOUR) -> None:
        """Let time pass until nothing waits."""
        end = self.clock.monotonic() + most
        await self.step()
        await self.step()
        while any(self.dispatcher.figures.queue.values()):
            assert self.clock.monotonic() < end, self.dispatcher.figures.queue
            self.clock.advance(SECOND)
            await self.step()


async def eventually(holds: Callable[[], object], deadline_s: float = 20.0) -> None:
    """Wait until something holds that another task or process brings about."""
    async with asyncio.timeout(deadline_s):
        while not holds():  # noqa: ASYNC110 - sockets have no event for us
            await asyncio.sleep(0.005)
