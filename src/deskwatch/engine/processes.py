"""The platform's own processes, looked for by name and measured where they run."""

import asyncio
import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import psutil
from msgspec import Struct

#: Where systemd lists the processes of services, in slices within slices: those of a user
#: (user.slice/user-1000.slice/…), and of a template (system.slice/system-bot.slice/bot@1.service).
_CGROUPS: Final = Path("/sys/fs/cgroup")

#: How often; a pattern of a command line is looked for in all of /proc, some 20 ms of a thread.
_LOOK_EVERY_S: Final = 2.0


class WatchedProcess(Struct, frozen=True, kw_only=True):
    """How a process is found: by its pid file, else its service, else a pattern of its command."""

    pid_file: Path | None = None
    command: str | None = None
    service: str | None = None


class ProcessFigures(Struct, frozen=True, kw_only=True):
    """A process that runs. start_time: seconds since 1970. open_files: None if not ours to see."""

    start_time: float
    cpu_s: float
    memory_bytes: int
    threads: int
    open_files: int | None


class ProcessWatch:
    """Looks for the processes; found: what each had when last looked, None where it is missing.

    cgroups: where the kernel's control groups are.
    """

    def __init__(self, watched: Mapping[str, WatchedProcess], cgroups: Path = _CGROUPS) -> None:
        self._watched = watched
        self._cgroups = cgroups
        self._known: dict[str, psutil.Process] = {}
        self.found: dict[str, ProcessFigures | None] = {}

    async def run(self) -> None:
        """Look until cancelled; without a process to look for, do nothing."""
        while True:
            if self._watched:
                await asyncio.to_thread(self.look)
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Measure every process. It reads much of /proc: not for the event loop.

        Where no file can be opened nobody knows, and what was found before stands.
        """
        with contextlib.suppress(OSError):
            self.found = self._look()

    def _look(self) -> dict[str, ProcessFigures | None]:
        return {name: self._figures(name, how) for name, how in self._watched.items()}

    def _figures(self, name: str, how: WatchedProcess) -> ProcessFigures | None:
        process = self._known.get(name)
        # A process that is known is looked for no further; is_running() sees a pid that came again.
        if process is None or not process.is_running():
            process = _find(how, self._cgroups)
            if process is None:
                self._known.pop(name, None)
                return None
            self._known[name] = process
        try:
            return _measure(process)
        except psutil.Error:
            self._known.pop(name, None)
            return None


def _find(how: WatchedProcess, cgroups: Path) -> psutil.Process | None:
    for pid in _candidates(how, cgroups):
        try:
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.Error:
            continue
    return None


def _candidates(how: WatchedProcess, cgroups: Path) -> Iterator[int]:
    """Yield the pids that may be meant; of several by one pattern, the oldest first."""
    if how.pid_file is not None:
        yield from _numbers(how.pid_file)[:1]
    if how.service is not None:
        yield from _of_service(f"{how.service.removesuffix('.service')}.service", cgroups)
    if how.command is not None:
        pattern, own = re.compile(how.command), os.getpid()
        found = [
            (process.info["create_time"], process.pid)
            for process in psutil.process_iter(["cmdline", "create_time"])
            if process.pid != own and pattern.search(" ".join(process.info["cmdline"] or ()))
        ]
        yield from (pid for _, pid in sorted(found))


def _of_service(unit: str, cgroups: Path) -> Iterator[int]:
    """Yield the pids of a service, wherever it is; those in groups of its own as well."""
    for folder, _, _ in os.walk(cgroups):
        if unit in Path(folder).parts:
            yield from _numbers(Path(folder) / "cgroup.procs")


def _numbers(file: Path) -> list[int]:
    try:
        return [int(word) for word in file.read_text(errors="replace").split() if word.isdecimal()]
    except OSError:
        return []


def _measure(process: psutil.Process) -> ProcessFigures:
    with process.oneshot():
        times = process.cpu_times()
        try:
            open_files = process.num_fds()
        except psutil.AccessDenied:
            open_files = None
        return ProcessFigures(
            start_time=process.create_time(),
            cpu_s=times.user + times.system,
            memory_bytes=process.memory_info().rss,
            threads=process.num_threads(),
            open_files=open_files,
        )
