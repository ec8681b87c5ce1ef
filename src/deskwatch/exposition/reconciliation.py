"""Where the venues' reports and the books differ, since when, and what nobody knows."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, get_args

from deskwatch.core.books import Books
from deskwatch.core.comparison import Standing
from deskwatch.core.line import Line
from deskwatch.core.money import MAX_DECIMALS, POW10, REPORTING_DECIMALS, to_float
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.position_reports import BreakKind, Place
from deskwatch.core.reconciliation import Finding
from deskwatch.exposition.families import Families

_STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
_KINDS: Final[tuple[BreakKind, ...]] = get_args(BreakKind)

#: What was reported: a position, or a balance, whose currency is the symbol.
_REPORTED: Final = ("report", "account", "venue", "symbol")
_BROKEN: Final = ("kind", "account", "venue", "symbol")


class ReconciliationCollector:
    """How every reported figure stands to ours."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        self._unreported = UnreportedPositions(books)
        families = self.families = Families(max_series)
        self._state = families.gauge(
            "desk_reconciliation_state",
            "1 for the state of a reported figure against the books: ok, break or unknown.",
            (*_REPORTED, "state"),
        )
        self._unknown = families.gauge(
            "desk_reconciliation_unknown",
            "1 for why it is not known whether a reported figure and the books agree.",
            (*_REPORTED, "reason"),
        )
        self._breaks = _Breaks(families)
        self._success = families.gauge(
            "desk_reconciliation_last_success_timestamp_seconds",
            "Time of the last report that succeeded, as the venue or the platform stamped it.",
            _REPORTED,
            unit="seconds",
        )
        self._failures = families.counter(
            "desk_reconciliation_failures_total",
            "Queries for a position or a balance that failed.",
            _REPORTED,
        )
        self._missing = families.gauge(
            "desk_reconciliation_unreported_positions",
            "Positions that the books hold and that no report has named.",
            ("account", "venue"),
        )
        self._grace = families.gauge(
            "desk_reconciliation_grace_seconds",
            "How long a difference lasts until it is a break.",
            unit="seconds",
        )
        self._max_age = families.gauge(
            "desk_reconciliation_max_age_seconds", "How old the last report may be.", unit="seconds"
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        self._books.refresh(now)
        book = self._books.reconciliation
        found = [(_reported(one), one) for one in book.findings(now, self._books.watch)]
        self._show_standing(found)
        self._breaks.show([one for _, one in found], now)
        self._missing.replace(self._unreported.counts())
        self._grace.replace({(): book.settings.grace_ns / SECOND})
        self._max_age.replace({(): book.settings.max_age_ns / SECOND})

    def _show_standing(self, found: Sequence[tuple[tuple[str, ...], Finding]]) -> None:
        self._state.replace(
            {
                (*labels, state): float(one.standing == state)
                for labels, one in found
                for state in _STANDINGS
            }
        )
        self._unknown.replace(
            {(*labels, one.reason): 1.0 for labels, one in found if one.reason is not None}
        )
        self._success.replace(
            {labels: one.said_time / SECOND for labels, one in found if one.said is not None}
        )
        self._failures.replace({labels: float(one.failures) for labels, one in found})


class _Breaks:
    """What differs, by how much, and since when."""

    def __init__(self, families: Families) -> None:
        self._breaks = families.gauge(
            "desk_reconciliation_breaks", "Breaks, by their kind.", ("account", "venue", "kind")
        )
        self._quantity = families.gauge(
            "desk_reconciliation_break_quantity",
            "The venue's quantity less the books'; of a balance, in its currency.",
            _BROKEN,
        )
        self._notional = families.gauge(
            "desk_reconciliation_break_notional",
            "What a break is worth, above zero; absent without a fresh price and rate.",
            (*_BROKEN, "currency"),
        )
        self._age = families.gauge(
            "desk_reconciliation_break_age_seconds",
            "Seconds since a break was first seen.",
            _BROKEN,
            unit="seconds",
        )

    def show(self, found: Sequence[Finding], now: int) -> None:
        self._breaks.replace(_counts(found))
        broken = [one for one in found if one.standing == "break"]
        by_labels = {(one.kind or "", one.account, one.venue, one.symbol): one for one in broken}
        self._quantity.replace(
            {labels: to_float(one.apart, one.decimals) for labels, one in by_labels.items()}
        )
        self._notional.replace(
            {
                (*labels, one.currency): to_float(one.notional, REPORTING_DECIMALS)
                for labels, one in by_labels.items()
                if one.notional is not None
            }
        )
        self._age.replace(
            {
                labels: age_ns(one.since, now) / SECOND
                for labels, one in by_labels.items()
                if one.since is not None
            }
        )


class UnreportedPositions:
    """How many positions no report has named, kept up to date by what changes."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._changed = books.valuation.subscribe()
        # Counts of 10**-MAX_DECIMALS: an instrument's own decimals may become finer.
        self._counted: dict[Line, int] = {}
        self._held: dict[Place, int] = {}
        self._open: dict[tuple[str, str], set[str]] = {}
        self._seen = 0

    def counts(self) -> Mapping[tuple[str, str], float]:
        """Return them by account and venue."""
        reported = self._books.reconciliation.positions.held
        for line in self._changed:
            self._count(line, reported)
        self._changed.clear()
        for place in islice(reported, self._seen, None):
            self._note(place, is_open=False)
        self._seen = len(reported)
        return {at: float(len(symbols)) for at, symbols in self._open.items()}

    def _count(self, line: Line, reported: Container[Place]) -> None:
        """Add what a line holds now, less what it held before, to its place: mostly nothing."""
        instrument = line.instrument
        quantity = line.position.quantity * POW10[MAX_DECIMALS - instrument.quantity_decimals]
        moved = quantity - self._counted.get(line, 0)
        if not moved:
            return
        self._counted[line] = quantity
        place = (line.account, instrument.venue, instrument.symbol)
        held = self._held[place] = self._held.get(place, 0) + moved
        self._note(place, is_open=held != 0 and place not in reported)

    def _note(self, place: Place, *, is_open: bool) -> None:
        account, venue, symbol = place
        symbols = self._open.setdefault((account, venue), set())
        if is_open:
            symbols.add(symbol)
        else:
            symbols.discard(symbol)


def _reported(one: Finding) -> tuple[str, ...]:
    return (one.subject, one.account, one.venue, one.symbol)


def _counts(found: Iterable[Finding]) -> dict[tuple[str, ...], float]:
    """Return how many breaks there are of each kind, where anything is reported at all."""
    counts: dict[tuple[str, ...], float] = {}
    for one in found:
        for kind in _KINDS:
            key = (one.account, one.venue, kind)
            counts[key] = counts.get(key, 0.0) + (one.kind == kind)
    return counts
