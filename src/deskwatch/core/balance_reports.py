"""What venues say that accounts have of a currency, against what the books know of it.

Source: docs/reconciliation.md, "Balances".
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from deskwatch.core.booking import Booking
from deskwatch.core.comparison import Comparison, ComparisonState, Reason, VenueReport
from deskwatch.core.crossing import LOOKED_THROUGH
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import MAX_DECIMALS, MONEY_DECIMALS, POW10, parse_decimal
from deskwatch.core.observation import BalanceReport
from deskwatch.core.settings import ReconciliationSettings
from deskwatch.core.valuation import Valuation
from deskwatch.core.wallet import brought, is_open_margin, settles_otherwise

#: Account, venue, currency.
Purse = tuple[str, str, str]

_SAID_TO_SUM: Final = POW10[SUM_DECIMALS - MAX_DECIMALS]
_CASH_TO_SUM: Final = POW10[SUM_DECIMALS - MONEY_DECIMALS]

#: A millionth of a unit: what rounding leaves where a balance is nothing.
_LEAST_TOLERANCE: Final = POW10[SUM_DECIMALS - 6]
_MILLION: Final = 1_000_000


class BalanceState(Struct, array_like=True):
    """A compared balance as a snapshot keeps it."""

    purse: Purse
    comparison: ComparisonState
    opening: int | None
    opening_time: int


class Balance:
    """One compared balance; amounts are at SUM_DECIMALS.

    opening: what was in it that the books never saw come; None until a report has told.
    """

    def __init__(self) -> None:
        self.comparison = Comparison(0)
        self.opening: int | None = None
        self.opening_time = 0
        #: The lines that count in this currency, what each has brought, and the sum of that.
        self.lines: dict[int, Line] = {}
        self.parts: dict[int, int] = {}
        self.brought = 0


class BalanceReports:
    """The newest report of each account × venue × currency, and how the books stand to it."""

    def __init__(
        self,
        settings: ReconciliationSettings,
        instruments: Instruments,
        booking: Booking,
        valuation: Valuation,
    ) -> None:
        self._settings = settings
        self._instruments = instruments
        self._booking = booking
        self._valuation = valuation
        self.balances: dict[Purse, Balance] = {}
        self._at: dict[tuple[str, str], list[Purse]] = {}
        self._of: dict[tuple[str, str], list[Purse]] = {}

    def take(self, report: BalanceReport, now: int) -> None:
        """Take a report that was received at `now`; one older than the last says nothing."""
        purse = (report.account, report.venue, report.currency)
        balance = self.balances.get(purse)
        if balance is None:
            balance = self._open(purse)
            self._recall(purse, balance, report.event_time)
            for other in self._of[report.account, report.currency]:
                if other != purse:
                    # Capital comes to an account, and with two venues nobody knows to which.
                    self._begin_anew(other, self.balances[other])
        comparison = balance.comparison
        if report.event_time < comparison.said_time:
            return
        if report.total is None:
            comparison.fail(report.error, now)
            return
        said = parse_decimal(report.total, MAX_DECIMALS) * _SAID_TO_SUM
        comparison.say(said, report.event_time, now, self._settings.grace_ns)
        self._compare(purse, balance, report.event_time, now)

    def moved(self, account: str, venue: str, symbol: str, time: int, now: int) -> None:
        """Take in what an event that happened at `time` has made of the lines of a place."""
        purses = self._at.get((account, venue))
        if purses is None:
            return
        instrument = self._instruments.of(venue, symbol)
        for line in self._instruments.lines_of[instrument.number]:
            if line.account != account:
                continue
            for purse in purses:
                balance = self.balances[purse]
                if self._count(balance, line, purse[2]):
                    self._settle(purse, balance, time, now)

    def paid_in(self, account: str, currency: str, time: int, now: int) -> None:
        """Take in capital that came or went at `time`."""
        for purse in self._of.get((account, currency), ()):
            balance = self.balances[purse]
            if self._is_alone(purse):
                self._settle(purse, balance, time, now)
            else:
                self._begin_anew(purse, balance)

    def _open(self, purse: Purse) -> Balance:
        account, venue, currency = purse
        balance = self.balances[purse] = Balance()
        self._at.setdefault((account, venue), []).append(purse)
        self._of.setdefault((account, currency), []).append(purse)
        for line in self._booking.lines:
            if line.account == account and line.instrument.venue == venue:
                self._count(balance, line, currency)
        balance.comparison.moves.restart(self._amount(purse, balance), 0)
        return balance

    def _recall(self, purse: Purse, balance: Balance, time: int) -> None:
        """Take down, without what they moved, the fills that a first report may have crossed."""
        for fill in self._booking.fills.latest(LOOKED_THROUGH):
            late = fill.event_time > time - self._settings.grace_ns
            if late and (fill.account, fill.venue) == purse[:2]:
                balance.comparison.moves.recall(0, fill.event_time)

    def _begin_anew(self, purse: Purse, balance: Balance) -> None:
        """Forget what was in the balance; the next report that nothing crosses will tell."""
        balance.opening = None
        balance.comparison.moves.restart(self._amount(purse, balance), 0)
        for report in balance.comparison.reports:
            report.judge(0, "no_opening", 0)

    def _count(self, balance: Balance, line: Line, currency: str) -> bool:
        """Count what a line has brought by now; say whether it counts at all."""
        instrument = line.instrument
        if (
            currency not in (instrument.settle, instrument.base)
            and currency not in line.fees
            and currency not in line.funding
        ):
            return False
        part = brought(line, currency)
        balance.brought += part - balance.parts.get(line.number, 0)
        balance.lines[line.number], balance.parts[line.number] = line, part
        return True

    def _amount(self, purse: Purse, balance: Balance) -> int:
        """Return what the books know to have come into the balance."""
        total = balance.brought
        account = self._valuation.accounts.get(purse[0])
        if account is not None and self._is_alone(purse):
            total += account.cash.get(purse[2], 0) * _CASH_TO_SUM
        return total

    def _is_alone(self, purse: Purse) -> bool:
        """Whether no other venue reports the account's balance of this currency."""
        return len(self._of[purse[0], purse[2]]) == 1

    def _settle(self, purse: Purse, balance: Balance, time: int, now: int) -> None:
        grace = self._settings.grace_ns
        if not balance.comparison.moves.move(self._amount(purse, balance), time):
            return
        start = time - grace
        if balance.opening and time <= balance.opening_time + grace:
            # What was in it already may have been this.
            balance.opening = None
            start = 0
        self._compare(purse, balance, start, now)

    def _compare(self, purse: Purse, balance: Balance, start: int, now: int) -> None:
        """Hold the reports of `start` (ns) and later against what is known by now."""
        comparison = balance.comparison
        if comparison.said_time < start:
            return
        if balance.opening is None:
            self._find_opening(purse, balance)
        for report in comparison.reports:
            if report.time >= start:
                report.judge(*self._judge(purse, balance, report), now)

    def _judge(
        self, purse: Purse, balance: Balance, report: VenueReport
    ) -> tuple[int, Reason | None]:
        """Return how far a report is from what the books explain; 0 where they can't, and why."""
        if any(settles_otherwise(line, purse[2]) for line in balance.lines.values()):
            return 0, "unknown_settlement"
        is_open = self._is_open(purse, balance)
        if balance.opening is None:
            return 0, "open_derivatives" if is_open else "no_opening"
        said, within = report.said - balance.opening, self._within(report.said)
        grace = self._settings.grace_ns
        apart = balance.comparison.moves.apart(said, report.time, grace, within)
        if apart is None:
            return 0, "overtaken"
        # What is open may be counted in, or not.
        return (0, "open_derivatives") if apart and is_open else (apart, None)

    def _within(self, said: int) -> int:
        share = abs(said) * self._settings.balance_tolerance_ppm // _MILLION
        return max(share, _LEAST_TOLERANCE)

    def _find_opening(self, purse: Purse, balance: Balance) -> None:
        """Find out what was in the balance before the books began, where the last report can tell.

        Nothing, where they explain the whole of it. Otherwise the rest, if nothing crossed the
        report and nothing is open whose profit may be counted in.
        """
        comparison = balance.comparison
        said, time, grace = comparison.said, comparison.said_time, self._settings.grace_ns
        assert said is not None
        if comparison.moves.apart(said, time, grace, self._within(said)) == 0:
            balance.opening = 0
        elif not comparison.moves.moved_since(time - grace) and not self._is_open(purse, balance):
            balance.opening = said - comparison.moves.amount
        balance.opening_time = time

    def _is_open(self, purse: Purse, balance: Balance) -> bool:
        return any(is_open_margin(line, purse[2]) for line in balance.lines.values())

    def state(self) -> list[BalanceState]:
        """Return all that `resume` needs."""
        return [
            BalanceState(purse, balance.comparison.state(), balance.opening, balance.opening_time)
            for purse, balance in self.balances.items()
        ]

    def resume(self, states: Iterable[BalanceState]) -> None:
        """Go on where a snapshot left off, with the amounts of the books."""
        for state in states:
            self._open(state.purse)
        for state in states:
            balance = self.balances[state.purse]
            balance.comparison.moves.amount = self._amount(state.purse, balance)
            balance.comparison.resume(state.comparison)
            balance.opening, balance.opening_time = state.opening, state.opening_time
