"""What is at stake: the value of what is held, and what working orders may add to it.

Every line adds its value in the account's reporting currency, rounded once, as an integer; all
else is a sum of those, so that any two ways of grouping agree to the last digit. Only what changed
is counted again: lines that were valued anew, and lines whose exchange rate moved.
Source: docs/risk.md, "Exposure".
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, Protocol

from deskwatch.core.account import MissingRate
from deskwatch.core.fx import Conversion
from deskwatch.core.holder import Holder
from deskwatch.core.instrument import Instrument
from deskwatch.core.instruments import Instruments
from deskwatch.core.line import SUM_DECIMALS, Line
from deskwatch.core.money import POW10, REPORTING_DECIMALS, divide_half_even
from deskwatch.core.order import QUANTITY_DECIMALS
from deskwatch.core.orders import Working
from deskwatch.core.settings import BooksSettings
from deskwatch.core.valuation import Valuation

_SUM_SCALE = POW10[SUM_DECIMALS - REPORTING_DECIMALS]

#: account, strategy, venue, symbol.
Place = tuple[str, str, str, str]


class OpenOrders(Protocol):
    """Who knows the open orders."""

    def working(self) -> Iterable[Working]:
        """Return what is open now, all of it."""
        ...

    def places(self, since: int) -> list[Place]:
        """Return where there were ever orders, but for the first `since` places."""
        ...


class Exposure(NamedTuple):
    """Exposure in a reporting currency at REPORTING_DECIMALS, all of it zero or above.

    long, short: what is held at its marks. working: what gross would grow by if, on each line, the
    worse side of its open orders filled in full.
    """

    long: int
    short: int
    working: int

    @property
    def gross(self) -> int:
        """Long and short together."""
        return self.long + self.short

    @property
    def net(self) -> int:
        """Long less short."""
        return self.long - self.short


class Total:
    """The sum of some lines' exposure; `unpriced` counts those that can't say theirs, by reason.

    settle: where it is of an account's lines in one settle currency, that one; else empty.
    """

    __slots__ = ("currency", "holder", "long", "settle", "short", "unpriced", "working")

    def __init__(self, holder: Holder, currency: str, settle: str = "") -> None:
        self.holder = holder
        self.currency = currency
        self.settle = settle
        self.long = 0
        self.short = 0
        self.working = 0
        self.unpriced: dict[str, int] = {}

    def recount(self, unpriced: str | None, sign: int) -> None:
        """Count a line that can't say its exposure in (sign 1), or out (sign -1)."""
        if unpriced is not None:
            count = self.unpriced.get(unpriced, 0) + sign
            if count:
                self.unpriced[unpriced] = count
            else:
                del self.unpriced[unpriced]

    @property
    def why(self) -> str | None:
        """Why the exposure can't be known, or None where it can."""
        return min(self.unpriced, default=None)

    @property
    def exposure(self) -> Exposure | None:
        """The exposure; None where a line of it has no price: see `why`."""
        return None if self.unpriced else Exposure(self.long, self.short, self.working)


class _Pair:
    """A settle currency, the reporting currency it is shown in, and what is to be translated."""

    def __init__(self) -> None:
        self.conversion: Conversion | str = "no_fx"
        self.parts: dict[_Part, None] = {}

    def take(self, part: "_Part") -> None:
        """Take notice of what a part is worth now."""
        if part.value or part.working:
            self.parts[part] = None
        else:
            self.parts.pop(part, None)


class _Part:
    """What one place adds, and the totals that it adds to.

    instrument: None until it is described; orders may come before that.
    value, working: in the settle currency at SUM_DECIMALS. The shown ones are in the reporting
    currency at REPORTING_DECIMALS.
    """

    __slots__ = ("_shown", "instrument", "pair", "totals", "unpriced", "value", "working")

    def __init__(
        self, instrument: Instrument | None, pair: _Pair, totals: tuple[Total, ...]
    ) -> None:
        self.instrument = instrument
        self.pair = pair
        self.totals = totals
        self.value = 0
        self.working = 0
        self.unpriced: str | None = None
        self._shown: tuple[int, int, str | None] = (0, 0, None)

    def show(self) -> bool:
        """Bring the totals up to date with it; say whether they changed."""
        shown = self._translated()
        if shown == self._shown:
            return False
        before, old_working, old_unpriced = self._shown
        value, working, unpriced = shown
        longer = max(value, 0) - max(before, 0)
        shorter = max(-value, 0) - max(-before, 0)
        for total in self.totals:
            total.long += longer
            total.short += shorter
            total.working += working - old_working
            if unpriced != old_unpriced:
                total.recount(old_unpriced, -1)
                total.recount(unpriced, 1)
        self._shown = shown
        return True

    def _translated(self) -> tuple[int, int, str | None]:
        if self.unpriced is not None:
            return 0, 0, self.unpriced
        if not self.value and not self.working:
            return 0, 0, None
        conversion = self.pair.conversion
        if isinstance(conversion, str):
            return 0, 0, conversion
        numerator, denominator = conversion[0], conversion[1] * _SUM_SCALE
        return (
            divide_half_even(self.value * numerator, denominator),
            divide_half_even(self.working * numerator, denominator),
            None,
        )


class Exposures:
    """The exposure of every account and of each of its parts.

    totals: by whose it is. by_currency: by account and the currency that its instruments settle
    in. Both are in the account's reporting currency.
    """

    def __init__(
        self,
        valuation: Valuation,
        instruments: Instruments,
        settings: BooksSettings,
        orders: OpenOrders,
    ) -> None:
        self._valuation = valuation
        self._instruments = instruments
        self._settings = settings
        self._orders = orders
        self._orders_seen = 0
        self._changed = valuation.subscribe()
        self._parts: dict[Place, _Part] = {}
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self._lines: dict[Place, Line] = {}
        # What is open by place: to buy, to sell, at QUANTITY_DECIMALS.
        self._open: dict[Place, tuple[int, int]] = {}
        # What an account or strategy holds of, by instrument.
        self._held: dict[Holder, set[Total]] = {}
        self._largest: dict[Holder, int] = {}
        self._readers: list[set[Total]] = []
        self.totals: dict[Holder, Total] = {}
        self.by_currency: dict[tuple[str, str], Total] = {}

    def refresh(self, now: int) -> None:
        """Bring all exposure up to date, as of `now`."""
        self._valuation.refresh(now)
        places = self._places_of_orders()
        places.update(map(self._place, self._changed))
        self._changed.clear()
        moved = [self._count(place, now) for place in places]
        for (settle, currency), pair in self._pairs.items():
            conversion = self._valuation.fx.conversion(settle, currency, now)
            if conversion != pair.conversion:
                pair.conversion = conversion
                moved += pair.parts
        for part in moved:
            if part.show():
                self._tell(part)

    def advance(self, now: int, most: int) -> int:
        """Do a part of `refresh`: `most` of the lines that were valued. Return how many are left.

        While some are, totals stand between two moments: whoever reads them asks for `refresh`.
        """
        self._valuation.advance(now, 0)
        lines = list(islice(self._changed, most))
        self._changed.difference_update(lines)
        for line in lines:
            part = self._count(self._place(line), now)
            if part.show():
                self._tell(part)
        return len(self._changed)

    def _place(self, line: Line) -> Place:
        place = (line.account, line.strategy, line.instrument.venue, line.instrument.symbol)
        self._lines[place] = line
        return place

    def missing_rates(self) -> Iterator[MissingRate]:
        """Yield the rates for want of which exposure can't be known, as of the last refresh."""
        for (settle, currency), pair in self._pairs.items():
            if isinstance(pair.conversion, str):
                for part in pair.parts:
                    account, strategy, *_ = part.totals[1].holder
                    yield MissingRate(account, strategy, settle, currency, pair.conversion)

    def subscribe(self) -> set[Total]:
        """Return a set that takes in every total that changes; the reader clears it.

        Those that there are already are in it from the start.
        """
        changed = {*self.totals.values(), *self.by_currency.values()}
        self._readers.append(changed)
        return changed

    def _tell(self, part: _Part) -> None:
        for changed in self._readers:
            changed.update(part.totals)
        account, strategy, _, listing, line, *_ = part.totals
        for whole, one in ((account, listing), (strategy, line)):
            self._largest.pop(whole.holder, None)
            held = self._held.setdefault(whole.holder, set())
            if one.long or one.short:
                held.add(one)
            else:
                held.discard(one)

    def of(self, holder: Holder) -> Total | None:
        """Return the exposure as of the last refresh; None for who has never had any."""
        return self.totals.get(holder)

    def rests(self, total: Total, now: int) -> bool:
        """Whether a total is of an instrument or line that holds nothing, and all there rest."""
        account, strategy, venue, symbol = total.holder
        if not symbol or total.long or total.short or total.working or total.unpriced:
            return False
        instrument = self._instruments.known(venue, symbol)
        if instrument is None:
            return False
        lines = self._instruments.lines_at(instrument, account, strategy)
        is_shown = self._valuation.is_shown
        return bool(lines) and not any(is_shown(line, now) for line in lines)

    def largest(self, holder: Holder) -> int | None:
        """Return the largest gross of one instrument of an account or strategy.

        None where the exposure of any can't be known.
        """
        total = self.totals.get(holder)
        if total is None or total.unpriced:
            return None
        found = self._largest.get(holder)
        if found is None:
            found = max((each.long + each.short for each in self._held[holder]), default=0)
            self._largest[holder] = found
        return found

    def _places_of_orders(self) -> set[Place]:
        """Take in what is open now; return where it changed.

        Also where nothing was ever held: no line tells of a mark there that comes or grows old.
        """
        before = self._open
        new = self._orders.places(self._orders_seen)
        self._orders_seen += len(new)
        self._open = {
            (one.account, one.strategy, one.venue, one.symbol): (one.buying, one.selling)
            for one in self._orders.working()
        }
        changed = {place for place, _ in before.items() ^ self._open.items()}
        # Views of dicts would go through all lines that there ever were.
        return changed.union(new, (place for place in self._open if place not in self._lines))

    def _count(self, place: Place, now: int) -> _Part:
        """Work out what a place adds, in its own money."""
        part = self._part(place)
        self._measure(part, place, now)
        part.pair.take(part)
        return part

    def _measure(self, part: _Part, place: Place, now: int) -> None:
        line = self._lines.get(place)
        held = 0 if line is None else line.position.quantity
        buys, sells = self._open.get(place, (0, 0))
        part.value = part.working = 0
        part.unpriced = None
        if not (held or buys or sells):
            return
        instrument = part.instrument
        if instrument is None:
            part.unpriced = "no_mark"
            return
        mark, part.unpriced = self._valuation.mark_at(instrument, now)
        if mark is None:
            return
        to_sum = POW10[SUM_DECIMALS - instrument.money_decimals]
        sign = -to_sum if instrument.inverse else to_sum
        part.value = sign * instrument.value_at(held, mark)
        if buys or sells:
            finer = POW10[QUANTITY_DECIMALS - instrument.quantity_decimals]
            worst = max(held * finer + buys, held * finer - sells, key=abs)
            value = divide_half_even(sign * instrument.value_at(worst, mark), finer)
            part.working = max(abs(value) - abs(part.value), 0)

    def _part(self, place: Place) -> _Part:
        part = self._parts.get(place)
        instrument = self._instruments.known(*place[2:])
        if part is not None and part.instrument is not instrument:
            # Described, or described anew, after its first order: perhaps in another currency.
            part.value = part.working = 0
            part.unpriced = None
            part.pair.take(part)
            part.show()
            part = None
        if part is None:
            part = self._parts[place] = self._new(place, instrument)
            self._tell(part)
        return part

    def _new(self, place: Place, instrument: Instrument | None) -> _Part:
        account, strategy, venue, symbol = place
        currency = self._settings.account(account).reporting_currency
        whole, its_strategy = Holder(account), Holder(account, strategy)
        venue_wide, listing = Holder(account, "", venue), Holder(account, "", venue, symbol)
        line = Holder(*place)
        totals = [
            self.totals.setdefault(holder, Total(holder, currency))
            for holder in (whole, its_strategy, venue_wide, listing, line)
        ]
        settle = currency
        if instrument is not None:
            settle = instrument.settle
            settled = Total(whole, currency, settle)
            totals.append(self.by_currency.setdefault((account, settle), settled))
        pair = self._pairs.setdefault((settle, currency), _Pair())
        return _Part(instrument, pair, tuple(totals))
