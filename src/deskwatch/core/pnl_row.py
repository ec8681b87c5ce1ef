"""One row of the P&L history: what one position earned in one closed hour or day."""

from typing import Literal

from msgspec import Struct

Period = Literal["hour", "day"]


class PnlRow(Struct, frozen=True):
    """P&L of an account × strategy × venue × symbol in one period, in one currency.

    start: the period's first nanosecond. Amounts are exact decimal strings. fees: above zero is
    paid; funding: above zero is received. unrealized_change is None when the position could not be
    priced at both ends of the period.
    """

    period: Period
    start: int
    account: str
    strategy: str
    venue: str
    symbol: str
    currency: str
    realized: str
    fees: str
    funding: str
    unrealized_change: str | None
