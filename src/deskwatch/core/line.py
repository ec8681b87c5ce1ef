"""A line of the P&L report: a strategy in an instrument, now and where its periods began."""

from typing import Final

from deskwatch.core.instrument import Instrument, Price
from deskwatch.core.money import MONEY_DECIMALS, POW10
from deskwatch.core.pnl_row import Period
from deskwatch.core.position import Position, split_quantity
from deskwatch.core.settings import Method

#: Figures of different instruments are added at this many decimals: as fine as any of them.
SUM_DECIMALS: Final = 36

_MONEY_TO_SUM: Final = POW10[SUM_DECIMALS - MONEY_DECIMALS]


class Baseline:
    """What a line was when a period began, with late events of before put in.

    Quantity, cash and costs are as in Position; fees and funding by currency at MONEY_DECIMALS.
    """

    __slots__ = ("average_cost", "cash", "fees", "fifo_cost", "funding", "quantity")

    def __init__(
        self,
        quantity: int,
        cash: int,
        average_cost: int,
        fifo_cost: int,
        fees: dict[str, int],
        funding: dict[str, int],
    ) -> None:
        self.quantity = quantity
        self.cash = cash
        self.average_cost = average_cost
        self.fifo_cost = fifo_cost
        self.fees = fees
        self.funding = funding

    def cost(self, method: Method) -> int:
        """Return the cost of what was open, by the method asked for."""
        return self.fifo_cost if method == "fifo" else self.average_cost

    def split(self, numerator: int, denominator: int) -> None:
        """Turn every `denominator` units into `numerator`, as Position.split does."""
        self.quantity = split_quantity(self.quantity, numerator, denominator)
        if not self.quantity:
            self.average_cost = self.fifo_cost = 0

    def shift(self, before: "Baseline", after: "Baseline") -> None:
        """Put in what a late event changed: the difference of the line after and before it."""
        self.quantity += after.quantity - before.quantity
        self.cash += after.cash - before.cash
        self.average_cost += after.average_cost - before.average_cost
        self.fifo_cost += after.fifo_cost - before.fifo_cost
        for mine, new, old in (
            (self.fees, after.fees, before.fees),
            (self.funding, after.funding, before.funding),
        ):
            for currency, amount in new.items():
                mine[currency] = mine.get(currency, 0) + amount - old.get(currency, 0)


def nothing() -> Baseline:
    """Return a beginning before anything was booked."""
    return Baseline(0, 0, 0, 0, {}, {})


class Sums:
    """P&L in one currency at SUM_DECIMALS. Fees: paid is above zero; the rest: earned is."""

    __slots__ = ("day", "fees", "funding", "hour", "realized", "unrealized")

    def __init__(self) -> None:
        self.realized = 0
        self.unrealized = 0
        self.fees = 0
        self.funding = 0
        self.hour = 0
        self.day = 0

    @property
    def net(self) -> int:
        """Realized + unrealized + funding − fees."""
        return self.realized + self.unrealized + self.funding - self.fees

    def is_zero(self) -> bool:
        """Return whether nothing is in it."""
        return not (
            self.realized or self.unrealized or self.fees or self.funding or self.hour or self.day
        )

    def add(self, other: "Sums") -> None:
        """Add `other`."""
        self.realized += other.realized
        self.unrealized += other.unrealized
        self.fees += other.fees
        self.funding += other.funding
        self.hour += other.hour
        self.day += other.day

    def subtract(self, other: "Sums") -> None:
        """Take `other` away."""
        self.realized -= other.realized
        self.unrealized -= other.unrealized
        self.fees -= other.fees
        self.funding -= other.funding
        self.hour -= other.hour
        self.day -= other.day


#: Why a value, its hour and its day can't be known; None where they can.
Reasons = tuple[str | None, str | None, str | None]


class Figures:
    """A line's P&L by currency, and why parts of it can't be known."""

    __slots__ = ("reasons", "sums")

    def __init__(self) -> None:
        self.sums: dict[str, Sums] = {}
        self.reasons: Reasons = (None, None, None)

    @property
    def unpriced(self) -> str | None:
        """Why the value can't be known, or None where it can."""
        return self.reasons[0]

    @property
    def hour_unpriced(self) -> str | None:
        """Why the hour can't be known, or None where it can."""
        return self.reasons[1]

    @property
    def day_unpriced(self) -> str | None:
        """Why the day can't be known, or None where it can."""
        return self.reasons[2]

    def of(self, currency: str) -> Sums:
        """Return the sums in `currency`, made at zero when new."""
        found = self.sums.get(currency)
        if found is None:
            found = self.sums[currency] = Sums()
        return found


class Line:
    """The books of one account × strategy × instrument × venue."""

    __slots__ = (
        "account",
        "day",
        "dirty",
        "fees",
        "figures",
        "funding",
        "hour",
        "instrument",
        "method",
        "number",
        "position",
        "rests_from",
        "strategy",
        "unvalued",
    )

    def __init__(
        self, number: int, account: str, strategy: str, instrument: Instrument, method: Method
    ) -> None:
        self.number = number
        self.account = account
        self.strategy = strategy
        self.instrument = instrument
        self.method = method
        self.position = Position()
        self.fees: dict[str, int] = {}
        self.funding: dict[str, int] = {}
        self.hour = self.capture()
        self.day = self.capture()
        #: When the first day began (ns) since which it is flat and nothing is booked on it; else 0.
        self.rests_from = 0
        #: By closed hour or day, what came late for it and has no price: the difference it makes.
        self.unvalued: dict[tuple[Period, int], Baseline] = {}
        self.figures = Figures()
        #: Whether the figures are older than what was booked: see Valuation.
        self.dirty = False

    def capture(self) -> Baseline:
        """Return the line as it is now, on its own."""
        position = self.position
        return Baseline(
            position.quantity,
            position.cash,
            position.average_cost(),
            position.fifo_cost(),
            dict(self.fees),
            dict(self.funding),
        )

    def rests_since(self, at: Baseline) -> bool:
        """Say whether it was flat then, is flat now, and has earned and paid nothing in between."""
        position = self.position
        return (
            position.quantity == 0 == at.quantity
            and at.average_cost == 0 == at.fifo_cost
            and position.cash == at.cash
            and self.fees == at.fees
            and self.funding == at.funding
        )

    def begin_day(self, start: int) -> None:
        """Take notice that a day begins, at `start` (ns)."""
        if not self.rests_from and not self.position.quantity:
            self.rests_from = start

    def rescale(self, quantity_factor: int, money_factor: int) -> None:
        """Count in finer steps: multiply quantities and money by whole factors."""
        self.position.rescale(quantity_factor, money_factor)
        for baseline in (self.hour, self.day, *self.unvalued.values()):
            baseline.quantity *= quantity_factor
            baseline.cash *= money_factor
            baseline.average_cost *= money_factor
            baseline.fifo_cost *= money_factor

    def value(self, mark: Price | None, unpriced: str | None) -> None:
        """Bring the figures up to date, at `mark`; `unpriced` says why it is none, if it isn't.

        The period marks of the instrument are taken for the periods' beginnings.
        """
        # Every line that was booked on comes here several times a second: nothing is made, for
        # what is made anew each time is what the collector of garbage would look through.
        instrument, position, figures = self.instrument, self.position, self.figures
        cost = position.fifo_cost() if self.method == "fifo" else position.average_cost()
        to_sum = POW10[SUM_DECIMALS - instrument.money_decimals]
        settle = figures.of(instrument.settle)
        settle.realized = (cost - position.cash) * to_sum
        settle.unrealized = settle.hour = settle.day = 0
        total = _total(position, instrument, mark)
        reasons: Reasons
        if total is None:
            reasons = (unpriced, unpriced, unpriced)
        else:
            hour_unpriced = day_unpriced = None
            settle.unrealized = (total - cost + position.cash) * to_sum
            hour_total = _total(self.hour, instrument, instrument.hour_mark)
            if hour_total is None:
                hour_unpriced = "no_opening_mark"
            else:
                settle.hour = (total - hour_total) * to_sum
            day_total = _total(self.day, instrument, instrument.day_mark)
            if day_total is None:
                day_unpriced = "no_opening_mark"
            else:
                settle.day = (total - day_total) * to_sum
            reasons = (None, hour_unpriced, day_unpriced)
        if figures.reasons != reasons:
            figures.reasons = reasons
        if self.fees or self.funding:
            self._add_flows(figures, settle)

    def _add_flows(self, figures: Figures, settle: Sums) -> None:
        """Put fees and funding in; `settle` holds the other figures already."""
        for sums in figures.sums.values():
            if sums is not settle:
                sums.hour = sums.day = 0
        for currency, amount in self.fees.items():
            sums = figures.of(currency)
            sums.fees = amount * _MONEY_TO_SUM
            sums.hour -= (amount - self.hour.fees.get(currency, 0)) * _MONEY_TO_SUM
            sums.day -= (amount - self.day.fees.get(currency, 0)) * _MONEY_TO_SUM
        for currency, amount in self.funding.items():
            sums = figures.of(currency)
            sums.funding = amount * _MONEY_TO_SUM
            sums.hour += (amount - self.hour.funding.get(currency, 0)) * _MONEY_TO_SUM
            sums.day += (amount - self.day.funding.get(currency, 0)) * _MONEY_TO_SUM


def _total(at: Baseline | Position, instrument: Instrument, mark: Price | None) -> int | None:
    """Return value − cash in the instrument's money; None when what is open has no price."""
    if at.quantity == 0:
        return -at.cash
    if mark is None:
        return None
    return instrument.value_at(at.quantity, mark) - at.cash


def unrealized(
    at: Baseline, instrument: Instrument, mark: Price | None, method: Method
) -> int | None:
    """Return value − cost in the instrument's money; None when what is open has no price."""
    total = _total(at, instrument, mark)
    return None if total is None else total + at.cash - at.cost(method)
