"""Execution reports of FIX, made into events as docs/events.md says ("From FIX"), in our books.

Source: FIX 4.4, volume 4, appendix D ("Order state change matrices").
"""

import pytest
from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.observation import Order
from deskwatch.core.period import SECOND
from tests.core.blotter import FUTURE, TEN, Desk, quantity_of

_BY_EXEC_TYPE = {"5": "replaced", "4": "canceled", "6": "pending_cancel", "8": "rejected", "3": "expired", "C": "expired"}  # fmt: skip
_BY_ORD_STATUS = {"2": "filled", "1": "partially_filled", "A": "new"}
_UNIT = 10**18


def events(text, number):
    """Return what a message such as "35=8 11=A 150=0 …" is to be told as."""
    tags = dict(field.split("=") for field in text.split())
    place = {
        "event_time": TEN + number * SECOND,
        "account": "A1", "venue": "XNAS", "symbol": "AAPL", "side": "buy",
    }  # fmt: skip
    order = place | {"client_order_id": tags["11"], "original_client_order_id": tags.get("41", "")}
    if tags["35"] == "D":
        return [Order(**order, status="new", quantity=tags["38"], price="10")]
    if tags["35"] == "F":
        return [Order(**order, status="pending_cancel", quantity=tags["38"])]
    if tags["35"] == "9":
        return [Order(**order, status="cancel_rejected", quantity="0")][: tags["434"] == "1"]
    kind, told = tags["150"], []
    execution = place | {"exec_id": tags["17"]}
    if kind == "H" or tags.get("20") == "1":
        told = [event.Bust(**execution, ref_exec_id=tags["19"])]
    elif kind == "G" or tags.get("20") == "2":
        restated = {"quantity": tags["32"], "price": tags["31"]}
        told = [event.Correction(**execution, ref_exec_id=tags["19"], **restated)]
    elif kind in "F12" and tags.get("20") != "3":
        named = {"client_order_id": tags["11"], "quantity": tags["32"], "price": tags["31"]}
        told = [event.Fill(**execution, **named)]
    if kind == "E":
        return []
    status = _BY_EXEC_TYPE.get(kind) or _BY_ORD_STATUS.get(tags["39"], "acknowledged")
    if tags["14"] == tags["38"]:
        status = "filled"
    report = Order(
        **order, status=status, quantity=tags["38"], price="10",
        leaves_quantity=tags["151"], cumulative_quantity=tags["14"],
    )  # fmt: skip
    return [*told, report]


NEW = ["35=D 11=A 38=100", "35=8 11=A 17=1 150=0 39=0 38=100 14=0 151=100"]
PART = "35=8 11=A 17=2 150=F 39=1 38=100 14=40 151=60 32=40 31=10"
REST = "35=8 11=A 17=3 150=F 39=2 38=100 14=100 151=0 32=60 31=10"
CANCEL = "35=F 11=B 41=A 38=100"

DAYS = [
    pytest.param([*NEW, PART, REST], "filled", 100, 100, id="filled in two"),
    pytest.param(
        [*NEW, PART, CANCEL, "35=8 11=B 41=A 17=4 150=4 39=4 38=100 14=40 151=0"],
        "canceled", 40, 40, id="canceled when it was filled in part",
    ),
    pytest.param(
        [*NEW, CANCEL, "35=8 11=B 41=A 17=2 150=F 39=6 38=100 14=40 151=60 32=40 31=10",
         "35=8 11=B 41=A 17=4 150=4 39=4 38=100 14=40 151=0"],
        "canceled", 40, 40, id="filled in part while its cancel was on its way",
    ),
    pytest.param(
        [*NEW, CANCEL, "35=9 11=B 41=A 434=1", PART, REST],
        "filled", 100, 100, id="filled, its cancel being too late",
    ),
    pytest.param(
        [*NEW, "35=8 11=B 41=A 17=4 150=E 39=E 38=100 14=0 151=100",
         "35=8 11=B 41=A 17=5 150=5 39=0 38=150 14=0 151=150",
         "35=8 11=B 17=6 150=F 39=2 38=150 14=150 151=0 32=150 31=10"],
        "filled", 150, 150, id="replaced by more, then filled",
    ),
    pytest.param(
        [*NEW, "35=8 11=B 41=A 17=4 150=E 39=E 38=100 14=0 151=100", "35=9 11=B 41=A 434=2", PART],
        "partially_filled", 40, 40, id="a replacement refused",
    ),
    pytest.param(
        [*NEW, PART, "35=8 11=A 17=5 150=H 19=2 39=0 38=100 14=0 151=100"],
        "partially_filled", 0, 0, id="a trade that was taken back",
    ),
    pytest.param(
        [*NEW, PART, "35=8 11=A 17=5 20=1 19=2 150=0 39=0 38=100 14=0 151=100"],
        "partially_filled", 0, 0, id="the same in FIX 4.2",
    ),
    pytest.param(
        [*NEW, PART, "35=8 11=A 17=5 150=G 19=2 39=1 38=100 14=30 151=70 32=30 31=11"],
        "partially_filled", 30, 30, id="a trade that was corrected",
    ),
    pytest.param(
        [*NEW, PART, "35=8 11=A 17=2 20=3 150=1 39=1 38=100 14=40 151=60 32=40 31=10"],
        "partially_filled", 40, 40, id="its status, asked for in FIX 4.2",
    ),
    pytest.param(
        [*NEW, "35=8 11=A 17=5 150=D 39=0 38=80 14=0 151=80"],
        "acknowledged", 0, 0, id="restated to less",
    ),
    pytest.param(
        [*NEW, PART, "35=8 11=A 17=5 150=3 39=3 38=100 14=40 151=0"],
        "expired", 40, 40, id="done for the day",
    ),
    pytest.param(
        [*NEW[:1], "35=8 11=A 17=1 150=8 39=8 38=100 14=0 151=0"],
        "rejected", 0, 0, id="rejected",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "status", "executed", "held"), DAYS)
def test_what_an_order_of_fix_comes_to(messages, status, executed, held):
    at = Desk()
    for number, message in enumerate(messages):
        at.at(TEN + number * SECOND)
        for told in events(message, number):
            at.books.apply(told)
    roster = at.books.orders.blotter.roster
    order = roster.find("A1", "A")
    assert (order.status, order.executed) == (status, executed * _UNIT)
    assert sum(map(quantity_of, at.books.lines)) == held
    assert len(roster.open) == order.live
    assert at.books.orders.flows.flows[0].statuses["new"] == 1


def test_a_spread_is_executed_once_and_its_legs_are_held():
    near, far, spread = (replace(FUTURE, symbol=name) for name in ("ESZ6", "ESH7", "ESZ6-ESH7"))
    at = Desk(near, far, spread)
    place = {"event_time": TEN, "account": "A1", "venue": FUTURE.venue}
    order = place | {"symbol": spread.symbol, "client_order_id": "A", "side": "buy"}
    at.books.apply(Order(**order, status="new", quantity="2", price="-10"))
    leg = place | {"quantity": "2", "exec_id": "1"}
    at.books.apply(event.Fill(**leg, symbol=near.symbol, side="buy", price="5000"))
    at.books.apply(event.Fill(**leg, symbol=far.symbol, side="sell", price="5010"))
    report = Order(**order, status="filled", quantity="2", price="-10", cumulative_quantity="2")
    at.books.apply(report)
    at.at(TEN + 60 * SECOND)
    told = at.books.orders.blotter.roster.find("A1", "A")
    assert (told.status, told.executed) == ("filled", 2 * _UNIT)
    assert sorted(map(quantity_of, at.books.lines)) == [-2, 2]
    assert not list(at.books.orders.blotter.missing_fills.short(at.now, SECOND))
