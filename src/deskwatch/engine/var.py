"""VaR measured in turns, so that no event waits for all of it."""

import asyncio
from collections.abc import Callable
from typing import Final

from deskwatch.core.period import SECOND
from deskwatch.risk.book import RiskBook

_EVERY_S: Final = 1.0

#: How old figures get before somebody who looks at them must measure: more than a round takes.
KEEP_NS: Final = 5 * SECOND


async def measure(book: RiskBook, clock: Callable[[], int]) -> None:
    """Measure once a second until cancelled; events and requests come between two accounts."""
    while True:
        for _ in book.measure(clock()):
            await asyncio.sleep(0)
        await asyncio.sleep(_EVERY_S)
