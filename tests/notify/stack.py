"""A real Alertmanager and a real Prometheus on loopback, to be killed and started again."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.notify.http_peer import Asked, Peer, peer
from tests.programs import FOLDER, free_port

_DEADLINE_S = 30.0


@dataclass(frozen=True)
class Servers:
    """The programs of one generation."""

    prometheus: str
    alertmanager: str


def generations() -> list[Servers]:
    """Return what is installed here, and what is in the folder that the environment names."""
    found = []
    for folder in dict.fromkeys((None, FOLDER)):
        prometheus = shutil.which("prometheus", path=folder)
        names = ("prometheus-alertmanager", "alertmanager")
        alertmanager = next(filter(None, (shutil.which(n, path=folder) for n in names)), None)
        if prometheus and alertmanager:
            found.append(Servers(prometheus, alertmanager))
    return found


@dataclass
class Program:
    """A server that is killed without a word and started again at the same port."""

    command: list[str]
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    auth: tuple[str, str] | None = None  # what it asks for, if anything

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        self.process = self._spawn()
        async with httpx.AsyncClient(auth=self.auth) as client, asyncio.timeout(_DEADLINE_S):
            while not await self._ready(client):
                assert self.process.poll() is None, self.folder
                await asyncio.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"http://127.0.0.1:{self.port}/-/ready")).is_success
        except httpx.TransportError:
            return False

    async def kill(self) -> None:
        """End it at once, as a crash does."""
        if self.process is not None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
            self.process = None


@dataclass
class Stack:
    """Both servers, the page that Prometheus scrapes, and what Alertmanager notified."""

    prometheus: Program
    alertmanager: Program
    page: Peer
    hook: Peer
    figures: dict[str, float] = field(default_factory=dict)

    def told(self) -> list[tuple[str, str]]:
        """Return what Alertmanager notified, oldest first: status and account of each alert."""
        bodies = [json.loads(asked.body) for asked in self.hook.asked]
        return [
            (one["status"], one["labels"].get("account", ""))
            for body in bodies
            for one in body["alerts"]
        ]

    async def alerts(self) -> list[dict[str, Any]]:
        """Return what Alertmanager holds as firing."""
        url = f"http://127.0.0.1:{self.alertmanager.port}/api/v2/alerts"
        async with httpx.AsyncClient() as client:
            found: list[dict[str, Any]] = (await client.get(url)).raise_for_status().json()
            return found

    async def prometheus_tells(self) -> bool:
        """Return whether Prometheus has told Alertmanager anything since it was started.

        It takes five seconds to find its Alertmanagers, while its own page says "firing" already.
        """
        url = f"http://127.0.0.1:{self.prometheus.port}/metrics"
        async with httpx.AsyncClient() as client:
            text = (await client.get(url)).raise_for_status().text
        return re.search(r"(?m)^prometheus_notifications_sent_total{.*} [1-9]", text) is not None


@asynccontextmanager
async def running(servers: Servers, folder: Path, *, keep_firing_for: str) -> AsyncIterator[Stack]:
    """Run both with short intervals. desk_loss{account} > 100 is the rule, `figures` its series."""
    async with peer() as page, peer() as hook:
        alertmanager = _alertmanager(servers, folder / "alertmanager", hook.url)
        rules = folder / "prometheus"
        prometheus = _prometheus(servers, rules, page.url, alertmanager.port, keep_firing_for)
        stack = Stack(prometheus, alertmanager, page, hook)
        page.headers["Content-Type"] = "text/plain"

        def metrics(_: Asked) -> bytes:
            lines = [f'desk_loss{{account="{name}"}} {v}\n' for name, v in stack.figures.items()]
            return "".join(lines).encode()

        page.answer = metrics
        try:
            await alertmanager.start()
            await prometheus.start()
            yield stack
        finally:
            await prometheus.kill()
            await alertmanager.kill()


def _alertmanager(servers: Servers, folder: Path, hook: str) -> Program:
    folder.mkdir()
    port = free_port()
    config = {
        "route": {
            "receiver": "hook",
            "group_by": ["..."],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": "4h",
        },
        "receivers": [{"name": "hook", "webhook_configs": [{"url": hook, "send_resolved": True}]}],
    }
    (folder / "alertmanager.yml").write_text(json.dumps(config))
    command = [
        servers.alertmanager,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--data.maintenance-interval=1s",
    ]
    return Program(command, folder, port)


def _prometheus(
    servers: Servers, folder: Path, page: str, alertmanager: int, keep_firing_for: str
) -> Program:
    folder.mkdir()
    port = free_port()
    rule = {
        "alert": "DailyLoss",
        "expr": "desk_loss > 100",
        "keep_firing_for": keep_firing_for,
        "labels": {"severity": "page"},
        "annotations": {"summary": "{{ $labels.account }} lost {{ $value }}"},
    }
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "desk", "rules": [rule]}]}))
    config = {
        "global": {
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
            "external_labels": {"cluster": "test"},
        },
        "rule_files": ["rules.yml"],
        "alerting": {
            "alert_relabel_configs": [
                {
                    "source_labels": ["job"],
                    "regex": "deskwatch",
                    "target_label": "instance",
                    "replacement": "",
                },
                {
                    "source_labels": ["job"],
                    "regex": "deskwatch",
                    "target_label": "job",
                    "replacement": "",
                },
            ],
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}],
        },
        "scrape_configs": [
            {
                "job_name": "deskwatch",
                "static_configs": [{"targets": [page.removeprefix("http://")]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    command = [
        servers.prometheus,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    ]
    return Program(command, folder, port)
