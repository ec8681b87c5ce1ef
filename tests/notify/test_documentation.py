"""The messages in docs/notifications.md are those that arrive."""

import re
from pathlib import Path

import pytest

from deskwatch.notify.settings import BookSettings
from deskwatch.notify.telegram.commands import HELP
from deskwatch.notify.telegram.settings import Chat
from tests.notify.bot_api import PRIVATE
from tests.notify.desk import MINUTE, SECOND, ListChannel, Notifier, alert, ended

PAGE = Path(__file__).parents[2] / "docs" / "notifications.md"

pytestmark = pytest.mark.anyio


@pytest.fixture
async def messages(telegram, clock, tmp_path):
    """Let a small incident happen; return every text that arrived."""
    second = ListChannel("mail")
    book = BookSettings(repeat_interval=30 * MINUTE, escalate_after=2 * MINUTE)
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, second, chat=Chat(PRIVATE), book=book
    ) as desk:
        loss = alert(account="A1", strategy="mm")
        stale = [alert("MarkStale", "warning", account=f"A{n}", at=clock.wall()) for n in (1, 2, 3)]
        await desk.dispatcher.update([loss, *stale])
        await desk.pass_time(31 * MINUTE, tick=5 * SECOND)
        await desk.dispatcher.update([ended(loss, clock.wall())])
        await desk.pass_time(5 * SECOND)
        flood = [alert(account=f"B{n}", at=clock.wall()) for n in range(40)]
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
