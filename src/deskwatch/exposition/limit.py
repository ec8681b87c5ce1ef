"""The limits and how much of each is used."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.limit import LIMIT_DECIMALS, LimitUse
from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.exposition.families import Families

#: What a limit is about; what is empty stands for all of it.
_WHOSE: Final = ("limit", "account", "strategy", "venue", "symbol")
_LABELS: Final = (*_WHOSE, "currency")


class LimitCollector:
    """The limits, what is used of them, and from where on their alerts speak."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._limits = books.limits
        self._told = books.told_limits
        self._clock = clock
        self._shown: dict[tuple[str, ...], LimitUse] = {}
        families = self.families = Families(max_series)
        self._limit = families.gauge(
            "desk_limit",
            "The most that may be used, or the least that must be left; an absent label means all.",
            _LABELS,
        )
        self._used = families.gauge(
            "desk_limit_used",
            "How much of the limit is used, such as a loss above zero; of a least, how much is"
            " left. Absent when not known.",
            _LABELS,
        )
        self._utilization = families.gauge(
            "desk_limit_utilization_ratio",
            "Used over limit, or least over left: 1 is all of it; absent when that is not known.",
            _LABELS,
        )
        self._missing = families.gauge(
            "desk_limit_missing", "1 where a limit that is required is not set.", _WHOSE
        )
        self._removed = families.gauge(
            "desk_limits_removed", "Limits that events took away and did not set again."
        )
        self._threshold = families.gauge(
            "desk_limit_threshold_ratio",
            "The utilization from which on a limit is near, high or breached.",
            ("level",),
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        shown: dict[tuple[str, ...], LimitUse] = {}
        for use in self._limits.uses(self._clock()):
            labels = (use.kind, *use.holder, use.currency)
            # Where nothing has moved it is the same object; what finds no room tries each time.
            if self._shown.get(labels) is use or self._show(labels, use):
                shown[labels] = use
        for gone in self._shown.keys() - shown.keys():
            for family in (self._limit, self._used, self._utilization):
                family.drop(gone)
        self._shown = shown
        self._missing.replace(
            {(one.kind, *one.holder): gone for one, gone in self._limits.missing().items()}
        )
        self._removed.replace({(): self._told.removed})
        levels = self._limits.thresholds._asdict().items()
        self._threshold.replace(
            {(level,): to_float(ratio, REPORTING_DECIMALS) for level, ratio in levels}
        )

    def _show(self, labels: tuple[str, ...], use: LimitUse) -> bool:
        """Show a use; say whether there was room for it."""
        shown = [
            self._limit.set(labels, to_float(use.limit, LIMIT_DECIMALS)),
            self._used.set(labels, _amount(use.used)),
            self._utilization.set(labels, use.utilization),
        ]
        return all(shown)


def _amount(amount: int | None) -> float | None:
    return None if amount is None else to_float(amount, LIMIT_DECIMALS)
