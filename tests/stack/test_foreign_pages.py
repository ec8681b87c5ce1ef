"""What the stack's Prometheus does on a request, and tells a web page of another site."""

import httpx
import pytest

from tests.notify.stack import Program
from tests.programs import free_port, programs
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


async def test_a_request_has_it_read_its_files_and_says_what_is_wrong_with_them(served):
    program, client = served
    config = program.folder / "prometheus.yml"
    config.write_text("global: {scrape_interval: 7s}")
    assert (await client.post("/-/reload")).status_code == 200
    assert "7s" in (await client.get("/api/v1/status/config")).text
    config.write_text("global: {scrape_interval: soon}")
    refused = await client.post("/-/reload")
    assert (refused.status_code, "soon" in refused.text) == (500, True)
    assert "7s" in (await client.get("/api/v1/status/config")).text
