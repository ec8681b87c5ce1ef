"""How full the books and the metrics are, so that a bound is raised before it refuses anything."""

from deskwatch.core.books import Books
from deskwatch.exposition.families import Families
from deskwatch.exposition.registry import Registry


class BoundCollector:
    """The bounds that grow with a desk, and over which something is refused or not watched."""

    def __init__(self, books: Books, registry: Registry) -> None:
        self._books = books
        self._registry = registry
        families = self.families = Families()
        self._used = families.gauge(
            "deskwatch_bound_used_ratio",
            "How much of a bound is used, by the setting that raises it: at 1, what is new is left"
            " out. Of metrics.max_series, the metric that is nearest to it.",
            ("setting",),
        )

    def collect(self) -> None:
        """Bring the family up to date."""
        books = self._books
        settings = books.settings
        open_orders = len(books.orders.blotter.roster.open)
        # Orders that never trade and reports have as much room as positions: the fullest tells.
        places = max(len(books.lines), len(books.orders.flows.lines), books.reconciliation.kept)
        self._used.replace(
            {
                ("books.max_instruments",): len(books.instruments) / settings.max_instruments,
                ("books.max_positions",): places / settings.max_positions,
                ("execution.max_open_orders",): open_orders / settings.execution.max_open_orders,
                ("metrics.max_series",): self._registry.used_ratio,
            }
        )
