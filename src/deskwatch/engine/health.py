"""How the machine, the engine and the platform's processes are, as the API answers it."""

import os
from pathlib import Path

import psutil

from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.engine.engine import Engine
from deskwatch.engine.processes import ProcessFigures, ProcessWatch
from deskwatch.engine.pulse import Pulse
from deskwatch.exposition.health import Processors
from deskwatch.web.answers.health import EngineHealth, HealthAnswer, HostHealth, ProcessHealth

#: The loop's delay is told as a bound that this share of its turns was below.
_SHARE = 0.99


class Health:
    """Answers for an engine. folder: of the data, whose disk counts."""

    def __init__(self, engine: Engine, pulse: Pulse, processes: ProcessWatch, folder: Path) -> None:
        self._engine = engine
        self._pulse = pulse
        self._processes = processes
        self._folder = folder
        self._own = psutil.Process()
        self._processors = Processors()

    def __call__(self) -> HealthAnswer:
        """Return how all is now, the processes as when they were last looked for."""
        return HealthAnswer(
            as_of=self._engine.clock(),
            engine=self._of_engine(),
            host=self._host(),
            processes=[_process(name, one) for name, one in sorted(self._processes.found.items())],
        )

    def _of_engine(self) -> EngineHealth:
        intake = self._engine.intake
        return EngineHealth(
            loop_delay_s=_bound(self._pulse.delay_seconds),
            ingest_lag_s=intake.lag_s,
            ingest_backlog_bytes=intake.backlog_bytes,
            memory_bytes=self._own.memory_info().rss,
            open_files=self._own.num_fds(),
            clock_steps=self._pulse.clock_steps,
            clock_apart_s=self._pulse.clock_apart_s,
        )

    def _host(self) -> HostHealth:
        memory = psutil.virtual_memory()
        try:
            disk = psutil.disk_usage(str(self._folder))
        except OSError:
            disk = None
        return HostHealth(
            cpu_ratio=self._processors.ratio(),
            load_ratio=os.getloadavg()[0] / (psutil.cpu_count() or 1),
            memory_available_ratio=memory.available / memory.total,
            disk_free_bytes=None if disk is None else disk.free,
            disk_free_ratio=None if disk is None else disk.free / disk.total,
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
