"""What /api/v1/execution and /api/v1/orders answer."""

from msgspec import Struct

from deskwatch.core.event import Nanoseconds, Side
from deskwatch.core.order import Status
from deskwatch.web.answers import Amount, Count


class PeriodRow(Struct, frozen=True, kw_only=True):
    """What became of orders in a window or day. Ratios are null without anything to divide by.

    markouts: the mean by horizon; above zero is good for us.
    """

    answered: Count
    ended: Count
    fill_ratio: float | None
    reject_ratio: float | None
    cancel_ratio: float | None
    markouts: dict[str, float | None]


class FlowRow(Struct, frozen=True, kw_only=True):
    """The orders of an account and strategy at a venue.

    statuses, rejects, fills: since the first event. filled_over_ordered: the worst of today's
    orders and parents. slippage: the mean over all fills with one; above zero cost us.
    """

    account: str
    strategy: str
    venue: str
    open: Count
    unacked: Count
    oldest_unacked_s: float | None
    statuses: dict[str, int]
    rejects: dict[str, int]
    fills: Count
    window: PeriodRow
    day: PeriodRow
    filled_over_ordered: float | None
    slippage: float | None


class OverRow(Struct, frozen=True, kw_only=True):
    """An order or a parent that was executed beyond its quantity.

    symbol: null for an order by itself.
    """

    account: str
    strategy: str
    venue: str
    symbol: str | None
    order_id: str
    executed: Amount
    ordered: Amount


class ExecutionAnswer(Struct, frozen=True, kw_only=True):
    """All flows, by name."""

    as_of: Nanoseconds
    flows: list[FlowRow]
    over: list[OverRow]


class OrderRow(Struct, frozen=True, kw_only=True):
    """An open order. sent: null where no report says when it was."""

    account: str
    strategy: str
    venue: str
    symbol: str
    client_order_id: str
    order_id: str
    parent_order_id: str
    side: Side
    status: Status
    quantity: Amount
    executed: Amount
    leaves: Amount
    price: Amount | None
    sent: Nanoseconds | None
    acknowledged: bool
    age_s: float


class OrdersAnswer(Struct, frozen=True, kw_only=True):
    """The open orders that are known longest; total: how many there are."""

    as_of: Nanoseconds
    total: Count
    orders: list[OrderRow]
