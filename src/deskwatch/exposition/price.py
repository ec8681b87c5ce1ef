"""How old the prices of what is held are and may be, and how many positions have none."""

from collections.abc import Callable

from deskwatch.core.account import UNPRICED_REASONS
from deskwatch.core.books import Books
from deskwatch.core.fx import FOREVER
from deskwatch.core.period import SECOND, age_ns
from deskwatch.exposition.families import Families


class PriceCollector:
    """The ages of marks and rates, and how many positions have no price.

    Rules ask for these every second, and for no position: so they have a collector of their own.
    """

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        families = self.families = Families(max_series)
        self._mark_age = families.gauge(
            "desk_mark_age_seconds",
            "Seconds since the mark of an instrument that is held, or since it came where its time"
            " is ahead of ours; absent without a mark.",
            ("venue", "symbol"),
            unit="seconds",
        )
        self._mark_ahead = families.gauge(
            "desk_mark_ahead_seconds",
            "How far the latest time of a mark is ahead of our clock; zero where none is.",
            ("venue",),
            unit="seconds",
        )
        self._fx_age = families.gauge(
            "desk_fx_age_seconds",
            "Seconds since an exchange rate's time, or since it came where that is ahead of ours.",
            ("base", "quote"),
            unit="seconds",
        )
        self._fx_missing = families.gauge(
            "desk_fx_missing",
            "1 where an account's P&L or equity needs an exchange rate that can't be known.",
            ("account", "base", "quote", "reason"),
        )
        self._unpriced = families.gauge(
            "desk_unpriced_positions",
            "Lines without a fresh mark, and currencies of P&L or capital without a fresh rate.",
            ("account", "reason"),
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        now = self._clock()
        self._books.refresh(now)
        valuation = self._books.valuation
        held = {
            (instrument.venue, instrument.symbol): instrument.mark
            for instrument in self._books.instruments
            if instrument.mark is not None and valuation.held(instrument)
        }
        ages = {key: age_ns(mark.since, now) for key, mark in held.items()}
        self._mark_age.replace({key: age / SECOND for key, age in ages.items()})
        ahead = dict.fromkeys(((venue,) for venue, _ in held), 0)
        for (venue, _), mark in held.items():
            ahead[venue,] = max(ahead[venue,], mark.time - now)
        self._mark_ahead.replace({key: time / SECOND for key, time in ahead.items()})
        self._fx_age.replace(
            {
                pair: age_ns(rate.since, now) / SECOND
                for pair, rate in self._books.fx.rates.items()
                if rate.time != FOREVER
            }
        )
        self._fx_missing.replace(
            {
                (one.account, one.base, one.quote, one.reason): 1
                for account in valuation.accounts.values()
                for one in account.missing_rates(self._books.fx, now)
            }
        )
        self._unpriced.replace(
            {
                (account.name, reason): account.unpriced(reason, self._books.fx, now)
                for account in valuation.accounts.values()
                for reason in UNPRICED_REASONS
            }
        )


class MaxAgeCollector:
    """How old marks and rates may be, so that rules compare their ages against the settings."""

    def __init__(self, books: Books, max_series: int) -> None:
        self._books = books
        families = self.families = Families(max_series)
        self._mark = families.gauge(
            "desk_mark_max_age_seconds",
            "How old a mark may be and still value a position.",
            ("venue",),
            unit="seconds",
        )
        self._fx = families.gauge(
            "desk_fx_max_age_seconds",
            "How old an exchange rate may be and still translate an amount.",
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date with the venues that are known."""
        settings = self._books.settings
        venues = {instrument.venue for instrument in self._books.instruments}
        ages = settings.venue_mark_max_age_ns
        self._mark.replace(
            {(venue,): ages.get(venue, settings.mark_max_age_ns) / SECOND for venue in venues}
        )
        self._fx.replace({(): settings.fx_max_age_ns / SECOND})
