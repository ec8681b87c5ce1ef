"""What prices the books: marks of instruments, and rates of currencies."""

from collections.abc import Callable
from typing import Any

from deskwatch.core import event
from deskwatch.core.fx import FxTable, Rate
from deskwatch.core.instrument import SINCE_SPLIT, Price
from deskwatch.core.instruments import Instruments
from deskwatch.core.money import decimals_of, parse_decimal
from deskwatch.core.period import counted_from, is_newer
from deskwatch.core.rejection import EventRejected
from deskwatch.core.valuation import Valuation


class Prices:
    """The handlers of prices, as those of `Booking`."""

    def __init__(
        self,
        instruments: Instruments,
        fx: FxTable,
        valuation: Valuation,
        now: Callable[[], int],
    ) -> None:
        self._instruments = instruments
        self._fx = fx
        self._valuation = valuation
        self._now = now
        self.handlers: dict[type[event.Event], Callable[[Any], bool]] = {
            event.Mark: self.mark,
            event.Fx: self.rate,
        }

    def mark(self, mark: event.Mark) -> bool:
        """Take a price; one that is older than the price we have changes nothing."""
        instrument = self._instruments.of(mark.venue, mark.symbol)
        decimals = instrument.price_decimals
        try:
            amount = parse_decimal(mark.price, decimals)
        except EventRejected as rejected:
            if rejected.reason != "too_fine":
                raise
            decimals = decimals_of(mark.price)
            amount = parse_decimal(mark.price, decimals)
        if instrument.inverse and amount <= 0:
            raise EventRejected("no_price_value", mark.price, "a price above zero")
        known, time, came = instrument.mark, mark.event_time, self._now()
        if time < instrument.split_time:
            raise EventRejected("before_split", mark.price, SINCE_SPLIT)
        if known is None or is_newer(time, came, known.time, known.since):
            since = counted_from(time, came)
            instrument.mark = Price(amount, decimals, time, mark.mark_source, since)
            self._valuation.dirty_instruments.add(instrument.number)
        return True

    def rate(self, fx: event.Fx) -> bool:
        """Take an exchange rate; one that is older than the rate we have changes nothing."""
        decimals = decimals_of(fx.rate)
        amount = parse_decimal(fx.rate, decimals)
        if amount <= 0:
            raise EventRejected("not_positive", fx.rate, "a rate above zero")
        if fx.base == fx.quote:
            raise EventRejected("unknown_value", f"{fx.base}/{fx.quote}", "two currencies")
        time, came = fx.event_time, self._now()
        rate = Rate(amount, decimals, time, counted_from(time, came))
        self._fx.put(fx.base, fx.quote, rate, came)
        return True
