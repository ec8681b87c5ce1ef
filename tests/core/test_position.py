"""Positions: a blotter in, a position out; then the laws that the examples are examples of."""

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.instrument import Instrument
from deskwatch.core.money import divide_half_even
from deskwatch.core.position import Position
from tests.core.blotter import EQUITY, FUTURE, INVERSE, QUANTO, Desk, money_of, quantity_of

CONTRACTS = [EQUITY, FUTURE, QUANTO, INVERSE]
LINEAR = [EQUITY, FUTURE, QUANTO]


def costs(desk: Desk) -> tuple[Fraction, Fraction, Fraction]:
    """Quantity, cost at average and at FIFO of the desk's one position."""
    line = desk.line
    position = line.position
    return (
        quantity_of(line),
        money_of(line, position.average_cost()),
        money_of(line, position.fifo_cost()),
    )


@pytest.mark.parametrize(
    ("blotter", "quantity", "average", "fifo", "realized"),
    [
        pytest.param("+10@100 -4@110", 6, 600, 600, 40, id="a sale releases its cost"),
        pytest.param("+10@100 +10@110 -10@120", 10, 1050, 1100, 150, id="average of two buys"),
        pytest.param("+10@100 -15@110", -5, -550, -550, 100, id="crossing zero closes, then opens"),
        pytest.param("+1@-3 -1@-5", 0, 0, 0, -2, id="prices below zero"),
        pytest.param("-10@100 +4@90", -6, -600, -600, 40, id="a short that falls earns"),
        pytest.param("+1@1 -1@2 +1@5", 1, 5, 5, 1, id="a re-open goes on from what was earned"),
        pytest.param("+3@10 -1@10.01", 2, 20, 20, Fraction(1, 100), id="cents"),
    ],
)
def test_book(blotter, quantity, average, fifo, realized):
    desk = Desk().trade(blotter)
    assert costs(desk) == (quantity, average, fifo)
    assert desk.sums()["realized"] == realized


def test_fifo_and_average_differ_only_in_what_is_still_open():
    average = Desk(method="average").trade("+10@100 +10@110 -10@120").mark("130")
    fifo = Desk(method="fifo").trade("+10@100 +10@110 -10@120").mark("130")
    assert average.sums()["realized"] == 150
    assert fifo.sums()["realized"] == 200
    assert average.sums()["net"] == fifo.sums()["net"] == 400


@pytest.mark.parametrize(
    ("instrument", "blotter", "mark", "realized", "unrealized"),
    [
        pytest.param(FUTURE, "+2@5000 -1@5001.25", "5002", "62.5", "100", id="multiplier 50"),
        pytest.param(INVERSE, "+1000@1000", "1250", "0", "0.2", id="BitMEX's own P&L guide"),
        pytest.param(INVERSE, "+100@10000 -100@12500", "1", "0.002", "0", id="inverse, closed"),
        pytest.param(QUANTO, "+10@200 -10@250", "1", "0.0005", "0", id="quanto pays in bitcoin"),
    ],
)
def test_contracts(instrument, blotter, mark, realized, unrealized):
    desk = Desk(instrument).trade(blotter).mark(mark)
    assert desk.sums()["realized"] == Fraction(realized)
    assert desk.sums()["unrealized"] == Fraction(unrealized)


def test_the_average_of_a_partial_close_is_rounded_once_and_nothing_is_lost():
    desk = Desk().trade("+3@0.01 +4@0.02 -2@0.05")
    line = desk.line
    exact = Fraction(11, 100) * 5 / 7
    assert abs(money_of(line, line.position.average_cost()) - exact) <= Fraction(1, 2 * 10**9)
    assert (
        money_of(line, line.position.average_cost() - line.position.cash) == desk.sums()["realized"]
    )


prices = st.integers(1, 1_000_000)
quantities = st.integers(-1_000, 1_000).filter(bool)
blotters = st.lists(st.tuples(quantities, prices), max_size=40)


def booked(instrument, blotter) -> tuple[Position, Instrument]:
    position, contract = Position(), Instrument(0, instrument)
    for quantity, price in blotter:
        position.book(quantity, price, contract)
    return position, contract


@given(st.sampled_from(CONTRACTS), blotters)
def test_cash_is_conserved(instrument, blotter):
    position, contract = booked(instrument, blotter)
    assert position.cash == sum(contract.value(q, p) for q, p in blotter)
    assert position.quantity == sum(q for q, _ in blotter)


@given(st.sampled_from(CONTRACTS), blotters)
def test_both_methods_agree_whenever_the_position_is_flat(instrument, blotter):
    position, contract = Position(), Instrument(0, instrument)
    for quantity, price in blotter:
        position.book(quantity, price, contract)
        if position.quantity == 0:
            assert position.average_cost() == position.fifo_cost() == 0


@given(st.sampled_from(CONTRACTS), blotters)
def test_the_lots_are_what_is_held(instrument, blotter):
    position, _ = booked(instrument, blotter)
    assert sum(q for q, _ in position.lots) - position.lots_taken == position.quantity
    assert all((q > 0) == (position.quantity > 0) for q, _ in position.lots)
    whole = sum(c for _, c in position.lots)
    if position.lots_taken:
        quantity, cost = position.lots[0]
        assert 0 < position.lots_taken / quantity < 1
        left = divide_half_even(cost * (quantity - position.lots_taken), quantity)
        assert position.fifo_cost() == whole - cost + left
    else:
        assert position.fifo_cost() == whole


@given(st.sampled_from(CONTRACTS), blotters, st.data())
def test_it_makes_no_difference_when_lots_are_looked_at(instrument, blotter, data):
    position, contract = booked(instrument, blotter)
    watched = Position()
    for quantity, price in blotter:
        watched.book(quantity, price, contract)
        if data.draw(st.booleans()):
            watched.fifo_cost()
    assert (watched.lots, watched.lots_taken) == (position.lots, position.lots_taken)
    assert watched.fifo_cost() == position.fifo_cost()


@given(st.lists(st.tuples(quantities, st.integers(1, 3)), max_size=40))
def test_first_in_first_out_is_what_a_queue_of_single_units_gives(blotter):
    position, contract = booked(FUTURE, blotter)
    units: deque[tuple[int, int]] = deque()
    for quantity, price in blotter:
        sign = 1 if quantity > 0 else -1
        for _ in range(abs(quantity)):
            if units and units[0][0] != sign:
                units.popleft()
            else:
                units.append((sign, price))
    assert position.fifo_cost() == sum(contract.value(sign, price) for sign, price in units)


@given(st.sampled_from(LINEAR), blotters, st.data())
def test_splitting_a_fill_in_two_changes_nothing(instrument, blotter, data):
    whole, _ = booked(instrument, blotter)
    pieces = []
    for quantity, price in blotter:
        part = data.draw(st.integers(0, abs(quantity))) * (1 if quantity > 0 else -1)
        pieces += [(q, price) for q in (part, quantity - part) if q]
    split, _ = booked(instrument, pieces)
    assert (whole.quantity, whole.cash) == (split.quantity, split.cash)
    assert whole.average_cost() == split.average_cost()
    assert whole.fifo_cost() == split.fifo_cost()


@given(blotters, st.data())
def test_splitting_an_inverse_fill_changes_less_than_a_step_a_piece(blotter, data):
    whole, _ = booked(INVERSE, blotter)
    pieces = []
    for quantity, price in blotter:
        part = data.draw(st.integers(0, abs(quantity))) * (1 if quantity > 0 else -1)
        pieces += [(q, price) for q in (part, quantity - part) if q]
    split, _ = booked(INVERSE, pieces)
    assert whole.quantity == split.quantity
    assert abs(whole.cash - split.cash) <= len(pieces)


@given(st.sampled_from(LINEAR), blotters.filter(bool), st.integers(0, 3), st.integers(0, 3))
def test_counting_in_finer_steps_only_refines_a_rounded_average(
    instrument, blotter, finer_price, finer_quantity
):
    desk = Desk(instrument)
    for quantity, price in blotter:
        desk.fill(f"{'+' if quantity > 0 else '-'}{abs(quantity)}@{price}")
    desk.mark("7")
    before, (quantity, average, fifo) = desk.sums(), costs(desk)
    old_step = Fraction(1, 10**desk.line.instrument.money_decimals)
    prices, quantities = ("1." + "0" * finer + "1" for finer in (finer_price, finer_quantity))
    desk.books.instruments.refine(desk.line.instrument, [prices], [quantities])
    desk.books.valuation.touch_all(desk.books.lines)
    assert desk.sums()["net"] == before["net"]
    assert (costs(desk)[0], costs(desk)[2]) == (quantity, fifo)
    assert abs(costs(desk)[1] - average) <= old_step / 2


@pytest.mark.parametrize(
    ("blotter", "ratio", "quantity", "lots"),
    [
        pytest.param("+10@100", (4, 1), 40, 1, id="four for one"),
        pytest.param("+10@100 +5@110", (3, 2), 22, 2, id="three for two drops half a share"),
        pytest.param("-7@100", (1, 3), -2, 1, id="a reverse split of a short"),
        pytest.param("+1@100", (1, 3), 0, 0, id="nothing is left"),
    ],
)
def test_a_split_keeps_cash_and_cost(blotter, ratio, quantity, lots):
    desk = Desk().trade(blotter)
    position = desk.line.position
    cash, cost, fifo = position.cash, position.average_cost(), position.fifo_cost()
    position.split(*ratio)
    assert position.quantity == quantity
    assert len(position.lots) == lots
    assert position.cash == cash
    if quantity:
        assert (position.average_cost(), position.fifo_cost()) == (cost, fifo)
