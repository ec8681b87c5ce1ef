"""The app as a whole: stopped while it restores, it leaves all as it was; it tells whom to call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest

from deskwatch.app import App
from deskwatch.config import load
from deskwatch.journal.disk import Disk
from deskwatch.journal.lock import JournalLocked, lock_folder
from tests.core.blotter import EQUITY
from tests.notify.bot_api import TOKEN, BotApiServer

pytestmark = pytest.mark.anyio

LONG_AGO = 1_700_000_000_000_000_000
LINE = msgspec.json.encode(msgspec.structs.replace(EQUITY, event_time=LONG_AGO)) + b"\n"


@pytest.fixture
def config(tmp_path):
    environ = {"DESKWATCH_DATA": str(tmp_path), "DESKWATCH_SERVER__PORT": "0"}
    return load(None, environ)


@asynccontextmanager
async def running(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Run an app until it need not be asked any more."""
    started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(app.run(lambda: started.set_result(None)))
    await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    assert app.address is not None
    base_url = "http://{}:{}".format(*app.address)
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        yield client
    app.stop()
    await task


async def asked(config, method: str, path: str, **request) -> httpx.Response:
    """Run an app until it has answered one request."""
    async with running(App(config)) as client:
        return await client.request(method, path, **request)


async def post_one(config) -> httpx.Response:
    headers = {"Content-Type": "application/x-ndjson"}
    return await asked(config, "POST", "/v1/events", content=LINE, headers=headers)


async def test_the_page_says_whom_to_call(tmp_path):
    environ = {
        "DESKWATCH_DATA": str(tmp_path),
        "DESKWATCH_SERVER__PORT": "0",
        "DESKWATCH_ONCALL__CONTACTS": '["Ada, +41 44 000 00 00"]',
    }
    page = await asked(load(None, environ), "GET", "/")
    assert "<li>Ada, +41 44 000 00 00</li>" in page.text


async def test_the_fewest_series_that_may_be_set_leave_room_for_each_metric(tmp_path):
    environ = {"DESKWATCH_DATA": str(tmp_path), "DESKWATCH_METRICS__MAX_SERIES": "100"}
    assert "desk_order_ack_seconds_bucket" in App(load(None, environ)).may_show()


async def test_a_file_of_events_that_is_not_there_is_shown_as_unread(tmp_path):
    environ = {
        "DESKWATCH_DATA": str(tmp_path),
        "DESKWATCH_SERVER__PORT": "0",
        "DESKWATCH_FILES__oms__PATH": str(tmp_path / "oms.jsonl"),
    }
    async with asyncio.timeout(30), running(App(load(None, environ))) as client:
        shown = ""
        while 'deskwatch_event_file_unread{file="oms"} 1.0' not in shown:
            shown = (await client.get("/metrics")).text
        (tmp_path / "oms.jsonl").touch()
        while 'deskwatch_event_file_unread{file="oms"} 0.0' not in shown:
            shown = (await client.get("/metrics")).text


async def test_a_chat_that_takes_no_messages_is_told_of_before_there_is_one(tmp_path):
    async with BotApiServer() as telegram:
        environ = {
            "DESKWATCH_DATA": str(tmp_path),
            "DESKWATCH_SERVER__PORT": "0",
            "DESKWATCH_TELEGRAM__API_BASE_URL": telegram.url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_CHAT_ID": "-1002",
        }
        async with asyncio.timeout(60), running(App(load(None, environ))) as client:
            firing: set[str] = set()
            while "NotificationsFailing" not in firing:
                answer = (await client.get("/api/v1/alerts")).json()
                firing = {alert["labels"]["alertname"] for alert in answer["alerts"]}
    (channel,) = answer["channels"]
    assert channel["trouble"].endswith("Chat not found")
    assert telegram.calls["sendChatAction"] == 1


async def test_a_stream_ends_when_the_app_does(config):
    app, started = App(config), asyncio.Event()
    running = asyncio.create_task(app.run(started.set))
    await started.wait()
    assert app.address is not None
    url = "http://{}:{}/api/v1/stream?topics=pnl,status,alerts".format(*app.address)
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        app.stop()
        said = [line async for line in lines]
        await running
    assert "event: snapshot" in said
    assert not any("unavailable" in line for line in said)


def files(folder) -> dict[str, tuple[int, bytes]]:
    """Return what is in a folder, and when it was written."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


async def test_a_second_app_leaves_a_folder_that_is_in_use_as_it_is(config):
    await post_one(config)
    (config.data / "notify.sqlite").write_bytes(b"damaged: who opens it moves it aside")
    first = lock_folder(Disk(), config.data / "journal")
    before = files(config.data)
    with pytest.raises(JournalLocked):
        await App(config).run()
    assert files(config.data) == before
    first.release()


async def test_a_stop_during_the_replay_is_heeded_and_changes_nothing(config):
    assert (await post_one(config)).json()["accepted"] == 1
    snapshots = config.data / "snapshots"
    for snapshot in snapshots.iterdir():
        snapshot.unlink()
    stopped = App(config)
    stopped.stop()
    await stopped.run(lambda: pytest.fail("it took events"))
    assert not list(snapshots.iterdir())
    last = App(config)
    await last.run(last.stop)
    assert last.engine.replayed_frames == 1
    assert len(last.engine.books.instruments) == 1


async def test_starts_are_counted_over_restarts_so_that_a_loop_is_told(config):
    shown = [(await asked(config, "GET", "/metrics")).text for _ in range(4)]
    assert "\ndeskwatch_recent_starts 4.0\n" in shown[-1]
