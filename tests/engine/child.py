"""An engine to be killed: `python -m tests.engine.child CONFIG ORDERS`.

Its clock runs fast, so that hours close while a test watches; it ticks often, so that there is
always something being written; and it can kill itself within a named call to the disk.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

import deskwatch.engine.engine
from deskwatch.app import App, run_until_signalled
from deskwatch.cli import log
from deskwatch.config import load
from deskwatch.journal.disk import Disk
from deskwatch.journal.history import History
from deskwatch.journal.segment import JournalUnavailable


class Moment(msgspec.Struct, frozen=True):
    """When to die: within the count-th call whose file's name ends so.

    call: of `Disk`, or "history": a commit to the P&L history. done: after the call rather than
    before it; a write that is not done has written half.
    """

    call: str
    ending: str
    count: int = 1
    done: bool = False


class Orders(msgspec.Struct, frozen=True):
    """began_at: real ns at which the desk's clock showed `desk_time`; it runs `speed` times as fast.

    largest_file: what the disk takes of one file, in bytes; None is all.
    """

    began_at: int
    desk_time: int
    speed: int = 1
    tick_s: float = 1.0
    die: Moment | None = None
    largest_file: int | None = None

    def clock(self) -> int:
        """Return the desk's time."""
        return self.desk_time + (time.time_ns() - self.began_at) * self.speed


def main(config: Path, orders: Orders) -> None:
    """Run an engine until SIGTERM; once it takes events, print its addresses as JSON."""
    deskwatch.engine.engine.TICK_S = orders.tick_s  # type: ignore[misc]
    if orders.die is not None:
        _die_within(orders.die)
    if orders.largest_file is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (orders.largest_file, hard))
        # What a freed disk is to a full one.
        signal.signal(
            signal.SIGUSR1,
            lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)),
        )
    settings = load(config, {})
    log.configure(settings.log)
    app = App(settings, clock=orders.clock)

    def started() -> None:
        sys.stdout.write(json.dumps({"http": app.address, "tcp": app.tcp_address}) + "\n")
        sys.stdout.flush()

    try:
        uvloop.run(run_until_signalled(app, started))
    except JournalUnavailable as unavailable:
        sys.exit(str(unavailable))


def _die_within(moment: Moment) -> None:
    """Arrange to be killed at that moment, as by `kill -9`."""
    owner, name = (History, "write") if moment.call == "history" else (Disk, moment.call)
    original: Callable[..., Any] = getattr(owner, name)
    left = moment.count

    def call(self: object, *arguments: Any) -> Any:
        nonlocal left
        if not _file_of(arguments[0]).endswith(moment.ending):
            return original(self, *arguments)
        left -= 1
        if left:
            return original(self, *arguments)
        if moment.done:
            original(self, *arguments)
        elif moment.call == "write":
            descriptor, data, offset = arguments
            original(self, descriptor, data[: len(data) // 2], offset)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    setattr(owner, name, call)


def _file_of(target: object) -> str:
    """Return the name of a file that a call was given as a path or as a descriptor."""
    if isinstance(target, int) and not isinstance(target, bool):
        return str(Path(f"/proc/self/fd/{target}").readlink())
    return str(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Orders))
