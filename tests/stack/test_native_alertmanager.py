"""The stack's alerting as it is run: real servers, the stack's own files, any part killed."""

import asyncio
import time

import pytest

from deskwatch.core.observation import KillSwitch
from tests.exposition.prometheus_server import eventually
from tests.notify.bot_api import PRIVATE, BotApiServer
from tests.notify.stack import generations
from tests.stack.native import NativeStack, native_stack

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not generations(), reason="no prometheus and alertmanager installed"),
]

#: Longer than two rounds of a page's group in Alertmanager.
ROUNDS_S = 22.0


@pytest.fixture(params=generations(), ids=lambda servers: servers.alertmanager)
def servers(request):
    return request.param


@pytest.fixture
async def bot():
    async with BotApiServer() as server:
        yield server


def engaged(account: str) -> KillSwitch:
    return KillSwitch(
        event_time=time.time_ns(), engaged=True, account=account, actor="ada", cause="a drill"
    )


async def test_the_engine_is_killed_and_comes_back(servers, bot, tmp_path):
    async with native_stack(servers, tmp_path, bot, blind_after_s=60, down_after="10s") as stack:
        await stack.hand_in(engaged("A1"))
        assert await stack.is_told("PAGE: KillSwitchEngaged") < 5
        (page,) = stack.told("PAGE: KillSwitchEngaged")
        assert await stack.counted("deskwatch_pages_told_directly_total") == 0
        bot.press(PRIVATE, page, "Acknowledge")
        bot.press(PRIVATE, page, "Silence 1 h")
        await eventually(lambda: stack.at_alertmanager("GET", "silences"))

        await stack.kill_engine()
        assert await stack.is_told("PAGE: DeskwatchDown") < 28
        (down,) = stack.told("PAGE: DeskwatchDown")
        assert "Sent by Alertmanager" in down.text
        assert not down.buttons
        # What another program says of itself needs no engine; what is the desk's waits for it.
        await stack.fire(alertname="DiskFull", severity="page", job="node", instance="n:9100")
        assert await stack.is_told("PAGE: DiskFull") < 10
        await stack.fire(alertname="Odd", severity="page", venue="x")

        await stack.start_engine()
        await stack.is_told("RESOLVED: DeskwatchDown")
        (up,) = stack.told("RESOLVED: DeskwatchDown")
        assert up.text.splitlines()[1].startswith("ended: deskwatch at ")
        await stack.is_told("PAGE: Odd")
        await asyncio.sleep(ROUNDS_S)
        for first in ("KillSwitchEngaged", "Odd", "DiskFull", "DeskwatchDown"):
            assert len(stack.told(f"PAGE: {first}")) == 1, [one.text for one in bot.sent]
        assert await stack.counted("deskwatch_pages_told_directly_total") == 0


async def test_alertmanager_is_killed_and_comes_back(servers, bot, tmp_path):
    async with native_stack(servers, tmp_path, bot, blind_after_s=15, down_after="1m") as stack:
        await stack.hand_in(engaged("A1"))
        await stack.is_told("PAGE: KillSwitchEngaged")
        # The Watchdog comes each ten seconds, by this route, so the stack is not blind meanwhile.
        await asyncio.sleep(17)
        assert stack.told("PAGE: StackBlind") == []

        await stack.alertmanager.kill()
        await stack.hand_in(engaged("A2"))
        began = time.monotonic()
        await eventually(lambda: asyncio.sleep(0, len(stack.told("PAGE: KillSwitchEngaged")) == 2))
        assert time.monotonic() - began < 5
        assert "Alertmanager has not answered" in stack.told("PAGE: KillSwitch")[1].text
        await stack.is_told("PAGE: StackBlind")

        before = await stack.counted("deskwatch_alertmanager_groups_total")
        await stack.alertmanager.start()
        await stack.is_told("RESOLVED: StackBlind")
        await eventually(lambda: _more(stack, before))
        await asyncio.sleep(ROUNDS_S)
        # It has forgotten whom it told of A1, and never knew of A2: it posts both, nobody hears.
        assert len(stack.told("PAGE: KillSwitchEngaged")) == 2
        assert stack.told("STILL") == []


async def _more(stack: NativeStack, before: float) -> bool:
    return await stack.counted("deskwatch_alertmanager_groups_total") >= before + 2
