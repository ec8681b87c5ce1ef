"""The demo's three parts, started and stopped in order."""

import errno
import math
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx
import typer

from deskwatch.cli.demo.child import Child
from deskwatch.cli.failure import explain, fail
from deskwatch.cli.signals import Signalled
from deskwatch.demo.watch import watch

_HOST: Final = "127.0.0.1"
_PORT: Final = 8080
_READY_S: Final = 60.0
_LOOK_S: Final = 0.05

#: The demo engine's own, so that a deskwatch.toml in the working directory is left alone.
CONFIG: Final = """\
data = "data"

[server]
bind = "{host}"
port = {port}

# Short, so that there is a VaR within two minutes; EWMA follows the market's spells.
[risk]
interval_s = 5
window = 200
min_observations = 20
horizon_s = 300
limit_method = "ewma"
limit_confidence = 0.95

# Roomy: a quiet demo alerts of nothing. The platform tells of more, by events.
[limits.default.account]
daily_loss = "60000"
hourly_loss = "25000"
drawdown = "100000"
leverage = "3"
order_rate = "50"
message_rate = "100"
order_to_trade = "50"

[limits.default.strategy]
drawdown = "50000"

[limits.default.venue]
margin_used = "0.6"

# What its programs write, beside their events.
[logs.gateway]
path = "platform/gateway.log"

[logs.pricer]
path = "platform/pricer.log"

[limits.required]
account = ["daily_loss", "gross"]
strategy = ["drawdown"]
instrument = ["position"]
"""


class Curtain(Signalled):
    """When the demo ends: on a signal, after its time, or when a part has died."""

    def __init__(self) -> None:
        super().__init__()
        self._end = math.inf
        self._cast: list[Child] = []

    def fall_after(self, seconds: float) -> None:
        """End when so long has passed from now."""
        self._end = time.monotonic() + seconds

    def add(self, child: Child) -> None:
        """End when `child` does."""
        self._cast.append(child)

    @property
    def dead(self) -> Child | None:
        """The first part that has died."""
        return next((child for child in self._cast if child.died), None)

    def is_set(self) -> bool:
        """Return whether to end."""
        late = time.monotonic() >= self._end
        return super().is_set() or late or self.dead is not None


def show(
    seed: int, rate: float, port: int | None, seconds: float | None, keep: Path | None
) -> bool:
    """Run the demo until its end, and return whether all of it lived so long.

    seconds: how long there is something to watch; the time it takes to start is not counted.
    """
    with _folder(keep) as folder, Curtain() as curtain, ExitStack() as stack:
        port = _free_port(port)
        url = f"http://{_HOST}:{port}"
        config = folder / "demo.toml"
        config.write_text(CONFIG.format(host=_HOST, port=port))
        engine = Child("engine", ["run", "--config", str(config)], folder / "engine.log")
        stack.callback(engine.stop)
        curtain.add(engine)
        if _ready(url, curtain):
            arguments = ["demo-desk", "--url", url, "--seed", str(seed), "--rate", str(rate)]
            arguments += ["--logs", str(folder / "platform")]
            desk = Child("simulated desk", arguments, folder / "desk.log")
            stack.callback(desk.stop)
            curtain.add(desk)
            typer.echo(
                f"deskwatch watches a simulated desk at {url}/  (logs in {folder})", err=True
            )
            if seconds is not None:
                curtain.fall_after(seconds)
            watch(url, curtain)
        dead = curtain.dead
        if dead is not None:
            typer.echo(f"deskwatch: {dead.obituary()}", err=True)
            return False
        # The live table is gone with its screen: how it stood at the end is what stays.
        return watch(url, curtain, once=True)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Yield the folder for what is recorded: one that goes away again, or `keep`."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="deskwatch-demo-") as temporary:
            yield Path(temporary)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"can't keep anything in {keep}: {error.strerror}")
    yield keep


def _free_port(wanted: int | None) -> int:
    """Return a port that can be bound: the one that is asked for, or any if 8080 is taken."""
    try:
        return _bindable(_PORT if wanted is None else wanted)
    except OSError as error:
        if wanted is not None or error.errno != errno.EADDRINUSE:
            fail(explain(error))
        port = _bindable(0)
        typer.echo(f"deskwatch: port {_PORT} is taken, so {port} is used", err=True)
        return port


def _bindable(port: int) -> int:
    with socket.create_server((_HOST, port)) as listener:
        bound: int = listener.getsockname()[1]
        return bound


def _ready(url: str, curtain: Curtain) -> bool:
    """Wait until the engine takes events; return False when the demo ends before."""
    deadline = time.monotonic() + _READY_S
    with httpx.Client(timeout=1.0, trust_env=False) as client:
        while not curtain.wait(_LOOK_S):
            try:
                if client.get(f"{url}/readyz").status_code == httpx.codes.OK:
                    return True
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline:
                fail(f"the engine did not get ready within {_READY_S:.0f} s")
    return False
