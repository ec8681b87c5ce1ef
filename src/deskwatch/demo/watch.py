"""The live table's loop: asks deskwatch's JSON API, draws, waits. It reads nothing else."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import httpx
import msgspec
from rich.console import Console, RenderableType
from rich.live import Live

from deskwatch.demo.answers import Pnl, Positions, Status
from deskwatch.demo.stop import Stop
from deskwatch.demo.table import Outage, render

#: Between two looks at the API: in a terminal, and where plain snapshots are printed.
_LOOK_S: Final = 0.5
_SNAPSHOT_S: Final = 5.0

_TIMEOUT_S: Final = 2.0

#: Lines that are not rows: the state and the addresses, titles, headings, blank lines.
_OTHER_LINES: Final = 15
_MOST_POSITIONS: Final = 12

Answer = TypeVar("Answer", Status, Pnl, Positions)


class NoAnswer(Exception):
    """deskwatch did not answer, or not what its API promises; the text says which."""


class Answers(NamedTuple):
    """One look at deskwatch."""

    status: Status
    pnl: Pnl
    positions: Positions


class Watcher:
    """Looks at one deskwatch and remembers what it said last.

    clock: seconds that only grow, for the age of the last answer.
    """

    def __init__(
        self, client: httpx.Client, url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._clock = clock
        self._last: Answers | None = None
        self._last_time = 0.0
        self.outage: Outage | None = None

    def look(self) -> None:
        """Ask once. Without a whole answer the last one is kept, and `outage` says why."""
        try:
            self._last = Answers(
                self._get("/api/v1/status", Status),
                self._get("/api/v1/pnl", Pnl),
                self._get("/api/v1/positions", Positions),
            )
        except NoAnswer as error:
            age = None if self._last is None else self._clock() - self._last_time
            self.outage = Outage(str(error), age)
        else:
            self._last_time = self._clock()
            self.outage = None

    def picture(self, console: Console, *, fit: bool) -> RenderableType:
        """Return the table for `console`; to fit, small positions are left out."""
        last = self._last
        largest = _MOST_POSITIONS
        if fit and last is not None:
            rows = len(last.pnl.strategies) + len(last.pnl.accounts)
            largest = max(0, min(_MOST_POSITIONS, console.height - rows - _OTHER_LINES))
        return render(
            last and last.status,
            last and last.pnl,
            last and last.positions,
            console.width,
            url=self._url,
            outage=self.outage,
            largest=largest,
        )

    def _get(self, path: str, kind: type[Answer]) -> Answer:
        try:
            answer = self._client.get(self._url + path)
        except httpx.HTTPError as error:
            raise NoAnswer(str(error) or type(error).__name__) from None
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer(f"{path} answered {answer.status_code} {answer.reason_phrase}")
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NoAnswer(f"{path} answered what is not its JSON: {error}") from None


def watch(
    url: str,
    stop: Stop,
    *,
    token: str | None = None,
    once: bool = False,
    console: Console | None = None,
) -> bool:
    """Show the table until `stop` is set; return whether deskwatch answered the last look.

    In a terminal it takes the whole screen and gives it back. Elsewhere it prints a snapshot every
    few seconds. once: print one table and return. token: of an API that asks for one.
    """
    console = console or Console()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(timeout=_TIMEOUT_S, headers=headers, trust_env=False) as client:
        watcher = Watcher(client, url)
        if once:
            watcher.look()
            console.print(watcher.picture(console, fit=False))
        elif console.is_terminal:
            _draw(watcher, console, stop)
        else:
            _print(watcher, console, stop)
    return watcher.outage is None


def _draw(watcher: Watcher, console: Console, stop: Stop) -> None:
    # The other screen, drawn only when there is something new: that is what does not flicker.
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while not stop.is_set():
            watcher.look()
            live.update(watcher.picture(console, fit=True), refresh=True)
            stop.wait(_LOOK_S)


def _print(watcher: Watcher, console: Console, stop: Stop) -> None:
    while not stop.is_set():
        watcher.look()
        console.print(watcher.picture(console, fit=False))
        console.print()
        stop.wait(_SNAPSHOT_S)
