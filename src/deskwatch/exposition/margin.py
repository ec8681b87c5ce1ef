"""Margin and the distance to liquidation, as venues report them."""

from collections.abc import Callable

from deskwatch.core.books import Books
from deskwatch.core.holder import Holder
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.limit_measures import Look
from deskwatch.core.money import to_float
from deskwatch.exposition.families import Families


class MarginCollector:
    """What is taken of each account's equity at a venue, and how far liquidation is."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        place = ("account", "venue", "currency")
        families = self.families = Families(max_series)
        self._used = families.gauge(
            "desk_margin_used_ratio",
            "Margin held back for positions and orders, over equity; absent when not known.",
            place,
        )
        self._maintenance = families.gauge(
            "desk_maintenance_margin_ratio",
            "Maintenance margin over equity: at 1 the venue closes positions; absent when unknown.",
            place,
        )
        self._distance = families.gauge(
            "desk_liquidation_distance_ratio",
            "How far the mark is from the liquidation price, over the mark; absent when not known.",
            ("account", "venue", "symbol"),
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now, margin = self._clock(), self._books.margin
        ratios = {key: margin.ratios(key, now) for key in margin.margins}
        self._used.replace({key: _ratio(each.used) for key, each in ratios.items()})
        self._maintenance.replace({key: _ratio(each.maintenance) for key, each in ratios.items()})
        look = Look(self._books, now)
        self._distance.replace(
            {
                key: _ratio(look.distance(Holder(key[0], "", *key[1:])))
                for key in margin.liquidations
                if margin.at_risk(key)
            }
        )


def _ratio(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, LIMIT_DECIMALS)
