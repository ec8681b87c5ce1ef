"""An engine in a process of its own, as a test sees it."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from tests.engine.child import Orders

REPOSITORY = Path(__file__).parents[2]
DEADLINE_S = 60.0


class EngineProcess:
    """A child process that serves a configuration; `http` and `tcp` are its addresses."""

    def __init__(self, config: Path, orders: Orders) -> None:
        self._log = config.with_suffix(".log")
        command = [sys.executable, "-m", "tests.engine.child", str(config)]
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [*command, msgspec.json.encode(orders).decode()],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.http: tuple[str, int] = ("", 0)
        self.tcp: tuple[str, int] = ("", 0)

    async def started(self) -> bool:
        """Wait until it takes events; say no when it ended before that."""
        assert self._child.stdout is not None
        said = await asyncio.to_thread(self._child.stdout.readline)
        if not said:
            await asyncio.to_thread(self._child.wait, DEADLINE_S)
            return False
        addresses: dict[str, Any] = json.loads(said)
        self.http = tuple(addresses["http"])
        self.tcp = tuple(addresses["tcp"] or ("", 0))
        return True

    async def ends_within(self, seconds: float) -> bool:
        """Wait until it is gone, and say whether it went in time."""
        deadline = time.monotonic() + seconds
        # Another process has no event for us.
        while self._child.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return self._child.poll() is not None

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._child.send_signal(number)

    async def ended(self) -> int:
        """Wait until it is gone; return how, below zero by which signal."""
        return await asyncio.to_thread(self._child.wait, DEADLINE_S)

    @property
    def said(self) -> str:
        """What it has written to stderr, and every engine of this configuration before it."""
        return self._log.read_text()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()
