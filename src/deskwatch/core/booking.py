"""What each kind of event does to the books."""

import sys
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from deskwatch.core import event
from deskwatch.core.busted import busted
from deskwatch.core.closing import Closing
from deskwatch.core.conflict import refuse_conflict, refuse_other_amount, taken_back
from deskwatch.core.duplicate import Remembered
from deskwatch.core.fill_key import FillKey, key_of_known
from deskwatch.core.instrument import SINCE_SPLIT, Instrument
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import Baseline, Line
from deskwatch.core.money import MAX_DECIMALS, MONEY_DECIMALS, parse_decimal
from deskwatch.core.observation import DECIMAL_FIELDS
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings
from deskwatch.core.terms import Terms, amounts_of, require_good, terms_of
from deskwatch.core.valuation import Valuation

_KNOWABLE: Final = "a sequence, or what is younger than all that are remembered"

#: The time of what restates no closed period by itself.
_NOT_LATE: Final = 2**63


class Booking:
    """The handlers: each checks its event, changes the books, and says whether it was new.

    A handler that raises EventRejected has changed no figure.
    """

    def __init__(
        self,
        settings: BooksSettings,
        instruments: Instruments,
        valuation: Valuation,
        closing: Closing,
    ) -> None:
        self._settings = settings
        self._instruments = instruments
        self._valuation = valuation
        self._closing = closing
        self.lines: list[Line] = []
        # By account, strategy, venue and symbol: to make a tuple of them, and compare it with what
        # is found, takes every fill twice as long.
        self._places: dict[str, dict[str, dict[str, dict[str, Line]]]] = {}
        self.fills: Remembered[FillKey, event.Fill | event.Bust] = Remembered(
            settings.remembered_fills
        )
        #: Amount and currency; a number in a snapshot of an engine that did not keep them.
        self.references: Remembered[tuple[str, ...], str | int] = Remembered(
            settings.remembered_fills
        )
        #: Where the last fill was booked, for the books that are told of it next.
        self.booked: Line | None = None
        self.handlers: dict[type[event.Event], Callable[[Any], bool]] = {
            event.Fill: self.fill,
            event.Bust: self.bust,
            event.Correction: self.correction,
            event.Instrument: self.instrument,
            event.Fee: self.fee,
            event.Funding: self.funding,
            event.Cash: self.cash,
            event.Split: self.split,
            **dict.fromkeys(DECIMAL_FIELDS, self.observation),
        }

    def instrument(self, described: event.Instrument) -> bool:
        """Take a description of an instrument; what is counted finer by it is valued anew."""
        self._instruments.describe(described)
        self._touch_lines(self._instruments.of(described.venue, described.symbol))
        return True

    def fill(self, fill: event.Fill) -> bool:
        """Book an execution."""
        account, side = fill.account, fill.side
        line: Line | None
        try:
            line = self._places[account][fill.strategy][fill.venue][fill.symbol]
            instrument = line.instrument
        except KeyError:  # the first there
            line = None
            instrument = self._instruments.of(fill.venue, fill.symbol)
        key = FillKey(fill.exec_id, account, instrument.number, side)
        known = self.fills.get(key)
        if known is not None:
            refuse_conflict(known, fill)
            return False
        time = fill.event_time
        if time < instrument.split_time:
            raise EventRejected("before_split", fill.exec_id, SINCE_SPLIT)
        if time <= self.fills.forgotten_until and fill.sequence is None:
            raise EventRejected("too_old_to_know", fill.exec_id, _KNOWABLE)
        if line is None:
            self._require_room()
        terms = self._terms(instrument, fill)
        if line is None:
            line = self.line(account, fill.strategy, instrument)
        self._move(line, terms, time)
        self.fills.put(key, fill, time)
        self.booked = line
        return True

    def moved(self, instrument: Instrument, fill: event.Fill) -> int:
        """Return by how much a booked fill has moved its position, in the instrument's steps."""
        return self._terms(instrument, fill)[0]

    def original(self, of: event.Bust | event.Correction) -> event.Fill | None:
        """Return the fill that a bust or a correction is about, while it stands."""
        instrument = self._instruments.of(of.venue, of.symbol)
        known = self.fills.get(key_of_known(of, instrument.number))
        return known if isinstance(known, event.Fill) else None

    def bust(self, bust: event.Bust) -> bool:
        """Take a fill back, in the period of the bust."""
        instrument = self._instruments.of(bust.venue, bust.symbol)
        known = self._remembered(instrument, bust)
        if isinstance(known, event.Bust):
            stands = self._in_place_of(known, instrument)
            if stands is not None:
                raise taken_back(bust, stands)
            return False
        self._take_back(instrument, known, bust)
        return True

    def correction(self, correction: event.Correction) -> bool:
        """Take a fill back and book what it should have been, in the period of the correction."""
        instrument = self._instruments.of(correction.venue, correction.symbol)
        if correction.exec_id == correction.ref_exec_id:
            raise EventRejected("exec_id_conflict", correction.exec_id, "an exec_id of its own")
        key = FillKey(correction.exec_id, correction.account, instrument.number, correction.side)
        repeated = self.fills.get(key)
        if repeated is not None:
            refuse_conflict(repeated, correction)
            return False
        known = self._remembered(instrument, correction)
        if isinstance(known, event.Bust):
            raise taken_back(correction, self._in_place_of(known, instrument))
        time = correction.event_time
        restated = replace(
            known,
            event_time=time,
            exec_id=correction.exec_id,
            quantity=correction.quantity,
            price=correction.price,
        )
        if correction.fee is not None:
            restated = replace(restated, fee=correction.fee, fee_currency=correction.fee_currency)
        terms = self._terms(instrument, restated)
        self._take_back(instrument, known, correction, terms)
        self.fills.put(key, restated, time)
        return True

    def _remembered(
        self, instrument: Instrument, bust: event.Bust | event.Correction
    ) -> event.Fill | event.Bust:
        """Return the fill that is to be taken back, or the bust that took it back before.

        Raises EventRejected when the fill is not known, or older than a split.
        """
        known = self.fills.get(key_of_known(bust, instrument.number))
        if known is None:
            raise EventRejected(
                "unknown_exec_id", bust.ref_exec_id, "the exec_id of a remembered fill"
            )
        if min(known.event_time, bust.event_time) < instrument.split_time:
            raise EventRejected("before_split", bust.ref_exec_id, SINCE_SPLIT)
        return known

    def _in_place_of(self, known: event.Bust, instrument: Instrument) -> event.Fill | None:
        """Return the correction that stands in the place of a fill, if one does."""
        found: event.Fill | event.Bust | None = known
        passed = set()
        while isinstance(found, event.Bust) and found.exec_id not in passed:
            passed.add(found.exec_id)
            key = FillKey(found.exec_id, found.account, instrument.number, found.side)
            found = self.fills.get(key)
        return found if isinstance(found, event.Fill) else None

    def _take_back(
        self,
        instrument: Instrument,
        fill: event.Fill,
        by: event.Bust | event.Correction,
        *instead: Terms,
    ) -> None:
        """Book the opposite of a fill, and remember in its place that it was taken back.

        instead: what it should have been. Both are one move: where a closed period had no price at
        its end, what it earned is known still if as much is held.
        """
        moved, price, currency, fee = self._terms(instrument, fill)
        line = self.line(fill.account, fill.strategy, instrument)
        before = self._before(line, by.event_time)
        for terms in ((-moved, price, currency, -fee), *instead):
            self._move(line, terms, _NOT_LATE)
        self._after(line, before, by.event_time)
        self.fills.replace(key_of_known(by, instrument.number), busted(fill, by))

    def _terms(self, instrument: Instrument, fill: event.Fill) -> Terms:
        """Return what a fill moves. Raises EventRejected where it can't be booked."""
        try:
            return terms_of(instrument, fill)
        except EventRejected as rejected:
            if rejected.reason != "too_fine":
                raise
        require_good(instrument, fill)
        self._instruments.refine(instrument, *amounts_of(instrument, fill))
        self._touch_lines(instrument)
        return terms_of(instrument, fill)

    def _touch_lines(self, instrument: Instrument) -> None:
        self._valuation.touch_all(self._instruments.lines_of[instrument.number])

    def _move(self, line: Line, terms: Terms, time: int) -> None:
        before = line.capture() if time < self._closing.late_before else None
        moved, price, currency, fee = terms
        if moved:
            line.position.book(moved, price, line.instrument)
        if fee:
            fees = line.fees
            fees[currency] = fees.get(currency, 0) + fee
        if before is not None:
            self._closing.restate(line, before, time)
        line.rests_from = 0
        if not line.dirty:
            self._valuation.touch(line)

    def fee(self, fee: event.Fee) -> bool:
        """Book a fee that came without a fill."""
        instrument = self._instruments.of(fee.venue, fee.symbol)
        amount = parse_decimal(fee.amount, MONEY_DECIMALS)
        line = self._line_of_first(fee, fee.currency, "fee", instrument)
        if line is None:
            return False
        before = self._before(line, fee.event_time)
        line.fees[fee.currency] = line.fees.get(fee.currency, 0) + amount
        self._after(line, before, fee.event_time)
        return True

    def funding(self, funding: event.Funding) -> bool:
        """Book carry on a position."""
        instrument = self._instruments.of(funding.venue, funding.symbol)
        amount = parse_decimal(funding.amount, MONEY_DECIMALS)
        currency = funding.currency or instrument.settle
        line = self._line_of_first(funding, currency, "funding", instrument)
        if line is None:
            return False
        before = self._before(line, funding.event_time)
        line.funding[currency] = line.funding.get(currency, 0) + amount
        self._after(line, before, funding.event_time)
        return True

    def cash(self, cash: event.Cash) -> bool:
        """Take capital into an account, or out of it."""
        amount = parse_decimal(cash.amount, MONEY_DECIMALS)
        self._valuation.require_room(cash.account, cash.currency)
        if not self._first(cash, cash.currency, "cash"):
            return False
        currency = self._settings.account(cash.account).reporting_currency
        balances = self._valuation.account(cash.account, currency).cash
        balances[cash.currency] = balances.get(cash.currency, 0) + amount
        return True

    def split(self, split: event.Split) -> bool:
        """Split what is held; the price of before no longer says what it is worth."""
        instrument = self._instruments.of(split.venue, split.symbol)
        if split.event_time < instrument.split_time:
            raise EventRejected("before_split", split.event_time, SINCE_SPLIT)
        if split.event_time == instrument.split_time:
            return False
        for remembered, key, fill in self._of_its_instant(instrument, split.event_time):
            # It came in old units, and a bust would take those back as new ones.
            remembered[key] = replace(fill, event_time=split.event_time - 1)
        lines = self._instruments.lines_of[instrument.number]
        self._closing.split(instrument, lines, split)
        for line in lines:
            line.position.split(split.numerator, split.denominator)
            self._valuation.touch(line)
        instrument.split_time = split.event_time
        instrument.mark = None
        self._valuation.dirty_instruments.add(instrument.number)
        return True

    def _of_its_instant(
        self, instrument: Instrument, split_time: int
    ) -> list[tuple[dict[FillKey, event.Fill | event.Bust], FillKey, event.Fill]]:
        """Return fills of a split's own instant that stand, with what keeps each and its key there.

        Raises EventRejected where a fill is booked that happened after the split: it is in new
        units already, and nobody knows any more what of the position is. One that is no longer
        remembered is older than the memory of duplicates: a split as late as that is not noticed.
        """
        found = []
        for remembered in (self.fills.old, self.fills.young):
            for key, fill in remembered.items():
                if key.instrument != instrument.number or not isinstance(fill, event.Fill):
                    continue
                if fill.event_time > split_time:
                    raise EventRejected("split_overtaken", fill.exec_id, "the split before it")
                if fill.event_time == split_time:
                    found.append((remembered, key, fill))
        return found

    def observation(self, happened: event.Event) -> bool:
        """Check the amounts of an event that moves no book."""
        for name in DECIMAL_FIELDS[type(happened)]:
            text = getattr(happened, name)
            if text is not None:
                parse_decimal(text, MAX_DECIMALS)
        return True

    def _known_line(self, account: str, strategy: str, instrument: Instrument) -> Line | None:
        strategies = self._places.get(account, {})
        return strategies.get(strategy, {}).get(instrument.venue, {}).get(instrument.symbol)

    def line(self, account: str, strategy: str, instrument: Instrument) -> Line:
        """Return the line, made new when it is not there. Raises EventRejected at the bound."""
        venue, symbol = instrument.venue, instrument.symbol
        found = self._known_line(account, strategy, instrument)
        if found is None:
            self._require_room()
            own = self._settings.account(account)
            # Lines share their texts: each is looked up by comparing them.
            account, strategy = sys.intern(account), sys.intern(strategy)
            found = Line(len(self.lines), account, strategy, instrument, own.method)
            strategies = self._places.setdefault(account, {})
            strategies.setdefault(strategy, {}).setdefault(venue, {})[symbol] = found
            self.lines.append(found)
            self._instruments.lines_of[instrument.number].append(found)
            self._valuation.add_line(found, own.reporting_currency)
        return found

    def _require_room(self) -> None:
        """Raise EventRejected where there is no room for another line."""
        most = self._settings.max_positions
        if len(self.lines) >= most:
            raise EventRejected("too_many_positions", len(self.lines), f"at most {most}")

    def _line_of_first(
        self, paid: event.Fee | event.Funding, currency: str, kind: str, instrument: Instrument
    ) -> Line | None:
        """Return the line that this is paid on, or None where its reference came before.

        What is no news makes no line. Raises EventRejected as `_first` and `line` do.
        """
        if self._known_line(paid.account, paid.strategy, instrument) is None:
            self._require_room()
        if not self._first(paid, currency, kind, paid.venue, paid.symbol):
            return None
        return self.line(paid.account, paid.strategy, instrument)

    def _first(
        self,
        happened: event.Fee | event.Funding | event.Cash,
        currency: str,
        kind: str,
        *place: str,
    ) -> bool:
        """Whether this reference comes for the first time there; without one it always does.

        Raises EventRejected where it came with another amount, or came and was forgotten perhaps.
        """
        reference, time = happened.reference, happened.event_time
        if not reference:
            return True
        key = (kind, happened.account, *place, reference)
        # A snapshot of an engine that did not tell places apart has them without.
        known = (key, (kind, happened.account, reference))
        for each in known:
            said = self.references.get(each)
            if said is not None:
                refuse_other_amount(said, happened, currency)
                return False
        if time <= self.references.forgotten_until and happened.sequence is None:
            raise EventRejected("too_old_to_know", reference, _KNOWABLE)
        self.references.put(key, f"{happened.amount} {currency}", time)
        return True

    def _before(self, line: Line, time: int) -> Baseline | None:
        """Return the line as it is, if an event of `time` comes too late for its period."""
        return line.capture() if time < self._closing.late_before else None

    def _after(self, line: Line, before: Baseline | None, time: int) -> None:
        if before is not None:
            self._closing.restate(line, before, time)
        line.rests_from = 0
        self._valuation.touch(line)
