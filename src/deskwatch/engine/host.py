"""The machine that deskwatch runs on, as the operating system tells of it."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from operator import add
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import psutil

from deskwatch.engine.memory import left_of_limits

T = TypeVar("T")

#: How long the disk is waited for: the system knows at once, but of a network's that hangs; and for
#: how long its last answer stands where there is none.
_DISK_S: Final = 0.05
_DISK_STANDS_S: Final = 10.0

#: Where Linux lists the disks, and what each is made of.
_BLOCKS: Final = Path("/sys/block")


class DiskFree(NamedTuple):
    """Room that is left for us on a disk, and its share of the whole: 1 is empty."""

    free_bytes: int
    ratio: float


class NetworkTraffic(NamedTuple):
    """Bytes, and packets that were dropped or broken, by direction; none of it ever falls."""

    bytes: Mapping[str, int]
    errors: Mapping[str, int]


class Host:
    """Asks whenever it is read. Ratios: 1 is all of it. None or nothing: it can't be told.

    folder: of the data, whose disk counts.
    """

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._disk = _Disk(folder, monotonic)
        self._processors = _Processors(monotonic)
        self._disks = _Growth(2)
        self._networks = _Growth(4)

    @property
    def cpu_ratio(self) -> float | None:
        """How busy the processors are."""
        return self._processors.ratio()

    @property
    def load_ratio(self) -> float:
        """Load of the last minute for each processor."""
        return os.getloadavg()[0] / (psutil.cpu_count() or 1)

    @property
    def memory_available_ratio(self) -> float | None:
        """Memory that can be had without swapping, of the machine or of a limit on us: the less."""
        memory = _told(psutil.virtual_memory)
        if memory is None:
            return None
        left = left_of_limits(memory.total)
        machine = float(memory.available / memory.total)
        return machine if left is None else min(machine, left)

    @property
    def disk_free(self) -> DiskFree | None:
        """Room on the disk of the data."""
        return self._disk.free()

    @property
    def disk_bytes(self) -> Mapping[str, int]:
        """Bytes that the disks have read and written since the first look, by direction."""
        counted = {
            name: (disk.read_bytes, disk.write_bytes)
            for name, disk in (_told(lambda: psutil.disk_io_counters(perdisk=True)) or {}).items()
            if _is_whole(name)
        }
        if not counted:
            return {}
        read, written = self._disks.take(counted)
        return {"read": read, "written": written}

    @property
    def network(self) -> NetworkTraffic | None:
        """What came and went over the network since the first look, loopback included."""
        networks = _told(lambda: psutil.net_io_counters(pernic=True))
        if not networks:
            return None
        received, sent, broken_in, broken_out = self._networks.take(
            {
                name: (
                    one.bytes_recv,
                    one.bytes_sent,
                    one.dropin + one.errin,
                    one.dropout + one.errout,
                )
                for name, one in networks.items()
            }
        )
        return NetworkTraffic(
            bytes={"received": received, "sent": sent},
            errors={"received": broken_in, "sent": broken_out},
        )


class _Growth:
    """Sums of so many figures that each disk or network counts, which stand when one of them goes.

    They count from the first look on, and not from the machine's start: an engine that starts anew
    would else begin with what the machine ever counted, and whoever watched the one before would
    take all of it for an increase, where a network has gone meanwhile.
    """

    def __init__(self, figures: int) -> None:
        self._none = self._sums = (0,) * figures
        self._last: Mapping[str, tuple[int, ...]] | None = None

    def take(self, counted: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        """Take what each has counted by now; return the sums."""
        last = counted if self._last is None else self._last
        for name, now in counted.items():
            before = last.get(name, self._none)
            grown = (max(new - old, 0) for new, old in zip(now, before, strict=True))
            self._sums = tuple(map(add, self._sums, grown))
        self._last = counted
        return self._sums


def _is_whole(disk: str) -> bool:
    """Whether it is a disk, and neither a part of one nor made of others, of a file or of memory.

    What goes through those is counted by the disk below. Where /sys is none, all are taken.
    """
    if disk.startswith(("loop", "ram", "zram")):
        return False
    block = _BLOCKS / disk.replace("/", "!")
    return not _BLOCKS.exists() or (block.exists() and not any(block.glob("slaves/*")))


class _Disk:
    """Asked in a thread of its own: one that hangs would hold up whoever asks, so everything."""

    def __init__(self, folder: Path, monotonic: Callable[[], float]) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._asking: threading.Thread | None = None
        self._answer: DiskFree | None = None
        self._answered = monotonic()

    def free(self) -> DiskFree | None:
        """Return the room on it; None where that can't be told."""
        if self._asking is None or not self._asking.is_alive():
            self._asking = threading.Thread(target=self._ask, name="disk", daemon=True)
            with suppress(RuntimeError):  # there may be no more threads
                self._asking.start()
                self._asking.join(_DISK_S)
        stands = self._monotonic() - self._answered < _DISK_STANDS_S
        return self._answer if stands else None

    def _ask(self) -> None:
        disk = _told(lambda: psutil.disk_usage(str(self._folder)))
        self._answer = None if disk is None else DiskFree(disk.free, disk.free / disk.total)
        self._answered = self._monotonic()


class _Processors:
    """How busy the processors are, over at least a second: whoever asks more often gets the same.

    psutil's own cpu_percent measures since anybody in the process last asked, so two who ask would
    spoil each other's figure.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._asked = monotonic()
        self._busy, self._all = _told(_processor_seconds) or (0.0, 0.0)
        self._ratio: float | None = None

    def ratio(self) -> float | None:
        """Return how busy they were since the last second began; None before the first ended."""
        now = self._monotonic()
        if now - self._asked >= 1.0:
            times = _told(_processor_seconds)
            if times is None:
                return None
            busy, whole = times
            if whole > self._all:
                self._ratio = min(max((busy - self._busy) / (whole - self._all), 0.0), 1.0)
            self._asked, self._busy, self._all = now, busy, whole
        return self._ratio


def _told(ask: Callable[[], T]) -> T | None:
    """Return what the operating system says; None where it can't, as when no file can be opened."""
    try:
        return ask()
    except OSError:
        return None


def _processor_seconds() -> tuple[float, float]:
    """Return how long the processors were busy, and in all; a guest's time is in the user's."""
    times = psutil.cpu_times()
    whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return whole - times.idle - getattr(times, "iowait", 0.0), whole
