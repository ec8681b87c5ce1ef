"""What became of orders: counts, ratios, slippage, markouts, and what was executed too much."""

from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from typing import Final, get_args

from deskwatch.core.books import Books
from deskwatch.core.money import to_float
from deskwatch.core.order_flow import (
    HORIZONS_S,
    RATIO_DECIMALS,
    SLIPPAGE_BOUNDS,
    OrderFlow,
    OrderLine,
    Ratios,
    ratios,
)
from deskwatch.core.orders import Orders
from deskwatch.core.orders_state import Ignored
from deskwatch.core.period import SECOND
from deskwatch.core.watch import Watch
from deskwatch.exposition.families import Families

_FLOW: Final = ("account", "strategy", "venue")
_PERIODIC: Final = (*_FLOW, "period")
_BOUNDS: Final = tuple(to_float(bound, RATIO_DECIMALS) for bound in SLIPPAGE_BOUNDS)


class _Slippage:
    """A flow's slippage as a histogram family shows it."""

    def __init__(self, flow: OrderFlow) -> None:
        self.bounds = _BOUNDS
        self.sum = to_float(flow.slippage_sum, RATIO_DECIMALS)
        self.count = sum(flow.slippage)
        self._counts = flow.slippage

    def cumulative(self) -> list[int]:
        """Return how many fills were at most each bound; the last entry is `count`."""
        return list(accumulate(self._counts))


class OrderCollector:
    """The book of orders, by account, strategy and venue."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._orders: Orders = books.orders
        self._settings = books.settings
        self._moved = books.orders.flows.subscribe()
        self._clock = clock
        families = self.families = Families(max_series)
        self._counts = _Counts(families, self._orders)
        self._ratios = _Ratios(families)
        self._to_trade = families.gauge(
            "desk_order_to_trade_ratio",
            "Orders over trades - 1 in the day (RTS 9), by number of messages and by volume.",
            (*_FLOW, "symbol", "basis"),
        )
        self._slippage = families.histogram(
            "desk_slippage_ratio",
            "A fill's price against the mid when its order was sent; above zero cost us.",
            _FLOW,
            bounds=_BOUNDS,
        )
        self._slippage_sum = families.gauge(
            "desk_slippage_sum_ratio",
            "Sum over the fills that desk_slippage_ratio counts. It falls where a fill gained, so "
            "it is no counter: take its delta, never its increase.",
            _FLOW,
        )
        self._in_a_row = families.gauge(
            "desk_order_rejects_in_a_row",
            "Orders that a venue refused since it last took one.",
            ("venue",),
        )
        self._ignored = families.counter(
            "desk_order_reports_ignored_total", "Reports of orders that moved nothing.", ("reason",)
        )
        self._unsampled = families.counter(
            "desk_execution_unsampled_total",
            "Fills and orders without a slippage or a markout.",
            ("sample", "reason"),
        )

    def collect(self) -> None:
        """Bring the families up to date with the book."""
        books, orders, now = self._books, self._orders, self._clock()
        self._counts.show_short(now)
        for number, flow in enumerate(orders.flows.flows):
            key = _key(flow)
            self._counts.show(number, flow, now, books.watch)
            self._ratios.show((*key, "window"), ratios(orders.flows.window(flow, now)))
            self._ratios.show((*key, "day"), ratios(flow.day))
            if any(flow.slippage):
                slippage = _Slippage(flow)
                self._slippage.set(key, slippage)
                self._slippage_sum.set(key, slippage.sum)
        for number in self._moved:
            line = orders.flows.lines[number]
            self._show_to_trade(orders.flows.flows[line.flow], line)
        self._moved.clear()
        self._in_a_row.replace(
            {(venue,): count for venue, count in orders.blotter.rejected_in_a_row.items()}
        )
        # From nought where a rule looks at the increase: that needs a sample before the first one.
        ignored = orders.blotter.ignored
        self._ignored.replace({(why,): ignored.get(why, 0) for why in get_args(Ignored)})
        self._unsampled.replace({("parent", "no_quantity"): 0, **orders.markouts.unsampled})

    def _show_to_trade(self, flow: OrderFlow, line: OrderLine) -> None:
        key = (*_key(flow), line.symbol)
        floor = self._settings.order_to_trade_floors.get(flow.venue, 0)
        by_basis = {"number": line.by_number(floor), "volume": line.by_volume()}
        for basis, ratio in by_basis.items():
            if ratio is None:
                # It was another day's, of a symbol that may be none any more.
                self._to_trade.drop((*key, basis))
            else:
                self._to_trade.set((*key, basis), _float(ratio))


class _Counts:
    """How many orders there were and are."""

    def __init__(self, families: Families, orders: Orders) -> None:
        self._orders = orders
        self._status = families.counter(
            "desk_orders_total", "Orders that came to a status.", (*_FLOW, "status")
        )
        self._fills = families.counter("desk_fills_total", "Executions.", _FLOW)
        self._rejects = families.counter(
            "desk_order_rejects_total",
            "Orders that were refused, by a closed set of reasons.",
            (*_FLOW, "reason"),
        )
        self._open = families.gauge("desk_orders_open", "Orders that may still trade.", _FLOW)
        self._unacked = families.gauge(
            "desk_orders_unacked", "Open orders without any answer.", _FLOW
        )
        self._oldest = families.gauge(
            "desk_oldest_unacked_seconds",
            "Age of the oldest open order without any answer; absent when there is none.",
            _FLOW,
            unit="seconds",
        )

        self._short = families.gauge(
            "desk_orders_missing_fills",
            "Orders whose reports say that more was executed than their fills, for longer than "
            "reconciliation.grace_s.",
            _FLOW,
        )

    def show_short(self, now: int) -> None:
        lines, flows = self._orders.flows.lines, self._orders.flows.flows
        short = Counter(lines[order.line].flow for order in self._orders.short_of_fills(now))
        for number, flow in enumerate(flows):
            self._short.set(_key(flow), short[number])

    def show(self, number: int, flow: OrderFlow, now: int, watch: Watch) -> None:
        key = _key(flow)
        for status, count in flow.statuses.items():
            self._status.set((*key, status), count)
        for reason, count in flow.rejects.items():
            self._rejects.set((*key, reason), count)
        waiting = self._orders.flows.unacknowledged.get(number, {})
        oldest = self._orders.unacked_ns(number, now, watch)
        self._fills.set(key, flow.fills)
        self._open.set(key, self._orders.flows.opened[number])
        self._unacked.set(key, len(waiting))
        self._oldest.set(key, None if oldest is None else oldest / SECOND)


class _Ratios:
    """What is counted and divided over a window and the day."""

    def __init__(self, families: Families) -> None:
        self._answered = families.gauge(
            "desk_orders_answered", "Orders that the venue took or refused.", _PERIODIC
        )
        self._ended = families.gauge(
            "desk_orders_ended", "Orders that the venue took and that are over.", _PERIODIC
        )
        self._filled = families.gauge(
            "desk_fill_ratio",
            "Share executed of orders that the venue took and that are over, each counting as one.",
            _PERIODIC,
        )
        self._rejected = families.gauge(
            "desk_reject_ratio",
            "Orders that the venue refused, over those that it answered.",
            _PERIODIC,
        )
        self._canceled = families.gauge(
            "desk_cancel_ratio",
            "Canceled orders, over those that the venue took and that are over.",
            _PERIODIC,
        )
        self._markout = families.gauge(
            "desk_markout_ratio",
            "Mean move of the mid after a fill, over its price; above zero is good for us.",
            (*_FLOW, "horizon", "period"),
        )

    def show(self, key: tuple[str, ...], of: Ratios) -> None:
        self._answered.set(key, of.answered)
        self._ended.set(key, of.ended)
        self._filled.set(key, _float(of.filled))
        self._rejected.set(key, _float(of.rejected))
        self._canceled.set(key, _float(of.canceled))
        for horizon, mean in zip(HORIZONS_S, of.markouts, strict=True):
            self._markout.set((*key[:-1], f"{horizon}s", key[-1]), _float(mean))


class ExecutedCollector:
    """Executed against ordered, apart from the rest: a rule that waits for events asks for it."""

    def __init__(self, books: Books, max_series: int) -> None:
        self._orders: Orders = books.orders
        families = self.families = Families(max_series)
        self._ratio = families.gauge(
            "desk_filled_over_ordered_ratio",
            "The highest executed over ordered of an order or a parent today.",
            _FLOW,
        )

    def collect(self) -> None:
        """Bring the family up to date with the book."""
        for flow, ratio in self._orders.executed_over_ordered():
            self._ratio.set(_key(flow), _float(ratio))


def _key(flow: OrderFlow) -> tuple[str, str, str]:
    return flow.account, flow.strategy, flow.venue


def _float(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, RATIO_DECIMALS)
