"""The book of orders as a snapshot keeps it."""

from typing import Literal, NamedTuple

from msgspec import Struct

from deskwatch.core.event import Mark, Side
from deskwatch.core.order import Order
from deskwatch.core.order_flow import OrderFlow, OrderLine
from deskwatch.core.parent import Parent, ParentKey

#: Why a report moved nothing: its order was over or may have been forgotten, or a bound on memory
#: was reached.
Ignored = Literal["ended", "forgotten", "too_many_open", "too_many_lines"]

#: Why there is no sample: `no_mark` came in time, it was an `old_mark`, the first one came too late
#: (`late_mark`), the fill came after its mark (`late_fill`), or too many were waiting; nobody said
#: what a parent is to trade (`no_quantity`).
Unsampled = Literal[
    "no_mark", "old_mark", "late_mark", "late_fill", "queue_full", "no_price", "no_quantity"
]

#: Account and client_order_id.
OrderKey = tuple[str, str]

#: Account, venue (empty for a client_order_id), and the name that an order has there.
NameKey = tuple[str, str, str]


class Waiting(Struct, frozen=True, array_like=True):
    """A fill that waits for a mark. time: its own. sign: 1 for a buy or -1. flow: its number."""

    time: int
    price: str
    sign: int
    flow: int


class Executed(Struct, frozen=True, gc=False):
    """What a snapshot knows of a fill that waits for a mark."""

    event_time: int
    price: str
    side: Side


class Over(NamedTuple):
    """Something that was executed beyond what was ordered, in flow number `flow`."""

    flow: int
    executed: int
    ordered: int


#: An order is named by (account, "", client_order_id): no symbol is empty.
OverKey = tuple[str, str, str]


ParentStates = list[tuple[ParentKey, Parent]]


class RosterState(Struct, array_like=True):
    """All that is known of names."""

    open: list[Order]
    ended: tuple[list[Order], list[Order]]
    ended_times: tuple[int, int, int]
    names: tuple[list[tuple[NameKey, str]], list[tuple[NameKey, str]]]
    name_times: tuple[int, int, int]
    early: tuple[list[tuple[NameKey, int]], list[tuple[NameKey, int]]]
    early_times: tuple[int, int, int]


class QuotedState(Struct, array_like=True):
    """What is known of one instrument's price."""

    last: Mark | None
    before: Mark | None
    waiting: list[list[Waiting]]


class OrdersState(Struct):
    """Everything. slice_ns: what the windows' slices count in; 0 where nothing says so."""

    second: int
    flows: list[OrderFlow]
    lines: list[OrderLine]
    roster: RosterState
    parents: tuple[ParentStates, ParentStates]
    parent_times: tuple[int, int, int]
    over: list[tuple[OverKey, Over]]
    quoted: list[tuple[str, str, QuotedState]]
    unsampled: list[tuple[str, Unsampled, int]]
    rejected_in_a_row: dict[str, int]
    ignored: dict[Ignored, int]
    timed: list[tuple[str, str, str]]
    slice_ns: int = 0
