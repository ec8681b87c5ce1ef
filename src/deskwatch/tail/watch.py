"""What wakes whoever follows a file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

#: Yields when something in a directory may have changed.
Changes = Callable[[Path], AsyncIterator[None]]

#: How often a file is looked at when nothing says that it changed (NFS, some containers).
POLL_S: Final = 2.0


async def watch(directory: Path) -> AsyncIterator[None]:
    """Yield when something in `directory` changed, and every POLL_S in any case."""
    while True:
        with suppress(ImportError, OSError, RuntimeError):
            # Imported here: nobody who follows no file should wait for it.
            from watchfiles import awatch  # noqa: PLC0415

            with _own_place():
                async for _ in awatch(
                    directory,
                    watch_filter=None,
                    debounce=100,
                    step=20,
                    rust_timeout=int(POLL_S * 1000),
                    yield_on_timeout=True,
                    recursive=False,
                ):
                    yield
        # The directory is not there, or the system has no watches left.
        await asyncio.sleep(POLL_S)
        yield


@asynccontextmanager
async def listening(directory: Path, changes: Changes = watch) -> AsyncIterator[asyncio.Event]:
    """Give an event that is set by all that changes in `directory`; whoever looks clears it first.

    It listens before this is given, so that nothing falls between that and the first look.
    """
    changed = asyncio.Event()

    async def listen() -> None:
        async for _ in changes(directory):
            changed.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        await asyncio.sleep(0)
        yield changed


@contextmanager
def _own_place() -> Iterator[None]:
    """Have room for one thread more: a watch waits in one, and anyio lets 40 wait at a time.

    With more than that, each would look away for POLL_S again and again.
    """
    from anyio.to_thread import current_default_thread_limiter  # noqa: PLC0415  as above

    places = current_default_thread_limiter()
    places.total_tokens += 1
    try:
        yield
    finally:
        places.total_tokens -= 1
