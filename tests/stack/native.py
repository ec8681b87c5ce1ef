"""The stack's own programs on loopback, out of its own files, with a Bot API that is ours."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import yaml

from deskwatch.core.event import Event
from deskwatch.stack.alertmanager import rendered
from tests.engine.child import Orders
from tests.engine.process import EngineProcess
from tests.notify.bot_api import PRIVATE, TOKEN, BotApiServer, Sent
from tests.notify.stack import Program, Servers
from tests.programs import free_port

ROOT = Path(__file__).parents[2]
SECRET = "the-stack-s-own-token"
DEADLINE_S = 60.0


@dataclass
class NativeStack:
    """Engine, Prometheus and Alertmanager, each to be killed and started again."""

    bot: BotApiServer
    alertmanager: Program
    prometheus: Program
    config: Path
    port: int
    client: httpx.AsyncClient
    engine: EngineProcess | None = None

    async def start_engine(self) -> None:
        """Start it, and wait until it takes events."""
        now = time.time_ns()
        self.engine = EngineProcess(self.config, Orders(began_at=now, desk_time=now))
        assert await self.engine.started(), self.engine.said

    async def kill_engine(self) -> None:
        """End it at once, as a crash does."""
        assert self.engine is not None
        await asyncio.to_thread(self.engine.close)

    async def hand_in(self, *events: Event) -> None:
        """Post events to the engine."""
        body = b"".join(msgspec.json.encode(each) + b"\n" for each in events)
        await self._asked("POST", "/v1/events", content=body)

    async def counted(self, name: str) -> float:
        """Return the sum of a metric of the engine's over its labels."""
        text = (await self._asked("GET", "/metrics")).text
        return sum(float(one) for one in re.findall(rf"(?m)^{name}(?:{{.*}})? (\S+)$", text))

    async def _asked(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-ndjson"}
        url = f"http://127.0.0.1:{self.port}{path}"
        answer = await self.client.request(method, url, content=content, headers=headers)
        return answer.raise_for_status()

    async def at_alertmanager(self, method: str, path: str, body: object = None) -> Any:
        """Ask Alertmanager's API."""
        url = f"http://127.0.0.1:{self.alertmanager.port}/api/v2/{path}"
        answer = (await self.client.request(method, url, json=body)).raise_for_status()
        return answer.json() if answer.content else None

    async def fire(self, **labels: str) -> None:
        """Say to Alertmanager that something fires, as another program's rules do."""
        summary = f"{labels['alertname']} was said by another program."
        await self.at_alertmanager(
            "POST", "alerts", [{"labels": labels, "annotations": {"summary": summary}}]
        )

    def told(self, first: str) -> list[Sent]:
        """Return the messages whose first line begins so, oldest first."""
        return [one for one in self.bot.sent if one.text.startswith(first)]

    async def is_told(self, first: str, within_s: float = DEADLINE_S) -> float:
        """Wait for a message; return after how many seconds it came."""
        began = time.monotonic()
        while not self.told(first):
            assert time.monotonic() - began < within_s, [one.text for one in self.bot.sent]
            await asyncio.sleep(0.05)
        return time.monotonic() - began


@asynccontextmanager
async def native_stack(
    servers: Servers, folder: Path, bot: BotApiServer, *, blind_after_s: int, down_after: str
) -> AsyncIterator[NativeStack]:
    """Run all three. down_after: the `for` of DeskwatchDown."""
    port = free_port()
    (folder / "token").write_text(SECRET)
    (folder / "password").write_text("")
    rules = (ROOT / "prometheus" / "alerts.yml").read_text()
    rules = rules.replace("for: 15s  # a restart takes less", f"for: {down_after}  # a test's")
    (folder / "alerts.yml").write_text(rules)
    alertmanager = _alertmanager(servers, folder, bot.url, port)
    prometheus = _prometheus(servers, folder, port, alertmanager.port)
    config = folder / "deskwatch.toml"
    config.write_text(f"""
data = "data"
[server]
port = {port}
token = "{SECRET}"
[rules]
files = ["{folder / "alerts.yml"}"]
[alertmanager]
url = "http://127.0.0.1:{alertmanager.port}"
receiver = "deskwatch"
[deadman]
blind_after_s = {blind_after_s}
[telegram]
token = "{TOKEN}"
chat_id = "{PRIVATE}"
api_base_url = "{bot.url}"
users = [{PRIVATE}]
""")
    async with httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False) as client:
        stack = NativeStack(bot, alertmanager, prometheus, config, port, client)
        try:
            await alertmanager.start()
            await prometheus.start()
            await stack.start_engine()
            yield stack
        finally:
            await prometheus.kill()
            await alertmanager.kill()
            if stack.engine is not None:
                stack.engine.close()


def _alertmanager(servers: Servers, folder: Path, bot: str, engine: int) -> Program:
    """Return it with the stack's file, its addresses and its Bot API put to loopback."""
    home = folder / "alertmanager"
    home.mkdir()
    text = rendered((ROOT / "alertmanager" / "alertmanager.yml").read_text(), TOKEN, str(PRIVATE))
    text = text.replace("http://deskwatch:8080", f"http://127.0.0.1:{engine}")
    text = text.replace("/run/stack/alertmanager/token", str(folder / "token"))
    config = yaml.safe_load(text)
    for receiver in config["receivers"]:
        for telegram in receiver.get("telegram_configs", []):
            telegram["api_url"] = bot
    (home / "alertmanager.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [
        servers.alertmanager,
        f"--config.file={home / 'alertmanager.yml'}",
        f"--storage.path={home / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    return Program(command, home, port)


def _prometheus(servers: Servers, folder: Path, engine: int, alertmanager: int) -> Program:
    """Return it with the stack's file, of whose targets only these two are here."""
    home = folder / "prometheus"
    home.mkdir()
    text = (ROOT / "prometheus" / "prometheus.yml").read_text()
    text = text.replace("/run/stack/prometheus", str(folder))
    text = text.replace("deskwatch:8080", f"127.0.0.1:{engine}")
    text = text.replace("alertmanager:9093", f"127.0.0.1:{alertmanager}")
    config = yaml.safe_load(text)
    config["rule_files"] = [str(folder / "alerts.yml")]
    here = ("deskwatch", "alertmanager")
    config["scrape_configs"] = [one for one in config["scrape_configs"] if one["job_name"] in here]
    (home / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [
        servers.prometheus,
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        "--rules.alert.resend-delay=1s",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    return Program(command, home, port)
