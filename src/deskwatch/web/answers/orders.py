"""What /api/v1/execution and /api/v1/orders answer."""

from msgspec import Struct

from deskwatch.core.event import Nanoseconds, Side
from deskwatch.core.order import Status
from deskwatch.web.answers.figures import Amount, Count


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
    slippage_counts: how many fills were in each bucket of ExecutionAnswer.slippage_edges, and
    above the last.
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
    slippage_counts: list[int]


class OrdersToTradesRow(Struct, frozen=True, kw_only=True):
    """The day's messages and orders that traded, in one symbol.

    by_number, by_volume: messages over trades - 1, as RTS 9 counts them (docs/execution.md); null
    without anything to divide by.
    """

    account: str
    strategy: str
    venue: str
    symbol: str
    messages: Count
    trades: Count
    by_number: float | None
    by_volume: float | None


class OverRow(Struct, frozen=True, kw_only=True):
    """An order or a parent that was executed beyond its quantity.

    order_id: the order's client_order_id, or the parent's. symbol: null for an order by itself.
    """

    account: str
    strategy: str
    venue: str
    symbol: str | None
    order_id: str
    executed: Amount
    ordered: Amount


class ShortRow(Struct, frozen=True, kw_only=True):
    """An order whose reports say that more was executed than its fills.

    reported, filled: what each of the two come to. since: when that was first seen.
    """

    account: str
    strategy: str
    venue: str
    symbol: str
    client_order_id: str
    order_id: str
    reported: Amount
    filled: Amount
    since: Nanoseconds


class ExecutionAnswer(Struct, frozen=True, kw_only=True):
    """All flows, by name.

    window_s: how long a window is. whole_window, whole_day: of all flows together.
    slippage_edges: the upper edges of FlowRow.slippage_counts, as ratios.
    """

    as_of: Nanoseconds
    window_s: float
    whole_window: PeriodRow
    whole_day: PeriodRow
    slippage_edges: list[float]
    flows: list[FlowRow]
    orders_to_trades: list[OrdersToTradesRow]
    over: list[OverRow]
    missing_fills: list[ShortRow]


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
