"""Executed against ordered: what each order and each parent traded, over what it was to trade.

The control that was missing on 1 August 2012, when child orders were sent without end because
executions were not set against their parent (SEC Release 34-70694, paragraph 21).
"""

from typing import Final

from deskwatch.core.markout import Markouts
from deskwatch.core.money import parse_decimal
from deskwatch.core.observation import Order as OrderReport
from deskwatch.core.order import QUANTITY_DECIMALS, Order
from deskwatch.core.order_flows import OrderFlows
from deskwatch.core.orders_state import Over, OverKey
from deskwatch.core.parent import ParentKey, Parents

#: Orders and parents over their quantity that are told apart; the first one is news enough.
MAX_OVER: Final = 1024


class Overfills:
    """Sets what is executed against what was ordered, and knows whatever traded more.

    changes: counts the changes of `over`, so that its watcher can tell that there was one.
    """

    def __init__(self, parents: Parents, flows: OrderFlows, markouts: Markouts) -> None:
        self._parents = parents
        self._flows = flows
        self._markouts = markouts
        self.over: dict[OverKey, Over] = {}
        self.changes = 0

    def parent_key(self, order: Order) -> ParentKey:
        """Return the name of an order's parent."""
        return (order.account, self._symbol(order), order.parent_order_id)

    def judge(self, order: Order, before: int, time: int, *, changed: bool = False) -> None:
        """Set what was executed against what was ordered, by the order and by its parent."""
        executed = order.executed
        if executed == before and not changed:
            return
        line = self._flows.lines[order.line]
        if executed > before and not order.is_parent:
            self._flows.trade(order.line, executed - before, 0 if before else 1)
        ordered = order.quantity
        if executed > ordered or self.over:
            self._compare((order.account, "", order.client_order_id), line.flow, executed, ordered)
        elif executed > 0 and ordered:
            self._flows.flows[line.flow].note_executed(executed, ordered)
        if order.parent_order_id:
            key = self.parent_key(order)
            parent = self._parents.of(key, time)
            parent.executed += executed - before
            if parent.quantity is None and executed > before:
                self._markouts.without("parent", "no_quantity")
            self._compare(key, line.flow, parent.executed, parent.quantity or 0)

    def size_parent(self, order: Order, report: OrderReport) -> None:
        """Take how much a parent is to trade: its child says so, or the parent's own report."""
        if order.is_parent:
            key = (order.account, self._symbol(order), order.client_order_id)
            quantity = order.quantity
        else:
            key = self.parent_key(order)
            quantity = parse_decimal(report.parent_quantity or "0", QUANTITY_DECIMALS)
        if key[2]:
            parent = self._parents.of(key, report.event_time)
            parent.agree(quantity, report.event_time)
            flow = self._flows.lines[order.line].flow
            self._compare(key, flow, parent.executed, parent.quantity or 0)

    def clear(self, key: OverKey) -> None:
        """Take it that nothing of this name is over what it was to trade."""
        if self.over and self.over.pop(key, None) is not None:
            self.changes += 1

    def turn_day(self) -> None:
        """Forget what was too much yesterday."""
        if self.over:
            self.over.clear()
            self.changes += 1

    def _compare(self, key: OverKey, flow: int, executed: int, ordered: int) -> None:
        over = self.over
        if executed > ordered > 0:
            if key in over or len(over) < MAX_OVER:
                over[key] = Over(flow, executed, ordered)
                self.changes += 1
            return
        self.clear(key)
        if executed > 0 and ordered:
            self._flows.flows[flow].note_executed(executed, ordered)

    def _symbol(self, order: Order) -> str:
        return self._flows.lines[order.line].symbol
