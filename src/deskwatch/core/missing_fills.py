"""Executions that reports of orders tell of and no fill has brought: the books lack them."""

from collections.abc import Iterable, Iterator
from typing import Final

from deskwatch.core.order import Order
from deskwatch.core.order_flows import OrderFlows

#: Orders that lack fills and are told apart; the first one is news enough.
MAX_SHORT: Final = 1024


class MissingFills:
    """Orders of which reports say that more was executed than their fills add up to.

    Only where fills name their orders, and not where the first report tells of executions already:
    those may be older than we are.
    """

    def __init__(self, flows: OrderFlows) -> None:
        self._flows = flows
        self._short: dict[int, Order] = {}  # by identity: an order may be renamed
        self._named: set[int] = set()  # flows in which a fill has named its order

    def hold(self, order: Order, said: int, now: int) -> None:
        """Set what the newest report of an order says was executed against its fills."""
        if order.filled:
            self._named.add(self._flows.lines[order.line].flow)
        if order.begun or said <= order.filled:
            self._end(order)
            return
        order.said = said
        if not order.short_since and len(self._short) < MAX_SHORT:
            order.short_since = now
            self._short[id(order)] = order

    def settle(self, order: Order, taken_back: int = 0) -> None:
        """Look at an order that was short again; taken_back: by a bust, at least zero."""
        order.said -= taken_back
        if order.said <= order.filled:
            self._end(order)

    def short(self, now: int, grace_ns: int) -> Iterator[Order]:
        """Yield the orders that have been short for longer than a fill may cross on the wire."""
        for order in self._short.values():
            named = self._flows.lines[order.line].flow in self._named
            if named and not order.is_parent and order.short_since + grace_ns < now:
                yield order

    def turn_day(self) -> None:
        """Forget what was missing yesterday."""
        for order in self._short.values():
            order.short_since = 0
        self._short.clear()

    def load(self, orders: Iterable[Order]) -> None:
        """Take up the orders of a dumped state."""
        short = []
        for order in orders:
            if order.filled:
                self._named.add(self._flows.lines[order.line].flow)
            if order.short_since:
                short.append(order)
        short.sort(key=lambda order: order.short_since)
        self._short = {id(order): order for order in short}

    def _end(self, order: Order) -> None:
        if order.short_since:
            order.short_since = 0
            del self._short[id(order)]
