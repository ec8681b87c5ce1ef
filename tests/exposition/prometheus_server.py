"""A page served on loopback, and a real Prometheus that scrapes it."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx

#: Returns a body and its headers for a request's headers, whose names are in lower case.
Page = Callable[[Mapping[str, str]], tuple[bytes, Mapping[str, str]]]

_DEADLINE_S = 30.0
_LOG = "prometheus.log"

T = TypeVar("T")


@asynccontextmanager
async def serve(page: Page) -> AsyncIterator[str]:
    """Serve the page at every path; yield its address as host:port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
                body, headers = page({name.lower(): value for name, _, value in lines})
                headers = {**headers, "Content-Length": str(len(body))}
                fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                writer.write(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode())
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # Prometheus hung up
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


class Prometheus:
    """A running Prometheus, and what it knows."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of its HTTP API, version 1."""
        answer = await self._client.get(f"/api/v1/{path}", params=parameters)
        return answer.raise_for_status().json()["data"]

    async def query(self, promql: str) -> list[dict[str, Any]]:
        """Return the series of an instant query, or those of a range selector."""
        result: list[dict[str, Any]] = (await self.get("query", query=promql))["result"]
        return result

    async def target(self) -> dict[str, Any]:
        """Return what it says of its one target."""
        targets: list[dict[str, Any]] = (await self.get("targets"))["activeTargets"]
        return targets[0]


@asynccontextmanager
async def scraping(
    binary: str, address: str, directory: Path, *, scrape_interval: str
) -> AsyncIterator[Prometheus]:
    """Run a Prometheus that scrapes one address, keeping all it writes in `directory`."""
    job = {
        "job_name": "deskwatch",
        "scrape_interval": scrape_interval,
        "scrape_timeout": scrape_interval,
        "static_configs": [{"targets": [address]}],
    }
    async with running(binary, {"scrape_configs": [job]}, directory) as prometheus:
        yield prometheus


@asynccontextmanager
async def running(
    binary: str, config: dict[str, object], directory: Path
) -> AsyncIterator[Prometheus]:
    """Run a Prometheus on what `directory`/data holds, keeping all it writes there."""
    process = _start(binary, config, directory)
    try:
        url = await eventually(lambda: _listening(process, directory))
        async with httpx.AsyncClient(base_url=url, timeout=_DEADLINE_S) as client:
            yield Prometheus(client)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def _start(binary: str, config: dict[str, object], directory: Path) -> subprocess.Popen[bytes]:
    file = directory / "prometheus.yml"
    file.write_text(json.dumps(config))
    with (directory / _LOG).open("wb") as log:
        return subprocess.Popen(
            [
                binary,
                f"--config.file={file}",
                f"--storage.tsdb.path={directory / 'data'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            stdout=log,
            stderr=log,
        )


async def eventually(ask: Callable[[], Awaitable[T | None]], deadline_s: float = _DEADLINE_S) -> T:
    """Return the first answer that is neither None nor empty; fail when none comes in time."""
    async with asyncio.timeout(deadline_s):
        while not (answer := await ask()):  # noqa: ASYNC110 - another process has no event for us
            await asyncio.sleep(0.05)
        return answer


async def _listening(process: subprocess.Popen[bytes], directory: Path) -> str | None:
    """Return the address of its API, once its log tells it."""
    text = await anyio.Path(directory / _LOG).read_text()
    assert process.poll() is None, text
    found = re.search(r'"Listening on".* address=(127\.0\.0\.1:\d+)', text)
    return f"http://{found[1]}" if found else None
