"""The Desk page left open for an hour while the desk trades: its heap must not grow."""

from typing import Final

from bench.page import Tab, chromium, desk_page, trading
from bench.row import Gate, Row, skipped

CASE: Final = "page_hour"

#: A heap of so many times what it was has grown.
FLAT: Final = Gate(1.2, at_most=True)

#: By then all code has run that runs at all, and every tile and row has come.
SETTLED_S: Final = 60.0
SOAK_S: Final = 3600.0
QUICK_SOAK_S: Final = 20.0
LOOKS: Final = 12


def soak(tab: Tab, soak_s: float) -> list[tuple[float, float]]:
    """Return heap (MB) and DOM nodes at first and at each twelfth of the time after."""
    found = []
    for wait_s in (SETTLED_S, *[soak_s / LOOKS] * LOOKS):
        tab.page.wait_for_timeout(wait_s * 1e3)
        found.append((tab.heap_mb(), tab.metrics()["Nodes"]))
    return found


def rows(*, quick: bool) -> list[Row]:
    if chromium() is None:
        return [skipped(CASE, "no chromium: set CHROMIUM_BIN")]
    soak_s = QUICK_SOAK_S if quick else SOAK_S
    with trading() as server, desk_page(server) as tab:
        (heap, nodes), *later = soak(tab, soak_s)
        tab.page.locator(".link.live").wait_for(timeout=5_000)
    most, most_nodes = (max(values) for values in zip(*later, strict=True))
    at_first = f"at first: {heap:.2f} MB, {nodes:.0f} nodes"
    figure = f"at most {most:.2f} MB, {most_nodes:.0f} nodes; {later[-1][0]:.2f} MB at the end"
    return [Row(f"{CASE}: heap over {soak_s:.0f} s", figure, at_first, most / heap, FLAT)]
