"""What `/metrics` shows of the books."""

from collections.abc import Callable, Mapping

from deskwatch.core.books import Books
from deskwatch.core.latency import Operation
from deskwatch.core.latency_limit import LatencyLimit
from deskwatch.core.settings import ExecutionThresholds
from deskwatch.engine.beside import anomaly_book, risk_book
from deskwatch.exposition.account import AccountCollector
from deskwatch.exposition.anomaly import AnomalyCollector
from deskwatch.exposition.bound import BoundCollector
from deskwatch.exposition.breaker import BreakerCollector
from deskwatch.exposition.clock import ClockCollector
from deskwatch.exposition.drill import DrillCollector, DrillSettingsCollector
from deskwatch.exposition.execution_threshold import ExecutionThresholdCollector
from deskwatch.exposition.exposure import ExposureCollector
from deskwatch.exposition.feed import FeedCollector
from deskwatch.exposition.kill_switch import DeadManCollector, KillSwitchCollector
from deskwatch.exposition.latency import LatencyCollector
from deskwatch.exposition.limit import LimitCollector
from deskwatch.exposition.margin import MarginCollector
from deskwatch.exposition.order import ExecutedCollector, OrderCollector
from deskwatch.exposition.pnl import LinePnlCollector, TotalPnlCollector
from deskwatch.exposition.position import PositionCollector
from deskwatch.exposition.price import MaxAgeCollector, PriceCollector
from deskwatch.exposition.reconciliation import ReconciliationCollector
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.service import ServiceCollector
from deskwatch.exposition.session import SessionCollector
from deskwatch.exposition.var import VarBacktestCollector, VarCollector, VarSettingCollector


def show_books(
    registry: Registry,
    books: Books,
    clock: Callable[[], int],
    *,
    latency: Mapping[Operation, LatencyLimit],
    execution: ExecutionThresholds,
    max_series: int,
) -> None:
    """Let the registry show restored books. max_series: of a metric.

    latency, execution: from where on their alerts speak.
    """
    var = risk_book(books)
    for collector in (
        LinePnlCollector(books, clock, max_series),
        TotalPnlCollector(books, clock, max_series),
        PositionCollector(books, clock, max_series),
        PriceCollector(books, clock, max_series),
        AccountCollector(books, max_series),
        ExposureCollector(books, clock, max_series),
        MarginCollector(books, clock, max_series),
        LimitCollector(books, clock, max_series),
        MaxAgeCollector(books, max_series),
        ReconciliationCollector(books, clock, max_series),
        BreakerCollector(books, clock, max_series),
        KillSwitchCollector(books, clock, max_series),
        DeadManCollector(books, clock, max_series),
        FeedCollector(books, clock, max_series),
        SessionCollector(books, clock, max_series),
        ServiceCollector(books, clock, max_series),
        DrillCollector(books.drills, clock, max_series, lambda: books.watch),
        DrillSettingsCollector(books),
        OrderCollector(books, clock, max_series),
        ExecutedCollector(books, max_series),
        ExecutionThresholdCollector(execution),
        LatencyCollector(latency, books, clock, max_series),
        ClockCollector(books, clock, max_series),
        AnomalyCollector(anomaly_book(books), clock, max_series),
        VarCollector(var, clock, max_series),
        VarBacktestCollector(var, max_series),
        VarSettingCollector(var),
        BoundCollector(books, registry),
    ):
        registry.register(collector)
