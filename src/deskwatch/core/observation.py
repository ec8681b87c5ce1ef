"""The events that tell how the desk is, without moving its books.

All are checked, kept in the journal and counted; what books follow a kind is said beside it in
docs/events.md. The envelope is `event.Event`.
"""

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, structs

from deskwatch.core.event import (
    MOST,
    UNATTRIBUTED,
    Decimal,
    Event,
    Identifier,
    Integer,
    Label,
    Moment,
    OptionalIdentifier,
    Side,
    Text,
)

OptionalLabel = Annotated[str, Meta(max_length=64)]
NotNegative = Annotated[int, Meta(ge=0, le=MOST)]


class Order(Event, tag="order", kw_only=True, frozen=True):
    """A change in an order's life (FIX ExecutionReport, OrdStatus 39).

    quantity: OrderQty 38; leaves_quantity 151; cumulative_quantity: CumQty 14; price: the limit.
    original_client_order_id: OrigClOrdID 41. Of a replaced order, its name before; if
    client_order_id names a cancel, the name of the order to be canceled.
    parent_order_id: the order that this one is a part of; parent_quantity: all that is to trade.
    order_type: for the journal only; what an order may cost follows from its price.
    """

    account: Label
    strategy: Label = UNATTRIBUTED
    venue: Label
    symbol: Label
    client_order_id: Identifier
    order_id: OptionalIdentifier = ""
    parent_order_id: OptionalIdentifier = ""
    status: Literal[
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
    side: Side
    order_type: Literal["limit", "market", "stop", "stop_limit", "other"] = "limit"
    quantity: Decimal
    price: Decimal | None = None
    leaves_quantity: Decimal | None = None
    cumulative_quantity: Decimal | None = None
    original_client_order_id: OptionalIdentifier = ""
    parent_quantity: Decimal | None = None
    reason: Text = ""


class PositionReport(Event, tag="position_report", kw_only=True, frozen=True):
    """What the venue says an account holds; quantity is signed, short is negative.

    liquidation_price: at which the venue would close it by itself; 0 is none.
    """

    account: Label
    venue: Label
    symbol: Label
    quantity: Decimal | None
    average_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    error: Text = ""


class BalanceReport(Event, tag="balance_report", kw_only=True, frozen=True):
    """What the venue says an account has of a currency. A failed query is null, with its error.

    equity: total and what open positions would bring. margin_used: of that, what the venue holds
    back for positions and orders; maintenance_margin: what must be left, or it closes positions.
    """

    account: Label
    venue: Label
    currency: Label
    total: Decimal | None
    available: Decimal | None = None
    equity: Decimal | None = None
    margin_used: Decimal | None = None
    maintenance_margin: Decimal | None = None
    error: Text = ""


class ApiRequest(Event, tag="api_request", kw_only=True, frozen=True):
    """One request that the platform made to a venue, and how long its answer took.

    status: `ok`, or HTTP's number. Whatever is neither `ok` nor 100 to 399 counts as failed, such
    as `timeout`, `OK` or a venue's own code.
    """

    venue: Label
    operation: Label
    transport: Literal["rest", "websocket", "fix"] = "rest"
    status: Label
    duration_ns: Integer
    account: OptionalLabel = ""


class Latency(Event, tag="latency", kw_only=True, frozen=True):
    """An interval that the platform measured itself, on one clock.

    operation: order_ack, ack_to_fill, cancel_ack, tick_to_order, feed_delay or processing.
    clock: which clock it was measured on. end_clock: the one that its end was read from, if that
    was another; the interval is then refused as cross_clock.
    """

    operation: Literal[
        "order_ack", "ack_to_fill", "cancel_ack", "tick_to_order", "feed_delay", "processing"
    ]
    duration_ns: Integer
    venue: OptionalLabel = ""
    strategy: OptionalLabel = ""
    stage: OptionalLabel = ""
    clock: OptionalLabel = ""
    end_clock: OptionalLabel = ""


class Feed(Event, tag="feed", kw_only=True, frozen=True):
    """The state of a market-data or user feed. `message` says that data came in.

    symbol: empty is the channel as a whole. `idle`: the market is closed or halted, so that silence
    is no news until the next message. `gap`: messages are missing, `missed` of them, and the book
    is not to be trusted until `resync`. bid, ask: the best prices, to tell a crossed book.
    interval_ns: a promise that the next message or keepalive comes within this time; 0 takes it
    back. service: which of the platform's services listens, by the name of its heartbeat.
    feed_sequence: the venue's own number, for the journal only; for a hole in it send `gap`.
    exchange_time: when the venue sent it. The delay to receive_time (or event_time) is counted if
    both were read from one `clock`, or if the `clock` events of `host`, which received it, say that
    its clock is right enough; otherwise it only shows how far the two clocks are apart.
    """

    venue: Label
    channel: Label
    symbol: OptionalLabel = ""
    status: Literal["connected", "disconnected", "idle", "message", "gap", "resync"]
    feed_sequence: Integer | None = None
    missed: Integer | None = None
    exchange_time: Moment | None = None
    clock: OptionalLabel = ""
    host: OptionalLabel = ""
    service: OptionalLabel = ""
    interval_ns: NotNegative | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None


class Session(Event, tag="session", kw_only=True, frozen=True):
    """The state of a session with a counterparty (FIX or a login)."""

    venue: Label
    session: Label
    state: Literal["connecting", "logged_on", "logged_out", "disconnected", "error"]
    reason: Text = ""


class Heartbeat(Event, tag="heartbeat", kw_only=True, frozen=True):
    """A service is alive; it promises the next beat within `interval_ns`.

    An interval of 0 says that it stops on purpose. started_at: since when its process runs; without
    it, another `epoch` is a restart.
    """

    service: Label
    host: OptionalLabel = ""
    interval_ns: NotNegative | None = None
    started_at: Moment | None = None


class Breaker(Event, tag="breaker", kw_only=True, frozen=True):
    """A circuit breaker changed its state, or says in the same state how near it is to opening.

    watches: what opens it, such as the name of a limit. limit and value: where it opens, and what
    was found against that. cause: what tripped it; actor: who reset it.
    """

    breaker: Label
    state: Literal["closed", "open", "half_open"]
    account: OptionalLabel = ""
    strategy: OptionalLabel = ""
    cause: OptionalLabel = ""
    actor: OptionalLabel = ""
    limit: Decimal | None = None
    value: Decimal | None = None
    watches: OptionalLabel = ""


class KillSwitch(Event, tag="kill_switch", kw_only=True, frozen=True):
    """A kill switch was engaged or released, by whom and why.

    scope: what it stops; empty is all that the desk does. account: whose orders, if one account's.
    """

    engaged: bool
    scope: OptionalLabel = ""
    account: OptionalLabel = ""
    actor: OptionalLabel = ""
    cause: OptionalLabel = ""


class DeadMan(Event, tag="dead_man", kw_only=True, frozen=True):
    """A dead-man timer was renewed; if not again within `timeout_ns`, orders are canceled.

    A null timeout says that the timer was disarmed on purpose.
    """

    timer: Label
    timeout_ns: Annotated[int, Meta(gt=0, le=MOST)] | None
    venue: OptionalLabel = ""
    account: OptionalLabel = ""


class Limit(Event, tag="limit", kw_only=True, frozen=True):
    """A limit that the platform enforces; a null value says that it was removed.

    limit: which, such as gross or daily_loss: docs/risk.md, "Limits". An empty account, strategy,
    venue or symbol stands for each. currency: of an amount of money; the account's reporting
    currency when left out.
    """

    limit: Label
    value: Decimal | None
    account: OptionalLabel = ""
    strategy: OptionalLabel = ""
    venue: OptionalLabel = ""
    symbol: OptionalLabel = ""
    currency: OptionalLabel = ""


class Clock(Event, tag="clock", kw_only=True, frozen=True):
    """How far a host's clock is from UTC; above zero is ahead."""

    host: Label
    offset_ns: Integer
    reference: OptionalLabel = ""


class Drill(Event, tag="drill", kw_only=True, frozen=True):
    """A synthetic test ended, or a step of one; `stopped` says that no more runs are promised.

    step: which one; empty is the run as a whole, which comes after its steps. reason: why it
    failed. duration_ns: how long it took. interval_ns: a promise that the next run ends within
    this time.
    """

    drill: Label
    step: OptionalLabel = ""
    status: Literal["passed", "failed", "stopped"]
    reason: OptionalLabel = ""
    duration_ns: NotNegative | None = None
    interval_ns: NotNegative | None = None


def _decimals(kind: type[Event]) -> tuple[str, ...]:
    """Return the names of a kind's decimal fields."""
    return tuple(
        field.name
        for field in structs.fields(kind)
        if field.type is Decimal or Decimal in get_args(field.type)
    )


#: The observations, and which of their fields hold decimals.
DECIMAL_FIELDS: Final[dict[type[Event], tuple[str, ...]]] = {
    kind: _decimals(kind)
    for kind in (
        Order,
        PositionReport,
        BalanceReport,
        ApiRequest,
        Latency,
        Feed,
        Session,
        Heartbeat,
        Breaker,
        KillSwitch,
        DeadMan,
        Limit,
        Clock,
        Drill,
    )
}
