"""What systemd is told of an engine: that it takes events, and that its loop still comes round.

A unit that asks for it (`Type=notify`, `WatchdogSec=`) has an engine that hangs ended and started
again. Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import asyncio
import socket
from collections.abc import Mapping
from typing import Final

#: How often it is told, at most, and how much more time a start is given each time: a long journal
#: takes longer to replay than systemd waits by itself.
OFTEN_S: Final = 10.0
MORE_S: Final = 60


class Supervisor:
    """Whoever started us and wants to know. address: of its socket; None: nobody does.

    watchdog_s: how long it waits for a sign of life; None: it doesn't.
    """

    def __init__(self, address: str | None, watchdog_s: float | None) -> None:
        self._address = address
        self._watchdog_s = watchdog_s
        #: What goes along with each sign of life.
        self._along: tuple[str, ...] = (f"EXTEND_TIMEOUT_USEC={MORE_S * 10**6}",)

    def started(self) -> None:
        """Tell it that events are taken. Nothing asks for more time then, a stop neither."""
        # What it has no room for just now goes along with the next sign: a start that it never
        # hears of is one that has failed.
        self._along = () if self._tell("READY=1") else ("READY=1",)

    def _tell(self, *assignments: str) -> bool:
        """Tell it something; return whether it was taken."""
        if self._address is None:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(assignments).encode(), self._address)
        except OSError:
            return False
        return True

    async def keep_alive(self) -> None:
        """Give signs of life from this loop until cancelled, twice in the time that is allowed."""
        often_s = OFTEN_S if self._watchdog_s is None else min(self._watchdog_s / 2, OFTEN_S)
        while self._address is not None:
            if self._tell("WATCHDOG=1", *self._along) and "READY=1" in self._along:
                self._along = ()
            await asyncio.sleep(often_s)


def supervisor_of(environment: Mapping[str, str], pid: int) -> Supervisor:
    """Return who is to be told of process `pid`, by what systemd puts into its environment."""
    watched = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
    microseconds = environment.get("WATCHDOG_USEC", "")
    watchdog_s = int(microseconds) / 10**6 if watched and microseconds.isdecimal() else None
    address = environment.get("NOTIFY_SOCKET") or None
    if address is not None and address.startswith("@"):  # Linux' abstract ones begin with a zero
        address = "\0" + address[1:]
    return Supervisor(address, watchdog_s or None)
