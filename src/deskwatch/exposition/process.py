"""What every Prometheus client shows of its process, under the names that dashboards expect."""

import resource
from collections.abc import Sequence

import psutil

from deskwatch.exposition.family import Family, MetricFamily


class ProcessCollector:
    """The monitor's own process.

    Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._cpu = Family(
            "process_cpu_seconds_total",
            "User and system time on the CPU.",
            "counter",
            unit="seconds",
        )
        self._resident = Family(
            "process_resident_memory_bytes", "Memory that is in RAM.", "gauge", unit="bytes"
        )
        self._open_fds = Family("process_open_fds", "Open file descriptors.", "gauge")
        self._max_fds = Family(
            "process_max_fds", "File descriptors that the process may open.", "gauge"
        )
        self._start = Family(
            "process_start_time_seconds", "Start, since 1970 UTC.", "gauge", unit="seconds"
        )
        self._start.replace({(): self._process.create_time()})

    def families(self) -> Sequence[MetricFamily]:
        """Return the families; the same ones at every call."""
        return (self._cpu, self._resident, self._open_fds, self._max_fds, self._start)

    def collect(self) -> None:
        """Ask the operating system."""
        with self._process.oneshot():
            times = self._process.cpu_times()
            self._cpu.replace({(): times.user + times.system})
            self._resident.replace({(): self._process.memory_info().rss})
        self._open_fds.replace({(): self._process.num_fds()})
        # The limit can be raised while we run. No limit is +Inf, as Go's client has it.
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        unlimited = soft == resource.RLIM_INFINITY
        self._max_fds.replace({(): float("inf") if unlimited else soft})
