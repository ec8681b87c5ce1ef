"""deskwatch in a process of its own, as an operator starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

DEADLINE_S = 60.0


def until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Return once the condition holds; fail when it does not within the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.01)


def environment(**more: str) -> dict[str, str]:
    """Return our environment without what would configure a deskwatch."""
    return {k: v for k, v in os.environ.items() if not k.startswith("DESKWATCH_")} | more


class Process:
    """A running `deskwatch`; what it says goes to files in `folder`."""

    def __init__(
        self, folder: Path, *arguments: str, stdin: int | IO[bytes] = subprocess.DEVNULL
    ) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "deskwatch", *arguments],
                cwd=folder, env=environment(), stdin=stdin, stdout=out, stderr=err,
            )  # fmt: skip
        self.pid = self._popen.pid

    @property
    def stdout(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def stderr(self) -> str:
        text = self._err.read_text("utf-8")
        assert "Traceback" not in text, text
        return text

    def says(self, words: str) -> None:
        """Wait until it has said `words` on stderr."""
        until(lambda: words in self.stderr or self._popen.poll() is not None)
        assert words in self.stderr, self.stderr

    def wait(self) -> int:
        """Return its exit status."""
        return self._popen.wait(DEADLINE_S)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it, unless it has ended, and return its exit status."""
        if self._popen.poll() is None:
            self._popen.send_signal(number)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            raise


class Engine(Process):
    """A running engine on a free port, with its data in `folder`."""

    def __init__(
        self, folder: Path, config: str = "", *arguments: str, **options: IO[bytes]
    ) -> None:
        self.config = folder / "deskwatch.toml"
        self.data = folder / "data"
        self.config.write_text(CONFIG + config)
        super().__init__(folder, "run", "--config", str(self.config), *arguments, **options)
        try:
            self.says("engine_started")
        except BaseException:
            self.stop()
            raise
        self.url = next(line["page"] for line in self.log if "page" in line).rstrip("/")

    @property
    def log(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.stderr.splitlines()]


#: Marks and rates stay fresh for as long as a test may take.
CONFIG = """\
data = "data"
[server]
port = 0
[log]
format = "json"
[books]
mark_max_age_s = 86400
fx_max_age_s = 86400
"""
