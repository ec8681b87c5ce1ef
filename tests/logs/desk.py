"""Logs as they come: the platform's files, and what Docker writes of a container."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Final

from tests.logs.pipeline import ROOT, Entry, Pipeline, Stage, promtail

#: When lines are read.
NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

#: Recorded by others, beside the repository.
RECORDED: Final = ROOT.parent / "shared" / "data" / "05_logs"


def pipeline(timezone: str = "") -> Pipeline:
    return Pipeline(_stages(timezone), NOW)


@cache
def _stages(timezone: str) -> list[Stage]:
    (job,) = promtail(TRADING_TIMEZONE=timezone)["scrape_configs"]
    stages: list[Stage] = job["pipeline_stages"]
    return stages


def platform(
    *lines: str, file: str = "bot.log", through: Pipeline | None = None, timezone: str = ""
) -> list[Entry]:
    """Return what becomes of lines in a file of the platform."""
    through = through or pipeline(timezone)
    path = f"/var/log/trading/{file}"
    return through.run(lines, job="trading", filename=path, timezone=timezone)


def container(*lines: str, tag: str | None = None, through: Pipeline | None = None) -> list[Entry]:
    """Return what becomes of what a container wrote. tag: from its logging options."""
    through = through or pipeline()
    path = "/var/lib/docker/containers/4c01db0b339c/4c01db0b339c-json.log"
    return through.run(packed(lines, tag), job="containers", filename=path)


def packed(lines: Iterable[str], tag: str | None = None) -> list[str]:
    """Return lines as Docker's json-file driver writes them."""
    attributes = {"attrs": {"tag": tag}} if tag else {}
    return [
        json.dumps({"log": f"{line}\n", "stream": "stderr"} | attributes | {"time": DOCKER_TIME})
        for line in lines
    ]


DOCKER_TIME: Final = "2026-03-02T09:29:58.123456789Z"
