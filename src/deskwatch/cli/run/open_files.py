"""How many files this process may have open."""

import resource
from contextlib import suppress
from typing import Final

#: Room for every connection that the bounds let in, and for our own files.
OPEN_FILES: Final = 2048


def raise_open_files() -> None:
    """Have as many as our bounds on connections want, as far as the system lets us.

    macOS begins with 256, which is fewer: whoever came first would keep all others out.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # a system that has a bound of its own besides
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
