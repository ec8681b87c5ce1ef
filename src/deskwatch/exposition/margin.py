"""Margin and the distance to liquidation, as venues report them."""

from collections.abc import Callable, Sequence

from deskwatch.core.books import Books
from deskwatch.core.holder import Holder
from deskwatch.core.limit_measures import Look
from deskwatch.core.margin import RATIO_DECIMALS
from deskwatch.core.money import to_float
from deskwatch.exposition.family import Family


class MarginCollector:
    """What is taken of each account's equity at a venue, and how far liquidation is."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        place = ("account", "venue", "currency")
        self._used = Family(
            "desk_margin_used_ratio",
            "Margin held back for positions and orders, over equity; absent when not known.",
            "gauge",
            labels=place,
            max_series=max_series,
        )
        self._maintenance = Family(
            "desk_maintenance_margin_ratio",
            "Maintenance margin over equity: at 1 the venue closes positions; absent when unknown.",
            "gauge",
            labels=place,
            max_series=max_series,
        )
        self._distance = Family(
            "desk_liquidation_distance_ratio",
            "How far the mark is from the liquidation price, over the mark; absent when not known.",
            "gauge",
            labels=("account", "venue", "symbol"),
            max_series=max_series,
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._used, self._maintenance, self._distance)

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
            }
        )


def _ratio(ratio: int | None) -> float | None:
    return None if ratio is None else to_float(ratio, RATIO_DECIMALS)
