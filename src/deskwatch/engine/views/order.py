"""The book of orders as the API answers it."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.money import format_decimal, to_float
from deskwatch.core.order import QUANTITY_DECIMALS, Order
from deskwatch.core.order_flow import (
    COUNTS,
    HORIZONS_S,
    RATIO_DECIMALS,
    SLIPPAGE_BOUNDS,
    OrderFlow,
    OrderLine,
    ratios,
)
from deskwatch.core.orders import Orders
from deskwatch.core.period import SECOND, age_ns
from deskwatch.web.answers.orders import (
    ExecutionAnswer,
    FlowRow,
    OrderRow,
    OrdersAnswer,
    OrdersToTradesRow,
    OverRow,
    PeriodRow,
    ShortRow,
)

#: An answer has at most so many orders.
MOST_ORDERS: Final = 5_000


def execution(books: Books, now: int) -> ExecutionAnswer:
    """Return what became of orders, by flow, and what was executed too much."""
    orders = books.orders
    worst = {id(flow): ratio for flow, ratio in orders.executed_over_ordered()}
    rows = [
        _flow(books, number, flow, _float(worst[id(flow)]), now)
        for number, flow in enumerate(orders.flows.flows)
    ]
    rows.sort(key=lambda row: (row.account, row.strategy, row.venue))
    return ExecutionAnswer(
        as_of=now,
        window_s=books.settings.execution.window_ns / SECOND,
        whole_window=_whole(orders.flows.window(flow, now) for flow in orders.flows.flows),
        whole_day=_whole(flow.day for flow in orders.flows.flows),
        slippage_edges=[to_float(edge, RATIO_DECIMALS) for edge in SLIPPAGE_BOUNDS],
        flows=rows,
        orders_to_trades=_orders_to_trades(books),
        over=_over(orders),
        missing_fills=[_short(orders, order) for order in orders.short_of_fills(now)],
    )


def _whole(counts: Iterable[list[int]]) -> PeriodRow:
    return _period([sum(each) for each in zip([0] * COUNTS, *counts, strict=True)])


def _orders_to_trades(books: Books) -> list[OrdersToTradesRow]:
    flows, floors = books.orders.flows, books.settings.order_to_trade_floors
    rows = [
        _to_trades(flows.flows[line.flow], line, floors)
        for line in flows.lines
        if line.messages or line.trades
    ]
    rows.sort(key=lambda row: (row.account, row.strategy, row.venue, row.symbol))
    return rows


def _to_trades(flow: OrderFlow, line: OrderLine, floors: Mapping[str, int]) -> OrdersToTradesRow:
    return OrdersToTradesRow(
        account=flow.account,
        strategy=flow.strategy,
        venue=flow.venue,
        symbol=line.symbol,
        messages=line.messages,
        trades=line.trades,
        by_number=_float(line.by_number(floors.get(flow.venue, 0))),
        by_volume=_float(line.by_volume()),
    )


def orders(books: Books, now: int) -> OrdersAnswer:
    """Return the open orders, the longest known first."""
    book = books.orders
    at_venues = [order for order in book.blotter.roster.open.values() if not order.is_parent]
    rows = [_order(book, order, now) for order in islice(at_venues, MOST_ORDERS)]
    return OrdersAnswer(as_of=now, total=len(at_venues), orders=rows)


def _flow(books: Books, number: int, flow: OrderFlow, worst: float | None, now: int) -> FlowRow:
    orders = books.orders
    oldest = orders.unacked_ns(number, now, books.watch)
    fills = sum(flow.slippage)
    return FlowRow(
        account=flow.account,
        strategy=flow.strategy,
        venue=flow.venue,
        open=orders.flows.opened[number],
        unacked=len(orders.flows.unacknowledged.get(number, {})),
        oldest_unacked_s=None if oldest is None else oldest / SECOND,
        statuses=flow.statuses,
        rejects=flow.rejects,
        fills=flow.fills,
        window=_period(orders.flows.window(flow, now)),
        day=_period(flow.day),
        filled_over_ordered=worst,
        slippage=to_float(flow.slippage_sum, RATIO_DECIMALS) / fills if fills else None,
        slippage_counts=flow.slippage,
    )


def _period(counts: list[int]) -> PeriodRow:
    of = ratios(counts)
    return PeriodRow(
        answered=of.answered,
        ended=of.ended,
        fill_ratio=_float(of.filled),
        reject_ratio=_float(of.rejected),
        cancel_ratio=_float(of.canceled),
        markouts={
            f"{horizon}s": _float(mean)
            for horizon, mean in zip(HORIZONS_S, of.markouts, strict=True)
        },
    )


def _over(orders: Orders) -> list[OverRow]:
    rows = []
    for (account, symbol, called), over in orders.blotter.overfills.over.items():
        flow = orders.flows.flows[over.flow]
        rows.append(
            OverRow(
                account=account,
                strategy=flow.strategy,
                venue=flow.venue,
                symbol=symbol or None,
                order_id=called,
                executed=_amount(over.executed),
                ordered=_amount(over.ordered),
            )
        )
    return rows


def _short(book: Orders, order: Order) -> ShortRow:
    line = book.flows.lines[order.line]
    flow = book.flows.flows[line.flow]
    return ShortRow(
        account=order.account,
        strategy=flow.strategy,
        venue=flow.venue,
        symbol=line.symbol,
        client_order_id=order.client_order_id,
        order_id=order.order_id,
        reported=_amount(order.said),
        filled=_amount(order.filled),
        since=order.short_since,
    )


def _order(book: Orders, order: Order, now: int) -> OrderRow:
    line = book.flows.lines[order.line]
    flow = book.flows.flows[line.flow]
    return OrderRow(
        account=order.account,
        strategy=flow.strategy,
        venue=flow.venue,
        symbol=line.symbol,
        client_order_id=order.client_order_id,
        order_id=order.order_id,
        parent_order_id=order.parent_order_id,
        side="buy" if order.sign > 0 else "sell",
        status=order.status,
        quantity=_amount(order.quantity),
        executed=_amount(order.executed),
        leaves=_amount(order.leaves),
        price=None if order.price is None else _amount(order.price),
        sent=order.sent_time or None,
        acknowledged=order.answered_time > 0,
        age_s=age_ns(order.known_time, now) / SECOND,
    )


def _amount(amount: int) -> str:
    return format_decimal(amount, QUANTITY_DECIMALS)


def _float(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, RATIO_DECIMALS)
