"""What became of orders: counts, ratios, slippage, markouts, and what was executed too much."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

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
from deskwatch.core.period import SECOND, age_ns
from deskwatch.exposition.family import Family, HistogramFamily, MetricFamily

_FLOW: Final = ("account", "strategy", "venue")
_PERIODIC: Final = (*_FLOW, "period")
_BOUNDS: Final = tuple(to_float(bound, RATIO_DECIMALS) for bound in SLIPPAGE_BOUNDS)

#: What is counted and divided over a window and the day: metric, meaning, and which of Ratios.
_RATIOS: Final[tuple[tuple[str, str, Callable[[Ratios], int | None]], ...]] = (
    (
        "desk_fill_ratio",
        "Share executed of orders that the venue took and that are over, each counting as one.",
        lambda of: of.filled,
    ),
    (
        "desk_reject_ratio",
        "Orders that the venue refused, over those that it answered.",
        lambda of: of.rejected,
    ),
    (
        "desk_cancel_ratio",
        "Canceled orders, over those that the venue took and that are over.",
        lambda of: of.canceled,
    ),
)


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
        self._orders: Orders = books.orders
        self._settings = books.settings
        self._moved = books.orders.flows.subscribe()
        self._clock = clock
        self._most = max_series
        self._status = self._family(
            "desk_orders_total", "Orders that came to a status.", "status", counter=True
        )
        self._fills = self._family("desk_fills_total", "Executions.", counter=True)
        self._rejects = self._family(
            "desk_order_rejects_total",
            "Orders that were refused, by a closed set of reasons.",
            "reason",
            counter=True,
        )
        self._open = self._family("desk_orders_open", "Orders that may still trade.")
        self._unacked = self._family("desk_orders_unacked", "Open orders without any answer.")
        self._oldest = self._family(
            "desk_oldest_unacked_seconds",
            "Age of the oldest open order without any answer; absent when there is none.",
            unit="seconds",
        )
        self._answered = self._family(
            "desk_orders_answered", "Orders that the venue took or refused.", "period"
        )
        self._ended = self._family(
            "desk_orders_ended", "Orders that the venue took and that are over.", "period"
        )
        self._ratios = [
            (self._family(name, meaning, "period"), of) for name, meaning, of in _RATIOS
        ]
        self._markout = self._family(
            "desk_markout_ratio",
            "Mean move of the mid after a fill, over its price; above zero is good for us.",
            "horizon",
            "period",
        )
        self._to_trade = self._family(
            "desk_order_to_trade_ratio",
            "Orders over trades - 1 in the day (RTS 9), by number of messages and by volume.",
            "symbol",
            "basis",
        )
        self._slippage = HistogramFamily(
            "desk_slippage_ratio",
            "A fill's price against the mid when its order was sent; above zero cost us.",
            labels=_FLOW,
            bounds=_BOUNDS,
            max_series=max_series,
        )
        self._in_a_row = Family(
            "desk_order_rejects_in_a_row",
            "Orders that a venue refused since it last took one.",
            "gauge",
            labels=("venue",),
            max_series=max_series,
        )
        self._ignored = Family(
            "desk_order_reports_ignored_total",
            "Reports of orders that moved nothing.",
            "counter",
            labels=("reason",),
        )
        self._unsampled = Family(
            "desk_execution_unsampled_total",
            "Fills and orders without a slippage or a markout.",
            "counter",
            labels=("sample", "reason"),
        )

    def _family(
        self, name: str, meaning: str, *labels: str, counter: bool = False, unit: str = ""
    ) -> Family:
        return Family(
            name,
            meaning,
            "counter" if counter else "gauge",
            labels=(*_FLOW, *labels),
            unit=unit,
            max_series=self._most,
        )

    def families(self) -> Sequence[MetricFamily]:
        """Return the families; the same ones at every call."""
        return (
            self._status, self._fills, self._rejects, self._open, self._unacked, self._oldest,
            self._answered, self._ended, *(family for family, _ in self._ratios), self._markout,
            self._to_trade, self._slippage, self._in_a_row, self._ignored, self._unsampled,
        )  # fmt: skip

    def collect(self) -> None:
        """Bring the families up to date with the book."""
        orders, now = self._orders, self._clock()
        for number, flow in enumerate(orders.flows.flows):
            key = (flow.account, flow.strategy, flow.venue)
            self._show_counts(number, flow, key, now)
            counts = {"window": orders.flows.window(flow, now), "day": flow.day}
            for period, each in counts.items():
                self._show_ratios((*key, period), ratios(each))
            if any(flow.slippage):
                self._show_slippage(flow, key)
        for number in self._moved:
            line = orders.flows.lines[number]
            self._show_to_trade(orders.flows.flows[line.flow], line)
        self._moved.clear()
        self._in_a_row.replace(
            {(venue,): count for venue, count in orders.blotter.rejected_in_a_row.items()}
        )
        self._ignored.replace({(why,): count for why, count in orders.blotter.ignored.items()})
        self._unsampled.replace(dict(orders.markouts.unsampled.items()))

    def _show_counts(
        self, number: int, flow: OrderFlow, key: tuple[str, str, str], now: int
    ) -> None:
        for status, count in flow.statuses.items():
            _set(self._status, (*key, status), count)
        for reason, count in flow.rejects.items():
            _set(self._rejects, (*key, reason), count)
        waiting = self._orders.blotter.unacknowledged.get(number, {})
        oldest = min((order.known_time for order in waiting.values()), default=None)
        _set(self._fills, key, flow.fills)
        _set(self._open, key, self._orders.flows.opened[number])
        _set(self._unacked, key, len(waiting))
        _set(self._oldest, key, None if oldest is None else age_ns(oldest, now) / SECOND)

    def _show_ratios(self, key: tuple[str, ...], of: Ratios) -> None:
        _set(self._answered, key, of.answered)
        _set(self._ended, key, of.ended)
        for family, ratio in self._ratios:
            _set(family, key, _float(ratio(of)))
        for horizon, mean in zip(HORIZONS_S, of.markouts, strict=True):
            _set(self._markout, (*key[:-1], f"{horizon}s", key[-1]), _float(mean))

    def _show_slippage(self, flow: OrderFlow, key: tuple[str, str, str]) -> None:
        self._slippage.set(self._slippage.slot(key), _Slippage(flow))

    def _show_to_trade(self, flow: OrderFlow, line: OrderLine) -> None:
        key = (flow.account, flow.strategy, flow.venue, line.symbol)
        floor = self._settings.order_to_trade_floors.get(flow.venue, 0)
        _set(self._to_trade, (*key, "number"), _float(line.by_number(floor)))
        _set(self._to_trade, (*key, "volume"), _float(line.by_volume()))


class ExecutedCollector:
    """Executed against ordered, apart from the rest: a rule that waits for events asks for it."""

    def __init__(self, books: Books, max_series: int) -> None:
        self._orders: Orders = books.orders
        self._ratio = Family(
            "desk_filled_over_ordered_ratio",
            "The most that an order or a parent was executed today, over what was ordered.",
            "gauge",
            labels=_FLOW,
            max_series=max_series,
        )

    def families(self) -> Sequence[MetricFamily]:
        """Return the families; the same ones at every call."""
        return (self._ratio,)

    def collect(self) -> None:
        """Bring the family up to date with the book."""
        for flow, ratio in self._orders.executed_over_ordered():
            _set(self._ratio, (flow.account, flow.strategy, flow.venue), _float(ratio))


def _set(family: Family, key: tuple[str, ...], value: float | None) -> None:
    family.set(family.slot(key), value)


def _float(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, RATIO_DECIMALS)
