"""From the HTTP request that carries an event to the message in a chat.

Each event is a mark that takes a fresh account past its daily loss limit, so each is a new page. A
chat takes one message a second; what is measured is the way there and not the queue before it. So
events are spaced, or spread over chats, so that no two want one chat at once. The chat refuses what
comes sooner all the same, and each row says how often that was.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from typing import Final

from bench import alert_stack
from bench.desk import INSTRUMENTS, instruments
from bench.phone import Phone, phone
from bench.row import Gate, Row, skipped
from bench.server import Server
from bench.turns import ROOT, SOURCE

CASE: Final = "event to alert"
PAGE: Final = "DailyLossLimitBreached"
LOAD: Final = "bench.peers.steady_load"
PER_SECOND: Final = 10_000
UNDER_LOAD: Final = f"under {PER_SECOND:,} events/s"

#: Seconds between a desk's events: the chat's second, and half a one for the answer.
SPACING_S: Final = 1.5

#: So many desks stand side by side while idle, each with its own chat: the bench takes less long.
IDLE_DESKS: Final = 5

#: Alertmanager has so many chats, taken in turns, as make this slow enough for each.
STACK_SPACING_S: Final = 0.23
CHATS: Final = 10

MOST: Final = 200

EMBEDDED_P99_S: Final = 0.25
WORST_S: Final = 5.0
ARRIVAL_TIMEOUT_S: Final = 120.0  # the usual intervals take a minute and more


@dataclass
class Desk:
    """A running deskwatch and its accounts, whose events are still to come."""

    server: Server
    phone: Phone
    accounts: list[str]
    sent: dict[str, float] = field(default_factory=dict)


def accounts(count: int) -> list[str]:
    return [f"E{number:04d}" for number in range(count)]


def breach_each(desks: Sequence[Desk], spacing: float) -> list[float]:
    """Breach the accounts, one after the other, and return how many seconds each message took.

    spacing: seconds between a desk's events; the desks take turns.
    """
    turns = [pair for each in zip(*(_named(desk) for desk in desks), strict=True) for pair in each]
    with ExitStack() as stack:
        connections = {
            id(desk): stack.enter_context(contextlib.closing(desk.server.connect()))
            for desk in desks
        }
        begin = time.perf_counter()
        for number, (desk, account) in enumerate(turns):
            due = begin + number * spacing / len(desks)
            time.sleep(max(0.0, due - time.perf_counter()))
            event = alert_stack.breach(account)
            desk.sent[account] = time.perf_counter()
            desk.server.post(connections[id(desk)], "/v1/events", event)
    return [seconds for desk in desks for seconds in arrived(desk)]


def _named(desk: Desk) -> list[tuple[Desk, str]]:
    return [(desk, account) for account in desk.accounts]


def arrived(desk: Desk) -> list[float]:
    """Wait for all of a desk's messages. Raises RuntimeError if one doesn't come."""
    until = time.monotonic() + ARRIVAL_TIMEOUT_S
    waiting = dict(desk.sent)
    taken: list[float] = []
    while waiting:
        for at, text in list(desk.phone.messages):
            named = [name for name in waiting if name in text and PAGE in text]
            taken += [at - waiting.pop(name) for name in named]
        if waiting and time.monotonic() > until:
            raise RuntimeError(f"{len(waiting)} of {len(desk.sent)} events brought no message")
        time.sleep(0.05)
    return taken


@contextlib.contextmanager
def embedded(count: int, *, with_load: bool = False, source: Path = SOURCE) -> Iterator[Desk]:
    """Run a deskwatch that tells its chat itself, with so many accounts that trade."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        chat = stack.enter_context(phone())
        server = stack.enter_context(
            alert_stack.deskwatch(
                folder / "desk", api_url=chat.url, with_load=with_load, source=source
            )
        )
        yield _opened(server, chat, count)


def _opened(server: Server, chat: Phone, count: int) -> Desk:
    names = accounts(count)
    with contextlib.closing(server.connect()) as connection:
        server.post(connection, "/v1/events", alert_stack.opening_events(names))
    return Desk(server, chat, names)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="deskwatch-bench-")


def idle_row(count: int, desks_at_once: int) -> Row:
    with ExitStack() as stack:
        own = count // desks_at_once
        desks = [stack.enter_context(embedded(own)) for _ in range(desks_at_once)]
        taken = breach_each(desks, SPACING_S)
        return row("embedded, idle", desks, taken, ("p99", EMBEDDED_P99_S))


def loaded_row(count: int, build: str, source: Path) -> Row:
    with (
        embedded(count, with_load=True, source=source) as desk,
        load(desk.server) as loading,
    ):
        taken = breach_each([desk], SPACING_S)
        note = loading.stopped()
    return row(f"embedded, {build}, {UNDER_LOAD}", [desk], taken, ("p99", EMBEDDED_P99_S), note)


@dataclass
class Load:
    """Fills over TCP, as many a second as are asked for."""

    process: subprocess.Popen[str]

    def stopped(self) -> str:
        """Stop it; return how many a second the desk has taken."""
        accepted, seconds = self.process.communicate("", timeout=30)[0].split()
        return f", {float(accepted) / float(seconds):,.0f} events/s achieved"


@contextlib.contextmanager
def load(server: Server) -> Iterator[Load]:
    """Let the bench's usual desk trade at a server, from when it has all its positions."""
    with contextlib.closing(server.connect()) as connection:
        described = instruments(opening=time.time_ns())
        server.post(connection, "/v1/events", described + alert_stack.marks(INSTRUMENTS, "50000"))
    loading = subprocess.Popen(
        [sys.executable, "-m", LOAD, str(server.tcp_port), str(PER_SECOND)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    try:
        time.sleep(3)  # 30,000 fills
        yield Load(loading)
    finally:
        loading.kill()
        loading.wait()


@dataclass(frozen=True)
class Stack:
    """Which paths lead to Alertmanager, and how patient they are. worst_s: what is allowed."""

    name: str
    engine: bool = True
    prometheus: bool = True
    interval: str = "1s"
    group_wait: str = "0s"
    chats: int = CHATS
    worst_s: float | None = WORST_S

    def missing(self) -> str | None:
        """Return why this can't be run here."""
        if alert_stack.alertmanager_program() is None:
            return "no Alertmanager: set ALERTMANAGER_BIN"
        if self.prometheus and alert_stack.prometheus_program() is None:
            return "no Prometheus: set PROMETHEUS_BIN"
        return None

    @contextlib.contextmanager
    def running(self, count: int, *, with_load: bool = False) -> Iterator[Desk]:
        """Run it, with so many accounts that trade."""
        chats = [accounts(count)[n :: self.chats] for n in range(min(count, self.chats))]
        with ExitStack() as stack:
            folder = Path(stack.enter_context(_folder()))
            chat = stack.enter_context(phone())
            program = alert_stack.alertmanager_program()
            assert program is not None
            url = stack.enter_context(
                alert_stack.alertmanager(
                    program, folder / "alertmanager", chat.url, chats, group_wait=self.group_wait
                )
            )
            told = url if self.engine else None
            server = stack.enter_context(
                alert_stack.deskwatch(folder / "desk", alertmanager_url=told, with_load=with_load)
            )
            desk = _opened(server, chat, count)
            if self.prometheus:
                program = alert_stack.prometheus_program()
                assert program is not None
                own = folder / "prometheus"
                stack.enter_context(
                    alert_stack.prometheus(program, own, server, url, interval=self.interval)
                )
            yield desk


BOTH: Final = Stack("through Alertmanager, both paths")
ENGINE_ONLY: Final = Stack("through Alertmanager, Prometheus dead", prometheus=False)
PROMETHEUS_ONLY: Final = Stack("through Alertmanager, engine's alerting dead", engine=False)
#: An evaluation sends all of its fifteen seconds at once, so each event has a chat of its own.
USUAL: Final = Stack(
    "Prometheus alone, the usual 15 s / 15 s / 30 s",
    engine=False,
    interval="15s",
    group_wait="30s",
    chats=MOST,
    worst_s=None,
)


def row(
    name: str,
    desks: Sequence[Desk],
    taken: list[float],
    gate: tuple[str, float] | None,
    note: str = "",
) -> Row:
    """Return the figures; gate: "p99" or "worst", and the most seconds that it may be."""
    ordered = sorted(taken)
    figures = {"p99": ordered[ceil(0.99 * len(ordered)) - 1], "worst": ordered[-1]}
    words = [f"median {_ms(median(ordered))}", *(f"{key} {_ms(s)}" for key, s in figures.items())]
    refused = sum(desk.phone.floods for desk in desks)
    figure = f"{', '.join(words)} ({len(ordered)} events, {refused} refused by the chat{note})"
    case = f"{CASE}: {name}"
    if gate is None:
        return Row(case, figure)
    key, most = gate
    return Row(case, figure, f"{key} allowed: {_ms(most)}", figures[key] / most, Gate(1, True))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def stack_row(stack: Stack, count: int) -> Row:
    why = stack.missing()
    if why is not None:
        return skipped(f"{CASE}: {stack.name}", why)
    with stack.running(count) as desk:
        taken = breach_each([desk], STACK_SPACING_S)
    return row(stack.name, [desk], taken, _worst(stack))


def loaded_stack_row(stack: Stack, count: int) -> Row:
    name = f"{stack.name}, {UNDER_LOAD}"
    why = stack.missing()
    if why is not None:
        return skipped(f"{CASE}: {name}", why)
    with stack.running(count, with_load=True) as desk, load(desk.server) as loading:
        taken = breach_each([desk], STACK_SPACING_S)
        note = loading.stopped()
    return row(name, [desk], taken, _worst(stack), note)


def _worst(stack: Stack) -> tuple[str, float] | None:
    return None if stack.worst_s is None else ("worst", stack.worst_s)


def rows(compiled: Path | None, *, quick: bool) -> list[Row]:
    count, desks_at_once = (10, 2) if quick else (MOST, IDLE_DESKS)
    paths = (BOTH, ENGINE_ONLY, PROMETHEUS_ONLY)
    idle = [*paths] if quick else [*paths, USUAL]
    with ThreadPoolExecutor() as side_by_side:  # each is idle most of the time
        idle_rows = [idle_row(count, desks_at_once)]
        idle_rows += side_by_side.map(stack_row, idle, [count] * len(idle))
    builds = {"pure": SOURCE} | ({"compiled": compiled} if compiled else {})
    # One at a time: each takes a core.
    return [
        *idle_rows,
        *(loaded_row(count, build, source) for build, source in builds.items()),
        *(loaded_stack_row(path, count) for path in paths),
    ]
