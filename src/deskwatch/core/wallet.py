"""What the books know of a venue's balance: what each line has brought into it.

Source: docs/reconciliation.md, "Balances".
"""

from typing import Final

from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import MONEY_DECIMALS, POW10

_MONEY_TO_SUM: Final = POW10[SUM_DECIMALS - MONEY_DECIMALS]

#: Paid for in full when they are traded.
PAID_IN_FULL: Final = frozenset({"spot", "equity"})

#: What they earn is paid when they are closed, or day by day: venues differ while they are open.
MARGINED: Final = frozenset({"future", "perpetual"})


def brought(line: Line, currency: str) -> int:
    """Return what a line has brought into its venue's balance of `currency`, at SUM_DECIMALS.

    What is margined counts as it was realized, at average cost.
    """
    instrument, position = line.instrument, line.position
    total = (line.funding.get(currency, 0) - line.fees.get(currency, 0)) * _MONEY_TO_SUM
    if currency == instrument.settle:
        money = -position.cash
        if instrument.instrument_type in MARGINED:
            money += position.average_cost()
        total += money * POW10[SUM_DECIMALS - instrument.money_decimals]
    elif currency == instrument.base and instrument.instrument_type == "spot":
        total += position.quantity * POW10[SUM_DECIMALS - instrument.quantity_decimals]
    return total


def is_open_margin(line: Line, currency: str) -> bool:
    """Whether a line holds something margined in `currency`, whose profit a venue may count in."""
    instrument = line.instrument
    return (
        line.position.quantity != 0
        and instrument.settle == currency
        and instrument.instrument_type in MARGINED
    )


def settles_otherwise(line: Line, currency: str) -> bool:
    """Whether a line moves `currency` in a way that the books can't know: an option, an FX deal."""
    instrument = line.instrument
    return (
        currency in (instrument.settle, instrument.base)
        and instrument.instrument_type not in PAID_IN_FULL
        and instrument.instrument_type not in MARGINED
    )
