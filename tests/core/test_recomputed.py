"""The books agree with a plain recomputation of everything they were told, from the first event.

What is expected follows the words of docs/accounting.md alone: fractions, no state that is carried
on, nothing of `core` that decides a figure. Both beginnings and every closed hour and day are
worked out anew from the list of what came.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.period import DAY
from deskwatch.core.rejection import EventRejected
from tests.core.blotter import (
    EQUITY,
    FUTURE,
    HOUR,
    INVERSE,
    MINUTE,
    QUANTO,
    SPOT,
    TEN,
    Desk,
    quantity_of,
)

#: What came, and when.
Told = list[tuple[int, event.Event]]
Money = dict[str, Fraction]
#: A period, its start and a currency.
Of = tuple[str, int, str]


#: When it begins to happen: a day after the first price.
BEGUN = TEN + DAY


class Step(NamedTuple):
    """Something that happens, `pause` after the one before; we learn of it `late`."""

    kind: str
    pause: int
    late: int
    size: int
    price: int
    which: int
    fee: str | None
    currency: str | None


class Days(NamedTuple):
    """How a desk's hours and days lie: its zone, how far that is ahead, when its days begin."""

    zone: str
    ahead: int
    minute: int

    def start(self, period: str, time: int) -> int:
        length = HOUR if period == "hour" else DAY
        shift = self.ahead - (0 if period == "hour" else self.minute * MINUTE)
        return (time + shift) // length * length - shift


class Move(NamedTuple):
    """What an event moves: quantities, each at a price and with what was paid; or a split."""

    came: int
    time: int
    parts: tuple[tuple[Fraction, Fraction, Money], ...] = ()
    ratio: int = 1


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["fill"] * 6 + ["mark", "bust", "correction"] * 2 + ["fee", "split"]),
        st.sampled_from([0, 1, MINUTE, 20 * MINUTE, 31 * MINUTE, 70 * MINUTE, 26 * HOUR]),
        st.sampled_from([0, 0, 0, 1, MINUTE, 40 * MINUTE, 3 * HOUR, 27 * HOUR]),
        st.integers(-9, 9).filter(bool),
        st.integers(90, 110),
        st.integers(0, 7),
        st.sampled_from([None, "0.25", "-0.02", "0.000001"]),
        st.sampled_from([None, "BNB", "BTC"]),
    ),
    max_size=16,
)
instruments = st.sampled_from([EQUITY, FUTURE, SPOT, INVERSE, QUANTO])
days = st.sampled_from(
    [
        Days("UTC", 0, 0),
        Days("UTC", 0, 10 * 60 + 30),
        Days("Asia/Kolkata", 330 * MINUTE, 17 * 60),
    ]
)


def happens(desk: Desk, step: Step, told: Told) -> Iterator[event.Event]:
    """Yield what a step tells of."""
    of, time = desk.instrument, desk.now - step.late
    place: dict[str, Any] = {"venue": of.venue, "symbol": of.symbol}
    fills = [one for _, one in told if isinstance(one, event.Fill | event.Correction)]
    terms: dict[str, Any] = {"quantity": str(abs(step.size)), "price": str(step.price)}
    paid: dict[str, Any] = {"fee": step.fee, "fee_currency": step.currency}
    name = f"E{desk.fills}"
    match step.kind:
        case "fill":
            side: Any = "buy" if step.size > 0 else "sell"
            yield event.Fill(
                event_time=time, account="A1", strategy="mm", **place, side=side, exec_id=name,
                **terms, **paid,
            )  # fmt: skip
        case "bust" | "correction" if fills:
            known = fills[-1 - step.which % len(fills)]
            same: dict[str, Any] = {"account": "A1", **place, "side": known.side, "exec_id": name}
            bust = event.Bust(event_time=time, **same, ref_exec_id=known.exec_id)
            if step.kind == "bust":
                yield bust
            else:
                yield event.Correction(
                    event_time=time, **same, ref_exec_id=known.exec_id, **terms, **paid
                )
        case "fee":
            kind = event.Fee if step.size > 0 else event.Funding
            yield kind(
                event_time=time, account="A1", strategy="mm", **place, amount=str(step.size),
                currency=step.currency or "USD",
            )  # fmt: skip
        case "split" if of.contract != "inverse":
            yield event.Split(event_time=time, **place, numerator=2, denominator=1)
            yield event.Mark(event_time=desk.now, **place, price=str(step.price))
        case "mark":
            yield event.Mark(event_time=time, **place, price=str(step.price))


def tell(desk: Desk, told: Told, step: Step) -> None:
    """Let a step happen; `told` takes in what the books did not refuse."""
    desk.at(desk.now + step.pause)
    for one in happens(desk, step, told):
        desk.fills += 1
        with suppress(EventRejected):
            if desk.books.apply(one):
                told.append((desk.now, one))


def settle_of(of: event.Instrument) -> str:
    return of.settle or (of.base if of.contract == "inverse" else of.quote)


def value(of: event.Instrument, quantity: Fraction, price: Fraction) -> Fraction:
    multiplier = Fraction(of.multiplier)
    if of.contract == "inverse":
        return -Fraction(round(quantity * multiplier / price * 10**18), 10**18)
    return quantity * price * multiplier


def part(of: event.Instrument, fill: event.Fill, sign: int) -> tuple[Fraction, Fraction, Money]:
    """Return what a fill moves, or with `sign` -1 what taking it back does."""
    quantity = Fraction(fill.quantity) * (1 if fill.side == "buy" else -1)
    price, fee = Fraction(fill.price), Fraction(fill.fee or 0)
    currency = fill.fee_currency or settle_of(of)
    if of.instrument_type == "spot" and currency == of.base:
        quantity, fee, currency = quantity - fee, fee * price, settle_of(of)
    return sign * quantity, price, {currency: sign * fee}


def moves(of: event.Instrument, told: Told) -> Iterator[Move]:
    known: dict[str, event.Fill] = {}
    for came, one in told:
        time = one.event_time
        match one:
            case event.Fill():
                known[one.exec_id] = one
                yield Move(came, time, (part(of, one, 1),))
            case event.Bust():
                yield Move(came, time, (part(of, known[one.ref_exec_id], -1),))
            case event.Correction():
                old = known[one.ref_exec_id]
                new = replace(old, quantity=one.quantity, price=one.price)
                if one.fee is not None:
                    new = replace(new, fee=one.fee, fee_currency=one.fee_currency)
                known[one.exec_id] = new
                yield Move(came, time, (part(of, old, -1), part(of, new, 1)))
            case event.Fee() | event.Funding():
                paid = Fraction(one.amount) * (1 if isinstance(one, event.Fee) else -1)
                yield Move(came, time, ((Fraction(0), Fraction(1), {str(one.currency): paid}),))
            case event.Split():
                yield Move(came, time, ratio=one.numerator)


def held(done: Iterable[Move]) -> Fraction:
    quantity = Fraction(0)
    for move in done:
        quantity = quantity * move.ratio + sum(moved for moved, _, _ in move.parts)
    return quantity


def worth(of: event.Instrument, done: list[Move], mark: Fraction | None) -> Money | None:
    """Return net by currency after these moves; None where what is held has no price."""
    quantity, net = held(done), defaultdict[str, Fraction](Fraction)
    if quantity and mark is None:
        return None
    for moved, price, paid in (each for move in done for each in move.parts):
        net[settle_of(of)] -= value(of, moved, price)
        for currency, amount in paid.items():
            net[currency] -= amount
    if mark is not None and quantity:
        net[settle_of(of)] += value(of, quantity, mark)
    return dict(net)


def less(one: Money | None, other: Money | None) -> Money | None:
    if one is None or other is None:
        return None
    names = one.keys() | other.keys()
    change = {name: Fraction(one.get(name, 0) - other.get(name, 0)) for name in names}
    return {name: amount for name, amount in change.items() if amount}


def mark_at(told: Iterable[tuple[int, event.Event]], now: int, max_age: int) -> Fraction | None:
    """Return the newest mark since the last split, if it is young enough."""
    newest: event.Mark | None = None
    for _, one in told:
        if isinstance(one, event.Split):
            newest = None
        elif isinstance(one, event.Mark) and (
            newest is None or one.event_time >= newest.event_time
        ):
            newest = one
    fresh = newest is not None and now - newest.event_time <= max_age
    return Fraction(newest.price) if newest is not None and fresh else None


def begun(
    done: list[Move], told: Told, start: int, max_age: int
) -> tuple[list[Move], list[Move], Fraction | None]:
    """Return what was booked when a period began, what came late for that, and the mark then."""
    before = [move for move in done if move.came < start]
    late = [move for move in done if move.came >= start and move.time < start]
    known = [(came, one) for came, one in told if came < start]
    return before, late, mark_at(known, start, max_age)


@given(instruments, days, st.sampled_from([30 * MINUTE, 400 * DAY]), steps)
def test_net_hour_and_day_are_those_of_all_that_came(of, lie, max_age, happened):
    desk, told = _desk(of, lie, max_age, happened)
    if not desk.books.lines:
        return
    done, line = list(moves(of, told)), desk.line
    net = worth(of, done, mark_at(told, desk.now, max_age))
    assert quantity_of(line) == held(done)
    assert _figure(desk, "net", line.figures.unpriced) == less(net, {})
    for period in ("hour", "day"):
        before, late, mark = begun(done, told, lie.start(period, desk.now), max_age)
        for move in late:
            mark = None if mark is None else mark / move.ratio
        expected = less(net, worth(of, before + late, mark))
        assert _figure(desk, period, getattr(line.figures, f"{period}_unpriced")) == expected


@given(instruments, days, steps)
def test_every_hour_and_day_is_that_of_all_that_came(of, lie, happened):
    max_age = 400 * DAY
    desk, told = _desk(of, lie, max_age, happened)
    everything, expected = list(moves(of, told)), defaultdict[Of, Fraction](Fraction)

    def earn(period: str, start: int, gained: Money | None) -> None:
        assert gained is not None, "there was a price at each turn"
        for name, amount in gained.items():
            expected[period, start, name] += amount

    for period, length in (("hour", HOUR), ("day", DAY)):
        for start in range(lie.start(period, BEGUN), desk.now + 1, length):
            end = min(start + length, desk.now + 1)
            done = [move for move in everything if move.came < end]
            before, late, mark = begun(done, told, start, max_age)
            for move in late:
                without = worth(of, before, mark)
                before, mark = [*before, move], mark and mark / move.ratio
                gained = less(worth(of, before, mark), without)
                earn(period, lie.start(period, move.time), gained)
            closing = mark_at([one for one in told if one[0] < end], end, max_age)
            earn(period, start, less(worth(of, done, closing), worth(of, before, mark)))
    assert _earned(desk) == {key: amount for key, amount in expected.items() if amount}


def _desk(of: event.Instrument, lie: Days, max_age: int, happened: list[Step]) -> tuple[Desk, Told]:
    """Return a desk to which this has happened; its open hour and day began with a price."""
    desk = Desk(of, timezone=lie.zone, day_start_minute=lie.minute, mark_max_age_ns=max_age)
    told: Told = []
    tell(desk, told, Step("mark", 0, 0, 1, 100, 0, None, None))
    desk.at(BEGUN)
    for step in happened:
        tell(desk, told, step)
    return desk, told


def _figure(desk: Desk, name: str, unpriced: str | None) -> Money | None:
    if unpriced is not None:
        return None
    figures = {currency: desk.sums(currency)[name] for currency in desk.line.figures.sums}
    return {currency: amount for currency, amount in figures.items() if amount}


def _earned(desk: Desk) -> dict[Of, Fraction]:
    """Return what the rows say was earned, by period, its start and currency."""
    closing, lines = desk.books.closing, desk.books.lines
    desk.books.refresh(desk.now)
    total = defaultdict[Of, Fraction](Fraction)
    for row in (
        *closing.closed,
        *closing.late,
        *closing.unvalued_rows(lines),
        *closing.open_rows(lines, desk.now, desk.books.valuation.mark_at),
    ):
        assert row.unrealized_change is not None
        parts = (row.realized, row.unrealized_change, row.funding)
        net = sum(map(Fraction, parts)) - Fraction(row.fees)
        total[row.period, row.start, row.currency] += net
    return {key: amount for key, amount in total.items() if amount}
