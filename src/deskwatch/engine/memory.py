"""How much memory is left to us of a limit that we run under: a container's, a service's.

At the end of it the kernel kills us, however much the machine has.
Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, memory; the same of version 1.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_GROUPS: Final = Path("/sys/fs/cgroup")
_OURS: Final = Path("/proc/self/cgroup")


class _Names(NamedTuple):
    """A version's files. cached: in `memory.stat`, what files have of it and give back at need."""

    limit: str
    usage: str
    cached: tuple[str, str]


_FIRST: Final = _Names(
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    ("total_inactive_file", "total_active_file"),
)
_SECOND: Final = _Names("memory.max", "memory.current", ("inactive_file", "active_file"))


def left_of_limits(total: int, groups: Path = _GROUPS, ours: Path = _OURS) -> float | None:
    """Return the share that is left of the limit that has least: 1 is all of it.

    None where there is no limit below `total`, the machine's bytes. groups: where the kernel shows
    its control groups. ours: which of them we are in.
    """
    left = [
        share
        for folder, names in _above_us(groups, ours)
        if (share := _left(folder, names, total)) is not None
    ]
    return min(left, default=None)


def _above_us(groups: Path, ours: Path) -> Iterator[tuple[Path, _Names]]:
    """Yield each group that we are in, the innermost first, and how its files are called."""
    with suppress(OSError):
        for line in ours.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers not in ("", "memory"):
                continue
            root, names = (groups, _SECOND) if controllers == "" else (groups / "memory", _FIRST)
            folder = root / path.lstrip("/")
            # In a container our own group is the root of what is shown.
            for group in (folder, *folder.parents):
                yield group, names
                if group == root:
                    break


def _left(folder: Path, names: _Names, total: int) -> float | None:
    try:
        limit = int((folder / names.limit).read_text())
        if not 0 < limit < total:
            return None
        usage = int((folder / names.usage).read_text())
        statistics = dict(
            line.split(" ", 1) for line in (folder / "memory.stat").read_text().splitlines()
        )
        cached = sum(int(statistics.get(name, "0")) for name in names.cached)
    except (OSError, ValueError):  # no such group is shown to us, or it is without a limit ("max")
        return None
    return min(max((limit - usage + cached) / limit, 0.0), 1.0)
