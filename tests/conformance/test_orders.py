"""Recorded order messages of four venues, as our order events: the same ends and quantities.

Each translation is as small as an adapter's would be. What comes out is the table of
docs/execution.md, "Venues".
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from deskwatch.core import event
from deskwatch.core.books import Books
from deskwatch.core.codec import parse_time
from deskwatch.core.money import format_decimal
from deskwatch.core.observation import Order
from deskwatch.core.order import QUANTITY_DECIMALS
from deskwatch.core.period import SECOND
from deskwatch.core.settings import BooksSettings
from tests.conformance.case import FOLDER

PAYLOADS: Final = FOLDER.parent / "02_venue_payloads" / "nautilus"
NOW: Final = 1_795_428_000 * SECOND
_MS: Final = 1_000_000


def recorded(path: Path) -> Any:
    if not path.exists():
        pytest.skip(f"{path.name} is not here: it was recorded by others and isn't copied in")
    return json.loads(path.read_text())


def order(venue: str, called: str, time: int, **fields: Any) -> Order:
    return Order(
        event_time=time, account="A1", strategy="mm", venue=venue, client_order_id=called, **fields
    )


def architect(name: str) -> Order:
    """Architect's exchange: the whole order in each message, and what happened as a letter."""
    message = recorded(PAYLOADS / "architect_ax" / f"ws_order_{name}.json")
    told = message["o"]
    statuses = {
        "n": "acknowledged", "p": "partially_filled", "f": "filled", "c": "canceled",
        "j": "rejected", "r": "replaced", "x": "expired", "d": "expired",
    }  # fmt: skip
    return order(
        "AX", told["oid"], message["ts"] * SECOND + message["tn"], order_id=told["oid"],
        symbol=told["s"], side="buy" if told["d"] == "B" else "sell", price=told["p"],
        status=statuses[message["t"]], quantity=str(told["q"]), reason=message.get("r", ""),
        cumulative_quantity=str(told["xq"]), leaves_quantity=str(told["rq"]),
    )  # fmt: skip


def bybit(name: str) -> Iterator[Order]:
    """Bybit: the whole order in each message."""
    statuses = {
        "New": "acknowledged", "PartiallyFilled": "partially_filled", "Filled": "filled",
        "Cancelled": "canceled", "Rejected": "rejected", "Untriggered": "acknowledged",
    }  # fmt: skip
    for told in recorded(PAYLOADS / "bybit" / f"ws_account_order{name}.json")["data"]:
        yield order(
            "BYBIT", told["orderLinkId"], int(told["updatedTime"]) * _MS, symbol=told["symbol"],
            order_id=told["orderId"], side=told["side"].lower(), quantity=told["qty"],
            status=statuses[told["orderStatus"]], price=told["price"],
            cumulative_quantity=told["cumExecQty"], leaves_quantity=told["leavesQty"],
            reason=told["rejectReason"],
        )  # fmt: skip


def binance(name: str) -> Order:
    """Binance futures: statuses of its own where the venue closed a position itself."""
    told = recorded(PAYLOADS / "binance/futures/user_data_json" / f"order_update_{name}.json")["o"]
    statuses = {
        "NEW": "acknowledged", "PARTIALLY_FILLED": "partially_filled", "FILLED": "filled",
        "CANCELED": "canceled", "EXPIRED": "expired", "NEW_ADL": "filled",
        "NEW_INSURANCE": "filled",
    }  # fmt: skip
    return order(
        "BINANCE", told["c"], told["T"] * _MS, symbol=told["s"], order_id=str(told["i"]),
        side=told["S"].lower(), quantity=told["q"], status=statuses[told["X"]], price=told["p"],
        cumulative_quantity=told["z"],
    )  # fmt: skip


def session(name: str) -> list[Any]:
    path = FOLDER / "bitget_sessions" / f"{name}-futures.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: it was recorded by others and isn't copied in")
    return [json.loads(line) for line in path.read_text().splitlines()]


def bitget(name: str) -> Iterator[Order]:
    """Bitget's own websocket: a `new` message, then what was filled in all."""
    statuses = {
        "new": "acknowledged", "partial-fill": "partially_filled", "full-fill": "filled",
        "cancelled": "canceled",
    }  # fmt: skip
    for line in session(name):
        payload = line["payload"]
        if payload.get("arg", {}).get("channel") != "orders":
            continue
        for told in payload["data"]:
            yield order(
                "BITGET", told["clOrdId"], int(told["uTime"]) * _MS, symbol=told["instId"],
                order_id=told["ordId"], side=told["side"], quantity=told["sz"],
                status=statuses[told["status"]], price=None if told["px"] == "0" else told["px"],
                cumulative_quantity=told["accFillSz"],
            )  # fmt: skip


def bitget_library(name: str) -> Iterator[Order]:
    """The same as a library wrote it down: `partial` has its own fill's quantity, `filled` all.

    So the order's quantity is that of its `new` message.
    """
    quantities: dict[str, str] = {}
    statuses = {"new": "acknowledged", "partial": "partially_filled"}
    for line in session(name):
        told = line["payload"]
        if "baseQuantity" not in told:
            continue
        filled, status = str(told["baseQuantity"]), told["status"]
        quantity = quantities.setdefault(told["id"], filled)
        yield order(
            "BITGET", told["id"], parse_time(told["executed"].replace(" ", "T") + "Z"),
            symbol="BTCUSDT", side=told["side"], quantity=quantity,
            status=statuses.get(status, status),
            cumulative_quantity=filled if status in ("partial", "filled") else None,
        )  # fmt: skip


def followed(reports: Any) -> Books:
    books = Books(BooksSettings())
    books.begin(NOW)
    for report in reports:
        books.apply(report)
    return books


def ends(books: Books) -> list[tuple[str, str, str]]:
    """Each order's status, what was executed, and of how much; in order of their names."""
    roster = books.orders.blotter.roster
    known = [*roster.open.values(), *roster.ended.old.values(), *roster.ended.young.values()]
    return [
        (
            each.status,
            format_decimal(each.executed, QUANTITY_DECIMALS),
            format_decimal(each.quantity, QUANTITY_DECIMALS),
        )
        for each in sorted(known, key=lambda order: order.key)
    ]


ARCHITECT = [
    pytest.param("acknowledged", ("acknowledged", "0", "100"), id="acknowledged"),
    pytest.param("acknowledged partially_filled", ("partially_filled", "50", "100"), id="in part"),
    pytest.param("acknowledged partially_filled filled", ("filled", "100", "100"), id="in full"),
    pytest.param("acknowledged canceled", ("canceled", "0", "100"), id="canceled"),
    pytest.param("partially_filled done_for_day", ("expired", "50", "100"), id="done for the day"),
    pytest.param("acknowledged expired", ("expired", "0", "100"), id="expired"),
    pytest.param("acknowledged replaced", ("acknowledged", "0", "150"), id="replaced"),
    pytest.param("rejected", ("rejected", "0", "100"), id="rejected"),
    pytest.param("filled canceled acknowledged", ("filled", "100", "100"), id="late and reordered"),
]


@pytest.mark.parametrize(("messages", "end"), ARCHITECT)
def test_architect(messages, end):
    assert ends(followed(architect(name) for name in messages.split())) == [end]


def test_a_refusal_says_why():
    (flow,) = followed([architect("rejected")]).orders.flows.flows
    assert flow.rejects == {"funds": 1}


BYBIT = [
    ("", ("canceled", "0", "0.01")),
    ("_filled", ("filled", "0.1", "0.1")),
    ("_partially_filled_rejected", ("rejected", "50", "100")),
    ("_stop_limit", ("acknowledged", "0", "0.1")),
]


@pytest.mark.parametrize(("name", "end"), BYBIT)
def test_bybit(name, end):
    assert ends(followed(bybit(name))) == [end]


BINANCE = [
    ("new", ("acknowledged", "0", "0.001")),
    ("trade_partial", ("partially_filled", "0.001", "0.002")),
    ("calculated", ("filled", "0.014", "0.014")),
    ("adl", ("filled", "0.005", "0.005")),
    ("insurance", ("filled", "0.02", "0.02")),
    ("delivery", ("filled", "1", "1")),
]


@pytest.mark.parametrize(("name", "end"), BINANCE)
def test_binance(name, end):
    assert ends(followed([binance(name)])) == [end]


@pytest.mark.parametrize("name", ["raw-ws", "trade-01", "trade-02"])
def test_bitget_sessions_end_as_the_venue_says(name):
    reports = list(bitget(name))
    last = {report.client_order_id: report for report in reports}
    books = followed(reports)
    told = [(last[called].status, last[called].cumulative_quantity) for called in sorted(last)]
    assert [(status, executed) for status, executed, _ in ends(books)] == told
    assert books.orders.blotter.overfills.over == {}


def held(name: str) -> Iterator[Decimal]:
    """By how much what the venue says is held of BTCUSDT changed, one message after the other."""
    before = Decimal(0)
    for line in session(name):
        if "positions" in line["payload"]:
            told = (Decimal(str(each["positionAmount"])) for each in line["payload"]["positions"])
            now = sum(told, Decimal(0))
            if now != before:
                yield abs(now - before)
            before = now


@pytest.mark.parametrize("name", ["trade-06", "trade-08"])
def test_a_whole_order_in_its_last_message_is_not_counted_twice(name):
    """What was executed is by how much the venue's own position messages moved meanwhile."""
    books = followed(bitget_library(name))
    executed = [Decimal(executed) for _, executed, _ in ends(books) if executed != "0"]
    assert executed == list(held(name))
    assert books.orders.blotter.overfills.over == {}


def test_fills_of_the_same_session_change_nothing_that_reports_have_said():
    """The venue's message is an order and a fill in one; both ways in may be used at once."""
    reports = list(bitget("raw-ws"))
    told = ends(followed(reports))
    books = Books(BooksSettings())
    books.begin(NOW)
    symbols = {report.symbol for report in reports}
    for symbol in sorted(symbols):
        books.apply(
            event.Instrument(
                event_time=NOW, venue="BITGET", symbol=symbol, instrument_type="perpetual",
                base="BTC", quote="USDT", quantity_increment="0.001",
            )
        )  # fmt: skip
    for number, report in enumerate(reports):
        if report.status == "filled":
            books.apply(
                event.Fill(
                    event_time=report.event_time, account="A1", strategy="mm", venue="BITGET",
                    symbol=report.symbol, side=report.side, exec_id=str(number), price="19000",
                    quantity=report.cumulative_quantity or "", order_id=report.order_id,
                )
            )  # fmt: skip
        books.apply(report)
    assert ends(books) == told
    assert books.orders.blotter.overfills.over == {}
