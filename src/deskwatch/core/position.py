"""A position and what it cost, by average cost and first in, first out, side by side."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from deskwatch.core.instrument import Instrument
from deskwatch.core.money import divide_half_even

#: Lots that wait before they are put in.
_NEW_LOTS: Final = 16


class Position:
    """A signed quantity (short is negative), the cash paid for it, and both costs of what is open.

    Quantities are in the instrument's quantity steps and money in its money steps. Realized P&L is
    not kept: it is `cost - cash`, by either method, so cost − realized is exactly the cash paid.
    Source: docs/accounting.md, "Average cost" and "First in, first out".
    """

    __slots__ = (
        "_lots",
        "_lots_cost",
        "_lots_taken",
        "_new_lots",
        "basis_cost",
        "basis_quantity",
        "cash",
        "quantity",
    )

    def __init__(self) -> None:
        self.quantity = 0
        self.cash = 0
        # Average cost is basis_cost / basis_quantity as of the last increase. A close does not
        # touch it: the cost of what is left is always taken from it, so that one close in two
        # halves releases, to the last digit, what it releases in one.
        self.basis_quantity = 0
        self.basis_cost = 0
        # Lots are (quantity, cost), oldest first, all of one sign. `_lots_taken` has left the
        # oldest ones; `_lots_cost` is the sum of the costs in `_lots`, in full. Most fills are in
        # accounts of which nobody asks for it, and to look after lots costs more than all else in
        # a fill: so what was added waits in `_new_lots`, and what was taken is only counted, until
        # `_settle` puts a few of them in at once.
        self._lots: deque[tuple[int, int]] = deque()
        self._lots_cost = 0
        self._lots_taken = 0
        self._new_lots: list[tuple[int, int]] = []

    @property
    def lots(self) -> deque[tuple[int, int]]:
        """The open lots as (quantity, cost), oldest first; `lots_taken` has left the oldest."""
        self._settle()
        return self._lots

    @property
    def lots_taken(self) -> int:
        """How much has left the oldest lot; its sign is the lot's."""
        self._settle()
        return self._lots_taken

    def put_lots(self, lots: Iterable[tuple[int, int]], taken: int) -> None:
        """Replace the lots: what `lots` and `lots_taken` gave."""
        self._forget_lots()
        self._lots.extend(lots)
        self._lots_cost = sum(cost for _, cost in self._lots)
        self._lots_taken = taken

    def average_cost(self) -> int:
        """Return the cost of what is open, at average cost, rounded half-even."""
        if self.quantity == self.basis_quantity:
            return self.basis_cost
        return divide_half_even(self.basis_cost * self.quantity, self.basis_quantity)

    def fifo_cost(self) -> int:
        """Return the cost of what is open, first in, first out."""
        self._settle()
        if self._lots_taken == 0:
            return self._lots_cost
        quantity, cost = self._lots[0]
        left = divide_half_even(cost * (quantity - self._lots_taken), quantity)
        return self._lots_cost - cost + left

    def book(self, quantity: int, price: int, instrument: Instrument) -> None:
        """Book a fill of signed `quantity`, not zero. One that crosses zero closes, then opens.

        Raises EventRejected, before anything changes, where the price has no value.
        """
        # Linear values are computed in place: this runs for every fill.
        linear = not instrument.inverse
        cash = quantity * price * instrument.unit if linear else instrument.value(quantity, price)
        held = self.quantity
        total = held + quantity
        if held == 0 or (held > 0) == (quantity > 0):
            open_cost = self.basis_cost if held == self.basis_quantity else self.average_cost()
            self.basis_cost = open_cost + cash
            self.basis_quantity = total
            self._add_lot(quantity, cash)
        elif total == 0:
            self._forget_cost()
        elif (total > 0) == (held > 0):
            self._lots_taken -= quantity
        else:
            self._forget_cost()
            opened = instrument.value(total, price)
            self.basis_cost = opened
            self.basis_quantity = total
            self._add_lot(total, opened)
        self.quantity = total
        self.cash += cash

    def _add_lot(self, quantity: int, cost: int) -> None:
        new_lots = self._new_lots
        new_lots.append((quantity, cost))
        if len(new_lots) >= _NEW_LOTS:
            self._settle()

    def _settle(self) -> None:
        """Put in the lots that were added, then take out those that are gone.

        When that is done makes no difference: a lot goes only after a later one has come, or else
        the position is flat and forgets them all.
        """
        lots = self._lots
        if self._new_lots:
            for quantity, cost in self._new_lots:
                self._lots_cost += cost
                # Lots of one price are one lot: it changes no figure, and a position that grows at
                # the same few prices stays small.
                if lots:
                    last_quantity, last_cost = lots[-1]
                    if last_cost * quantity == cost * last_quantity:
                        lots[-1] = (last_quantity + quantity, last_cost + cost)
                        continue
                lots.append((quantity, cost))
            self._new_lots.clear()
        taken = self._lots_taken
        if not taken:
            return
        long = taken > 0
        lot_quantity, lot_cost = lots[0]
        while taken == lot_quantity or (taken > lot_quantity) == long:
            taken -= lot_quantity
            self._lots_cost -= lot_cost
            lots.popleft()
            lot_quantity, lot_cost = lots[0]
        self._lots_taken = taken

    def _forget_cost(self) -> None:
        self.basis_quantity = 0
        self.basis_cost = 0
        self._forget_lots()

    def _forget_lots(self) -> None:
        self._lots.clear()
        self._lots_cost = 0
        self._lots_taken = 0
        self._new_lots.clear()

    def split(self, numerator: int, denominator: int) -> None:
        """Turn every `denominator` units into `numerator`; cost and cash stay.

        A fraction of a step falls away, towards zero: venues pay it out in cash, which arrives as
        an event of its own.
        """
        before, after = 0, 0
        lots: list[tuple[int, int]] = []
        waiting_cost = 0
        taken = self.lots_taken
        for index, (quantity, cost) in enumerate(self.lots):
            left = quantity - taken if index == 0 else quantity
            left_cost = divide_half_even(cost * left, quantity) if index == 0 else cost
            before += left
            portion = split_quantity(before, numerator, denominator) - after
            after += portion
            waiting_cost += left_cost
            if portion:
                lots.append((portion, waiting_cost))
                waiting_cost = 0
        cost = self.average_cost()
        self._forget_cost()
        self.quantity = after
        if after:
            # What a vanished fraction cost stays with the position.
            last_quantity, last_cost = lots[-1]
            lots[-1] = (last_quantity, last_cost + waiting_cost)
            self.basis_quantity, self.basis_cost = after, cost
            self.put_lots(lots, 0)

    def rescale(self, quantity_factor: int, money_factor: int) -> None:
        """Count in finer steps: multiply quantities and money by whole factors."""
        self.quantity *= quantity_factor
        self.basis_quantity *= quantity_factor
        self.cash *= money_factor
        self.basis_cost *= money_factor
        lots = [(q * quantity_factor, c * money_factor) for q, c in self.lots]
        self.put_lots(lots, self.lots_taken * quantity_factor)


def split_quantity(quantity: int, numerator: int, denominator: int) -> int:
    """Return what a quantity becomes: × numerator / denominator, cut towards zero."""
    size = abs(quantity) * numerator // denominator
    return size if quantity >= 0 else -size
