"""From an event over HTTP to a phone, through everything between, and over a restart."""

import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from deskwatch.core import event, observation
from deskwatch.core.period import MINUTE, SECOND
from deskwatch.notify.outbox import AGAIN
from tests.core.blotter import EQUITY, TEN
from tests.engine.child import Orders
from tests.engine.process import EngineProcess
from tests.notify.bot_api import PRIVATE, TOKEN, BotApiServer
from tests.notify.desk import eventually
from tests.serving import Served, serving

pytestmark = pytest.mark.anyio

BOUGHT = event.Fill(
    event_time=TEN,
    account="A1",
    strategy="mm",
    venue=EQUITY.venue,
    symbol=EQUITY.symbol,
    side="buy",
    quantity="10",
    price="100",
    exec_id="E1",
)


@pytest.fixture
async def bot():
    async with BotApiServer() as server:
        yield server


def told_to(bot: BotApiServer) -> str:
    return f"""
[limits.default.account]
daily_loss = "100"
[telegram]
token = "{TOKEN}"
chat_id = "{PRIVATE}"
api_base_url = "{bot.url}"
"""


async def post(served: Served, *events: event.Event) -> None:
    body = b"".join(msgspec.json.encode(each) + b"\n" for each in events)
    answer = await served.post(body, content_type="application/x-ndjson")
    assert answer.json()["refused_total"] == 0, answer.text


def marked(price: str, time: int) -> event.Mark:
    return event.Mark(event_time=time, venue=EQUITY.venue, symbol=EQUITY.symbol, price=price)


async def soon(served: Served, holds: Callable[[], object]) -> None:
    """Wait until something holds, with a clock that goes on meanwhile, faster than ours."""

    def look() -> object:
        served.clock.forward(SECOND // 10)
        return holds()

    await eventually(look)


async def firing(served: Served) -> set[str]:
    rows = (await served.get("alerts"))["alerts"]
    return {row["name"] for row in rows if row["state"] == "firing"}


async def test_a_breach_is_told_once_over_a_restart_and_so_is_its_end(bot, tmp_path):
    async with serving(tmp_path, told_to(bot)) as served:
        await post(served, EQUITY, BOUGHT, marked("100", TEN))
        await post(served, marked("80", TEN + 1))
        await soon(served, lambda: any("DailyLossLimitBreached" in sent.text for sent in bot.sent))
        assert "A1 has lost 200.00 USD" in bot.sent[0].text
    pages = [sent.text for sent in bot.sent if "DailyLossLimitBreached" in sent.text]
    assert len(pages) == 1
    async with serving(tmp_path, told_to(bot)) as served:
        rules = served.app.alerting.rules
        await soon(served, lambda: rules.evaluation_seconds.count >= 2)
        assert "DailyLossLimitBreached" in await firing(served)
        await post(served, marked("100", TEN + 2))
        seen = rules.evaluation_seconds.count
        await soon(served, lambda: rules.evaluation_seconds.count >= seen + 2)
        served.clock.forward(5 * MINUTE)  # as long as a loss may hover at its limit
        await soon(served, lambda: any("RESOLVED" in sent.text for sent in bot.sent))
    assert [s.text for s in bot.sent if s.text.startswith("PAGE: DailyLossLimit")] == pages


async def test_what_is_missing_stays_missing_over_a_restart_and_is_told_once(bot, tmp_path):
    beat = observation.Heartbeat(event_time=TEN, service="oms", host="h1", interval_ns=SECOND)
    timer = observation.DeadMan(event_time=TEN, timer="cancel", venue="XNAS", timeout_ns=SECOND)
    missing = {"ServiceDown", "DeadManExpired"}
    async with serving(tmp_path, told_to(bot)) as served:
        await post(served, beat, timer)
        await soon(served, lambda: all(any(m in s.text for s in bot.sent) for m in missing))
        now = served.clock.now
    async with serving(tmp_path, told_to(bot), begin=now + 60 * SECOND) as served:
        rules = served.app.alerting.rules
        await soon(served, lambda: rules.evaluation_seconds.count >= 3)
        assert missing <= await firing(served)
        assert not [sent.text for sent in bot.sent if "RESOLVED" in sent.text]
        again = served.clock.now
        stopped = replace(beat, event_time=again, interval_ns=0)
        await post(served, stopped, replace(timer, event_time=again, timeout_ns=None))
        await soon(served, lambda: sum("RESOLVED" in sent.text for sent in bot.sent) == 2)
    pages = [sent.text for sent in bot.sent if sent.text.startswith("PAGE: ")]
    assert sorted(pages) == sorted({*pages})


async def test_what_had_lasted_for_most_of_its_time_has_lasted_so_long_after_a_restart(
    bot, tmp_path
):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{alert: Long, expr: vector(1), for: 60s}]}]")
    config = f'{told_to(bot)}\n[rules]\nfiles = ["{rules}"]\n'
    async with serving(tmp_path, config) as served:
        await soon(served, lambda: served.app.alerting.current)
        began = served.clock.now
        await soon(served, lambda: served.clock.now - began > 50 * SECOND)
        stopped = served.clock.now
    async with serving(tmp_path, config, begin=stopped) as served:
        await soon(served, lambda: served.app.alerting.current)
        assert served.app.alerting.current[0].state == "pending"
        await soon(served, lambda: served.app.alerting.current[0].state == "firing")
        assert served.clock.now - stopped < 45 * SECOND


async def test_a_broken_rules_file_keeps_the_old_rules_and_is_an_alert(bot, tmp_path):
    rules = tmp_path / "rules.yml"
    good = "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}, %s]}]"
    watches = "{alert: RulesNotLoaded, expr: deskwatch_rules_reload_successful == 0}"
    rules.write_text(good % watches)
    config = f'{told_to(bot)}\n[rules]\nfiles = ["{rules}"]\n'
    async with serving(tmp_path, config) as served:
        await soon(served, lambda: served.app.alerting.current)
        rules.write_text("groups: [{name: g, rules: [{alert: Always, expr: 'vector('}]}]")
        answer = await served.client.post("/-/reload")
        assert answer.status_code == 422
        assert "vector(" in answer.text
        names = {alert.name for alert in served.app.alerting.current}
        await eventually(
            lambda: (
                {"Always", "RulesNotLoaded"}
                <= {alert.name for alert in served.app.alerting.current}
            )
        )
        assert "Always" in names
        rules.write_text(good % watches)
        assert (await served.client.post("/-/reload")).status_code == 200


async def test_a_rules_file_that_broke_before_a_restart_is_an_alert(bot, tmp_path):
    """An engine that did not start would tell nobody; until the file is mended it has ours."""
    rules = tmp_path / "rules.yml"
    good = "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]"
    rules.write_text(good)
    config = f'{told_to(bot)}\n[rules]\nfiles = ["{rules}"]\n'
    async with serving(tmp_path, config) as served:
        await soon(served, (tmp_path / "data" / "rules-state.json").exists)
    rules.write_text(good.replace("vector(1)", "'vector('"))
    async with serving(tmp_path, config) as served:
        alerting = served.app.alerting
        await soon(served, lambda: "RulesNotLoaded" in {one.name for one in alerting.current})
        assert "Watchdog" in {one.name for one in alerting.current}
        rules.write_text(good)
        assert (await served.client.post("/-/reload")).status_code == 200
        await soon(
            served,
            lambda: {"Always"} == {one.name for one in alerting.current if one.state == "firing"},
        )


@asynccontextmanager
async def process(config: Path, orders: Orders) -> AsyncIterator[EngineProcess]:
    """Run a deskwatch of its own; `kill -9` is one of its ends."""
    engine = EngineProcess(config, orders)
    try:
        assert await engine.started(), engine.said
        yield engine
        engine.tell(signal.SIGKILL)
        await engine.ended()
    finally:
        engine.close()


async def hand_in(engine: EngineProcess, *events: event.Event) -> None:
    body = b"".join(msgspec.json.encode(each) + b"\n" for each in events)
    url = f"http://{engine.http[0]}:{engine.http[1]}/v1/events"
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(url, content=body)
    assert answer.json()["refused_total"] == 0, answer.text


async def test_a_kill_in_the_midst_of_a_flood_loses_no_page_and_doubles_none(bot, tmp_path):
    names = [f"S{number:02}" for number in range(14)]  # no more than a digest names
    config = tmp_path / "deskwatch.toml"
    told = told_to(bot)
    config.write_text(f'data = "{tmp_path}/data"\n[server]\nport = 0\n{told}')
    orders = Orders(time.time_ns(), TEN)
    places = [replace(EQUITY, symbol=name) for name in names]
    trades = [replace(BOUGHT, account=name, symbol=name, exec_id=name) for name in names]
    drops = [replace(marked("80", TEN + 1), symbol=name) for name in names]
    async with process(config, orders) as engine:
        await hand_in(engine, *places, *trades, *(replace(each, price="100") for each in drops))
        for number, drop in enumerate(drops[:7], start=1):
            await hand_in(engine, drop)
            if number == 2:
                await eventually(lambda: bot.sent)
    async with process(config, orders) as engine:
        await hand_in(engine, *drops[7:])
        await eventually(lambda: all(any(n in one.text for one in bot.sent) for n in names), 60)
    for name in names:
        mentions = [one for one in bot.sent if name in one.text]
        assert all(AGAIN in one.text for one in mentions[1:]), [one.text for one in mentions]
    assert bot.floods == 0


async def test_a_breaker_is_told_at_once_without_a_tick_and_so_is_a_reset_by_nobody(bot, tmp_path):
    """A tick is a minute away: nothing but the event itself can have set the rules going."""
    opened = observation.Breaker(
        event_time=TEN, breaker="loss", account="A1", state="open", cause="drawdown",
        limit="500", value="620",
    )  # fmt: skip
    closed = replace(opened, event_time=TEN + 1, state="closed", cause="")
    async with serving(tmp_path, f"{told_to(bot)}\n[rules]\ntick_s = 60\n") as served:
        rules = served.app.alerting.rules
        await eventually(lambda: rules.evaluation_seconds.count)
        await post(served, opened)
        await soon(served, lambda: any("CircuitBreakerOpen" in sent.text for sent in bot.sent))
        assert "Breaker loss of A1 is open: drawdown, at 1.24 times its limit" in bot.sent[0].text
        await post(served, closed)
        await soon(served, lambda: any("ResetUnrecorded" in sent.text for sent in bot.sent))
        switch = observation.KillSwitch(event_time=TEN + 2, engaged=True, cause="runaway")
        await post(served, switch)
        await soon(served, lambda: any("KillSwitchEngaged" in sent.text for sent in bot.sent))
        assert served.app.alerting.event_to_alert_seconds.count >= 3
