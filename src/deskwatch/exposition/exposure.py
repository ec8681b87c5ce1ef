"""What is at stake, by account, strategy, venue, instrument and currency."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.books import Books
from deskwatch.core.exposure import Total
from deskwatch.core.holder import Holder
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.limit_measures import Look, concentration, leverage
from deskwatch.core.line import Line
from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.exposition.families import Families
from deskwatch.exposition.family import Family

_MEANINGS: Final = {
    "long": "Value of what is held long, at its marks.",
    "short": "Value of what is held short, at its marks; above zero.",
    "gross": "Long and short together; netted only within one position.",
    "net": "Long less short; below zero where short is more.",
    "working": "By how much gross would grow if the worse side of each line's open orders filled.",
}

#: What there is one of for each of these labels: the name, and what the labels tell apart.
_LEVELS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "line": ("desk_exposure", ("account", "strategy", "venue", "symbol")),
    "account": ("desk_account_exposure", ("account",)),
    "strategy": ("desk_strategy_exposure", ("account", "strategy")),
    "venue": ("desk_venue_exposure", ("account", "venue")),
    "instrument": ("desk_instrument_exposure", ("account", "venue", "symbol")),
    "currency": ("desk_currency_exposure", ("account", "settle")),
}

_WHERE: Final = "In the account's reporting currency; absent while a part of it has no price."


class ExposureCollector:
    """Exposure at every level, leverage and concentration."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        self._changed = books.exposures.subscribe()
        self._valued = books.valuation.subscribe()
        self._resting: set[Line] = set()
        families = self.families = Families(max_series)
        self._levels = {
            level: {
                figure: families.gauge(
                    f"{prefix}_{figure}", f"{meaning} {_WHERE}", (*labels, "currency")
                )
                for figure, meaning in _MEANINGS.items()
            }
            for level, (prefix, labels) in _LEVELS.items()
        }
        self._leverage = families.gauge(
            "desk_leverage_ratio",
            "Gross exposure over equity, 0 while nothing is held; absent where either is not known,"
            " or no equity is left.",
            ("account",),
        )
        self._concentration = families.gauge(
            "desk_concentration_ratio",
            "The largest instrument's share of gross exposure.",
            ("account", "strategy"),
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        self._books.refresh(now)
        self._books.exposures.refresh(now)
        look = Look(self._books, now)
        self._changed |= self._laid_to_rest(now)
        for total in self._changed:
            holder = total.holder
            if total.settle:
                self._show("currency", (holder.account, total.settle, total.currency), total)
                continue
            assert holder.scope is not None, holder
            labels = (*filter(None, holder), total.currency)
            if self._books.exposures.rests(total, now):
                self._hide(holder.scope, labels)
                continue
            self._show(holder.scope, labels, total)
            if holder.scope in ("account", "strategy"):
                _set(self._concentration, holder[:2], concentration(look, holder))
        self._changed.clear()
        for account in self._books.valuation.accounts:
            _set(self._leverage, (account,), leverage(look, Holder(account)))

    def _laid_to_rest(self, now: int) -> set[Total]:
        """Return the totals of lines that are shown no more, or again; no figure of them moved."""
        exposures, is_shown = self._books.exposures, self._books.valuation.is_shown
        resting = {line for line in self._valued if not is_shown(line, now)}
        moved = resting ^ (self._resting & self._valued)
        self._resting ^= moved
        self._valued.clear()
        holders = {
            Holder(line.account, strategy, line.instrument.venue, line.instrument.symbol)
            for line in moved
            for strategy in (line.strategy, "")
        }
        return {total for holder in holders if (total := exposures.of(holder)) is not None}

    def _hide(self, level: str, labels: tuple[str, ...]) -> None:
        for family in self._levels[level].values():
            family.drop(labels)

    def _show(self, level: str, labels: tuple[str, ...], total: Total) -> None:
        exposure = total.exposure
        for figure, family in self._levels[level].items():
            value = None if exposure is None else getattr(exposure, figure)
            family.set(labels, None if value is None else to_float(value, REPORTING_DECIMALS))


def _set(family: Family, labels: tuple[str, ...], ratio: int | None) -> None:
    family.set(labels, None if ratio is None else to_float(ratio, LIMIT_DECIMALS))
