"""All sources of other people's answers."""

from typing import Final

from tests.conformance import (
    beancount,
    bitget,
    freqtrade,
    freqtrade_trades,
    hledger,
    lean,
    nautilus,
    rp2,
    small_cases,
)
from tests.conformance.case import Source

SOURCES: Final[tuple[Source, ...]] = (
    lean.SOURCE,
    nautilus.SOURCE,
    *freqtrade.SOURCES,
    *freqtrade_trades.SOURCES,
    bitget.SOURCE,
    beancount.SOURCE,
    hledger.SOURCE,
    rp2.SOURCE,
    small_cases.SOURCE,
)
