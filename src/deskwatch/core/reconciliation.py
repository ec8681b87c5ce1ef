"""The venues' reports of positions and balances against the books: what agrees and what breaks.

A query that failed says nothing: what it asked for is unknown, never flat.
Source: docs/reconciliation.md.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from deskwatch.core import event
from deskwatch.core.balance_reports import BalanceReports
from deskwatch.core.book import Checks, Followers
from deskwatch.core.booking import Booking
from deskwatch.core.comparison import Comparison, Reason, Standing
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import SUM_DECIMALS
from deskwatch.core.money import MAX_DECIMALS, POW10, REPORTING_DECIMALS, divide_half_even
from deskwatch.core.observation import BalanceReport, PositionReport
from deskwatch.core.position_reports import BreakKind, Place, PositionReports
from deskwatch.core.reconciliation_state import ReconciliationState
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.valuation import Valuation
from deskwatch.core.watch import Watch

Subject = Literal["position", "balance"]

#: An amount of a settle currency or a balance, at SUM_DECIMALS, to REPORTING_DECIMALS.
_SUM_TO_REPORTING: Final = POW10[SUM_DECIMALS - REPORTING_DECIMALS]


class Finding(NamedTuple):
    """How one reported figure stands to ours.

    symbol: of a balance, its currency. kind: None where nothing breaks. ours, said, apart: counts
    of 10**-decimals; said is None before the first successful report, and apart is said − ours as
    of its time, kept while it is a break. notional: |apart| in `currency` at REPORTING_DECIMALS,
    None without a price or a rate. since: when the break was first seen; said_time: of the last
    successful report (both ns). error: of the last query, if it failed.
    """

    subject: Subject
    account: str
    venue: str
    symbol: str
    standing: Standing
    reason: Reason | None
    kind: BreakKind | None
    ours: int
    said: int | None
    apart: int
    decimals: int
    notional: int | None
    currency: str
    since: int | None
    said_time: int
    failures: int
    error: str


class Reconciliation:
    """Holds every report against the books as they were at its time. now: the books' time in ns."""

    name = "reconciliation"

    def __init__(
        self,
        settings: BooksSettings,
        instruments: Instruments,
        booking: Booking,
        valuation: Valuation,
        now: Callable[[], int],
    ) -> None:
        self.settings = settings.reconciliation
        self._bound = settings.max_positions
        self._books = settings
        self._instruments = instruments
        self._valuation = valuation
        self._now = now
        self.positions = PositionReports(self.settings, instruments, booking)
        self.balances = BalanceReports(self.settings, instruments, booking, valuation)
        self._held = self.positions.held
        self._balances = self.balances.balances

    @property
    def checks(self) -> Checks:
        """It keeps no more reports than there may be positions."""
        return {PositionReport: self._check_position, BalanceReport: self._check_balance}

    @property
    def followers(self) -> Followers:
        """It follows the reports, and whatever moves a position or a balance."""
        return {
            PositionReport: self._position_report,
            BalanceReport: self._balance_report,
            event.Fill: self._moved,
            event.Bust: self._moved,
            event.Correction: self._moved,
            event.Fee: self._charged,
            event.Funding: self._charged,
            event.Cash: self._paid_in,
            event.Split: self._split,
        }

    def begin(self, now: int) -> None:
        """Nothing: how old a break is follows from when it was first seen."""

    def findings(self, now: int, watch: Watch) -> Iterator[Finding]:
        """Yield how every reported figure stands to ours at `now` (ns).

        But for positions that are long flat: an option that expired is reported no more. watch:
        since when we listen.
        """
        for place, held in self.positions.held.items():
            comparison = held.comparison
            if comparison.rests(now, self._books.flat_ns):
                continue
            counts = bool(comparison.moves.amount or comparison.said)
            standing, reason = self._standing(comparison, now, watch, counts=counts)
            broken = standing == "break"
            notional = self._notional(place, comparison.apart, now) if broken else None
            yield Finding(
                "position", *place, standing, reason, held.kind if broken else None,
                comparison.moves.amount, comparison.said, comparison.apart if broken else 0,
                MAX_DECIMALS, notional, self._currency(place[0]),
                comparison.since if broken else None, comparison.said_time, comparison.failures,
                comparison.error,
            )  # fmt: skip
        for purse, balance in self.balances.balances.items():
            comparison = balance.comparison
            ours = comparison.moves.amount + (balance.opening or 0)
            counts = bool(ours or comparison.said)
            standing, reason = self._standing(comparison, now, watch, counts=counts)
            broken = standing == "break"
            account, _, currency = purse
            notional = self._reported(account, comparison.apart, currency, now) if broken else None
            yield Finding(
                "balance", *purse, standing, reason, "balance" if broken else None, ours,
                comparison.said, comparison.apart if broken else 0, SUM_DECIMALS, notional,
                self._currency(account), comparison.since if broken else None,
                comparison.said_time, comparison.failures, comparison.error,
            )  # fmt: skip

    def _standing(
        self, comparison: Comparison, now: int, watch: Watch, *, counts: bool
    ) -> tuple[Standing, Reason | None]:
        settings = self.settings
        return comparison.standing(
            now, settings.grace_ns, settings.max_age_ns, watch, counts=counts
        )

    def _notional(self, place: Place, apart: int, now: int) -> int | None:
        """Return what a quantity is worth in the account's currency; None without a fresh price."""
        account, venue, symbol = place
        instrument = self._instruments.known(venue, symbol)
        if instrument is None:
            return None
        mark = self._valuation.mark_at(instrument, now)[0]
        if mark is None:
            return None
        value = instrument.value_at(apart, mark)
        decimals = instrument.money_decimals + MAX_DECIMALS - instrument.quantity_decimals
        worth = divide_half_even(value * POW10[SUM_DECIMALS], POW10[decimals])
        return self._reported(account, worth, instrument.settle, now)

    def _reported(self, account: str, amount: int, currency: str, now: int) -> int | None:
        """Return the size of an amount in the account's currency; None without a fresh rate."""
        conversion = self._valuation.fx.conversion(currency, self._currency(account), now)
        if isinstance(conversion, str):
            return None
        numerator, denominator = conversion
        return divide_half_even(abs(amount) * numerator, denominator * _SUM_TO_REPORTING)

    def _currency(self, account: str) -> str:
        return self._books.account(account).reporting_currency

    def _check_position(self, report: PositionReport) -> None:
        if (report.account, report.venue, report.symbol) not in self._held:
            self._check_room()

    def _check_balance(self, report: BalanceReport) -> None:
        if (report.account, report.venue, report.currency) not in self._balances:
            self._check_room()

    @property
    def kept(self) -> int:
        """How many positions and balances reports are kept of."""
        return len(self._held) + len(self._balances)

    def _check_room(self) -> None:
        if self.kept >= self._bound:
            raise EventRejected("too_many_positions", self.kept, f"at most {self._bound}")

    def _position_report(self, report: PositionReport) -> None:
        self.positions.take(report, self._now())

    def _balance_report(self, report: BalanceReport) -> None:
        self.balances.take(report, self._now())

    def _moved(self, happened: event.Fill | event.Bust | event.Correction) -> None:
        if not (self._held or self._balances):
            return  # every fill comes here, and many a platform reports nothing
        account, venue, symbol = happened.account, happened.venue, happened.symbol
        time, now = happened.event_time, self._now()
        self.positions.moved((account, venue, symbol), time, now)
        self.balances.moved(account, venue, symbol, time, now)

    def _charged(self, happened: event.Fee | event.Funding) -> None:
        place = (happened.account, happened.venue, happened.symbol)
        self.balances.moved(*place, happened.event_time, self._now())

    def _paid_in(self, cash: event.Cash) -> None:
        self.balances.paid_in(cash.account, cash.currency, cash.event_time, self._now())

    def _split(self, split: event.Split) -> None:
        self.positions.split(split.venue, split.symbol, split.event_time)

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(
            ReconciliationState(self.positions.state(), self.balances.state())
        )

    def load(self, state: bytes) -> None:
        """Take up a dumped state, once the money's books have theirs."""
        dumped = msgspec.json.decode(state, type=ReconciliationState)
        self.positions.resume(dumped.positions)
        self.balances.resume(dumped.balances)
