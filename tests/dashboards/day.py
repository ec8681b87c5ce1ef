"""Some minutes of a simulated desk, as a Prometheus would have scraped them."""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import msgspec

from deskwatch.cli.demo.stage import CONFIG
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.simulate import SOURCE, Simulation
from deskwatch.drills.runner import Outcome, StepOutcome
from deskwatch.drills.verdict import PASSED, Verdict, failed
from tests.serving import serving

#: Long enough for a busy venue's API to have every quantile: the 0.999 needs a thousand.
MINUTES = 9

#: Only the last are scraped.
SCRAPED_MINUTES = 4
SCRAPE_S = 15

#: Besides the demo's own: a process to look at, and somebody to tell who isn't there.
_CONFIGURED = """
[processes.engine]
command = "python"

[alertmanager]
url = "http://127.0.0.1:9"
"""

#: Two runs of a drill among what is scraped, by their second: one that passes, one that fails.
_RUNS = {
    (MINUTES - 3) * 60: {"told": PASSED, "restore": PASSED},
    (MINUTES - 1) * 60: {"told": failed("not_told"), "restore": PASSED},
}
_RUN_INTERVAL_NS = 600 * SECOND

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_TARGET = 'job="deskwatch",instance="deskwatch:8080"'


async def scrapes(folder: Path) -> str:
    """Return the samples of a desk's last minutes, as OpenMetrics with times that end about now.

    The desk's own day is always the same one, so that one run finds what another does.
    """
    config = CONFIG.partition("port = {port}\n")[2] + _CONFIGURED
    encode = msgspec.json.encode
    scraped: list[tuple[int, str]] = []
    async with serving(folder, config) as served:
        now = served.clock.now
        simulation = Simulation(7, now)
        number = 0
        for second in range(1, MINUTES * 60 + 1):
            now += SECOND
            events = [*simulation.step(now), *_drilled(_RUNS.get(second), now)]
            for event in events:
                number += 1
                event.update(source=SOURCE, epoch=1, sequence=number)
            served.clock.now = now
            await served.post(b"\n".join(map(encode, events)))
            await served.app.engine.tick()
            if second % SCRAPE_S == 0 and second > (MINUTES - SCRAPED_MINUTES) * 60:
                page = (await served.client.get("/metrics")).text
                scraped.append((second, page))
    # Only now: on a busy machine this took minutes, and what is old is not found.
    began = int(time.time()) - MINUTES * 60
    return "".join([*(_stamped(page, began + second) for second, page in scraped), "# EOF\n"])


def _drilled(verdicts: Mapping[str, Verdict] | None, now: int) -> list[dict[str, Any]]:
    """Return what a runner of drills tells of a run that has just ended; nothing for none."""
    if verdicts is None:
        return []
    steps = [StepOutcome(name, verdict, SECOND, now) for name, verdict in verdicts.items()]
    worst = next((one for one in verdicts.values() if not one.success), PASSED)
    run = Outcome("breaker", worst, steps, len(steps) * SECOND, now)
    return [msgspec.to_builtins(event) for event in run.events(_RUN_INTERVAL_NS)]


def _stamped(page: str, at: int) -> str:
    """Return the samples with the labels of their target and a time."""
    samples = [
        f"{name}{{{labels},{_TARGET}}} {value} {at}"
        if labels
        else f"{name}{{{_TARGET}}} {value} {at}"
        for name, labels, value in _SAMPLE.findall(page)
    ]
    return "\n".join([*samples, f"up{{{_TARGET}}} 1 {at}", ""])


async def backfilled(folder: Path, text: str) -> None:
    """Put the samples into `folder`/data, for a Prometheus to find."""
    file = folder / "scrapes.txt"
    await asyncio.to_thread(file.write_text, text)
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    assert promtool, "a Prometheus comes with its promtool"
    blocks = folder / "data"
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(file), str(blocks)]
    await anyio.run_process(command)
