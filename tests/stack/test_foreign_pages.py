"""What a web page of another site, in a browser on the stack's machine, can do to Prometheus."""

import asyncio
import signal

import httpx
import pytest

from tests.notify.stack import Program, free_port
from tests.stack.native import DEADLINE_S
from tests.stack.servers import programs
from tests.stack.test_synthetic_tests import STACK

PROMETHEUS = programs("PROMETHEUS_BIN", "prometheus")

#: Those of the stack's that say what is answered to whom. Passwords are test_basic_auth's.
FLAGS = [
    flag
    for flag in STACK["services"]["prometheus"]["command"]
    if flag.startswith(("--web.cors", "--web.enable"))
]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not PROMETHEUS, reason="no prometheus here (PROMETHEUS_BIN, PATH)"),
]


@pytest.fixture(params=PROMETHEUS)
async def served(request, tmp_path):
    """A Prometheus with the stack's flags for the web, and a client that talks to it."""
    config, port = tmp_path / "prometheus.yml", free_port()
    config.write_text("global: {scrape_interval: 15s}")
    command = [
        request.param,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *FLAGS,
    ]
    program = Program(command, tmp_path, port)
    await program.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield program, client
    finally:
        await program.kill()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://localhost:8080"])
async def test_no_other_origin_may_read_it(served, origin):
    _, client = served
    answer = await client.get("/api/v1/query", params={"query": "1"}, headers={"Origin": origin})
    assert answer.is_success
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_nobody_stops_it_by_a_request_and_a_signal_has_it_read_its_files(served):
    program, client = served
    for path in ("/-/quit", "/-/reload"):
        assert (await client.post(path)).status_code == 403
    (program.folder / "prometheus.yml").write_text("global: {scrape_interval: 7s}")
    program.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(DEADLINE_S):
        while "7s" not in (await client.get("/api/v1/status/config")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
