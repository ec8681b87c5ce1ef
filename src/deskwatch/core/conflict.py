"""What contradicts a fill that is known by its exec_id, or an amount by its reference."""

from deskwatch.core.busted import Busted
from deskwatch.core.event import Bust, Cash, Correction, Fee, Fill, Funding
from deskwatch.core.money import MAX_DECIMALS, parse_decimal
from deskwatch.core.rejection import EventRejected


def refuse_conflict(known: Fill | Bust, again: Fill | Correction) -> None:
    """Raise EventRejected where a known exec_id comes with what is not booked of it.

    That is another quantity or price, or a fee where there was none. A copy without a fee says
    nothing of it, and two ways to the same fill may round it differently. A bust in a snapshot of
    an engine that did not keep what it took back: nobody can tell.
    """
    if not isinstance(known, Fill | Busted):
        return
    stands = isinstance(known, Fill) and isinstance(again, Fill)
    if not (_same(known.quantity, again.quantity) and _same(known.price, again.price)):
        found = f"{again.exec_id}: {again.quantity} @ {again.price}"
        expected = f"{known.quantity} @ {known.price} again, or "
        expected += "a correction event" if stands else "another exec_id"
        raise EventRejected("exec_id_conflict", found, expected)
    if isinstance(known, Fill) and _none(known.fee) and not _none(again.fee):
        found = f"{again.exec_id}: fee {again.fee}"
        expected = "no fee, as it was booked; a late one is a fee event, or a correction"
        raise EventRejected("exec_id_conflict", found, expected)


def refuse_other_amount(said: str | int, again: Fee | Funding | Cash, currency: str) -> None:
    """Raise EventRejected where a known reference comes with another amount.

    said: amount and currency; a number in a snapshot of an engine that did not keep them.
    """
    if isinstance(said, int):
        return
    amount, _, known_currency = said.partition(" ")
    if known_currency == currency and _same(amount, again.amount):
        return
    found = f"{again.reference}: {again.amount} {currency}"
    raise EventRejected("reference_conflict", found, f"{said} again, or another reference")


def taken_back(about: Bust | Correction, stands: Fill | None) -> EventRejected:
    """Return why a fill that was taken back before can't be.

    stands: the correction that stands in its place, if one does.
    """
    expected = "a fill that still stands"
    if stands is not None:
        expected = f"{stands.exec_id}, which stands in its place"
    return EventRejected("already_busted", about.ref_exec_id, expected)


def _same(known: str, text: str) -> bool:
    """Whether two texts are one amount. Raises EventRejected where the second is none."""
    return known == text or (
        parse_decimal(known, MAX_DECIMALS) == parse_decimal(text, MAX_DECIMALS)
    )


def _none(fee: str | None) -> bool:
    """Whether nothing was paid. Raises EventRejected where the text is no amount."""
    return fee is None or parse_decimal(fee, MAX_DECIMALS) == 0
