"""An engine in this process, and what is said of it while it starts."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import structlog
import typer

from deskwatch.app import App, run_until_signalled
from deskwatch.cli.address import http_url
from deskwatch.cli.run.event_loop import new_event_loop
from deskwatch.cli.run.supervisor import supervisor_of
from deskwatch.config import Config
from deskwatch.logs.own import OwnLog

#: Between two words on how far a replay is.
PROGRESS_S: Final = 3.0

log = structlog.get_logger()


def serve(config: Config, *, stdin: bool, own_log: OwnLog, file: Path | None) -> None:
    """Run an engine until SIGINT or SIGTERM. own_log: where our own lines wait for its log store.

    file: the configuration's, where one was named: drills that are run from the page read it, too.
    Raises OSError for an address that can't be bound, JournalLocked and JournalUnavailable.
    """

    def drill(address: tuple[str, int]) -> list[str]:
        named = [] if file is None else ["--config", str(file)]
        command = [sys.executable, "-m", "deskwatch", "drills", "run"]
        return [*command, "--url", http_url(*address), *named]

    app = App(config, stdin=stdin, own_log=own_log, drill_command=drill)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(app, config))


async def _serve(app: App, config: Config) -> None:
    supervisor = supervisor_of(os.environ, os.getpid())

    def started() -> None:
        supervisor.started()
        _tell_addresses(app, config)

    telling = [
        asyncio.create_task(_tell_progress(app), name="deskwatch-progress"),
        asyncio.create_task(supervisor.keep_alive(), name="deskwatch-alive"),
    ]
    try:
        await run_until_signalled(app, started)
    finally:
        for task in telling:
            task.cancel()
    log.info("engine_stopped")


async def _tell_progress(app: App) -> None:
    """Log how far the replay is, every few seconds while it goes on."""
    while True:
        await asyncio.sleep(PROGRESS_S)
        if app.engine.ready:
            return
        log.info("journal_replaying", frames=app.engine.replayed_frames)


def _tell_addresses(app: App, config: Config) -> None:
    assert app.address is not None, "what is started is served"
    url = http_url(*app.address)
    asks = config.page.viewer_password is not None or config.page.operator_password is not None
    if asks and config.server.token is None:
        why = "people have a password, but there is no server.token"
        log.warning("programs_locked_out", why=why)
    if config.log.format == "json":
        log.info("engine_started", page=f"{url}/", metrics=f"{url}/metrics", api=f"{url}/api/v1")
        return
    typer.echo(
        f"deskwatch takes events at {url}/v1/events\n"
        f"  page     {url}/\n"
        f"  metrics  {url}/metrics\n"
        f"  API      {url}/api/v1/status, /api/v1/pnl, /api/v1/positions",
        err=True,
    )
