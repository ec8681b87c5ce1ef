"""What /api/v1/health answers: how the machine, the engine and the platform's processes are."""

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Count


class EngineHealth(Struct, frozen=True, kw_only=True):
    """deskwatch itself. Null before anything was measured.

    loop_delay_s: a bound that 99 of 100 turns of the event loop since the start were below.
    clock_apart_s: how far the machine's clock is ahead of deskwatch's, after a step.
    """

    loop_delay_s: float | None
    ingest_lag_s: float | None
    ingest_backlog_bytes: Count
    memory_bytes: Count
    open_files: Count
    clock_steps: Count | None
    clock_apart_s: float | None


class HostHealth(Struct, frozen=True, kw_only=True):
    """The machine. Ratios: 1 is all of it. disk: of the data folder. Null: it can't be told."""

    cpu_ratio: float | None
    load_ratio: float
    memory_available_ratio: float
    disk_free_bytes: int | None
    disk_free_ratio: float | None


class ProcessHealth(Struct, frozen=True, kw_only=True):
    """A process that deskwatch.toml names; null figures where it is missing."""

    process: str
    running: bool
    start_time: Nanoseconds | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    threads: int | None = None
    open_files: int | None = None


class HealthAnswer(Struct, frozen=True, kw_only=True):
    """All of them."""

    as_of: Nanoseconds
    engine: EngineHealth
    host: HostHealth
    processes: list[ProcessHealth]
