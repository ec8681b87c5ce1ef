"""The number type: integers in the books beside Decimal, and what each loses."""

import random
from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from typing import Any

from bench.desk import OPENING
from bench.row import Gate, Row, rate
from bench.turns import cpu_seconds, take_turns
from deskwatch.core import event
from deskwatch.core.instrument import Instrument, Price
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import parse_decimal
from deskwatch.core.position import Position

PRICE_DECIMALS = 2
QUANTITY_DECIMALS = 3
FILLS = 1_000_000
CHECK_EVERY = 1_000
A_TURN = 20_000


class DecimalInstrument:
    """Values as Instrument does, in Decimals."""

    inverse = False
    unit = Decimal(1)

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        return quantity * price


class DecimalPosition(Position):
    """Position's own code over Decimals: only what divides is said anew. Rounds to 1e-9."""

    quantity: Any
    basis_quantity: Any
    basis_cost: Any
    _step = Decimal("1e-9")

    def average_cost(self) -> Any:
        if self.quantity == self.basis_quantity:
            return self.basis_cost
        return (self.basis_cost * self.quantity / self.basis_quantity).quantize(self._step)


class FloatPosition:
    """An average-cost book as it is often written; realized P&L is kept beside the cash."""

    def __init__(self) -> None:
        self.quantity = self.cost = self.cash = self.realized = 0.0

    def book(self, quantity: float, price: float) -> None:
        self.cash += quantity * price
        held = self.quantity
        if held and (held > 0) != (quantity > 0):
            closed = min(abs(quantity), abs(held)) * (1 if quantity > 0 else -1)
            released = self.cost * -closed / held
            self.cost -= released
            self.realized -= closed * price + released
            quantity_left = quantity - closed
        else:
            quantity_left = quantity
        self.cost += quantity_left * price
        self.quantity = held + quantity


def rows(*, quick: bool) -> list[Row]:
    return [speed_row(rounds=5 if quick else 15), identity_row(100_000 if quick else FILLS)]


def instrument() -> Instrument:
    return Instrument(
        0,
        event.Instrument(
            event_time=OPENING,
            venue="V",
            symbol="S",
            base="B",
            quote="USD",
            quantity_increment="0.001",
        ),
    )


def texts(count: int) -> Iterator[tuple[str, str]]:
    """Yield signed quantities and prices of a position that comes back to zero often."""
    chance = random.Random(1)
    for _ in range(count):
        sign = chance.choice(("", "-"))
        yield (
            f"{sign}{chance.randrange(1, 10_000) / 1000:.3f}",
            f"{chance.randrange(1_000_000, 9_000_000) / 100:.2f}",
        )


def speed_row(rounds: int) -> Row:
    pairs = list(texts(A_TURN))
    integers = [
        (parse_decimal(q, QUANTITY_DECIMALS), parse_decimal(p, PRICE_DECIMALS)) for q, p in pairs
    ]
    decimals = [(Decimal(q), Decimal(p)) for q, p in pairs]
    ours, theirs = instrument(), DecimalInstrument()

    def book(position: Position, amounts: list[Any], instrument: Any) -> None:
        for quantity, price in amounts:
            position.book(quantity, price, instrument)

    with localcontext(Context(prec=50)):
        taken = take_turns(
            {
                "integers": lambda: cpu_seconds(lambda: book(Position(), integers, ours)),
                "decimals": lambda: cpu_seconds(lambda: book(DecimalPosition(), decimals, theirs)),
            },
            rounds,
        )
    return Row(
        "numbers: book a fill, average cost and FIFO, integers",
        rate(A_TURN, taken["integers"]),
        f"the same code over Decimal: {rate(A_TURN, taken['decimals'])}",
        taken["decimals"] / taken["integers"],
        Gate(1.3),
    )


def identity_row(count: int) -> Row:
    """Compare cost − realized, as reported, with the cash that was really paid."""
    line = Line(0, "A", "S", instrument(), "average")
    inexact = FloatPosition()
    paid = Decimal(0)
    worst, worst_float = Decimal(0), 0.0
    with localcontext(Context(prec=80)):
        for number, (quantity, price) in enumerate(texts(count)):
            q = parse_decimal(quantity, QUANTITY_DECIMALS)
            p = parse_decimal(price, PRICE_DECIMALS)
            line.position.book(q, p, line.instrument)
            inexact.book(float(quantity), float(price))
            paid += Decimal(quantity) * Decimal(price)
            if number % CHECK_EVERY == 0:
                worst = max(worst, abs(reported_cash(line, p) - paid))
                identity = inexact.cost - inexact.realized
                worst_float = max(worst_float, abs(identity - float(paid)))
    return Row(
        f"numbers: error of cost − realized = cash over {count:,} fills",
        f"{worst:f}",
        f"a float book: {worst_float:.1e}",
        float(worst),
        Gate(0, at_most=True),
    )


def reported_cash(line: Line, price: int) -> Decimal:
    """Return cost − realized, out of the figures that are shown at a mark of `price`."""
    mark = Price(price, PRICE_DECIMALS, OPENING, "mark")
    sums = line.value(mark, None).sums["USD"]
    value = Decimal(line.position.quantity * price).scaleb(-QUANTITY_DECIMALS - PRICE_DECIMALS)
    unit = Decimal(1).scaleb(-SUM_DECIMALS)
    return value - sums.unrealized * unit - sums.realized * unit
