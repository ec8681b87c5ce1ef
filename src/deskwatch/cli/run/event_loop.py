"""The engine's event loop: uvloop's where it is installed, with look-ups of names apart."""

import asyncio
import socket
from functools import partial
from typing import Any

from deskwatch.own_thread import in_own_thread


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop; the standard library's where there is no uvloop."""
    fast: Any
    try:
        import uvloop as fast  # noqa: PLC0415  it is not there on every system
    except ImportError:
        kind: type = asyncio.SelectorEventLoop
    else:
        kind = fast.Loop
    loop: asyncio.AbstractEventLoop = type("Loop", (_LooksUpApart, kind), {})()
    return loop


class _LooksUpApart:
    """Part of a loop on which one name server that does not answer keeps no other name from it.

    uvloop looks up two names at a time, and asyncio as many as its pool has threads, which others
    need: while Telegram's name hung, Alertmanager was not reached by its own.
    """

    async def getaddrinfo(self, host: Any, port: Any, **hints: int) -> list[Any]:
        """Return the addresses of a host; see socket.getaddrinfo."""
        return await in_own_thread(partial(socket.getaddrinfo, host, port, **hints))
