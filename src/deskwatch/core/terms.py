"""What a fill moves."""

from deskwatch.core.event import Fill
from deskwatch.core.instrument import Instrument
from deskwatch.core.money import MAX_DECIMALS, MONEY_DECIMALS, parse_decimal, rescale
from deskwatch.core.rejection import EventRejected

#: Signed quantity, price, and the currency and amount, at MONEY_DECIMALS, of a fee. A plain tuple:
#: one is made for every fill.
Terms = tuple[int, int, str, int]


def terms_of(instrument: Instrument, fill: Fill) -> Terms:
    """Return what a fill moves.

    A spot fee in the base currency is paid in kind: that much less is received (or more is given),
    and its value at the fill's price is the fee. Raises EventRejected where it can't be booked, and
    as too_fine where the instrument is to be counted finer before.
    """
    quantity = parse_decimal(fill.quantity, instrument.quantity_decimals)
    price = parse_decimal(fill.price, instrument.price_decimals)
    if quantity <= 0 or (price <= 0 and instrument.inverse):
        _refuse(fill, quantity)
    buys = fill.side == "buy"
    moved = quantity if buys else -quantity
    fee_text = fill.fee
    if fee_text is None:
        return moved, price, instrument.settle, 0
    if not _is_in_kind(instrument, fill):
        fee = parse_decimal(fee_text, MONEY_DECIMALS)
        return moved, price, fill.fee_currency or instrument.settle, fee
    in_kind = parse_decimal(fee_text, instrument.quantity_decimals)
    value = instrument.value(in_kind, price)
    fee = rescale(value, instrument.money_decimals, MONEY_DECIMALS)
    return moved - in_kind, price, instrument.settle, fee


def require_good(instrument: Instrument, fill: Fill) -> None:
    """Raise EventRejected for what is wrong with a fill's amounts, however finely it is counted."""
    quantity = parse_decimal(fill.quantity, MAX_DECIMALS)
    price = parse_decimal(fill.price, MAX_DECIMALS)
    if quantity <= 0 or (price <= 0 and instrument.inverse):
        _refuse(fill, quantity)
    if fill.fee is not None:
        parse_decimal(fill.fee, MONEY_DECIMALS)


def amounts_of(instrument: Instrument, fill: Fill) -> tuple[list[str], list[str]]:
    """Return the texts of a fill's prices, and of its quantities."""
    quantities = [fill.quantity]
    if fill.fee is not None and _is_in_kind(instrument, fill):
        quantities.append(fill.fee)
    return [fill.price], quantities


def _is_in_kind(instrument: Instrument, fill: Fill) -> bool:
    return fill.fee_currency == instrument.base and instrument.fee_in_base_moves_quantity


def _refuse(fill: Fill, quantity: int) -> None:
    """Raise EventRejected for a quantity, at whatever decimals, or else a price of nothing."""
    if quantity > 0:
        raise EventRejected("no_price_value", fill.price, "a price above zero")
    reason = "negative_quantity" if quantity else "zero_quantity"
    raise EventRejected(reason, fill.quantity, "a quantity above zero")
