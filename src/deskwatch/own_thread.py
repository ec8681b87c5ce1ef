"""Work that may hang, as at a name server or a network's disk, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def in_own_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns; raises what it raises.

    In a pool's thread it would hold up what others have that pool do, and the end of the process.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(answer: Callable[[], None]) -> None:
        if not done.done():  # whoever asked waits no more
            answer()

    def run() -> None:
        answer: Callable[[], None]
        try:
            answer = partial(done.set_result, work())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            answer = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, answer)

    threading.Thread(target=run, name="own", daemon=True).start()
    return await done
