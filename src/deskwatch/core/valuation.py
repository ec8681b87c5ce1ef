"""What the lines are worth now, kept in the sums of their strategies.

Only what changed is valued again: lines that were booked on, instruments whose mark moved, and
instruments whose mark has just grown too old.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from deskwatch.core.account import Account, Group, MissingRate, PnlReport, rates_lacking
from deskwatch.core.fx import FxTable
from deskwatch.core.instrument import Instrument, Price
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import Line
from deskwatch.core.money import divide_half_even
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings


class Whole(NamedTuple):
    """A line's P&L in its settle currency at SUM_DECIMALS; None can't be known: see `unpriced`."""

    net: int | None
    hour: int | None
    day: int | None
    unpriced: str | None


#: How many currencies an account may have capital in.
MAX_CURRENCIES: Final = 1_000

#: Later than any time (ns).
NEVER: Final = 2**63


class Valuation:
    """Keeps every line's figures and every group's sums up to date, by what changed."""

    def __init__(self, fx: FxTable, instruments: Instruments, settings: BooksSettings) -> None:
        self.fx = fx
        self._instruments = instruments
        self._max_age = settings.mark_max_age_ns
        self._venue_max_age = settings.venue_mark_max_age_ns
        self._flat_ns = settings.flat_ns
        self._max_accounts = settings.max_positions
        self.accounts: dict[str, Account] = {}
        self.groups: list[Group] = []  # by line number
        self._dirty: list[Line] = []
        self.dirty_instruments: set[int] = set()
        # Instruments whose lines are valued without a mark, for want of a fresh one.
        self._stale: set[int] = set()
        self._looked_at = 0
        self._fresh_until = 0
        self._readers: list[set[Line]] = []

    def subscribe(self) -> set[Line]:
        """Return a set that takes in every line whose figures are made anew; the reader clears it.

        Lines that are valued already are in it from the start.
        """
        changed: set[Line] = set()
        self._readers.append(changed)
        changed.update(line for lines in self._instruments.lines_of for line in lines)
        return changed

    def add_line(self, line: Line, currency: str) -> None:
        """Take in a new line; its account reports in `currency`."""
        account = self.account(line.account, currency)
        group = account.groups.get(line.strategy)
        if group is None:
            group = account.groups[line.strategy] = Group(line.account, line.strategy, currency)
        self.groups.append(group)
        self.dirty_instruments.add(line.instrument.number)
        self.touch(line)

    def touch(self, line: Line) -> None:
        """Ask for a line to be valued again at the next refresh."""
        if not line.dirty:
            line.dirty = True
            self._dirty.append(line)

    @property
    def waiting(self) -> Iterable[Line]:
        """The lines that were booked on, or whose mark has moved, and are not valued since."""
        return self._dirty

    def touch_all(self, lines: Iterable[Line]) -> None:
        """Ask for lines to be valued again at the next refresh."""
        for line in lines:
            self.touch(line)

    def account(self, name: str, currency: str) -> Account:
        """Return the account, made new when it is not there."""
        found = self.accounts.get(name)
        if found is None:
            found = self.accounts[name] = Account(name, currency)
        return found

    def require_room(self, account: str, currency: str) -> None:
        """Raise EventRejected where there is none for another account, or its capital."""
        found = self.accounts.get(account)
        if found is None and len(self.accounts) >= self._max_accounts:
            most = f"at most {self._max_accounts} accounts"
            raise EventRejected("too_many_names", account, most)
        if found and currency not in found.cash and len(found.cash) >= MAX_CURRENCIES:
            most = f"at most {MAX_CURRENCIES} currencies of an account"
            raise EventRejected("too_many_names", currency, most)

    def mark_at(self, instrument: Instrument, now: int) -> tuple[Price | None, str | None]:
        """Return the mark if it is fresh at `now`, or None and why not."""
        mark = instrument.mark
        if mark is None:
            return None, "no_mark"
        if now - mark.since > self._venue_max_age.get(instrument.venue, self._max_age):
            return None, "mark_stale"
        return mark, None

    def whole(self, line: Line, now: int) -> Whole:
        """Return a line's net, hour and day with its other currencies translated into its own."""
        figures = line.figures
        net = hour = day = 0
        for currency, sums in figures.sums.items():
            conversion = self.fx.conversion(currency, line.instrument.settle, now)
            if isinstance(conversion, str):
                if sums.is_zero():
                    continue
                return Whole(None, None, None, conversion)
            numerator, denominator = conversion
            net += divide_half_even(sums.net * numerator, denominator)
            hour += divide_half_even(sums.hour * numerator, denominator)
            day += divide_half_even(sums.day * numerator, denominator)
        return Whole(
            net if figures.unpriced is None else None,
            hour if figures.hour_unpriced is None else None,
            day if figures.day_unpriced is None else None,
            figures.unpriced or figures.hour_unpriced or figures.day_unpriced,
        )

    def missing_rates(self, line: Line, now: int) -> Iterator[MissingRate]:
        """Yield the rates for want of which `whole` can't be known."""
        settle = line.instrument.settle
        for currency, why in rates_lacking(line.figures.sums, settle, self.fx, now):
            yield MissingRate(line.account, line.strategy, currency, settle, why)

    def is_shown(self, line: Line, now: int) -> bool:
        """Whether a line is of interest by itself: held, or booked on within `flat_ns`.

        What rests for longer is in the sums of its strategy and account alone.
        """
        return not line.rests_from or now - line.rests_from < self._flat_ns

    def held(self, instrument: Instrument) -> bool:
        """Whether any line has a position in the instrument."""
        return any(line.position.quantity for line in self._instruments.lines_of[instrument.number])

    def notional(self, line: Line, now: int) -> int | None:
        """Return what a line's position is worth, in its instrument's money; short is negative.

        None when it is open and has no fresh mark.
        """
        quantity = line.position.quantity
        if not quantity:
            return 0
        mark = self.mark_at(line.instrument, now)[0]
        if mark is None:
            return None
        value = line.instrument.value_at(quantity, mark)
        return -value if line.instrument.inverse else value

    def refresh(self, now: int) -> None:
        """Bring all figures up to date."""
        self._look_at_marks(now)
        self._value(len(self._dirty))

    def advance(self, now: int, most: int) -> int:
        """Bring the figures of `most` lines up to date; return how many are left.

        While some are, sums stand between two moments: whoever reads them asks for `refresh`.
        """
        self._look_at_marks(now)
        self._value(most)
        return len(self._dirty)

    def _look_at_marks(self, now: int) -> None:
        """Ask for the lines to be valued again whose mark has moved, aged, or become fresh.

        Marks that did not move are looked at only when the first of them is too old, or when time
        is earlier than it was: the end of a second may lie before the last look.
        """
        if now > self._fresh_until or now < self._looked_at:
            self._fresh_until = now + self._max_age
            for instrument in self._instruments:
                self._look_at_mark(instrument, now)
        else:
            for number in self.dirty_instruments:
                for line in self._instruments.lines_of[number][:1]:
                    self._look_at_mark(line.instrument, now)
        self.dirty_instruments.clear()
        self._looked_at = now

    def _look_at_mark(self, instrument: Instrument, now: int) -> None:
        number = instrument.number
        lines = self._instruments.lines_of[number]
        if not lines:
            return
        mark, _ = self.mark_at(instrument, now)
        if (mark is None) != (number in self._stale):
            self._stale ^= {number}
            self.touch_all(lines)
        elif number in self.dirty_instruments:
            self.touch_all(lines)
        if mark is not None:
            max_age = self._venue_max_age.get(instrument.venue, self._max_age)
            self._fresh_until = min(self._fresh_until, mark.since + max_age)

    def _value(self, most: int) -> None:
        """Value the lines that wait for it, `most` of them; the marks were looked at."""
        dirty = self._dirty[:most]
        del self._dirty[:most]
        for line in dirty:
            line.dirty = False
            instrument = line.instrument
            mark, unpriced = instrument.mark, None
            if mark is None:
                unpriced = "no_mark"
            elif instrument.number in self._stale:
                mark, unpriced = None, "mark_stale"
            self.groups[line.number].value(line, mark, unpriced)
        for changed in self._readers:
            changed.update(dirty)

    def reports(self, account: Account, now: int) -> dict[str, PnlReport]:
        """Return the report of each of the account's strategies."""
        return {name: group.report(self.fx, now) for name, group in account.groups.items()}

    def observe(self, now: int) -> dict[str, dict[str, PnlReport]]:
        """Raise the peaks that drawdowns are measured from, where net P&L is known.

        Returns the reports that it looked at: by account, of each strategy.
        """
        observed = {name: self.reports(account, now) for name, account in self.accounts.items()}
        for account in self.accounts.values():
            reports = observed[account.name]
            for name, report in reports.items():
                if report.net is not None:
                    group = account.groups[name]
                    group.peak = max(group.peak, report.net)
            net = account.report(reports.values()).net
            if net is not None:
                account.peak = max(account.peak, net)
        return observed

    def fresh_until(self, now: int) -> int:
        """Return until when (ns) whatever is fresh at `now` stays so: marks of what is held, rates.

        NEVER where nothing is that can grow too old.
        """
        ends = [
            mark.since + self._venue_max_age.get(instrument.venue, self._max_age)
            for instrument in self._instruments
            if (mark := instrument.mark) is not None and self.held(instrument)
        ]
        return min((end for end in (*ends, *self.fx.ends()) if end >= now), default=NEVER)
