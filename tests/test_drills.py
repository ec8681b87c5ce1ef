"""The drill of the breaker through real parts: a platform's gateway, an engine, rules, a phone."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deskwatch import sdk
from deskwatch.demo.drill_account import ACCOUNT, Answer
from deskwatch.demo.drill_gateway import GatewayAddress, serve_gateway
from deskwatch.demo.runner import LiveDesk
from deskwatch.demo.simulate import SOURCE
from tests.cli.process import Engine, Process
from tests.exposition.prometheus_server import eventually
from tests.notify.bot_api import PRIVATE, TOKEN, BotApiServer
from tests.programs import free_port

pytestmark = pytest.mark.anyio

GATEWAY_TOKEN = "a-gateway-token-of-this-test"

#: `[log]` stands in the engine's own part.
CONFIG = """
[telegram]
token = "{token}"
chat_id = "{chat}"
api_base_url = "{bot}"
[accounts.drill]
simulated = true
[drills]
platform_url = "http://127.0.0.1:{gateway}"
platform_token = "{gateway_token}"
port = 0
[drill.breaker]
account = "drill"
"""


class Scene:
    """All the parts of a drill. live: the platform; phone: the Bot API."""

    def __init__(
        self, folder: Path, engine: Engine, live: LiveDesk, gateway: ExitStack, phone: BotApiServer
    ) -> None:
        self.engine = engine
        self.gateway = gateway
        self.phone = phone
        self.account = live._simulation.drill_account
        self._folder = folder

    def started(self, *arguments: str) -> Process:
        (self._folder / "drills").mkdir(exist_ok=True)
        known = ("--config", str(self.engine.config), "--url", self.engine.url)
        return Process(self._folder / "drills", "drills", *arguments, *known)

    async def run(self) -> dict[str, Any]:
        """Return the outcome of one run by `deskwatch drills run`."""
        process = self.started("run", "--json")
        status = await asyncio.to_thread(process.wait)
        outcome: dict[str, Any]
        (outcome,) = json.loads(process.stdout)
        assert status == (0 if outcome["verdict"]["success"] else 1)
        return outcome

    def set_drill(self, **keys: object) -> None:
        """Let the next runs have other settings than the engine was started with."""
        text = self.engine.config.read_text().partition("[drill.breaker]")[0]
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        self.engine.config.write_text(
            "\n".join([f'{text}[drill.breaker]\naccount = "drill"', *lines])
        )

    async def get(self, path: str) -> Any:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{self.engine.url}/api/v1/{path}")).json()


@asynccontextmanager
async def scene(folder: Path, more: str = "") -> AsyncIterator[Scene]:
    with ExitStack() as stack:
        async with BotApiServer() as phone:
            reported: list[sdk.Desk] = []
            live = LiveDesk(
                lambda kind, fields: getattr(reported[0], kind)(**fields),
                3, 1.0, time.time_ns, bad_events=False,
            )  # fmt: skip
            gateway = stack.enter_context(ExitStack())
            # The engine's address is known last, and the gateway tells of its breaker at once.
            port = free_port()
            config = CONFIG.format(
                token=TOKEN, chat=PRIVATE, bot=phone.url, gateway=port, gateway_token=GATEWAY_TOKEN
            )
            engine = await asyncio.to_thread(Engine, folder, more + config)
            stack.callback(engine.stop)
            reported.append(stack.enter_context(sdk.connect(engine.url, source=SOURCE)))
            gateway.enter_context(
                serve_gateway(live, GatewayAddress("127.0.0.1", port, GATEWAY_TOKEN))
            )
            yield Scene(folder, engine, live, gateway, phone)
            await asyncio.to_thread(stack.close)


async def test_a_breaker_opens_stops_orders_and_is_told_of_silently_as_a_drill(tmp_path):
    async with scene(tmp_path) as desk:
        outcome = await desk.run()
        assert outcome["verdict"] == {"success": True, "reason": ""}
        took = {step["name"]: step["duration_ns"] for step in outcome["steps"]}
        assert list(took) == [
            "ready", "open", "refuse", "seen", "alert", "told", "hold", "close", "over", "restore",
        ]  # fmt: skip
        page = desk.phone.sent[0]
        assert page.text.startswith("DRILL PAGE: CircuitBreakerOpen\nBreaker loss-drill of drill")
        assert page.silent
        (row,) = (await desk.get("drills"))["drills"]
        assert (row["drill"], row["status"], row["failures"]) == ("breaker", "passed", 0)
        assert [step["step"] for step in row["steps"]] == list(took)


async def test_an_operator_runs_the_drills_from_the_page(tmp_path):
    async with scene(tmp_path) as desk:
        address = f"{desk.engine.url}/api/v1/drills/run"
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(address)).json()["drills"] == ["breaker"]
            begun = await client.post(address)
            assert (begun.status_code, begun.json()["running"]) == (202, True)
            twice = await client.post(address)
            assert (twice.status_code, twice.json()["error"]["reason"]) == (409, "busy")

            async def is_over() -> bool:
                return not (await client.get(address)).json()["running"]

            await eventually(is_over, 60)
            assert (await client.get(address)).json()["trouble"] == ""
        (row,) = (await desk.get("drills"))["drills"]
        assert (row["drill"], row["status"]) == ("breaker", "passed")
        (deed,) = (await desk.get("audit"))["deeds"]
        assert (deed["actor"], deed["what"], deed["object"]) == ("local", "run drills", "breaker")


async def test_whatever_fails_is_named_reported_and_put_back(tmp_path, monkeypatch):
    async with scene(tmp_path) as desk:
        desk.set_drill(loss="0.01")
        assert (await desk.run())["verdict"]["reason"] == "not_opened"

        desk.set_drill()
        with monkeypatch.context() as patched:
            patched.setattr(desk.account, "submit", lambda now: Answer(accepted=True, order_id="x"))
            patched.setattr(desk.account, "cancel", lambda order_id: True)
            assert (await desk.run())["verdict"]["reason"] == "accepted"
        assert desk.account.standing(0) == "closed"

        desk.phone.mode = "broken"
        assert (await desk.run())["verdict"]["reason"] == "not_told"
        assert desk.account.standing(0) == "closed"

        desk.set_drill(timeout_s=1)
        await asyncio.to_thread(desk.gateway.close)
        assert (await desk.run())["verdict"]["reason"] == "unavailable"
        (row,) = (await desk.get("drills"))["drills"]
        assert (row["status"], row["reason"], row["failures"]) == ("failed", "unavailable", 4)
        alerts = (await desk.get("alerts"))["alerts"]
        firing = {one["name"] for one in alerts if one["state"] == "firing"}
        assert "DrillFailedRepeatedly" in firing
        assert "DrillFailed" not in firing


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]])
async def test_a_run_that_is_ended_closes_the_breaker_first_and_says_so(tmp_path, signals):
    """systemd and a terminal end a run that the engine began along with the engine, which does so too."""
    async with scene(tmp_path) as desk:
        desk.phone.mode = "broken"
        process = desk.started("run", "--json")

        async def is_open() -> bool:
            return bool(desk.account.standing(0) == "open")

        await eventually(is_open, 60)
        for number in signals:
            os.kill(process.pid, number)
        assert await asyncio.to_thread(process.wait) == 1
        assert desk.account.standing(0) == "closed"
        (outcome,) = json.loads(process.stdout)
        assert outcome["verdict"] == {"success": False, "reason": "stopped"}
        (row,) = (await desk.get("drills"))["drills"]
        assert (row["status"], row["reason"]) == ("failed", "stopped")


async def test_an_alert_that_no_rule_makes_is_missed(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]")
    async with scene(tmp_path, f'[rules]\nfiles = ["{rules}"]\n') as desk:
        desk.set_drill(timeout_s=2)
        assert (await desk.run())["verdict"]["reason"] == "not_alerted"
        assert desk.account.standing(0) == "closed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_drills_that_run_continuously_show_metrics_and_end_with_a_word(tmp_path, number):
    async with scene(tmp_path) as desk:
        drills = desk.started("serve")
        await asyncio.to_thread(drills.says, "drill_ended")
        log = [json.loads(line) for line in drills.stderr.splitlines()]
        port = next(line["port"] for line in log if line["event"] == "drills_listening")
        async with httpx.AsyncClient(trust_env=False) as client:
            metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        assert 'desk_drill_success{drill="breaker"} 1' in metrics
        assert re.search(r'desk_drill_promised_seconds\{drill="breaker"\} 18\d\d', metrics)
        assert await asyncio.to_thread(drills.stop, number) == 0
        (row,) = (await desk.get("drills"))["drills"]
        assert (row["status"], row["promised_s"], row["overdue"]) == ("passed", None, None)


async def test_the_gateway_lets_nobody_in_who_has_no_token_and_no_other_account(tmp_path):
    sent: list[str] = []
    live = LiveDesk(lambda kind, _: sent.append(kind), 3, 1.0, time.time_ns, bad_events=False)
    with serve_gateway(live, GatewayAddress("127.0.0.1", 0, GATEWAY_TOKEN)) as port:
        good = {"Authorization": f"Bearer {GATEWAY_TOKEN}"}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/v1/drill", trust_env=False
        ) as client:

            async def status(path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
                if body is None:
                    answer = await client.get(path, headers=headers)
                else:
                    answer = await client.post(path, json=body, headers=headers)
                return answer.status_code, answer.json()

            assert await status(f"/breakers/{ACCOUNT}") == (401, {"code": "UNAUTHORIZED"})
            assert await status(f"/breakers/{ACCOUNT}", **good) == (200, {"state": "closed"})
            others = {"account": "crypto", "amount": "900"}
            assert await status("/losses", others, **good) == (403, {"code": "NOT_SIMULATED"})
            bad = {"account": ACCOUNT, "amount": "-1"}
            assert await status("/losses", bad, **good) == (400, {"code": "BAD_AMOUNT"})
            assert await status("/losses", "x" * 5000, **good) == (413, {"code": "BODY_TOO_LARGE"})
            assert await status("/orders/17/cancel", others | {"account": ACCOUNT}, **good) == (
                404, {"code": "UNKNOWN_ORDER"},
            )  # fmt: skip
    assert sent.count("breaker") >= 1
