"""Files that are edited by hand, and a word when one has changed."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path


async def changed_files(files: Sequence[Path]) -> AsyncIterator[None]:
    """Yield when any of the files may have changed, also when an editor put another in its place.

    files: absolute. Their folders are watched, because a file that is replaced is another file.
    """
    from watchfiles import awatch  # noqa: PLC0415 - its start costs, and tests don't all need it

    wanted = {str(file) for file in files}
    folders = {file.parent for file in files}
    async for changes in awatch(*folders, recursive=False):
        if any(path in wanted for _, path in changes):
            yield
