"""How the machine, the engine and the platform's processes are, as the API answers it."""

import psutil

from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.engine.engine import Engine
from deskwatch.engine.host import Host
from deskwatch.engine.processes import ProcessFigures, ProcessWatch
from deskwatch.engine.pulse import Pulse
from deskwatch.web.answers.health import EngineHealth, HealthAnswer, HostHealth, ProcessHealth
from deskwatch.web.desks.figures import FiguresUnavailable

#: The loop's delay is told as a bound that this share of its turns was below.
_SHARE = 0.99


class Health:
    """Answers for an engine and the machine that it runs on."""

    def __init__(self, engine: Engine, pulse: Pulse, processes: ProcessWatch, host: Host) -> None:
        self._engine = engine
        self._pulse = pulse
        self._processes = processes
        self._host = host
        self._own = psutil.Process()

    def __call__(self) -> HealthAnswer:
        """Return how all is now, the processes as when they were last looked for.

        Raises FiguresUnavailable where the operating system can't tell, as when no file can be
        opened any more.
        """
        return HealthAnswer(
            as_of=self._engine.clock(),
            engine=self._of_engine(),
            host=self._of_host(),
            processes=[_process(name, one) for name, one in sorted(self._processes.found.items())],
        )

    def _of_engine(self) -> EngineHealth:
        intake = self._engine.intake
        try:
            memory_bytes, open_files = self._own.memory_info().rss, self._own.num_fds()
        except OSError as error:
            raise FiguresUnavailable(f"this process can't be measured: {error.strerror}") from error
        return EngineHealth(
            loop_delay_s=_bound(self._pulse.delay_seconds),
            ingest_lag_s=intake.lag_s,
            ingest_backlog_bytes=intake.backlog_bytes,
            memory_bytes=memory_bytes,
            open_files=open_files,
            clock_steps=self._pulse.clock_steps,
            clock_apart_s=self._pulse.clock_apart_s,
        )

    def _of_host(self) -> HostHealth:
        memory, disk = self._host.memory_available_ratio, self._host.disk_free
        if memory is None:
            raise FiguresUnavailable("the machine's memory can't be measured")
        return HostHealth(
            cpu_ratio=self._host.cpu_ratio,
            load_ratio=self._host.load_ratio,
            memory_available_ratio=memory,
            disk_free_bytes=None if disk is None else disk.free_bytes,
            disk_free_ratio=None if disk is None else disk.ratio,
        )


def _bound(histogram: Histogram) -> float | None:
    """Return the bucket's edge that this share of durations is below; None beyond the last one."""
    for bound, count in zip(histogram.bounds, histogram.cumulative(), strict=False):
        if histogram.count and count >= _SHARE * histogram.count:
            return bound
    return None


def _process(name: str, found: ProcessFigures | None) -> ProcessHealth:
    if found is None:
        return ProcessHealth(process=name, running=False)
    return ProcessHealth(
        process=name,
        running=True,
        start_time=round(found.start_time * SECOND),
        cpu_s=found.cpu_s,
        memory_bytes=found.memory_bytes,
        threads=found.threads,
        open_files=found.open_files,
    )
