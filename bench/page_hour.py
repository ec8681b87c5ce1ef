"""The Desk page left open for an hour while the desk trades: its heap must not grow."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.page import BEFORE_S, Tab, chromium, desk_page
from bench.row import Gate, Row, skipped
from bench.server import Server, engine_on
from bench.turns import ROOT

CASE: Final = "page_hour"

#: A heap of so many times what it was has grown.
FLAT: Final = Gate(1.2, at_most=True)
#: What the page itself holds has no compiler to blame.
FLAT_OBJECTS: Final = Gate(1.1, at_most=True)

#: By then all code has run that runs at all, and every tile and row has come.
SETTLED_S: Final = 60.0
SOAK_S: Final = 3600.0
QUICK_SOAK_S: Final = 20.0
LOOKS: Final = 12

#: What a snapshot counts that is no object of the page: what the browser compiles of its code for
#: as long as it runs, and what it keeps outside of the heap.
NO_OBJECTS: Final = ("code", "native")


DESK: Final = "bench.peers.seasoned_desk"


@contextlib.contextmanager
def seasoned() -> Iterator[Server]:
    """Run an engine whose desk has an hour behind it, as its prototype's charts had."""
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        desk = subprocess.Popen(
            [sys.executable, "-m", DESK, folder],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert desk.stdin is not None
        assert desk.stdout is not None
        try:
            if not desk.stdout.readline():
                raise RuntimeError("the desk's hour has not passed")
            with engine_on(Path(folder)) as server:
                print(server.port, file=desk.stdin, flush=True)
                time.sleep(BEFORE_S)
                yield server
        finally:
            desk.kill()
            desk.wait()


class Look(NamedTuple):
    """The heap (MB), what of it is the page's objects (MB), and the DOM's nodes."""

    heap: float
    objects: float
    nodes: float


def look(tab: Tab) -> Look:
    heap, nodes = tab.heap_mb(), tab.metrics()["Nodes"]
    return Look(heap, objects_mb(snapshot(tab)), nodes)


def snapshot(tab: Tab) -> dict[str, Any]:
    chunks: list[str] = []

    def take(event: dict[str, str]) -> None:
        chunks.append(event["chunk"])

    tab.debugger.on("HeapProfiler.addHeapSnapshotChunk", take)
    tab.debugger.send("HeapProfiler.takeHeapSnapshot")
    tab.debugger.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
    found: dict[str, Any] = json.loads("".join(chunks))
    return found


def objects_mb(found: dict[str, Any]) -> float:
    """Return what of a heap's snapshot is objects."""
    meta, nodes = found["snapshot"]["meta"], found["nodes"]
    fields, kinds = meta["node_fields"], meta["node_types"][0]
    each = len(fields)
    sizes = zip(
        nodes[fields.index("type") :: each], nodes[fields.index("self_size") :: each], strict=True
    )
    return sum(size for kind, size in sizes if kinds[kind] not in NO_OBJECTS) / 1e6


def soak(tab: Tab, soak_s: float) -> list[Look]:
    """Return how it was at first and at each twelfth of the time after."""
    found = []
    for wait_s in (SETTLED_S, *[soak_s / LOOKS] * LOOKS):
        tab.page.wait_for_timeout(wait_s * 1e3)
        found.append(look(tab))
    return found


def rows(*, quick: bool) -> list[Row]:
    if chromium() is None:
        return [skipped(CASE, "no chromium: set CHROMIUM_BIN")]
    soak_s = QUICK_SOAK_S if quick else SOAK_S
    with seasoned() as server, desk_page(server) as tab:
        first, *later = soak(tab, soak_s)
        tab.page.locator(".link.live").wait_for(timeout=5_000)
    heap, objects, nodes = (max(values) for values in zip(*later, strict=True))
    end = later[-1]
    return [
        Row(
            f"{CASE}: heap over {soak_s:.0f} s",
            f"at most {heap:.2f} MB, {nodes:.0f} nodes; {end.heap:.2f} MB at the end",
            f"at first: {first.heap:.2f} MB, {first.nodes:.0f} nodes",
            heap / first.heap,
            FLAT,
        ),
        Row(
            f"{CASE}: the page's objects, without compiled code",
            f"at most {objects:.2f} MB; {end.objects:.2f} MB at the end",
            f"at first: {first.objects:.2f} MB",
            objects / first.objects,
            FLAT_OBJECTS,
        ),
    ]
