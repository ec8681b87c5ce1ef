"""What the table reads of deskwatch's JSON API; fields that it does not show are passed over.

Amounts are decimal text; a null amount can't be known, and `unpriced` says why.
"""

from msgspec import Struct


class EventCounts(Struct, frozen=True):
    """Events since the start, and in a second of the recent past."""

    total: int
    per_second: float


class RefusedCounts(Struct, frozen=True):
    """Events that deskwatch would not book."""

    total: int
    by_reason: dict[str, int]


class JournalState(Struct, frozen=True):
    """Whether events can be kept; detail says why not."""

    state: str
    detail: str = ""


class Status(Struct, frozen=True):
    """GET /api/v1/status."""

    version: str
    uptime_s: float
    ready: bool
    events: EventCounts
    refused: RefusedCounts
    duplicates: int
    journal: JournalState
    unpriced_positions: int


class StrategyRow(Struct, frozen=True, kw_only=True):
    """One strategy in one account, in the account's reporting currency."""

    account: str
    strategy: str
    currency: str
    realized: str | None
    unrealized: str | None
    fees: str | None
    funding: str | None
    net: str | None
    hour: str | None
    day: str | None
    drawdown: str | None
    unpriced: str | None


class AccountRow(Struct, frozen=True, kw_only=True):
    """One account, the sum of its strategies; equity has its capital in it too."""

    account: str
    currency: str
    net: str | None
    hour: str | None
    day: str | None
    equity: str | None
    drawdown: str | None
    drawdown_ratio: float | None
    unpriced: str | None


class Pnl(Struct, frozen=True):
    """GET /api/v1/pnl. as_of: nanoseconds since 1970 UTC."""

    as_of: int
    strategies: list[StrategyRow]
    accounts: list[AccountRow]


class PositionRow(Struct, frozen=True, kw_only=True):
    """One position, in the currency that its instrument settles in."""

    account: str
    strategy: str
    venue: str
    symbol: str
    currency: str
    quantity: str
    average_price: str | None
    mark: str | None
    mark_age_s: float | None
    notional: str | None
    net: str | None
    unpriced: str | None


class Positions(Struct, frozen=True):
    """GET /api/v1/positions."""

    positions: list[PositionRow]
