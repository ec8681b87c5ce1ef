"""How the machine is that deskwatch runs on, its event loop, and the platform's processes."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from deskwatch.core.histogram import Histogram
from deskwatch.exposition.families import Families


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


class FreeRoom(Protocol):
    """Room that is left on a disk; see engine.host.DiskFree."""

    @property
    def free_bytes(self) -> int: ...  # noqa: D102
    @property
    def ratio(self) -> float: ...  # noqa: D102


class Traffic(Protocol):
    """What came and went over the network, by direction; see engine.host.NetworkTraffic."""

    @property
    def bytes(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def errors(self) -> Mapping[str, int]: ...  # noqa: D102


class HostFigures(Protocol):
    """The machine, as the operating system tells of it; see engine.host.Host."""

    @property
    def cpu_ratio(self) -> float | None: ...  # noqa: D102
    @property
    def load_ratio(self) -> float: ...  # noqa: D102
    @property
    def memory_available_ratio(self) -> float | None: ...  # noqa: D102
    @property
    def disk_free(self) -> FreeRoom | None: ...  # noqa: D102
    @property
    def disk_bytes(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def network(self) -> Traffic | None: ...  # noqa: D102


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
        self._delay.set((), self._pulse.delay_seconds)
        self._steps.replace({(): self._pulse.clock_steps})
        self._apart.replace({(): self._pulse.clock_apart_s})
        self._step_age.replace({(): self._pulse.clock_step_age_s})


class HostCollector:
    """What an operator needs of the machine where no node_exporter runs."""

    def __init__(self, host: HostFigures) -> None:
        self._host = host
        families = self.families = Families()
        self._free = families.gauge(
            "deskwatch_disk_free_bytes",
            "Room that is left for us on the disk of the data folder.",
            unit="bytes",
        )
        self._free_ratio = families.gauge(
            "deskwatch_disk_free_ratio", "The same, over the whole disk: 1 is an empty disk."
        )
        self._cpu = families.gauge(
            "desk_host_cpu_ratio", "How busy the processors are: 1 is all of them."
        )
        self._load = families.gauge(
            "desk_host_load_ratio", "Load of the last minute for each processor."
        )
        self._memory = families.gauge(
            "desk_host_memory_available_ratio",
            "Memory that can be had without swapping, of the machine or of a limit that deskwatch"
            " runs under (a container's, a service's), whichever has less: 1 is all of it.",
        )
        self._disk = families.counter(
            "desk_host_disk_bytes_total",
            "Bytes that the disks have read and written since deskwatch's start.",
            ("direction",),
        )
        self._network = families.counter(
            "desk_host_network_bytes_total",
            "Bytes that came and went over the network, loopback included, since deskwatch's"
            " start.",
            ("direction",),
        )
        self._dropped = families.counter(
            "desk_host_network_errors_total",
            "Packets that were dropped or broken since deskwatch's start.",
            ("direction",),
        )

    def collect(self) -> None:
        """Ask the operating system. What it does not say is absent."""
        host = self._host
        free = host.disk_free
        self._free.replace({(): None if free is None else free.free_bytes})
        self._free_ratio.replace({(): None if free is None else free.ratio})
        self._cpu.replace({(): host.cpu_ratio})
        self._load.replace({(): host.load_ratio})
        self._memory.replace({(): host.memory_available_ratio})
        network = host.network
        for family, counts in (
            (self._disk, host.disk_bytes),
            (self._network, {} if network is None else network.bytes),
            (self._dropped, {} if network is None else network.errors),
        ):
            family.replace({(direction,): count for direction, count in counts.items()})


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
