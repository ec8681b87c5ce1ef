"""How the machine is that deskwatch runs on, its event loop, and the platform's processes."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeVar

import psutil

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.families import Families

T = TypeVar("T")


class PulseFigures(Protocol):
    """What the engine's pulse has measured; see engine.pulse.Pulse."""

    delay_seconds: Histogram

    @property
    def clock_steps(self) -> int | None:
        """How often the machine's clock was set."""
        ...

    @property
    def clock_apart_s(self) -> float | None:
        """How far the machine's clock is ahead of the engine's."""
        ...

    @property
    def clock_step_age_s(self) -> float | None:
        """How long ago the machine's clock was last set."""
        ...


class ProcessNumbers(Protocol):
    """A process that runs; see engine.processes.ProcessFigures."""

    @property
    def start_time(self) -> float: ...  # noqa: D102
    @property
    def cpu_s(self) -> float: ...  # noqa: D102
    @property
    def memory_bytes(self) -> int: ...  # noqa: D102
    @property
    def threads(self) -> int: ...  # noqa: D102
    @property
    def open_files(self) -> int | None: ...  # noqa: D102


Processes = Callable[[], Mapping[str, ProcessNumbers | None]]


class PulseCollector:
    """The event loop's delay, and steps of the machine's clock."""

    def __init__(self, pulse: PulseFigures) -> None:
        self._pulse = pulse
        families = self.families = Families()
        self._delay = families.histogram(
            "deskwatch_event_loop_delay_seconds",
            "How much later than asked the event loop came round, ten times a second.",
            unit="seconds",
        )
        self._steps = families.counter(
            "deskwatch_clock_steps_total", "Times that the clock of deskwatch's machine was set."
        )
        self._apart = families.gauge(
            "deskwatch_clock_step_seconds",
            "How far the machine's clock is ahead of deskwatch's, which follows a step slowly.",
            unit="seconds",
        )
        self._step_age = families.gauge(
            "deskwatch_clock_step_age_seconds",
            "How long ago the machine's clock was last set; absent where nobody set it.",
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        self._delay.set(self._delay.slot(()), self._pulse.delay_seconds)
        self._steps.replace({(): self._pulse.clock_steps})
        self._apart.replace({(): self._pulse.clock_apart_s})
        self._step_age.replace({(): self._pulse.clock_step_age_s})


class Processors:
    """How busy the processors are, over at least a second: whoever asks more often gets the same.

    psutil's own cpu_percent measures since anybody in the process last asked, so two who ask would
    spoil each other's figure.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
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


class HostCollector:
    """What an operator needs of the machine where no node_exporter runs. folder: of the data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processors = Processors()
        families = self.families = Families()
        self._free = families.gauge(
            "deskwatch_disk_free_bytes",
            "Room that is left for us on the disk of the data folder.",
            unit="bytes",
        )
        self._free_ratio = families.gauge(
            "deskwatch_disk_free_ratio", "The same, of the whole disk: 1 is empty."
        )
        self._cpu = families.gauge(
            "desk_host_cpu_ratio", "How busy the processors are: 1 is all of them."
        )
        self._load = families.gauge(
            "desk_host_load_ratio", "Load of the last minute for each processor."
        )
        self._memory = families.gauge(
            "desk_host_memory_available_ratio",
            "Memory that can be had without swapping: 1 is all of it.",
        )
        self._disk = families.counter(
            "desk_host_disk_bytes_total",
            "Bytes that the disks have read and written.",
            ("direction",),
        )
        self._network = families.counter(
            "desk_host_network_bytes_total",
            "Bytes that came and went over the network, loopback included.",
            ("direction",),
        )
        self._dropped = families.counter(
            "desk_host_network_errors_total", "Packets that were dropped or broken.", ("direction",)
        )

    def collect(self) -> None:
        """Ask the operating system. What it does not say is absent."""
        self._collect_disk()
        self._cpu.replace({(): self._processors.ratio()})
        self._load.replace({(): os.getloadavg()[0] / (psutil.cpu_count() or 1)})
        memory = _told(psutil.virtual_memory)
        self._memory.replace({(): None if memory is None else memory.available / memory.total})
        disk, network = _told(psutil.disk_io_counters), _told(psutil.net_io_counters)
        if disk is not None:
            self._disk.replace({("read",): disk.read_bytes, ("written",): disk.write_bytes})
        if network is not None:
            self._network.replace(
                {("received",): network.bytes_recv, ("sent",): network.bytes_sent}
            )
            self._dropped.replace(
                {
                    ("received",): network.dropin + network.errin,
                    ("sent",): network.dropout + network.errout,
                }
            )

    def _collect_disk(self) -> None:
        disk = _told(lambda: psutil.disk_usage(str(self._folder)))
        self._free.replace({(): None if disk is None else disk.free})
        self._free_ratio.replace({(): None if disk is None else disk.free / disk.total})


_GAUGES: Final = (
    ("start_time", "desk_process_start_time_seconds", "Its start, since 1970 UTC.", "seconds"),
    ("memory_bytes", "desk_process_memory_bytes", "Its memory that is in RAM.", "bytes"),
    ("threads", "desk_process_threads", "Its threads.", ""),
    ("open_files", "desk_process_open_files", "Its open files; absent if not ours to see.", ""),
)


class NamedProcessCollector:
    """The platform's processes that deskwatch.toml names."""

    def __init__(self, found: Processes) -> None:
        self._found = found
        families = self.families = Families()
        self._running = families.gauge(
            "desk_process_running",
            "1 where a process of the platform runs, 0 where it is missing.",
            ("process",),
        )
        self._cpu = families.counter(
            "desk_process_cpu_seconds_total",
            "Its user and system time on the processors.",
            ("process",),
            unit="seconds",
        )
        self._gauges = {
            figure: families.gauge(name, help_text, ("process",), unit=unit)
            for figure, name, help_text, unit in _GAUGES
        }

    def collect(self) -> None:
        """Show what was found when it was last looked for."""
        found = self._found()
        self._running.replace({(name,): float(one is not None) for name, one in found.items()})
        running = {(name,): one for name, one in found.items() if one is not None}
        self._cpu.replace({key: one.cpu_s for key, one in running.items()})
        for figure, family in self._gauges.items():
            family.replace({key: getattr(one, figure) for key, one in running.items()})
