"""What tests/logs/pipeline.py says of lines is what the real Promtail makes of them.

It reads what those tests are given, lines put together at random, and recorded logs, and sends
them to a real Loki. The programs are named by $LOKI_BIN and $PROMTAIL_BIN.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.exposition.prometheus_server import eventually
from tests.logs import test_native, test_pipeline, test_redaction
from tests.logs.desk import DOCKER_TIME, RECORDED, packed
from tests.logs.pipeline import Entry, Pipeline, promtail
from tests.logs.test_entry import examples
from tests.logs.test_native import needs_loki, needs_promtail

pytestmark = [needs_loki, needs_promtail]

NOW: Final = datetime.now(UTC)
#: Examples are of then: within the week that is sent, and longer ago than what Loki has in memory.
YESTERDAY: Final = (NOW - timedelta(days=1)).date().isoformat()
#: A stream takes what is less than an hour older than its newest.
JUST_NOW: Final = NOW - timedelta(minutes=30)
BERLIN: Final = "Europe/Berlin"

PIECES: Final = [
    f"{JUST_NOW:%Y-%m-%dT%H:%M:%S}Z ", f"{JUST_NOW.astimezone(ZoneInfo(BERLIN)):%Y-%m-%d %H:%M:%S},310 ", "INFO ", "[error] ", "level=warn ", "ERROR", "\x1b[1m", "\x1b[0m",
    '{"level": "error", ', '"event": "x"', "}", " ", "Traceback (most recent call last):", "api_key=", '"secret": ', "'password': ", "Authorization: ", "Bearer ", "Cookie=", "token=",
    "abcdefghijklmnop", "0123456789abcdef", '"', "'", "[", "]", "{", ")", "(b'x-api-key', b'", ",", ";", "\\", "\\\\", "\\n", "554=", "|", "\x01", "://a:b@c", "ä", "😀",
    "-----BEGIN PRIVATE KEY-----", "eyJabcdefgh.eyJabcdefgh.abc",
]  # fmt: skip

#: What an entry is in Loki: its line, job, service, level and event.
Kept = tuple[str, str, str, str, str]


def whatever(count: int) -> list[str]:
    """Return lines of what the expressions look for, put together at random."""
    chance = random.Random(7)
    return ["".join(chance.choices(PIECES, k=chance.randint(0, 12))) for _ in range(count)]


def of_yesterday(line: str) -> str:
    return line.replace("2026-03-02", YESTERDAY)


def just_now(line: str) -> str:
    return line.replace(DOCKER_TIME, f"{JUST_NOW:%Y-%m-%dT%H:%M:%S.%fZ}")


def platform() -> Iterator[tuple[str, list[str]]]:
    """Yield the files of a platform: a name, and its lines."""
    for number, said in enumerate(test_redaction.SAID):
        yield f"secret{number}.log", ["INFO x", *f"  {said.values[0]}".split("\n")]
    for test, name in (
        (test_pipeline.test_level, "level"),
        (test_pipeline.test_the_word_error_finds_every_error, "kept"),
    ):
        for number, (line, _) in enumerate(examples(test, name)):
            yield f"{name}{number}.log", [of_yesterday(line)]
    for name, _ in examples(test_pipeline.test_a_file_s_service_does_not_change_with_the_day, ""):
        yield name, ["INFO x"]
    traceback = test_pipeline.TRACEBACK.split("\n")
    yield "traceback.log", ["INFO a", "ERROR b", *traceback, "INFO c", "", "  d", *traceback]
    yield "endless.log", ["ERROR dump", *["more"] * 1200, "INFO on"]
    yield "whatever.log", whatever(2000)
    for file in recorded():
        yield file.name, file.read_text().splitlines()[:3000]


def recorded() -> list[Path]:
    return sorted(RECORDED.glob("**/*.log"))


def containers() -> Iterator[tuple[str, list[str]]]:
    """Yield what Docker wrote of containers, each with its id."""
    lines = ["INFO up", "ERROR b", *test_pipeline.TRACEBACK.split("\n"), "INFO c"]
    tags = examples(test_pipeline.test_a_container_is_called_by_its_tag, "")
    for number, (tag, _, _) in enumerate(tags):
        yield str(number), [just_now(line) for line in packed([*lines, f"{number}"], tag)]
    refused = json.dumps({"event": "event_refused", "level": "warning"})
    yield "own", [just_now(line) for line in packed([refused], "deskwatch")]


def write(folder: Path) -> None:
    """Write all files where Promtail looks for them."""
    there = {f"trading/{name}": lines for name, lines in platform()}
    there |= {f"containers/{name}/{name}-json.log": lines for name, lines in containers()}
    for name, lines in there.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines))


def expected(zone: str) -> tuple[list[Entry], Pipeline]:
    """Return what becomes of all files, and the pipeline that counted it."""
    (job,) = promtail(TRADING_TIMEZONE=zone)["scrape_configs"]
    through = Pipeline(job["pipeline_stages"], NOW)
    entries: list[Entry] = []
    for name, lines in platform():
        path = f"/var/log/trading/{name}"
        entries += through.run(lines, job="trading", filename=path, timezone=zone)
    for name, lines in containers():
        path = f"/var/lib/docker/containers/{name}/{name}-json.log"
        entries += through.run(lines, job="containers", filename=path)
    return entries, through


async def kept(client: httpx.AsyncClient, count: int) -> set[Kept] | None:
    """Return what Loki has, once it is as many as there must be."""
    files = [file.stem for file in recorded()]
    # Loki answers with 5,000 lines at most.
    selectors = [f'job=~".+", service!~"{"|".join(files)}"', *(f'service="{one}"' for one in files)]
    found: set[Kept] = set()
    for selector in selectors:
        params = {"query": f"{{{selector}}}", "since": "48h", "limit": "5000"}
        try:
            answer = await client.get("/loki/api/v1/query_range", params=params)
        except httpx.TransportError:
            return None
        if not answer.is_success:
            return None
        found |= set(as_kept(answer.json()["data"]["result"]))
    return found if len(found) >= count else None


def as_kept(streams: list[dict[str, Any]]) -> Iterator[Kept]:
    for one in streams:
        labels = one["stream"]
        for _, line in one["values"]:
            yield line, labels["job"], labels["service"], labels["level"], labels.get("event", "")


def counted(metrics: str) -> dict[tuple[str, str], int]:
    """Return what Promtail counted for our alerts, by metric and service."""
    return {
        (sample.name, sample.labels["service"]): int(sample.value)
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name.startswith("desk_log_") and sample.name.endswith("_total")
    }


@pytest.mark.parametrize("zone", ["", BERLIN])
async def test_promtail_makes_of_lines_what_the_pipeline_says(zone, tmp_path):
    entries, through = expected(zone)
    ours = {
        (one.line, one.labels["job"], one.labels["service"], one.labels["level"], one.metadata.get("event") or "")
        for one in entries
    }  # fmt: skip
    write(tmp_path)
    with test_native.loki(tmp_path) as loki:
        async with httpx.AsyncClient(base_url=loki, trust_env=False) as client:
            # A line that waits for Loki for a second is no part of the entry before it any more.
            await eventually(lambda: test_native.takes_lines(client), 60.0)
            with test_native.promtail(tmp_path, loki, TRADING_TIMEZONE=zone) as collector:
                theirs = await eventually(lambda: kept(client, len(ours)), 120.0)
                metrics = (await client.get(f"{collector}/metrics")).text
    assert theirs == ours
    assert counted(metrics) == through.counted
