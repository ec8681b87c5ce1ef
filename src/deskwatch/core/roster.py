"""Which order is meant: the open ones and those that are over, by every name that they had."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from deskwatch.core.duplicate import Remembered
from deskwatch.core.order import Order
from deskwatch.core.orders_state import NameKey, OrderKey, RosterState

#: How many names back an order that was replaced again and again is still found by.
_MAX_NAMES: Final = 16

#: Stands for the venue of a client_order_id, which the desk gives.
DESK: Final = ""


class Roster:
    """Orders by their names. open: not over, the longest known first."""

    def __init__(self, remembered: int) -> None:
        self.open: dict[OrderKey, Order] = {}
        self.ended: Remembered[OrderKey, Order] = Remembered(remembered)
        self._venue_names: dict[NameKey, OrderKey] = {}
        # What open orders were called before, and all that ended ones were called, by what they
        # are called now.
        self._names: Remembered[NameKey, str] = Remembered(remembered)
        # What fills add up to whose order was not reported yet.
        self._early: Remembered[NameKey, int] = Remembered(remembered)

    def known(self) -> Iterator[Order]:
        """Yield all orders, those that are over first."""
        return chain(self.ended.old.values(), self.ended.young.values(), self.open.values())

    def find(self, account: str, client_order_id: str) -> Order | None:
        """Return the order that is or was called so, open or over; None when none is known."""
        order = self.open.get((account, client_order_id))
        return order or self._find_older(account, client_order_id)

    def _find_older(self, account: str, client_order_id: str) -> Order | None:
        """Return the order where it is over, or has another name by now."""
        called = client_order_id
        for _ in range(_MAX_NAMES):
            key = (account, called)
            order = self.open.get(key) or self.ended.get(key)
            if order is not None:
                return order
            newer = self._names.get((account, DESK, called))
            if newer is None:
                return None
            called = newer
        return None

    def find_at(self, account: str, venue: str, order_id: str) -> Order | None:
        """Return the order that a venue calls so."""
        name = (account, venue, order_id)
        key = self._venue_names.get(name)
        if key is None:
            called = self._names.get(name)
            return None if called is None else self.find(account, called)
        return self.open.get(key)

    def add(self, order: Order) -> int:
        """Take in a new open order; return what fills under its name added up to before."""
        self.open[order.key] = order
        return self.take_early((order.account, DESK, order.client_order_id))

    def alias(self, order: Order, client_order_id: str, time: int) -> None:
        """Let an order be found by another name of the desk's, too."""
        self._names.put((order.account, DESK, client_order_id), order.client_order_id, time)

    def note_early(self, name: NameKey, quantity: int, time: int) -> None:
        """Keep a fill's quantity (less than zero where one is taken back) for its order."""
        self._early.put(name, self.take_early(name) + quantity, time)

    def name(self, order: Order, venue: str, order_id: str) -> int:
        """Take the venue's name of an order; return what fills under it added up to before."""
        self._forget_venue_name(order, venue)
        order.order_id = order_id
        name = (order.account, venue, order_id)
        namesake = self.open.get(self._venue_names.get(name, order.key))
        if namesake is not None and namesake is not order:
            namesake.order_id = ""
            del self._venue_names[name]
        if order.live:
            self._venue_names[name] = order.key
        else:
            self._names.put(name, order.client_order_id, order.known_time)
        return self.take_early(name)

    def rename(self, order: Order, venue: str, client_order_id: str, time: int) -> None:
        """Call an open order by another name from now on."""
        key = order.key
        del self.open[key]
        self._names.put((order.account, DESK, order.client_order_id), client_order_id, time)
        order.client_order_id = client_order_id
        self.open[order.key] = order
        name = (order.account, venue, order.order_id)
        if self._venue_names.get(name) == key:
            self._venue_names[name] = order.key

    def end(self, order: Order, venue: str, time: int) -> None:
        """Put an order away that is over."""
        if self.open.pop(order.key, None) is not None:
            self.ended.put(order.key, order, time)
            self._forget_venue_name(order, venue)

    def _forget_venue_name(self, order: Order, venue: str) -> None:
        name = (order.account, venue, order.order_id)
        if self._venue_names.get(name) == order.key:
            del self._venue_names[name]
            self._names.put(name, order.client_order_id, order.known_time)

    def take_early(self, name: NameKey) -> int:
        """Return what fills under a name added up to before an order had it, and forget it."""
        young, old = self._early.young, self._early.old
        if not young and not old:
            return 0
        return young.pop(name, 0) + old.pop(name, 0)

    def state(self) -> RosterState:
        """Return all of it, for `load`."""
        ended, names, early = self.ended, self._names, self._early
        return RosterState(
            list(self.open.values()),
            (list(ended.old.values()), list(ended.young.values())),
            ended.times,
            (list(names.old.items()), list(names.young.items())),
            names.times,
            (list(early.old.items()), list(early.young.items())),
            early.times,
        )

    def load(self, state: RosterState, venue_of: dict[int, str]) -> None:
        """Take up what `state` returned. venue_of: by the number of a line."""
        for order in state.open:
            self.open[order.key] = order
            if order.order_id:
                self._venue_names[order.account, venue_of[order.line], order.order_id] = order.key
        self.ended.old, self.ended.young = (
            {order.key: order for order in half} for half in state.ended
        )
        self.ended.times = state.ended_times
        self._names.old, self._names.young = map(dict, state.names)
        self._names.times = state.name_times
        self._early.old, self._early.young = map(dict, state.early)
        self._early.times = state.early_times
