"""Drills that somebody at the page wants run now: `deskwatch drills run`, as a process of its own.

They stay outside of the engine that they judge, and report to it as they always do.
"""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from deskwatch.core.rejection import shorten
from deskwatch.web.answers.drills import DrillRunAnswer
from deskwatch.web.desks.drills import DrillsUnavailable

log = structlog.get_logger()

#: More than every step of every drill may take; what is still running then is ended.
LONGEST_S: Final = 900.0

#: How long a drill may take to put things back when it is ended.
STOP_S: Final = 15.0

#: What `deskwatch drills run` ends with when they were run: all passed, or one failed.
_WERE_RUN: Final = (0, 1)


class EngineDrillDesk:
    """Runs a command, one run at a time. drills: what it runs, by name; clock: ns UTC."""

    def __init__(
        self, command: Callable[[], Sequence[str]], drills: Sequence[str], clock: Callable[[], int]
    ) -> None:
        self._command = command
        self._drills = list(drills)
        self._clock = clock
        self._since: int | None = None
        self._trouble = ""
        self._run: asyncio.Task[None] | None = None
        self._process: Process | None = None

    def standing(self) -> DrillRunAnswer:
        """Return what can be run from here, and whether it runs now."""
        return DrillRunAnswer(
            drills=self._drills,
            running=self._since is not None,
            since=self._since,
            trouble=self._trouble,
        )

    async def run(self) -> None:
        """Begin to run every drill once. Raises DrillsUnavailable."""
        if not self._drills:
            raise DrillsUnavailable("no drill is set up: expected an account in drill.NAME.account")
        if self._since is not None:
            raise DrillsUnavailable("the drills are running", busy=True)
        self._since, self._trouble = self._clock(), ""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command(), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
            )
        except OSError as error:
            self._since = None
            raise DrillsUnavailable(f"the drills can't be started: {error}") from error
        log.info("drills_begun", drills=self._drills)
        self._run = asyncio.create_task(self._wait(process), name="deskwatch-drills")
        self._process = process

    async def close(self) -> None:
        """End a run that goes on, as Ctrl-C does: its drill puts back what it changed first."""
        if self._run is None or self._process is None:
            return
        await _end(self._process)
        await self._run

    async def _wait(self, process: Process) -> None:
        """Wait for the end of a run; one that doesn't come to an end is ended."""
        try:
            async with asyncio.timeout(LONGEST_S):
                _, said = await process.communicate()
        except TimeoutError:
            await _end(process)
            self._trouble = f"the drills had not ended after {LONGEST_S:.0f} s"
        else:
            if process.returncode not in _WERE_RUN:
                lines = said.decode(errors="replace").strip().splitlines()
                self._trouble = shorten(lines[-1]) if lines else f"exit {process.returncode}"
        self._since = None
        log.info("drills_ended", status=process.returncode, trouble=self._trouble)


async def _end(process: Process) -> None:
    """End a run as Ctrl-C does: its drill puts back what it changed first."""
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
