"""Everything that can go wrong, all at once and at random: still nothing is lost and none is twice."""

import random
import re
from typing import Any

import pytest

from deskwatch.core.alert import Alert
from deskwatch.notify.outbox import AGAIN
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.settings import Chat
from tests.notify.bot_api import GROUP, PRIVATE, BotApiServer, Mode, Sent
from tests.notify.desk import HOUR, SECOND, Clock, Notifier, again, alert, ended

pytestmark = pytest.mark.anyio

STEPS = 60
MODES: tuple[Mode, ...] = ("fine", "fine", "fine", "storm", "garbage", "broken", "reset")

#: No more than a digest names.
ACCOUNTS = [f"A{number}" for number in range(7)]
#: Each may fire as often as it likes: what flaps is another matter.
BOOK = BookSettings(flap_count=1000)

_MENTION = re.compile(r"^(• ended after [^:]*: |• )?.*?\b(A\d) lost", re.MULTILINE)


def mentions(sent: Sent) -> dict[str, bool]:
    """Return whether each account that a message names fires."""
    over = sent.text.startswith("RESOLVED")
    found = {}
    for mark, account in _MENTION.findall(sent.text):
        found[account] = not over and not mark.startswith("• ended")
    return found


class Storm:
    """A desk whose alerts come and go while its way to the chat fails in every way."""

    def __init__(self, telegram: BotApiServer, clock: Clock, path: Any, seed: int) -> None:
        self.random = random.Random(seed)
        self.telegram, self.clock, self.path = telegram, clock, path
        self.chat = Chat(self.random.choice([PRIVATE, GROUP]))
        self.alerts: dict[str, Alert] = {}
        self.moved: dict[str, list[int]] = {}
        self.up = True
        self.desk: Notifier = self.started()

    def started(self) -> Notifier:
        return Notifier(self.telegram, self.path, self.clock, chat=self.chat, book=BOOK)

    async def open(self) -> None:
        await self.desk.__aenter__()

    async def move(self) -> None:
        """Let some alerts begin or end."""
        now = self.clock.wall()
        for account in self.random.sample(ACCOUNTS, self.random.randint(1, 4)):
            known = self.alerts.get(account)
            self.moved.setdefault(account, []).append(self.clock.monotonic())
            if known is None:
                self.alerts[account] = alert(account=account, at=now)
            elif known.state == "firing":
                self.alerts[account] = ended(known, now)
            else:
                self.alerts[account] = again(known, now)
        await self.desk.dispatcher.update(self.alerts.values())

    async def fail(self) -> None:
        """Let Telegram fail, or work again."""
        if not self.up:
            await self.telegram.start()
        self.up = self.random.random() > 0.2
        if not self.up:
            await self.telegram.stop()
        self.telegram.mode = self.random.choice(MODES)

    async def kill(self) -> None:
        """End the process in the midst of what it does, and start it again."""
        await self.desk.dispatcher.step()
        await self.desk.keeper.run(lambda _: None)
        for sending in list(self.desk.dispatcher._delivery._sends):
            sending.cancel()
        await self.desk.close()
        self.clock.advance(2 * SECOND)
        self.desk = self.started()
        await self.open()
        await self.desk.dispatcher.update(self.alerts.values())
        firing = [one.fingerprint for one in self.alerts.values() if one.state == "firing"]
        await self.desk.dispatcher.retain(firing)

    async def step_the_clock(self) -> None:
        """Let somebody set the wall clock."""
        self.clock.step(self.random.choice([-HOUR, HOUR]))

    async def rage(self) -> None:
        weights = {self.move: 10, self.fail: 4, self.kill: 2, self.step_the_clock: 1}
        for _ in range(STEPS):
            (happens,) = self.random.choices(list(weights), list(weights.values()))
            await happens()
            await self.desk.pass_time(self.random.randint(0, 15) * SECOND)

    async def calm(self) -> None:
        if not self.up:
            await self.telegram.start()
        self.telegram.mode = "fine"
        await self.desk.drain()
        await self.desk.dispatcher.settle()
        await self.desk.close()


@pytest.mark.parametrize("seed", range(4))
async def test_in_the_end_everyone_knows_what_is_so_and_was_told_once(
    telegram, clock, tmp_path, seed
):
    storm = Storm(telegram, clock, tmp_path / "n.sqlite", seed)
    await storm.open()
    await storm.rage()
    await storm.calm()
    told: dict[str, Sent] = {}
    for sent in telegram.sent:
        for account, fires in mentions(sent).items():
            before = told.get(account)
            if before is not None and mentions(before)[account] == fires:
                # It ended and began again in between, and this is the first that is heard of it.
                moves = [at for at in storm.moved[account] if before.at <= at <= sent.at]
                assert len(moves) >= 2 or AGAIN in sent.text, (account, before.text, sent.text)
            told[account] = sent
    known = {account: mentions(sent)[account] for account, sent in told.items()}
    assert known == {account: one.state == "firing" for account, one in storm.alerts.items()}
    assert telegram.floods == 0
