"""A disk that is full, and a folder that somebody else has: said, and never acknowledged."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deskwatch.journal.upkeep import verify
from tests.core.blotter import EQUITY, TEN
from tests.engine.child import Orders
from tests.engine.process import EngineProcess
from tests.engine.rig import block, fill
from tests.serving import serving

DEADLINE_S = 30.0
CONFIG = 'data = "data"\n[server]\nport = 0\n'

#: About 150 batches of `batch`.
LARGEST_FILE = 64 * 1024


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "deskwatch.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False) as client:
        yield client


def batch(number: int) -> bytes:
    """Return a fill of 10 shares, which no other batch has."""
    return block(fill(number, TEN, source="bot", sequence=number))


async def fill_the_disk(client: httpx.AsyncClient) -> tuple[int, httpx.Response]:
    """Return how many batches were acknowledged, and the answer to the first that was not."""
    await client.post("/v1/events", content=block(EQUITY))
    for number in range(1, 10_000):
        answer = await client.post("/v1/events", content=batch(number))
        if answer.status_code != 200:
            return number - 1, answer
        assert answer.json()["accepted"] == 1
    raise AssertionError("the disk never filled")


async def held(client: httpx.AsyncClient) -> int:
    (position,) = (await client.get("/api/v1/positions")).json()["positions"]
    return int(position["quantity"])


async def until_ready(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while (await client.get("/readyz")).status_code != 200:
        assert time.monotonic() < deadline, "it never recovered"


async def test_a_full_disk_is_told_and_left_as_soon_as_there_is_room(config, client):
    orders = Orders(time.time_ns(), TEN, tick_s=0.05, largest_file=LARGEST_FILE)
    process = EngineProcess(config, orders)
    try:
        assert await process.started(), process.said
        client.base_url = httpx.URL(f"http://{process.http[0]}:{process.http[1]}")
        acknowledged, answer = await fill_the_disk(client)
        assert acknowledged > 50
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        error = answer.json()["error"]
        assert error["reason"] == "unavailable"
        assert error["detail"].startswith("can't write the journal: File too large")
        await assert_it_says_so_and_serves_figures(client, acknowledged)
        process.tell(signal.SIGUSR1)
        await until_ready(client)
        answer = await client.post("/v1/events", content=batch(acknowledged + 1))
        assert answer.json()["accepted"] == 1
        process.tell(signal.SIGTERM)
        assert await process.ended() == 0, process.said
        await assert_it_is_all_there(config, client, acknowledged + 1)
    finally:
        process.close()


async def assert_it_says_so_and_serves_figures(client: httpx.AsyncClient, count: int) -> None:
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert "File too large" in ready.json()["error"]["detail"]
    journal = (await client.get("/api/v1/status")).json()["journal"]
    assert journal["state"] == "unwritable"
    assert "File too large" in journal["detail"]
    assert "\ndeskwatch_journal_writable 0.0\n" in (await client.get("/metrics")).text
    assert await held(client) == count * 10


async def assert_it_is_all_there(config: Path, client: httpx.AsyncClient, count: int) -> None:
    assert verify(config.parent / "data" / "journal").ok
    process = EngineProcess(config, Orders(time.time_ns(), TEN))
    try:
        assert await process.started(), process.said
        client.base_url = httpx.URL(f"http://{process.http[0]}:{process.http[1]}")
        assert await held(client) == count * 10
        again = b"".join(batch(number) for number in range(1, count + 1))
        assert (await client.post("/v1/events", content=again)).json()["duplicates"] == count
    finally:
        process.close()


def run_deskwatch(config: Path) -> subprocess.CompletedProcess[str]:
    """Run `deskwatch run`, which must end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "deskwatch", "run", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


async def test_a_second_engine_on_a_folder_ends_with_who_has_it(tmp_path):
    async with serving(tmp_path) as served:
        second = tmp_path / "second.toml"
        second.write_text(CONFIG)
        ended = run_deskwatch(second)
        assert ended.returncode == 1
        assert "is in use by another deskwatch (process" in ended.stderr
        assert "Traceback" not in ended.stderr
        answer = await served.post(block(EQUITY))
        assert json.loads(answer.content)["accepted"] == 1


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "data").write_text("a file")
    config = tmp_path / "deskwatch.toml"
    config.write_text(CONFIG)
    ended = run_deskwatch(config)
    assert ended.returncode == 1
    assert "data" in ended.stderr
    assert "Traceback" not in ended.stderr
