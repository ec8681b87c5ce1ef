"""A page in a browser, and what every page is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

UI: Final = Path(__file__).parents[2] / "ui"
AXE: Final = UI / "node_modules" / "axe-core" / "axe.min.js"

#: The widths of a desk's screen and of a phone, in CSS pixels.
SCREENS: Final = {"desktop": (1440, 900), "phone": (390, 844)}

PAGES: Final = {
    "/": "Desk",
    "/pnl": "P&L",
    "/risk": "Risk",
    "/latency": "Latency",
    "/execution": "Execution",
    "/health": "Health",
    "/alerts": "Alerts",
    "/logs": "Logs",
    "/drills": "Drills",
}

#: Keeps by how many pixels the page was ever wider than its screen, between two frames as well.
_OVERFLOW: Final = """
    window.overflow = 0;
    new MutationObserver(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        window.overflow = Math.max(window.overflow, scrollWidth - clientWidth);
    }).observe(document, { childList: true, subtree: true, attributes: true });
"""

_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def looking(browser: Any, address: str, screen: str = "desktop") -> Iterator[Any]:
    """Open an address on a screen; what the script complains of is an error at the end."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", locale="en-GB"
    )
    page = context.new_page()
    page.add_init_script(_OVERFLOW)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    page.set_default_timeout(30_000)
    page.goto(address)
    page.locator(".link.live").wait_for()
    try:
        yield page
        assert complaints == []
    finally:
        context.close()


def violations(page: Any) -> list[str]:
    """Return what axe finds wrong, and where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(found => found.violations)", _RULES
    )
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def overflow(page: Any) -> int:
    """Return by how many pixels the page was at most wider than its screen since it was opened."""
    return int(page.evaluate("window.overflow"))


def number(text: str) -> Decimal:
    """Return the figure that a text shows."""
    digits = re.search(r"[+−-]?[^\d+−-]*([\d,]+(?:\.\d+)?)", text)
    assert digits is not None, text
    sign = -1 if "−" in text or "-" in text else 1
    return sign * Decimal(digits[1].replace(",", ""))


def shows(text: str, figure: str) -> bool:
    """Whether a text shows an exact figure, rounded to the digits that it has."""
    shown = number(text)
    unit = Decimal(1).scaleb(int(shown.as_tuple().exponent))
    return abs(shown - Decimal(figure)) <= unit / 2
