"""The messages in docs/notifications.md are those that arrive."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from deskwatch.core.alert import Alert
from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.commands import HELP
from deskwatch.notify.telegram.settings import Chat
from tests.notify.bot_api import PRIVATE
from tests.notify.desk import MINUTE, SECOND, START, ListChannel, Notifier, alert, ended

PAGE = Path(__file__).parents[2] / "docs" / "notifications.md"

pytestmark = pytest.mark.anyio


def loss(account: str, lost: str, at: int = START, **labels: str) -> Alert:
    """Return a DailyLossLimitBreached as prometheus/alerts.yml words it."""
    where = "/".join([account, *labels.values()])
    said = f"{where} has lost {lost} USD since the day began: its daily loss limit of 10000 USD, or more."
    more = {"account": account, **labels, "currency": "USD", "limit": "daily_loss"}
    return worded(alert("DailyLossLimitBreached", at=at, **more), said)


def old_mark(venue: str, age: str, at: int) -> Alert:
    said = (
        f"A mark at {venue} of something held is {age} old, over 80% of the age at which it prices "
        "nothing any more."
    )
    return worded(alert("MarkOld", "warning", at=at, venue=venue), said)


def worded(one: Alert, summary: str) -> Alert:
    return replace(one, annotations={**one.annotations, "summary": summary})


@pytest.fixture
async def messages(telegram, clock, tmp_path):
    """Let a small incident happen; return every text that arrived."""
    second = ListChannel("mail")
    book = BookSettings(repeat_interval=30 * MINUTE, escalate_after=2 * MINUTE)
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, second, chat=Chat(PRIVATE), book=book
    ) as desk:
        breach = loss("A1", "12345.00", strategy="mm")
        ages = {"BINANCE": "4m 1s", "XNAS": "4m 2s", "XETR": "4m 3s"}
        old = [old_mark(venue, age, clock.wall()) for venue, age in ages.items()]
        await desk.dispatcher.update([breach, *old])
        await desk.pass_time(31 * MINUTE, tick=5 * SECOND)
        await desk.dispatcher.update([ended(breach, clock.wall())])
        await desk.pass_time(5 * SECOND)
        flood = [loss(f"B{n}", f"{10000 + n}.00", clock.wall()) for n in range(40)]
        await desk.dispatcher.update(flood)
        await desk.pass_time(5 * SECOND)
    return [one.text for one in telegram.sent]


async def test_the_chat_s_commands_are_those_of_the_page():
    rows = re.findall(r"^\| (`/.*?) \|", PAGE.read_text(), re.MULTILINE)
    assert re.findall("`(.*?)`", " ".join(rows)) == [line.partition(": ")[0] for line in HELP]


async def test_every_message_of_the_incident_is_in_the_page(messages):
    page = PAGE.read_text()
    shown = [block.strip("\n") for block in page.split("```text")[1:]]
    shown = [block.split("```")[0].strip("\n") for block in shown]
    assert shown == messages, "\n\n".join(messages)
