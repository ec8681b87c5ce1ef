"""The one place that wires: an engine, its ways in, and what it shows."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog

import deskwatch.core.books
from deskwatch.anomaly.book import AnomalyBook
from deskwatch.config import (
    Config,
    anomaly_settings,
    books_settings,
    latency_limits,
    risk_settings,
)
from deskwatch.config.settings.alerting import alerting_settings
from deskwatch.config.settings.execution import execution_thresholds
from deskwatch.config.settings.logs import log_bounds, log_files
from deskwatch.config.settings.processes import watched_processes
from deskwatch.config.settings.web import web_settings
from deskwatch.config.values import revealed
from deskwatch.core.books import Books
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.receipt import Submit
from deskwatch.engine import garbage, var
from deskwatch.engine.alert_desk import EngineAlertDesk
from deskwatch.engine.alerting import Alerting
from deskwatch.engine.alerting_figures import AlertingFigures
from deskwatch.engine.beside import risk_book
from deskwatch.engine.clock import EngineClock
from deskwatch.engine.collectors import show_books
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.drill_desk import EngineDrillDesk
from deskwatch.engine.engine import Engine, Keeping, RestoreAbandoned
from deskwatch.engine.health import Health
from deskwatch.engine.host import Host
from deskwatch.engine.log_desk import EngineLogDesk
from deskwatch.engine.log_figures import LogFigures
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.phone import PhoneDesk
from deskwatch.engine.processes import ProcessWatch
from deskwatch.engine.pulse import Pulse
from deskwatch.engine.starts import Starts
from deskwatch.engine.timeline import EngineTimeline
from deskwatch.exposition.event_file import EventFileCollector
from deskwatch.exposition.health import HostCollector, NamedProcessCollector, PulseCollector
from deskwatch.exposition.log import LogCollector, LogStoreCollector
from deskwatch.exposition.monitor import MonitorCollector
from deskwatch.exposition.notify import NotificationCollector
from deskwatch.exposition.process import ProcessCollector
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.rules import RuleCollector
from deskwatch.exposition.starts import StartCollector
from deskwatch.ingest.files import FileTail, PositionStore, read_stdin
from deskwatch.ingest.lines import LineLimits, LineListener
from deskwatch.logs.keeper import LogKeeper
from deskwatch.logs.own import OwnLog
from deskwatch.risk.book import RiskBook
from deskwatch.web.routes import create_app
from deskwatch.web.server import Serving, serve
from deskwatch.web.stream.event_stream import EventStreams

log = structlog.get_logger()

#: The command that runs the drills once against an engine that is served at (host, port).
DrillCommand = Callable[[tuple[str, int]], Sequence[str]]


class App:
    """A whole deskwatch in this process. address: where HTTP is served, once it is.

    clock: ns UTC; the machine's, on which ages don't jump when somebody sets it. stdin: also take
    events from standard input. own_log: where this process's own lines wait for the log store.
    drill_command: what runs the drills once; None where nothing can. No file is touched before
    `run`. Raises RulesInvalid, BadAddress.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], int] | None = None,
        stdin: bool = False,
        own_log: OwnLog | None = None,
        drill_command: DrillCommand | None = None,
    ) -> None:
        clock = clock or EngineClock(time.time_ns, time.monotonic_ns)
        self.address: tuple[str, int] | None = None
        self.tcp_address: tuple[str, int] | None = None
        self._config = config
        self._stdin = stdin
        self._stopping = asyncio.Event()
        self.engine = Engine(_keeping(config), partial(new_books, config), clock)
        self._registry = Registry()
        self._figures = EngineFigures(self.engine)
        self._starts = Starts(config.data / "starts.json", clock)
        self._pulse = Pulse(clock)
        self._processes = ProcessWatch(watched_processes(config))
        self._host = Host(config.data)
        self._desk = EngineDesk(self.engine, self._figures, self._registry)
        self.alerting = Alerting(
            config.data,
            self._registry,
            alerting_settings(config),
            PhoneDesk(self.engine, self._desk),
            clock,
        )
        self._alert_desk = EngineAlertDesk(self.alerting)
        self._drill_desk = self._new_drill_desk(drill_command)
        self._streams = EventStreams()
        self._timeline = EngineTimeline(self.engine, self._desk)
        self._logs = LogKeeper(
            config.data / "logs", log_bounds(config), log_files(config), clock, own_log
        )
        self._log_desk = EngineLogDesk(self._logs, clock)
        self._tailed: dict[str, FileTail] = {}
        self._over_changes = 0
        self._join_rules_and_books()
        self._show_ourselves()

    def _join_rules_and_books(self) -> None:
        """Have the rules look at what is booked, and each know when the other slept or woke."""
        self.engine.intake.booked = self._booked
        self.alerting.prepare = self._before_look
        self.engine.slept = self.alerting.rules.slept
        self.alerting.was_awake = self.engine.was_awake
        self.alerting.watch = lambda: self.engine.books.watch

    def _booked(self, event_time: int) -> None:
        """Let the rules know what the events of a group may have moved."""
        changes = self.engine.books.orders.blotter.overfills.changes
        too_much = changes != self._over_changes
        self._over_changes = changes
        self.alerting.booked(event_time, too_much=too_much)

    def _new_drill_desk(self, command: DrillCommand | None) -> EngineDrillDesk:
        """Return what runs drills, if the configuration has any that may be run from here."""

        def known() -> Sequence[str]:
            assert command is not None, "nothing is run without"
            assert self.address is not None, "who asks was answered"
            return command(self.address)

        may = command is not None and self._config.drills.from_page
        drills = self._config.drill.set_up if may else []
        return EngineDrillDesk(known, drills, self.engine.clock)

    async def _before_look(self) -> None:
        """Count events; value what has changed, if a limit asks before the books' second ends."""
        self._figures.sample()
        if self.engine.books.limits.are_valued:
            await self.engine.catch_up()

    def may_show(self) -> dict[str, tuple[str, ...]]:
        """Return the labels of all samples that a run may show. Not for an app that is run."""
        self._show_books()
        return {name: self._registry.labels(name) for name in self._registry.sample_names()}

    def stop(self) -> None:
        """Ask `run` to end: what was taken is finished first."""
        self._stopping.set()

    async def run(self, started: Callable[[], None] | None = None) -> None:
        """Serve until `stop`; `started` is called when events are taken.

        Health and metrics are served during the replay already. Raises OSError for an address that
        can't be bound, JournalLocked and JournalUnavailable; an error in a part of the engine ends
        the whole of it.
        """
        async with AsyncExitStack() as cleanup:
            # First of all: a second deskwatch on the same folder opens no file and listens nowhere.
            cleanup.callback(self.engine.claim().release)
            self._starts.note()
            cleanup.push_async_callback(self.alerting.notifier.keeper.close)
            await self.alerting.open()
            serving = await self._serve()
            cleanup.push_async_callback(serving.stop)
            cleanup.push_async_callback(self.engine.close)
            cleanup.push_async_callback(self._logs.close)
            cleanup.push_async_callback(self._drill_desk.close)
            cleanup.callback(self._streams.close)
            if await self._open():
                self._show_books()
                garbage.settle()
                await self._run_engine(serving, started)

    async def _open(self) -> bool:
        """Restore the engine; say whether that was finished before we were stopped."""
        if self._stopping.is_set():  # a short replay could be over before it is looked at again
            self.engine.abandon()
        opening = asyncio.create_task(self.engine.open(), name="deskwatch-restore")
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not opening.done():
            self.engine.abandon()
        try:
            await opening
        except RestoreAbandoned:
            return False
        return True

    async def _run_engine(self, serving: Serving, started: Callable[[], None] | None) -> None:
        listener = await self._listen()
        running = asyncio.create_task(self.engine.run(), name="deskwatch-engine")
        alerting = asyncio.create_task(self.alerting.run(), name="deskwatch-alerting")
        stopping = asyncio.create_task(self._stopping.wait())
        beside = [*self._begin_beside(), stopping]
        if started is not None:
            started()
        try:
            parts = {running, alerting, serving.finished, *beside}
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in beside:
                task.cancel()
            await listener.stop()
            self.engine.intake.close("deskwatch is stopping")
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.gather(running, return_exceptions=True)  # it is told of below
            alerting.cancel()
            await asyncio.gather(alerting, return_exceptions=True)
        for task in {*ended, running} - {stopping}:
            task.result()

    def _begin_beside(self) -> list[asyncio.Task[Any]]:
        """Start what runs beside the engine, and ends before it does."""
        parts = {
            "pulse": self._pulse.run(),
            "processes": self._processes.run(),
            "logs": self._logs.run(),
            "risk": var.measure(risk_book(self.engine.books), self.engine.clock),
        }
        named = [
            asyncio.create_task(part, name=f"deskwatch-{name}") for name, part in parts.items()
        ]
        return [*map(asyncio.create_task, self._tails()), *named]

    async def _serve(self) -> Serving:
        server, settings = self._config.server, web_settings(self._config)
        app = create_app(
            self._desk,
            settings,
            self._alert_desk,
            self._log_desk,
            self._timeline,
            self._drill_desk,
            clock=self.engine.clock,
            streams=self._streams,
        )
        serving = await serve(app, server.bind, server.port)
        self.address = serving.address
        log.info("http_listening", host=serving.address[0], port=serving.address[1])
        return serving

    async def _listen(self) -> LineListener:
        config = self._config
        limits = LineLimits(max_line_bytes=config.server.max_line_bytes)
        listener = LineListener(
            self.engine.intake.submit,
            self.engine.intake.refuse,
            limits,
            revealed(config.server.token),
        )
        if config.tcp.enabled:
            self.tcp_address = await listener.start_tcp(config.tcp.bind, config.tcp.port)
            log.info("tcp_listening", host=self.tcp_address[0], port=self.tcp_address[1])
        if config.unix.path is not None:
            await listener.start_unix(config.unix.path)
            log.info("unix_listening", path=str(config.unix.path))
        return listener

    def _tails(self) -> list[Coroutine[None, None, None]]:
        config = self._config
        submit = self.engine.intake.submit
        positions = PositionStore(config.data / "file-positions.json")
        self._tailed = {
            name: FileTail(
                followed.path,
                submit,
                positions,
                followed.start,
                max_line_bytes=config.server.max_line_bytes,
            )
            for name, followed in config.files.items()
        }
        tails = [tail.run() for tail in self._tailed.values()]
        return [*tails, _take_stdin(submit, config.server.max_line_bytes)] if self._stdin else tails

    def _show_ourselves(self) -> None:
        """Register what is shown of deskwatch and its machine, also before the books are whole."""
        self._desk.firing = self._alert_desk.firing
        self._desk.own |= {
            "timeline": self._timeline.newest,
            "health": Health(self.engine, self._pulse, self._processes, self._host),
            "log_streams": self._log_desk.streams,
        }
        of_logs, of_alerting = LogFigures(self._logs), AlertingFigures(self.alerting)
        for collector in (
            MonitorCollector(self._figures, compiled=is_compiled()),
            StartCollector(self._starts),
            ProcessCollector(),
            PulseCollector(self._pulse),
            HostCollector(self._host),
            NamedProcessCollector(lambda: self._processes.found),
            LogCollector(of_logs, self._config.metrics.max_series),
            LogStoreCollector(of_logs),
            EventFileCollector(self._unread_files),
            RuleCollector(of_alerting),
            NotificationCollector(of_alerting),
        ):
            self._registry.register(collector)

    def _unread_files(self) -> dict[str, bool]:
        return {name: tail.unread for name, tail in self._tailed.items()}

    def _show_books(self) -> None:
        show_books(
            self._registry,
            self.engine.books,
            self.engine.clock,
            latency=latency_limits(self._config),
            execution=execution_thresholds(self._config),
            max_series=self._config.metrics.max_series,
        )


def new_books(config: Config) -> Books:
    """Return fresh books of the whole desk, with those that stand beside the money's."""
    return Books(
        books_settings(config),
        [
            lambda books: AnomalyBook(books, anomaly_settings(config)),
            lambda books: RiskBook(books, risk_settings(config), var.KEEP_NS),
        ],
    )


def _keeping(config: Config) -> Keeping:
    journal = config.journal
    return Keeping(
        folder=config.data,
        segment_bytes=journal.segment_bytes,
        snapshot_interval_ns=journal.snapshot_interval_s * SECOND,
        keep_ns=None if journal.keep_days is None else journal.keep_days * DAY,
    )


async def _take_stdin(submit: Submit, max_line_bytes: int) -> None:
    """Take events from standard input; the engine goes on when that ends."""
    receipt = await read_stdin(submit, max_line_bytes=max_line_bytes)
    log.info(
        "stdin_ended",
        accepted=receipt.accepted,
        duplicates=receipt.duplicates,
        refused=receipt.refused_total,
    )
    await asyncio.Event().wait()


def is_compiled() -> bool:
    """Whether the books run as compiled code."""
    return Path(deskwatch.core.books.__file__).suffix != ".py"


async def run_until_signalled(app: App, started: Callable[[], None] | None = None) -> None:
    """Run the app until SIGINT or SIGTERM; SIGHUP has it read its rule files anew."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, app.stop)
    loop.add_signal_handler(signal.SIGHUP, app.alerting.reload)
    await app.run(started)
