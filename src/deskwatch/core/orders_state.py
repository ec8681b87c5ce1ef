"""The book of orders as a snapshot keeps it."""

from msgspec import Struct

from deskwatch.core.blotter import Ignored
from deskwatch.core.markout import QuotedState, Unsampled
from deskwatch.core.order_flow import OrderFlow, OrderLine
from deskwatch.core.parent import Over, OverKey, Parent, ParentKey
from deskwatch.core.roster import RosterState

ParentStates = list[tuple[ParentKey, Parent]]


class OrdersState(Struct):
    """Everything."""

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
