"""The fields of every event kind, as a trading program passes them.

A method of `Desk` takes one of these as its keyword arguments: type checkers read them there, and
`encoding` checks values against them at run time. They mirror deskwatch's own event classes, and a
test compares the two; docs/events.md says what each field means.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal, NotRequired, TypedDict

#: A price, a quantity or money. A float is sent as the shortest digits that read back as it.
Amount = str | int | Decimal | float
#: Nanoseconds since 1970 UTC, RFC 3339 text with an offset, or a datetime with a time zone.
Time = int | str | datetime
Side = Literal["buy", "sell"]
OrderStatus = Literal[
    "new",
    "acknowledged",
    "partially_filled",
    "filled",
    "pending_cancel",
    "canceled",
    "replaced",
    "rejected",
    "expired",
    "cancel_rejected",
]


class Envelope(TypedDict, total=False):
    """event_time is the moment of the call if left out."""

    event_time: Time
    receive_time: Time


class Instrument(Envelope):
    """What a symbol is at a venue; comes before its first fill."""

    venue: str
    symbol: str
    instrument_type: NotRequired[
        Literal["spot", "equity", "future", "perpetual", "option", "fx"] | None
    ]
    contract: NotRequired[Literal["linear", "inverse", "quanto"] | None]
    base: str
    quote: str
    settle: NotRequired[str | None]
    multiplier: NotRequired[Amount | None]
    price_increment: NotRequired[Amount | None]
    quantity_increment: NotRequired[Amount | None]
    expiry_time: NotRequired[Time | None]


class Fill(Envelope):
    """An execution."""

    account: str
    strategy: NotRequired[str | None]
    venue: str
    symbol: str
    side: Side
    quantity: Amount
    price: Amount
    exec_id: str
    fee: NotRequired[Amount | None]
    fee_currency: NotRequired[str | None]
    order_id: NotRequired[str | None]
    client_order_id: NotRequired[str | None]
    liquidity: NotRequired[Literal["maker", "taker"] | None]


class Bust(Envelope):
    """A fill that the venue took back."""

    account: str
    venue: str
    symbol: str
    side: Side
    exec_id: str
    ref_exec_id: str
    reason: NotRequired[str | None]


class Correction(Envelope):
    """A fill that the venue restated."""

    account: str
    venue: str
    symbol: str
    side: Side
    exec_id: str
    ref_exec_id: str
    quantity: Amount
    price: Amount
    fee: NotRequired[Amount | None]
    fee_currency: NotRequired[str | None]
    reason: NotRequired[str | None]


class Mark(Envelope):
    """The price that an open position is valued at."""

    venue: str
    symbol: str
    price: Amount
    mark_source: NotRequired[Literal["mark", "mid", "last", "index", "settlement"] | None]


class Fx(Envelope):
    """An exchange rate: one `base` is worth `rate` of `quote`."""

    base: str
    quote: str
    rate: Amount
    rate_source: NotRequired[str | None]


class Fee(Envelope):
    """A fee outside of a fill: above zero is paid."""

    account: str
    strategy: NotRequired[str | None]
    venue: str
    symbol: str
    amount: Amount
    currency: str
    reference: NotRequired[str | None]
    reason: NotRequired[str | None]


class Funding(Envelope):
    """Carry on a position: above zero is received."""

    account: str
    strategy: NotRequired[str | None]
    venue: str
    symbol: str
    amount: Amount
    currency: NotRequired[str | None]
    reference: NotRequired[str | None]
    reason: NotRequired[Literal["funding", "dividend", "interest", "borrow"] | None]


class Cash(Envelope):
    """Capital that comes into an account (above zero) or leaves it."""

    account: str
    amount: Amount
    currency: str
    reference: NotRequired[str | None]
    reason: NotRequired[str | None]


class Split(Envelope):
    """A share split: every `denominator` old units become `numerator` new ones."""

    venue: str
    symbol: str
    numerator: int
    denominator: int


class Order(Envelope):
    """A change in an order's life."""

    account: str
    strategy: NotRequired[str | None]
    venue: str
    symbol: str
    client_order_id: str
    order_id: NotRequired[str | None]
    parent_order_id: NotRequired[str | None]
    status: OrderStatus
    side: Side
    order_type: NotRequired[Literal["limit", "market", "stop", "stop_limit", "other"] | None]
    quantity: Amount
    price: NotRequired[Amount | None]
    leaves_quantity: NotRequired[Amount | None]
    cumulative_quantity: NotRequired[Amount | None]
    original_client_order_id: NotRequired[str | None]
    parent_quantity: NotRequired[Amount | None]
    reason: NotRequired[str | None]


class PositionReport(Envelope):
    """What the venue says an account holds; a failed query is None, with its error."""

    account: str
    venue: str
    symbol: str
    quantity: Amount | None
    average_price: NotRequired[Amount | None]
    liquidation_price: NotRequired[Amount | None]
    error: NotRequired[str | None]


class BalanceReport(Envelope):
    """What the venue says an account has of a currency; a failed query is None."""

    account: str
    venue: str
    currency: str
    total: Amount | None
    available: NotRequired[Amount | None]
    equity: NotRequired[Amount | None]
    margin_used: NotRequired[Amount | None]
    maintenance_margin: NotRequired[Amount | None]
    error: NotRequired[str | None]


class ApiRequest(Envelope):
    """One request to a venue, and how long its answer took."""

    venue: str
    operation: str
    transport: NotRequired[Literal["rest", "websocket", "fix"] | None]
    status: str
    duration_ns: int
    account: NotRequired[str | None]


class TimedApiRequest(TypedDict):
    """What is known of a request before it is made."""

    venue: str
    operation: str
    transport: NotRequired[Literal["rest", "websocket", "fix"] | None]
    account: NotRequired[str | None]


class Latency(Envelope):
    """An interval that the platform measured itself, on one clock."""

    operation: Literal[
        "order_ack", "ack_to_fill", "cancel_ack", "tick_to_order", "feed_delay", "processing"
    ]
    duration_ns: int
    venue: NotRequired[str | None]
    strategy: NotRequired[str | None]
    stage: NotRequired[str | None]
    clock: NotRequired[str | None]
    end_clock: NotRequired[str | None]


class Feed(Envelope):
    """The state of a market-data or user feed."""

    venue: str
    channel: str
    symbol: NotRequired[str | None]
    status: Literal["connected", "disconnected", "idle", "message", "gap", "resync"]
    feed_sequence: NotRequired[int | None]
    missed: NotRequired[int | None]
    exchange_time: NotRequired[Time | None]
    clock: NotRequired[str | None]
    host: NotRequired[str | None]
    service: NotRequired[str | None]
    interval_ns: NotRequired[int | None]
    bid: NotRequired[Amount | None]
    ask: NotRequired[Amount | None]


class Session(Envelope):
    """The state of a session with a counterparty."""

    venue: str
    session: str
    state: Literal["connecting", "logged_on", "logged_out", "disconnected", "error"]
    reason: NotRequired[str | None]


class Heartbeat(Envelope):
    """A service is alive; it promises the next beat within `interval_ns`."""

    service: str
    host: NotRequired[str | None]
    interval_ns: NotRequired[int | None]
    started_at: NotRequired[Time | None]


class Breaker(Envelope):
    """A circuit breaker changed its state, or says how near it is to opening."""

    breaker: str
    state: Literal["closed", "open", "half_open"]
    account: NotRequired[str | None]
    strategy: NotRequired[str | None]
    cause: NotRequired[str | None]
    actor: NotRequired[str | None]
    limit: NotRequired[Amount | None]
    value: NotRequired[Amount | None]
    watches: NotRequired[str | None]


class KillSwitch(Envelope):
    """A kill switch was engaged or released."""

    engaged: bool
    scope: NotRequired[str | None]
    account: NotRequired[str | None]
    actor: NotRequired[str | None]
    cause: NotRequired[str | None]


class DeadMan(Envelope):
    """A dead-man timer was renewed for `timeout_ns`, or disarmed with None."""

    timer: str
    timeout_ns: int | None
    venue: NotRequired[str | None]
    account: NotRequired[str | None]


class Limit(Envelope):
    """A limit that the platform enforces; a value of None says that it was removed."""

    limit: str
    value: Amount | None
    account: NotRequired[str | None]
    strategy: NotRequired[str | None]
    venue: NotRequired[str | None]
    symbol: NotRequired[str | None]
    currency: NotRequired[str | None]


class Clock(Envelope):
    """How far a host's clock is from UTC; above zero is ahead."""

    host: str
    offset_ns: int
    reference: NotRequired[str | None]


class Drill(Envelope):
    """A synthetic test ended, or a step of one."""

    drill: str
    step: NotRequired[str | None]
    status: Literal["passed", "failed", "stopped"]
    reason: NotRequired[str | None]
    duration_ns: NotRequired[int | None]
    interval_ns: NotRequired[int | None]
