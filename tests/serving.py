"""A whole deskwatch in this process, asked over HTTP; its clock is moved by hand."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from structlog.testing import capture_logs

from deskwatch.app import App
from deskwatch.config import load
from deskwatch.core import event
from tests.engine.rig import Clock

_SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

#: A metric's name, and the values of its labels by name.
Series = tuple[str, frozenset[tuple[str, str]]]


class Served:
    """A running app and a client of it."""

    def __init__(self, app: App, client: httpx.AsyncClient, clock: Clock) -> None:
        self.app = app
        self.client = client
        self.clock = clock

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """Hand in a body of lines; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/v1/events", content=body, headers=named)

    async def report(self, *events: event.Event) -> None:
        """Hand in events, of which none is refused."""
        body = b"".join(msgspec.json.encode(one) + b"\n" for one in events)
        answer = await self.post(body, content_type="application/x-ndjson")
        assert answer.json()["refused"] == [], answer.text

    async def get(self, path: str, **parameters: str | int) -> Any:
        """Return an answer of the API."""
        answer = await self.client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def metrics(self) -> Mapping[Series, float]:
        """Return every sample of /metrics."""
        text = (await self.client.get("/metrics")).text
        found = [_SAMPLE.fullmatch(line) for line in text.splitlines() if line[:1] != "#"]
        return {
            (sample["name"], frozenset(_LABEL.findall(sample["labels"] or ""))): float(
                sample["value"]
            )
            for sample in found
            if sample is not None
        }


def series(name: str, **labels: str) -> Series:
    return name, frozenset(labels.items())


@asynccontextmanager
async def serving(
    folder: Path, config: str = "", token: str | None = None, begin: int | None = None
) -> AsyncIterator[Served]:
    """Run an app on a free port with `config` added to its configuration; `begin` at a time (ns)."""
    file = folder / "deskwatch.toml"
    server = "port = 0" + (f'\ntoken = "{token}"' if token else "")
    file.write_text(f'data = "data"\n[server]\n{server}\n{config}')
    clock = Clock()
    clock.now = begin or clock.now
    with capture_logs():
        app = App(load(file, {}), clock=clock)
        started = asyncio.Event()
        running = asyncio.create_task(app.run(started.set))
        starting = asyncio.create_task(started.wait())
        await asyncio.wait((running, starting), return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        try:
            if running.done():
                running.result()
            assert app.address is not None
            host, port = app.address
            async with httpx.AsyncClient(
                base_url=f"http://{host}:{port}", timeout=60, trust_env=False
            ) as client:
                yield Served(app, client, clock)
        finally:
            app.stop()
            await running
            gc.unfreeze()  # the test that comes next starts with what it made
