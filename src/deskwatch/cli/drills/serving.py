"""Drills that run continuously: their schedule, their metrics, and what they report."""

import asyncio
import time
from collections.abc import Sequence
from math import inf
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deskwatch import sdk
from deskwatch.cli.address import engine_url
from deskwatch.cli.drills.desk import Desk, connect, ending_signals, new_http, report, wanted
from deskwatch.config import Config
from deskwatch.core.drill import Drills
from deskwatch.core.observation import Drill as DrillEvent
from deskwatch.core.period import SECOND
from deskwatch.core.watch import Watch
from deskwatch.drills.runner import Runner
from deskwatch.drills.verdict import Unavailable
from deskwatch.exposition.drill import DrillCollector
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.text import negotiate
from deskwatch.web.respond import respond
from deskwatch.web.server import serve

_MAX_SERIES: Final = 1_000

log = structlog.get_logger()


def serve_drills(config: Config, given_url: str | None) -> None:
    """Run drills until a signal. Raises OSError for an address that can't be bound."""
    url = engine_url(given_url, config)
    wanted(config, None)
    with connect(config, url) as reports:
        asyncio.run(_Service(config, url, reports).run())


class _Service:
    """Runs each drill at its time. Its book is what `/metrics` shows: this process' own runs."""

    def __init__(self, config: Config, url: str, reports: sdk.Desk) -> None:
        self._config = config
        self._url = url
        self._reports = reports
        self._stopping = False
        self._book = Drills(time.time_ns)
        self._runner = Runner(time.time_ns, time.monotonic_ns)
        self._registry = Registry()
        self._registry.register(DrillCollector(self._book, time.time_ns, _MAX_SERIES, Watch))

    async def run(self) -> None:
        """Serve and run until a signal; a run that goes on is broken off and put back."""
        drills = self._config.drills
        routes = [Route("/metrics", self._metrics, methods=["GET"])]
        serving = await serve(Starlette(routes=routes), drills.bind, drills.port)
        host, port = serving.address
        log.info("drills_listening", host=host, port=port)
        async with new_http(self._config, self._url) as http:
            desk = Desk(self._config, self._url, http)
            repeating = asyncio.create_task(self._repeat(desk), name="deskwatch-drills")
            for number in ending_signals():
                asyncio.get_running_loop().add_signal_handler(number, self._stop, repeating)
            parts = {repeating, serving.finished}
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        await serving.stop()
        for task in ended - {serving.finished}:
            if not task.cancelled():
                task.result()

    def _stop(self, repeating: asyncio.Task[None]) -> None:
        self._stopping = True
        repeating.cancel()

    async def _repeat(self, desk: Desk) -> None:
        """Run the drills one after the other, each time that they are due, until it is stopped."""
        interval_s = self._config.drills.interval_s
        due = time.monotonic() + await self._first_wait_s(desk)
        try:
            while not self._stopping:
                await asyncio.sleep(max(due - time.monotonic(), 0))
                due = time.monotonic() + interval_s
                for name in desk.names:
                    await self._run(desk, name)
        finally:
            # What is stopped on purpose is not missed.
            now = time.time_ns()
            self._tell([DrillEvent(event_time=now, drill=n, status="stopped") for n in desk.names])

    async def _run(self, desk: Desk, name: str) -> None:
        drill = desk.drill(name)
        longest_s = sum(step.timeout_s for step in (*drill.steps, drill.restore))
        promised_s = 2 * self._config.drills.interval_s + longest_s
        outcome = await self._runner.run(name, drill)
        log.info(
            "drill_ended", drill=name, passed=outcome.verdict.success, reason=outcome.verdict.reason
        )
        if outcome.verdict.reason != "stopped":  # it says nothing about what was tried
            self._tell(outcome.events(int(promised_s * SECOND)))

    async def _first_wait_s(self, desk: Desk) -> float:
        """Return how long until the first run: one that restarts again and again tries no more."""
        waits = [
            self._config.drills.interval_s - await self._since_last_s(desk, name)
            for name in desk.names
        ]
        return max(min(waits), 0.0)

    async def _since_last_s(self, desk: Desk, name: str) -> float:
        """Return how long ago a drill ended, as deskwatch was told; very long where it wasn't."""
        try:
            ended_at = await desk.monitor.last_run(name)
        except Unavailable as unavailable:
            log.warning("drill_history_unavailable", why=str(unavailable))
            ended_at = None
        return inf if ended_at is None else max(time.time_ns() - ended_at, 0) / SECOND

    def _tell(self, events: Sequence[DrillEvent]) -> None:
        """Book what has happened for our own metrics, and report it."""
        for event in events:
            self._book.followers[DrillEvent](event)
        report(self._reports, events)

    async def _metrics(self, request: Request) -> Response:
        openmetrics, content_type = negotiate(request.headers.get("accept", ""))
        return respond(self._registry.render(openmetrics=openmetrics), content_type)
