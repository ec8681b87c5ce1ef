"""Executed against ordered: what each order and each parent traded, over what it was to trade.

The control that was missing on 1 August 2012, when child orders were sent without end because
executions were not set against their parent (SEC Release 34-70694, paragraph 21).
"""

from typing import Final, NamedTuple

from msgspec import Struct

from deskwatch.core.duplicate import Remembered

#: Orders and parents over their quantity that are told apart; the first one is news enough.
MAX_OVER: Final = 1024

#: Account, symbol and parent_order_id.
ParentKey = tuple[str, str, str]


class Parent(Struct, array_like=True):
    """An order that is worked by others: what it is to trade, None where nobody said, and did."""

    quantity: int | None = None
    quantity_time: int = 0
    executed: int = 0

    def agree(self, quantity: int, time: int) -> None:
        """Take what a report of `time` says it is to trade."""
        if time >= self.quantity_time:
            self.quantity, self.quantity_time = quantity, time


class Over(NamedTuple):
    """Something that was executed beyond what was ordered, in flow number `flow`."""

    flow: int
    executed: int
    ordered: int


#: An order is named by (account, "", client_order_id): no symbol is empty.
OverKey = tuple[str, str, str]


class Parents:
    """All parents that are remembered, and whatever traded more than it was to.

    changes: counts the changes of `over`, so that its watcher can tell that there was one.
    """

    def __init__(self, bound: int) -> None:
        self.known: Remembered[ParentKey, Parent] = Remembered(bound)
        self.over: dict[OverKey, Over] = {}
        self.changes = 0

    def of(self, key: ParentKey, time: int) -> Parent:
        """Return a parent, remembered as of `time`."""
        parent = self.known.young.get(key)
        if parent is None:
            parent = self.known.old.pop(key, None) or Parent()
            self.known.put(key, parent, time)
        return parent

    def judge(self, key: OverKey, flow: int, executed: int, ordered: int) -> bool:
        """Set what was executed against what was ordered; say whether it is too much."""
        over = self.over
        if executed > ordered > 0:
            if key in over or len(over) < MAX_OVER:
                over[key] = Over(flow, executed, ordered)
                self.changes += 1
            return True
        self.clear(key)
        return False

    def clear(self, key: OverKey) -> None:
        """Take it that nothing of this name is over what it was to trade."""
        if self.over and self.over.pop(key, None) is not None:
            self.changes += 1

    def turn_day(self) -> None:
        """Forget what was too much yesterday."""
        if self.over:
            self.over.clear()
            self.changes += 1
