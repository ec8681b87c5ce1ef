import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from typer.testing import CliRunner, Result

from deskwatch.cli import app
from deskwatch.demo.simulate import events
from tests.cli.process import Engine


class Deskwatch(Protocol):
    """Runs a command in this process; the status must be the one that is expected."""

    def __call__(self, *arguments: object, status: int = 0, stdin: bytes = b"") -> Result: ...


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration but the test's own, in a terminal of 80 columns."""
    for name in os.environ:
        if name.startswith("DESKWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def deskwatch() -> Deskwatch:
    def run(*arguments: object, status: int = 0, stdin: bytes = b"") -> Result:
        result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback (most recent call last)" not in result.output
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture(scope="session")
def blotter() -> bytes:
    """What a simulated desk sent in the last minute, with some bad events in it."""
    minute = 60 * 1_000_000_000
    return b"".join(events(7, 6000, start_ns=time.time_ns() - minute))


@pytest.fixture(scope="package")
def engine(blotter: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that was told the blotter."""
    engine = Engine(tmp_path_factory.mktemp("engine"))
    try:
        lines = blotter.splitlines(keepends=True)
        for first in range(0, len(lines), 700):
            httpx.post(
                f"{engine.url}/v1/events",
                content=b"".join(lines[first : first + 700]),
                headers={"Content-Type": "application/x-ndjson"},
            ).raise_for_status()
        yield engine
    finally:
        assert engine.stop() == 0
