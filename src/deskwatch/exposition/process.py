"""What every Prometheus client shows of its process, under the names that dashboards expect."""

import errno
import resource

import psutil

from deskwatch.exposition.families import Families


class ProcessCollector:
    """The monitor's own process.

    Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        families = self.families = Families()
        self._cpu = families.counter(
            "process_cpu_seconds_total", "User and system time on the CPU.", unit="seconds"
        )
        self._resident = families.gauge(
            "process_resident_memory_bytes", "Memory that is in RAM.", unit="bytes"
        )
        self._open_fds = families.gauge("process_open_fds", "Open file descriptors.")
        self._max_fds = families.gauge(
            "process_max_fds", "File descriptors that the process may open."
        )
        self._start = families.gauge(
            "process_start_time_seconds", "Start, since 1970 UTC.", unit="seconds"
        )
        self._start.replace({(): self._process.create_time()})

    def collect(self) -> None:
        """Ask the operating system. Where no file can be opened, all that may be are."""
        # The limit can be raised while we run. No limit is +Inf, as Go's client has it.
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            with self._process.oneshot():
                times = self._process.cpu_times()
                self._cpu.replace({(): times.user + times.system})
                self._resident.replace({(): self._process.memory_info().rss})
            self._open_fds.replace({(): self._process.num_fds()})
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            self._open_fds.replace({(): soft})
        unlimited = soft == resource.RLIM_INFINITY
        self._max_fds.replace({(): float("inf") if unlimited else soft})
