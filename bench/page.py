"""The Desk page in Chromium, beside the figures that its prototype had (Preact + uPlot).

The prototype was measured once, elsewhere; its figures are kept here. Of them the load is exact;
shares of a core depend on the machine, so they are shown and only the load has a gate.
"""

import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from bench.row import Gate, Row, skipped
from bench.server import HOST, Server, engine
from bench.turns import ROOT
from tests.page.stage import chromium

CASE: Final = "page"

#: The prototype's: load in kB, main thread and server in % of a core, heap in MB, first figure
#: in seconds.
LOAD_KB: Final = 89.0
MAIN_THREAD: Final = 6.9
HEAP_MB: Final = 5.0
FIRST_FIGURE_S: Final = 1.5
SERVER: Final = 1.0


#: The engine's own share of a core moves by more than one client costs, so it is measured without
#: clients and with them in turn, for so long (s) each: how often, by the number of clients. What
#: moves is divided by them.
CLIENTS: Final = {1: 20, 10: 3, 50: 3}
QUICK_CLIENTS: Final = {1: 2, 10: 1, 50: 1}
TURN_S: Final = 12.0
TOPICS: Final = "status,pnl,exposure,limits,var,latency,breakers,positions,timeline"

#: How long the desk trades before it is looked at, and what takes a share of a core is watched.
BEFORE_S: Final = 10.0
SHARE_S: Final = 60.0
QUICK_SHARE_S: Final = 15.0
#: After the last card has its answer nothing is loaded any more.
LOADED_MS: Final = 1_000
#: How often the heap is read, for the least of it.
HEAP_READINGS: Final = 5

_WATCH: Final = """() => {
  const red = () => [...document.querySelectorAll(".breakers li.open")]
    .some(item => item.textContent.includes("bench"));
  new MutationObserver(() => { if (red()) window.sawRed ??= Date.now(); }).observe(
    document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


@contextlib.contextmanager
def trading() -> Iterator[Server]:
    """Run an engine that the simulated desk reports to."""
    with engine() as server:
        url = f"http://{HOST}:{server.port}"
        desk = subprocess.Popen(
            [sys.executable, "-m", "deskwatch", "demo-desk", "--url", url],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(BEFORE_S)
            yield server
        finally:
            desk.terminate()
            desk.wait()


@dataclass
class Tab:
    """An open page and the debugger's view of it. loaded_bytes: as they came over the wire."""

    page: Any
    debugger: Any
    loaded_bytes: int = 0

    def metrics(self) -> dict[str, float]:
        found = self.debugger.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found}

    def heap_mb(self) -> float:
        """Return the heap after its garbage is gone.

        The page goes on between collecting and reading, and what it threw away since would count.
        """
        return min(self._collected_mb() for _ in range(HEAP_READINGS))

    def _collected_mb(self) -> float:
        self.debugger.send("HeapProfiler.collectGarbage")
        return self.metrics()["JSHeapUsedSize"] / 1e6


@contextlib.contextmanager
def desk_page(server: Server) -> Iterator[Tab]:
    """Open the Desk page as somebody does who was never there."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        tab = Tab(page, page.context.new_cdp_session(page))
        tab.debugger.on("Network.loadingFinished", lambda one: _count(tab, one))
        tab.debugger.send("Network.enable")
        # By the thread's own clock: whoever else takes the core is no part of the page's share.
        tab.debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"http://{HOST}:{server.port}/")
        page.locator(".link.live").wait_for()
        page.locator("main [aria-busy=true]").first.wait_for(state="detached")
        page.wait_for_timeout(LOADED_MS)
        tab.debugger.send("Network.disable")
        yield tab
        browser.close()


def _count(tab: Tab, finished: dict[str, float]) -> None:
    tab.loaded_bytes += int(finished["encodedDataLength"])


def page_rows(server: Server, share_s: float) -> list[Row]:
    with desk_page(server) as tab:
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        first_s = float(tab.page.evaluate(paint)) / 1e3
        load_kb = tab.loaded_bytes / 1e3
        before, began = tab.metrics()["TaskDuration"], time.monotonic()
        tab.page.wait_for_timeout(share_s * 1e3)
        busy = (tab.metrics()["TaskDuration"] - before) / (time.monotonic() - began)
        heap = tab.heap_mb()
        red_s = red_after(server, tab)
    loaded = Gate(1, at_most=True)
    return [
        row("load", f"{load_kb:.1f} kB", f"{LOAD_KB:g} kB", load_kb / LOAD_KB, loaded),
        row("first figure", f"{first_s:.2f} s", f"{FIRST_FIGURE_S:g} s", first_s / FIRST_FIGURE_S),
        row("main thread", f"{busy:.1%}", f"{MAIN_THREAD:g} %", busy * 100 / MAIN_THREAD),
        row("heap", f"{heap:.1f} MB", f"{HEAP_MB:g} MB", heap / HEAP_MB),
        Row(f"{CASE}: a breaker that opens is red after", f"{red_s:.2f} s"),
    ]


def red_after(server: Server, tab: Tab) -> float:
    """Return the seconds from handing in that a breaker opened to its tile being red."""
    tab.page.evaluate(_WATCH)
    event = {"kind": "breaker", "breaker": "bench", "state": "open", "cause": "drawdown"}
    with contextlib.closing(server.connect()) as connection:
        began = time.time()
        body = json.dumps({"event_time": time.time_ns(), **event}).encode() + b"\n"
        server.post(connection, "/v1/events", body)
    # Not by a function that is waited for in the page: its policy lets no text become code.
    tab.page.locator(".breakers li.open", has_text="bench").wait_for()
    return float(tab.page.evaluate("window.sawRed")) / 1e3 - began


def client_rows(server: Server, turns_with: Mapping[int, int]) -> list[Row]:
    """Return what each client of the stream costs the engine, beyond what it does by itself."""
    rows = []
    for count, turns in turns_with.items():
        each = median(_added(server, count, turns)) / count
        rows.append(
            row(f"server, a client of {count}", f"{each:.2%}", f"{SERVER:g} %", each * 100 / SERVER)
        )
    return rows  # fmt: skip


def _added(server: Server, count: int, turns: int) -> Iterator[float]:
    """Yield the share of a core that clients add, beyond the mean of before and after them."""
    before = _cpu_share(server, TURN_S)
    for _ in range(turns):
        with clients(server, count):
            beside = _cpu_share(server, TURN_S)
        after = _cpu_share(server, TURN_S)
        yield beside - (before + after) / 2
        before = after


def _cpu_share(server: Server, share_s: float) -> float:
    before, began = server.cpu_seconds(), time.monotonic()
    time.sleep(share_s)
    return (server.cpu_seconds() - before) / (time.monotonic() - began)


@contextlib.contextmanager
def clients(server: Server, count: int) -> Iterator[None]:
    """Follow the Desk page's topics as so many browsers do."""
    connections = [http.client.HTTPConnection(HOST, server.port) for _ in range(count)]
    for connection in connections:
        connection.request("GET", f"/api/v1/stream?topics={TOPICS}")
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        threading.Thread(target=_read, args=(answer,), daemon=True).start()
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def _read(answer: http.client.HTTPResponse) -> None:
    with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
        while answer.read1():
            pass


def row(what: str, figure: str, theirs: str, ratio: float, gate: Gate | None = None) -> Row:
    return Row(f"{CASE}: {what}", figure, f"the prototype: {theirs}", ratio, gate)


def rows(*, quick: bool) -> list[Row]:
    if chromium() is None:
        return [skipped(CASE, "no chromium: set CHROMIUM_BIN")]
    share_s = QUICK_SHARE_S if quick else SHARE_S
    with trading() as server:
        return [
            *page_rows(server, share_s),
            *client_rows(server, QUICK_CLIENTS if quick else CLIENTS),
        ]
