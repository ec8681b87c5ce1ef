"""Files that are edited by hand, and a word when one has changed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from deskwatch.tail.watch import watch

#: What tells a file from another, and from itself before a change; None where there is none.
_Look = tuple[int, int, int] | None


async def watch_files(files: Sequence[Path], changed: Callable[[], object]) -> None:
    """Call `changed` whenever a file is another than before, also by a rename; until cancelled.

    Their folders are watched, because a file that is replaced is another file.
    """
    last = await asyncio.to_thread(_looks, files)

    async def listen(folder: Path) -> None:
        nonlocal last
        async for _ in watch(folder):
            now = await asyncio.to_thread(_looks, files)
            if now != last:
                last = now
                changed()

    async with asyncio.TaskGroup() as group:
        for folder in {file.parent for file in files}:
            group.create_task(listen(folder))


def _looks(files: Sequence[Path]) -> list[_Look]:
    return [_look(file) for file in files]


def _look(file: Path) -> _Look:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
