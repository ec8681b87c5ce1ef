"""The machine, the engine and the platform's processes, asked for and drawn as tables."""

import typer
from rich.table import Table
from rich.text import Text

from deskwatch.cli import ink
from deskwatch.cli.client import Client
from deskwatch.cli.show.latency import duration
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted, moment
from deskwatch.web.answers.health import HealthAnswer, ProcessHealth

_GIB = 1 << 30
_MIB = 1 << 20


def show_health(client: Client, *, as_json: bool) -> None:
    """Show how all is now."""
    answer, verbatim = client.get("/api/v1/health", HealthAnswer)
    if as_json:
        typer.echo(verbatim)
        return
    console = ink.console()
    console.print(f"As of {moment(answer.as_of)}", style="dim")
    ink.show(console, figures(answer))
    if answer.processes:
        console.print()
        ink.show(console, processes(answer))


def figures(answer: HealthAnswer) -> Table:
    """Return the machine's and the engine's figures, a line for each."""
    table = ink.table("Health", ("of", "what"), ("",), wide=True, why=False)
    host, engine = answer.host, answer.engine
    free = host.disk_free_bytes
    rows: list[tuple[str, str, Text]] = [
        ("machine", "processors busy", _ratio(host.cpu_ratio)),
        ("machine", "load a processor", Text(f"{host.load_ratio:.2f}")),
        ("machine", "memory to be had", Text(f"{host.memory_available_ratio:.0%}")),
        (
            "machine",
            "room for data",
            ink.unknown()
            if free is None
            else Text(f"{free / _GIB:.1f} GiB, {host.disk_free_ratio:.0%}"),
        ),
        ("deskwatch", "event loop late by", _seconds(engine.loop_delay_s)),
        ("deskwatch", "last block waited", _seconds(engine.ingest_lag_s)),
        (
            "deskwatch",
            "waiting for the journal",
            Text(counted(engine.ingest_backlog_bytes, "byte")),
        ),
        ("deskwatch", "memory", Text(f"{engine.memory_bytes / _MIB:,.0f} MiB")),
        ("deskwatch", "open files", Text(f"{engine.open_files:,}")),
        ("deskwatch", "clock was set", _times(engine.clock_steps)),
    ]
    for row in rows:
        table.add_row(*row)
    return table


def processes(answer: HealthAnswer) -> Table:
    """Return the platform's processes; one that is missing says so."""
    names, columns = ("process", ""), ("up for", "processor time", "memory", "threads", "files")
    table = ink.table("Processes", names, columns, wide=True, why=False)
    for one in answer.processes:
        state = Text("runs", "green") if one.running else Text("missing", "bold red")
        table.add_row(ink.name(one.process), state, *_process(one, answer.as_of))
    return table


def _process(one: ProcessHealth, now: int) -> tuple[str, ...]:
    if one.start_time is None or one.cpu_s is None or one.memory_bytes is None:
        return ("",) * 5
    return (
        ink.duration((now - one.start_time) / SECOND),
        ink.duration(one.cpu_s),
        f"{one.memory_bytes / _MIB:,.0f} MiB",
        f"{one.threads:,}",
        "" if one.open_files is None else f"{one.open_files:,}",
    )


def _seconds(seconds: float | None) -> Text:
    return duration(None if seconds is None else round(seconds * SECOND))


def _ratio(ratio: float | None) -> Text:
    return Text("–", "dim") if ratio is None else Text(f"{ratio:.0%}")


def _times(count: int | None) -> Text:
    return Text("–", "dim") if count is None else Text(counted(count, "time"))
