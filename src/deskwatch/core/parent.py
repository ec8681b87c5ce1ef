"""Parents: orders that are worked by others."""

from msgspec import Struct

from deskwatch.core.duplicate import Remembered

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


class Parents:
    """All parents that are remembered."""

    def __init__(self, bound: int) -> None:
        self.known: Remembered[ParentKey, Parent] = Remembered(bound)

    def of(self, key: ParentKey, time: int) -> Parent:
        """Return a parent, remembered as of `time`."""
        parent = self.known.young.get(key)
        if parent is None:
            parent = self.known.old.pop(key, None) or Parent()
            self.known.put(key, parent, time)
        return parent
