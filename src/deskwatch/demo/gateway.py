"""The desk's order gateway: every order passes the breakers here, then goes to its venue."""

from collections.abc import Mapping
from random import Random

from deskwatch.demo.breakers import Breakers
from deskwatch.demo.catalog import Listing
from deskwatch.demo.chance import delay_ns
from deskwatch.demo.floor import Floor
from deskwatch.demo.order import Order, Parent
from deskwatch.demo.venue import Venue

#: From a price to the order that it caused, inside the desk.
_TICK_TO_ORDER_NS, _TICK_TO_ORDER_SIGMA = 140_000, 0.5


class Gateway:
    """Sends and cancels orders."""

    def __init__(
        self, random: Random, floor: Floor, breakers: Breakers, venues: Mapping[str, Venue]
    ) -> None:
        self._random = random
        self._run, self._tape = floor.run, floor.tape
        self._breakers = breakers
        self._venues = venues
        self._sent = 0

    def send(
        self, account: str, strategy: str, listing: Listing, lots: int, ticks: int | None,
        now: int, parent: Parent | None = None,
    ) -> Order:  # fmt: skip
        """Return the new order; it is dead already if a breaker refused it.

        lots: signed, buy above zero. ticks: the limit, or None for a market order.
        """
        assert lots != 0, "an order for nothing"
        order = Order(self.new_id(), account, strategy, listing, lots, ticks)
        if parent is not None:
            order.parent_order_id, order.parent_lots = parent.parent_order_id, parent.lots
        order.change(self._tape, now, "new")
        refusal = self._breakers.refusal(account, strategy, listing.venue)
        if refusal is not None:
            order.change(self._tape, now, "rejected", refusal)
            return order
        took = delay_ns(self._random, _TICK_TO_ORDER_NS, _TICK_TO_ORDER_SIGMA)
        self._tape.write(
            "latency", now, operation="tick_to_order", duration_ns=took, venue=listing.venue,
            strategy=strategy, clock="oms-1",
        )  # fmt: skip
        self._venues[listing.venue].submit(order, now)
        return order

    def cancel(self, order: Order, now: int) -> None:
        """Ask for a cancel, once, of an order that may still trade."""
        if order.live and not order.canceling:
            self._venues[order.listing.venue].cancel(order, now)

    def open_to(self, listing: Listing) -> bool:
        """Return whether the venue is up and trades `listing`."""
        venue = self._venues[listing.venue]
        return venue.up and listing not in venue.halted

    def new_id(self) -> str:
        """Return a client order id that no other order has, in this run or another."""
        self._sent += 1
        return f"D{self._run}-{self._sent}"
