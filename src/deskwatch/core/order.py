"""One order: where it is in its life, and what was executed of it.

The rules of the state machine are written down in docs/execution.md, "An order's life".
"""

from typing import Final, Literal

from msgspec import Struct

from deskwatch.core.money import MAX_DECIMALS, parse_decimal

#: Quantities and prices of orders are integers at this many decimals: an order may come before its
#: instrument is described, and instruments may be counted in finer steps later.
QUANTITY_DECIMALS: Final = MAX_DECIMALS

Status = Literal[
    "new",
    "acknowledged",
    "partially_filled",
    "filled",
    "canceled",
    "replaced",
    "rejected",
    "expired",
]

#: The states that no report leads out of. `replaced` is one where another order took its place.
TERMINAL: Final = frozenset({"filled", "canceled", "replaced", "rejected", "expired"})

#: An order only ever moves up.
_RANK: Final[dict[str, int]] = {
    "new": 0,
    "acknowledged": 1,
    "partially_filled": 2,
    **dict.fromkeys(TERMINAL, 3),
}


#: What an open order adds to its line: leaves, price, and whether it waits for an answer.
OrderStanding = tuple[int, int | None, bool]


class Order(Struct, array_like=True):
    """An order as its reports and fills tell it.

    line: the number of its account, strategy, venue and symbol. sign: 1 buys, -1 sells.
    quantity: what was ordered, price: its limit, both as of `terms_time` (the newest report's), and
    in that report's words, `terms`.
    sent_time: when it was sent, 0 where no report says so; known_time: when we first knew.
    answered_time: of the venue's first answer, 0 for none. canceling: a cancel was asked for and
    not answered, as of `cancel_time`.
    reported: the most that a report says was executed, None where none does; filled: what its
    fills add up to. arrival: the mid when it was sent, None where there was none.
    is_parent: whether other orders name this one as their parent. begun: whether its first report
    told of executions that no fill had brought; so it is taken of one from an older snapshot, which
    does not say. said: what a report says was executed, since when
    (`short_since`, 0 for not) that is more than `filled`. taken_back_time: of the newest bust, or
    correction to less.
    """

    line: int
    account: str
    client_order_id: str
    parent_order_id: str
    sign: int
    known_time: int
    order_id: str = ""
    status: Status = "new"
    quantity: int = 0
    price: int | None = None
    terms: tuple[str, str | None] = ("", None)
    terms_time: int = 0
    sent_time: int = 0
    answered_time: int = 0
    canceling: bool = False
    cancel_time: int = 0
    reported: int | None = None
    filled: int = 0
    arrival: int | None = None
    is_parent: bool = False
    begun: bool = True
    said: int = 0
    short_since: int = 0
    taken_back_time: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: account and client order id."""
        return (self.account, self.client_order_id)

    @property
    def live(self) -> bool:
        """Whether it may still trade."""
        return self.status not in TERMINAL

    @property
    def executed(self) -> int:
        """What was executed: what reports say or what fills add up to, whichever is more."""
        reported = self.reported
        if reported is None or self.filled > reported:
            return self.filled
        return reported

    @property
    def traded(self) -> bool:
        """Whether anything was executed, also where no report says how much."""
        return self.executed > 0 or self.status in {"partially_filled", "filled"}

    @property
    def leaves(self) -> int:
        """What may still trade, at least zero."""
        if self.status in TERMINAL:
            return 0
        left = self.quantity - self.executed
        return max(left, 0)

    @property
    def standing(self) -> OrderStanding | None:
        """What it adds to its line; None where it is no open order at a venue."""
        if self.is_parent or self.status in TERMINAL:
            return None
        # As `leaves`, which this is asked for twice with every report.
        executed, reported = self.filled, self.reported
        if reported is not None and reported > executed:
            executed = reported
        left = self.quantity - executed
        return max(left, 0), self.price, not self.answered_time

    def advance(self, status: Status) -> bool:
        """Move to `status` if that is further on; say whether it did. Never leaves an end."""
        if _RANK[status] <= _RANK[self.status]:
            return False
        self.status = status
        return True

    def agree(self, quantity: str, price: str | None, time: int) -> bool:
        """Take what a report of `time` says was ordered; say whether that is new.

        A quantity of zero says nothing: a refused cancel of FIX brings none, and an order by its
        value may have none. Mostly a report says the same as the last one, in the same words.
        """
        if time < self.terms_time:
            return False
        self.terms_time = time
        terms = (quantity, price)
        if terms == self.terms:
            return False
        self.terms = terms
        was = (self.quantity, self.price)
        self.quantity = parse_decimal(quantity, QUANTITY_DECIMALS) or self.quantity
        if price is not None:
            self.price = parse_decimal(price, QUANTITY_DECIMALS)
        return was != (self.quantity, self.price)

    def ask_cancel(self, time: int) -> bool:
        """Take that a cancel was asked for; say whether that is news."""
        if time <= self.cancel_time or not self.live:
            return False
        self.canceling, self.cancel_time = True, time
        return True

    def refuse_cancel(self, time: int) -> bool:
        """Take that a cancel was refused; say whether that is news."""
        if time < self.cancel_time or (time == self.cancel_time and not self.canceling):
            return False
        self.canceling, self.cancel_time = False, time
        return True
