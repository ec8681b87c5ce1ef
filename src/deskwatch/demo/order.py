"""An order of the simulated desk, and the event that each change of it makes."""

from dataclasses import dataclass
from typing import Literal

from deskwatch.demo.catalog import Listing
from deskwatch.demo.tape import Tape

Status = Literal[
    "new", "acknowledged", "partially_filled", "filled", "pending_cancel", "canceled", "rejected",
    "expired", "cancel_rejected",
]  # fmt: skip

_DEAD = frozenset({"filled", "canceled", "rejected", "expired"})


@dataclass(slots=True, eq=False)
class Parent:
    """What is to be traded by several orders, one after the other. lots: signed, buy above zero.

    traded: what the orders before `child` traded of it.
    """

    parent_order_id: str
    lots: int
    traded: int = 0
    child: "Order | None" = None

    @property
    def left(self) -> int:
        """What is left to trade, signed."""
        return self.lots - self.traded - (0 if self.child is None else self.child.filled)

    def pass_on(self, child: "Order") -> None:
        """Let another order go on with it."""
        self.traded += 0 if self.child is None else self.child.filled
        self.child = child


@dataclass(slots=True, eq=False)
class Order:
    """lots: signed, buy above zero, as are `filled` and `leaves`. ticks: None is a market order.

    parent_lots: all that its parent is to trade.
    """

    client_order_id: str
    account: str
    strategy: str
    listing: Listing
    lots: int
    ticks: int | None
    parent_order_id: str = ""
    parent_lots: int = 0
    order_id: str = ""
    status: Status = "new"
    filled: int = 0
    acknowledged_at: int = 0
    canceling: bool = False

    @property
    def live(self) -> bool:
        """Whether it may still trade."""
        return self.status not in _DEAD

    @property
    def leaves(self) -> int:
        """What is left to trade, signed."""
        return self.lots - self.filled

    def change(self, tape: Tape, now: int, status: Status, reason: str = "") -> None:
        """Set the status and report it. `cancel_rejected` is reported, but is no status to stay."""
        if status != "cancel_rejected":
            self.status = status
        listing = self.listing
        left = self.leaves if self.live else 0
        tape.write(
            "order",
            now,
            account=self.account,
            strategy=self.strategy,
            venue=listing.venue,
            symbol=listing.symbol,
            client_order_id=self.client_order_id,
            order_id=self.order_id,
            parent_order_id=self.parent_order_id,
            parent_quantity=listing.quantity_text(abs(self.parent_lots))
            if self.parent_lots
            else None,
            status=status,
            side="buy" if self.lots > 0 else "sell",
            order_type="market" if self.ticks is None else "limit",
            quantity=listing.quantity_text(abs(self.lots)),
            price=None if self.ticks is None else listing.price_text(self.ticks),
            leaves_quantity=listing.quantity_text(abs(left)),
            cumulative_quantity=listing.quantity_text(abs(self.filled)),
            reason=reason,
        )
