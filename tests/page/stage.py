"""What the page is looked at with: an engine and the simulated desk as processes, and a browser."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from deskwatch.cli.demo import stage as demo

HOST: Final = "127.0.0.1"
READY_S: Final = 60.0

#: Nothing is booked for so long on a desk at rest: whoever opens a page then is told nothing that a
#: page before was told, as what comes most seldom does so every 1.9 s.
REST_S: Final = 2.0

#: What a bare desk has nothing of: limits, and lines to read.
CONFIG: Final = (
    demo.CONFIG
    + """
[log]
format = "json"
"""
)


#: Of an engine whom nobody reports to but the test: a program with the token, as on a desk.
TOKEN: Final = "only-the-tests-of-the-page-know-it"
VIEWER, OPERATOR = "look but do not touch", "hands on the switch"
GUARDED: Final = f"""
data = "data"

[server]
bind = "{{host}}"
port = {{port}}
token = "{TOKEN}"

[page]
viewer_password = "{VIEWER}"
operator_password = "{OPERATOR}"

[accounts.drill]
simulated = true
"""


class Stage:
    """A running engine that the simulated desk reports to, or nobody. url: the engine's."""

    def __init__(
        self,
        folder: Path,
        url: str,
        engine: subprocess.Popen[bytes],
        desk: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.url = url
        self._folder = folder
        self._engine = engine
        self._desk = desk
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False, headers=headers)

    def get(self, name: str) -> Any:
        """Return an answer of the API."""
        answer = self._client.get(f"/api/v1/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, **event: object) -> None:
        """Report an event that happens now."""
        event = {"event_time": time.time_ns(), **event}
        answer = self._client.post("/v1/events", json=[event])
        assert answer.json()["accepted"] == 1, answer.text

    def mark(self, symbol: str, price: str) -> None:
        """Price what `buy` has bought."""
        self.post(kind="mark", venue="XNAS", symbol=symbol, price=price)

    def buy(self, symbol: str, account: str, strategy: str) -> Callable[[str], None]:
        """Buy one at 100 of what nobody else trades; return what sells it again, at a price."""
        listing = {"venue": "XNAS", "symbol": symbol}
        fill = {"kind": "fill", **listing, "account": account, "strategy": strategy}
        self.post(kind="instrument", **listing, base="X", quote="USD")
        self.post(**fill, side="buy", quantity="1", price="100", exec_id=f"{symbol} in")

        def sell(price: str) -> None:
            self.post(**fill, side="sell", quantity="1", price=price, exec_id=f"{symbol} out")

        return sell

    def log(self, lines: int) -> None:
        """Let the desk's gateway write lines to its log, all alike but for their numbers."""
        path = self._folder / "platform" / "gateway.log"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as log:
            for number in range(lines):
                print(json.dumps({"message": "order", "number": number}), file=log)

    @contextmanager
    def desk_at_rest(self) -> Iterator[None]:
        """Let nothing happen on the desk, so that figures stand still."""
        assert self._desk is not None
        with _stopped(self._desk):
            booked, since = self._booked(), time.monotonic()
            while time.monotonic() < since + REST_S:
                time.sleep(0.05)
                if booked != (booked := self._booked()):  # a busy machine is still at it
                    since = time.monotonic()
            yield

    def _booked(self) -> int:
        """Return how many events the engine has booked."""
        return int(self.get("status")["events"]["total"])

    @contextmanager
    def engine_frozen(self) -> Iterator[None]:
        """Let the engine hang: its connections stay open, and nothing comes."""
        with _stopped(self._engine):
            yield

    def close(self) -> None:
        self._client.close()


@contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def guarded(folder: Path) -> Iterator[Stage]:
    """Run an engine that asks who is there, and to which nobody reports yet."""
    with _engine(folder, GUARDED) as (url, engine):
        found = Stage(folder, url, engine)
        try:
            yield found
        finally:
            found.close()


@contextmanager
def _engine(folder: Path, settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = demo._free_port(0)
    url = f"http://{HOST}:{port}"
    config = folder / "deskwatch.toml"
    config.write_text(settings.format(host=HOST, port=port))
    with _running(folder, "run", "--config", str(config)) as engine:
        _wait(lambda: _answers(url, "readyz"), "the engine")
        yield url, engine


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Run an engine and the simulated desk until the desk has traded."""
    with ExitStack() as stack:
        url, engine = stack.enter_context(_engine(folder, CONFIG))
        desk = stack.enter_context(_running(folder, "demo-desk", "--url", url))
        found = Stage(folder, url, engine, desk)
        stack.callback(found.close)
        _wait(lambda: found.get("status")["events"]["total"] > 500, "the desk's first events")
        yield found


@contextmanager
def _running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{arguments[0]}.log").open("wb") as said:
        command = [sys.executable, "-m", "deskwatch", *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(url: str, path: str) -> bool:
    try:
        return httpx.get(f"{url}/{path}", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _wait(until: Any, what: str) -> None:
    end = time.monotonic() + READY_S
    while not until():
        assert time.monotonic() < end, f"{what} did not come within {READY_S:.0f} s"
        time.sleep(0.1)


def chromium() -> str | None:
    """Return the browser's program: CHROMIUM_BIN's, or the one that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM_BIN") or next(filter(None, map(shutil.which, names)), None)


def headless() -> str | None:
    """Return the browser that tests look with: it draws as Chromium does, and opens no window.

    Where it isn't installed that is Chromium, whose windows take as much of a processor as pages.
    """
    shell = shutil.which("chromium-headless-shell")
    return os.environ.get("CHROMIUM_BIN") or shell or chromium()
