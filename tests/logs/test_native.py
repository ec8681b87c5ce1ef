"""The programs themselves, on loopback, with our files.

They are named by $LOKI_BIN, $PROMTAIL_BIN and $ALLOY_BIN.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.exposition.prometheus_server import eventually
from tests.logs.desk import packed
from tests.logs.pipeline import ROOT
from tests.programs import free_port

LOKI, PROMTAIL, ALLOY = (os.environ.get(f"{name}_BIN") for name in ("LOKI", "PROMTAIL", "ALLOY"))

needs_loki = pytest.mark.skipif(not LOKI, reason="LOKI_BIN names no Loki")
needs_promtail = pytest.mark.skipif(not PROMTAIL, reason="PROMTAIL_BIN names no Promtail")
needs_alloy = pytest.mark.skipif(not ALLOY, reason="ALLOY_BIN names no Alloy")

ON_LOOPBACK = [f"-server.{way}-listen-address=127.0.0.1" for way in ("http", "grpc")]

SECRET = "S3cr3t-v4lue_0123456789abcdef"


def moved(file: str, folder: Path, **replaced: str) -> Path:
    """Write our file for this machine: its paths and addresses replaced, nothing else."""
    text = (ROOT / file).read_text()
    for old in replaced:
        assert old in text, old
    # At once: what is put in, a free port, may have the next one's number in it.
    every = "|".join(map(re.escape, replaced))
    there = folder / Path(file).name
    there.write_text(re.sub(every, lambda found: replaced[found[0]], text))
    return there


@contextmanager
def running(folder: Path, name: str, *command: str, **environment: str) -> Iterator[None]:
    """Run a program; fail with what it said if it ends by itself."""
    said = folder / f"{name}.out"
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=folder, env={**os.environ, **environment}
        )
    try:
        yield
    finally:
        ended = process.poll()
        process.terminate()
        process.wait()
        assert ended is None, said.read_text()[-4000:]


@contextmanager
def loki(folder: Path) -> Iterator[str]:
    assert LOKI is not None
    port = free_port()
    paths = {"3100": str(port), "9095": str(free_port()), "/loki": str(folder / "loki")}
    file = moved("loki/loki.yml", folder, **paths)
    options = [f"-config.file={file}", "-config.expand-env=true", *ON_LOOPBACK]
    with running(folder, "loki", LOKI, *options):
        yield f"http://127.0.0.1:{port}"


async def takes_lines(client: httpx.AsyncClient) -> bool:
    """Say whether Loki is up and has taken a line, which no query for a job finds."""
    streams = [{"stream": {"from": "test"}, "values": [[str(time.time_ns()), "up"]]}]
    try:
        answer = await client.post("/loki/api/v1/push", json={"streams": streams})
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.NO_CONTENT


def addresses(folder: Path, url: str) -> dict[str, str]:
    return {
        "http://loki:3100": url,
        "/var/log/trading": str(folder / "trading"),
        "/var/lib/docker/containers": str(folder / "containers"),
    }


@contextmanager
def promtail(folder: Path, url: str, **environment: str) -> Iterator[str]:
    assert PROMTAIL is not None
    port = free_port()
    ours = {"/var/lib/promtail": str(folder), "9080": str(port)}
    file = moved("promtail/promtail.yml", folder, **addresses(folder, url), **ours)
    options = [f"-config.file={file}", "-config.expand-env=true", *ON_LOOPBACK]
    with running(folder, "promtail", PROMTAIL, *options, **environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def alloy(folder: Path, url: str) -> Iterator[None]:
    assert ALLOY is not None
    ours = {"/var/lib/promtail": str(folder)}
    file = moved("alloy/config.alloy", folder, **addresses(folder, url), **ours)
    listen = f"--server.http.listen-addr=127.0.0.1:{free_port()}"
    storage = f"--storage.path={folder / 'alloy'}"
    with running(folder, "alloy", ALLOY, "run", storage, listen, "--disable-reporting", str(file)):
        yield


def write_logs(folder: Path) -> None:
    (folder / "trading").mkdir()
    (folder / "containers" / "4c01").mkdir(parents=True)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    (folder / "trading" / "bot.log").write_text(
        f"{now} - bot - ERROR - venue refused api_key={SECRET}\n{now} - bot - INFO - on\n"
    )
    lines = [
        line.replace("2026-03-02T09:29:58", now[:19]) for line in packed(["FATAL x"], "trading/mm")
    ]
    (folder / "containers" / "4c01" / "4c01-json.log").write_text(
        "".join(f"{line}\n" for line in lines)
    )


def test_a_file_that_is_moved_keeps_a_port_that_looks_like_another(tmp_path):
    there = moved("loki/loki.yml", tmp_path, **{"3100": "39095", "9095": "40001"})
    assert "http_listen_port: 39095\n" in there.read_text()
    assert "grpc_listen_port: 40001\n" in there.read_text()


def test_a_program_that_ends_by_itself_says_why(tmp_path):
    say = ["sh", "-c", "echo no such field; exit 1"]
    with pytest.raises(AssertionError, match="no such field"), running(tmp_path, "loki", *say):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)


@needs_loki
def test_loki_takes_its_file():
    assert LOKI is not None
    file = ROOT / "loki" / "loki.yml"
    subprocess.run(
        [LOKI, f"-config.file={file}", "-config.expand-env=true", "-verify-config"], check=True
    )


@needs_promtail
def test_promtail_takes_its_file():
    assert PROMTAIL is not None
    file = ROOT / "promtail" / "promtail.yml"
    subprocess.run(
        [PROMTAIL, f"-config.file={file}", "-config.expand-env=true", "-check-syntax"], check=True
    )


@needs_alloy
def test_alloy_takes_its_file():
    assert ALLOY is not None
    subprocess.run([ALLOY, "validate", ROOT / "alloy" / "config.alloy"], check=True)


@needs_loki
@pytest.mark.parametrize(
    "collector",
    [
        pytest.param(promtail, marks=needs_promtail, id="Promtail"),
        pytest.param(alloy, marks=needs_alloy, id="Alloy"),
    ],
)
async def test_the_platform_s_errors_are_found_by_that_word(collector, tmp_path):
    write_logs(tmp_path)
    with loki(tmp_path) as url, collector(tmp_path, url):
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            found = await eventually(lambda: _errors(client), deadline_s=60.0)
    lines = sorted(line for stream in found for _, line in stream["values"])
    assert [stream["stream"]["job"] for stream in found] == ["trading"] * 2
    assert {stream["stream"]["service"] for stream in found} == {"bot", "mm"}
    assert lines[1] == "FATAL x [error]"
    assert lines[0].endswith("venue refused api_key=[redacted] [error]")
    assert SECRET not in str(found)


async def _errors(client: httpx.AsyncClient) -> list[dict[str, Any]] | None:
    """Return the streams of the query once both are there."""
    try:
        answer = await client.get(
            "/loki/api/v1/query_range", params={"query": '{job="trading"} |= "error"'}
        )
    except httpx.TransportError:
        return None
    if not answer.is_success:
        return None
    streams: list[dict[str, Any]] = answer.json()["data"]["result"]
    return streams if len(streams) == 2 else None
