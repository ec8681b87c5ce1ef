"""What the books know of an instrument: how its prices and quantities become money."""

from typing import Final

from deskwatch.core import event
from deskwatch.core.money import (
    MAX_DECIMALS,
    MONEY_DECIMALS,
    POW10,
    decimals_of,
    divide_half_even,
    parse_decimal,
    rescale,
)
from deskwatch.core.rejection import EventRejected

#: Money is kept at least this fine; finer where price × quantity × multiplier is finer.
LEAST_MONEY_DECIMALS: Final = 9

#: The three decimals of price, quantity and multiplier may add up to this many.
MOST_MONEY_DECIMALS: Final = 36

#: What is expected where an event is older than the last split of its instrument.
SINCE_SPLIT: Final = "what happened after the instrument's last split"


class Price:
    """A mark: `amount` × 10**-decimals at `time` (ns). since: what its age is counted from (ns)."""

    def __init__(self, amount: int, decimals: int, time: int, source: str, since: int) -> None:
        self.amount = amount
        self.decimals = decimals
        self.time = time
        self.source = source
        self.since = since

    def split(self, numerator: int, denominator: int) -> "Price | None":
        """Return what it is after a split; None where no MAX_DECIMALS say that exactly."""
        for decimals in range(self.decimals, MAX_DECIMALS + 1):
            scaled = self.amount * denominator * POW10[decimals - self.decimals]
            if scaled % numerator == 0:
                return Price(scaled // numerator, decimals, self.time, self.source, self.since)
        return None


class Instrument:
    """One symbol at one venue.

    Prices, quantities and money of this instrument are integers at `price_decimals`,
    `quantity_decimals` and `money_decimals`; money is in the `settle` currency.
    """

    def __init__(self, number: int, described: event.Instrument) -> None:
        """Raise EventRejected when the description makes no instrument."""
        self.number = number
        self.described = described
        self.venue = described.venue
        self.symbol = described.symbol
        self.contract = described.contract
        self.instrument_type = described.instrument_type
        self.base = described.base
        self.quote = described.quote
        inverse = described.contract == "inverse"
        self.inverse = inverse
        self.settle = described.settle or (described.base if inverse else described.quote)
        self.multiplier, self.multiplier_decimals = _positive(described.multiplier)
        self.price_decimals = 0
        self.quantity_decimals = 0
        self.money_decimals = 0
        self.unit = 0
        self.mark: Price | None = None
        self.hour_mark: Price | None = None
        self.day_mark: Price | None = None
        self.split_time = 0
        self.scale(*increments(described))

    @property
    def fee_in_base_moves_quantity(self) -> bool:
        """Whether a fee in the base currency comes out of what was bought: on spot only."""
        return self.instrument_type == "spot" and self.base != self.settle

    def scale(self, price_decimals: int, quantity_decimals: int) -> None:
        """Set how fine this instrument is counted. Raises EventRejected when that is too fine."""
        fineness = price_decimals + quantity_decimals + self.multiplier_decimals
        if fineness > MOST_MONEY_DECIMALS:
            found = f"{price_decimals} + {quantity_decimals} + {self.multiplier_decimals}"
            expected = f"at most {MOST_MONEY_DECIMALS} decimals of price, quantity and multiplier"
            raise EventRejected("too_fine", found, expected)
        self.price_decimals = price_decimals
        self.quantity_decimals = quantity_decimals
        if self.inverse:
            self.money_decimals = max(MONEY_DECIMALS, quantity_decimals + self.multiplier_decimals)
            shift = self.money_decimals - quantity_decimals - self.multiplier_decimals
            self.unit = self.multiplier * POW10[shift]
        else:
            self.money_decimals = max(LEAST_MONEY_DECIMALS, fineness)
            self.unit = self.multiplier * POW10[self.money_decimals - fineness]

    def value(self, quantity: int, price: int) -> int:
        """Return what `quantity` is worth at `price`: what buying it costs.

        Linear and quanto: exact. Inverse: minus quantity × multiplier / price, in the base coin,
        rounded half-even; minus, because holding more contracts is owing more coin.
        Raises EventRejected for an inverse contract at a price of zero or less.
        """
        if not self.inverse:
            return quantity * price * self.unit
        return self._inverse_value(quantity, price, self.price_decimals)

    def value_at(self, quantity: int, mark: Price) -> int:
        """Return what `quantity` is worth at a mark, which may be finer than the price scale."""
        if self.inverse:
            return self._inverse_value(quantity, mark.amount, mark.decimals)
        exact = quantity * mark.amount * self.unit
        return rescale(exact, mark.decimals, self.price_decimals)

    def price_of(self, quantity: int, value: int, decimals: int) -> int:
        """Return the price, at `decimals`, at which `quantity` (not 0) is worth `value`.

        Rounded half-even, for show: the inverse of `value`.
        """
        if self.inverse:
            numerator = -quantity * self.unit * POW10[decimals]
            return divide_half_even(numerator, value) if value else 0
        scaled = value * POW10[decimals]
        return divide_half_even(scaled, quantity * self.unit * POW10[self.price_decimals])

    def _inverse_value(self, quantity: int, price: int, decimals: int) -> int:
        if price <= 0:
            raise EventRejected("no_price_value", price, "a price above zero")
        return -divide_half_even(quantity * self.unit * POW10[decimals], price)

    def same_terms(self, other: "Instrument") -> bool:
        """Whether both turn prices into the same money; increments may differ."""
        return (
            self.contract == other.contract
            and self.instrument_type == other.instrument_type
            and self.base == other.base
            and self.quote == other.quote
            and self.settle == other.settle
            and self.multiplier * POW10[other.multiplier_decimals]
            == other.multiplier * POW10[self.multiplier_decimals]
        )


def increments(described: event.Instrument) -> tuple[int, int]:
    """Return the decimals of the price and quantity increments. Raises EventRejected."""
    return _positive(described.price_increment)[1], _positive(described.quantity_increment)[1]


def _positive(text: str) -> tuple[int, int]:
    """Return an amount above zero, and its decimals. Raises EventRejected."""
    decimals = decimals_of(text)
    amount = parse_decimal(text, decimals)
    if amount <= 0:
        raise EventRejected("not_positive", text, "a number above zero")
    return amount, decimals
