"""A fill that was taken back, as it is remembered."""

from deskwatch.core.event import Bust, Correction, Decimal, Fill


class Busted(Bust, tag="busted", kw_only=True, frozen=True):
    """A bust, with the quantity and the price of the fill that it took back.

    The same fill again is a duplicate; another one under its exec_id is not.
    """

    quantity: Decimal
    price: Decimal


def busted(fill: Fill, by: Bust | Correction) -> Busted:
    """Return what is to be remembered of a fill that was taken back, or restated."""
    return Busted(
        event_time=by.event_time,
        account=by.account,
        venue=by.venue,
        symbol=by.symbol,
        side=by.side,
        exec_id=by.exec_id,
        ref_exec_id=by.ref_exec_id,
        quantity=fill.quantity,
        price=fill.price,
    )
