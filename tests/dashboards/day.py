"""Some minutes of a simulated desk, as a Prometheus would have scraped them."""

import asyncio
import os
import re
import shutil
import time
from pathlib import Path

import anyio
import msgspec

from deskwatch.cli.stage import _CONFIG
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.simulate import SOURCE, Simulation
from tests.serving import serving

#: Long enough for every quantile of a busy venue: the 0.999 of latencies needs a thousand.
MINUTES = 15

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

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_TARGET = 'job="deskwatch",instance="deskwatch:8080"'


async def scrapes(folder: Path) -> str:
    """Return the samples of a desk's last minutes, as OpenMetrics with times that end about now.

    The desk's own day is always the same one, so that one run finds what another does.
    """
    config = _CONFIG.partition("port = {port}\n")[2] + _CONFIGURED
    encode = msgspec.json.encode
    scraped: list[str] = []
    async with serving(folder, config) as served:
        now = served.clock.now
        simulation = Simulation(7, now)
        began = int(time.time()) - MINUTES * 60
        number = 0
        for second in range(1, MINUTES * 60 + 1):
            now += SECOND
            events = simulation.step(now)
            for event in events:
                number += 1
                event.update(source=SOURCE, epoch=1, sequence=number)
            served.clock.now = now
            await served.post(b"\n".join(map(encode, events)))
            await served.app.engine.tick()
            if second % SCRAPE_S == 0 and second > (MINUTES - SCRAPED_MINUTES) * 60:
                page = (await served.client.get("/metrics")).text
                scraped.append(_stamped(page, began + second))
    return "".join([*scraped, "# EOF\n"])


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
