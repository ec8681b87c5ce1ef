"""How full the books and the metrics are, as a scrape finds it."""

from deskwatch.core.observation import PositionReport
from deskwatch.core.settings import ExecutionSettings
from deskwatch.exposition.bound import BoundCollector
from deskwatch.exposition.families import Families
from deskwatch.exposition.registry import Registry
from tests.core.blotter import Desk


class Symbols:
    """A metric with room for four symbols."""

    def __init__(self) -> None:
        self.families = Families(4)
        self.family = self.families.gauge("desk_symbols", "Each symbol.", ("symbol",))

    def collect(self) -> None: ...


def used(registry: Registry) -> dict[str, float]:
    page = registry.render(openmetrics=False).decode().splitlines()
    start = 'deskwatch_bound_used_ratio{setting="'
    shown = (line.removeprefix(start).split('"} ') for line in page if line.startswith(start))
    return {setting: float(ratio) for setting, ratio in shown}


def test_each_bound_fills_by_what_it_bounds():
    settings = ExecutionSettings(max_open_orders=5)
    desk = Desk(execution=settings, max_positions=2, max_instruments=10)
    registry, symbols = Registry(), Symbols()
    registry.register(symbols)
    registry.register(BoundCollector(desk.books, registry))
    before = used(registry)
    assert before.pop("metrics.max_series") < 0.01
    assert before == {
        "books.max_instruments": 0.1,
        "books.max_positions": 0,
        "execution.max_open_orders": 0,
    }
    desk.trade("+4@101").order("O1 +10@100").order("O2 +10@100").order("O2 +10@100", "canceled")
    for symbol in "AAPL", "MSFT", "TSLA":
        symbols.family.set((symbol,), None)
    assert used(registry) == {
        "books.max_instruments": 0.1,
        "books.max_positions": 0.5,
        "execution.max_open_orders": 0.2,
        "metrics.max_series": 0.75,
    }


def test_orders_that_never_trade_and_reports_fill_the_bound_on_positions():
    desk = Desk(max_positions=10)
    registry = Registry()
    registry.register(BoundCollector(desk.books, registry))
    for number in range(3):
        desk.order(f"O{number} +10@100", strategy=f"S{number}")
    assert used(registry)["books.max_positions"] == 0.3
    for symbol in "AAPL", "MSFT", "TSLA", "NVDA":
        desk.books.apply(
            PositionReport(
                event_time=desk.now, account="A1", venue="XNAS", symbol=symbol, quantity="0"
            )
        )
    assert used(registry)["books.max_positions"] == 0.4
