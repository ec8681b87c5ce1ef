"""What the exchanges' own desks do to trades that are done: busts, corrections, share splits."""

from random import Random

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.catalog import LISTINGS
from deskwatch.demo.figures import money_text
from deskwatch.demo.floor import Floor
from deskwatch.demo.ledger import Execution
from deskwatch.demo.venue import Venue

_FIRST_REVIEW_NS, _REVIEW_EVERY_NS = 25 * SECOND, 40 * SECOND
_FIRST_SPLIT_NS, _SPLIT_EVERY_NS = 140 * SECOND, 1_800 * SECOND

#: The chance that a correction restates the size as well as the price.
_SMALLER = 1 / 3

#: A share below this price, in whole units of its currency, is not split again.
_SPLIT_ABOVE = 150
_SPLIT_INTO = 2

#: Trading stands still this long before and after a split.
_HALT_NS = 2 * SECOND


class ExchangeDesk:
    """Takes back or restates an execution now and then; splits a share more rarely."""

    def __init__(self, random: Random, floor: Floor, venues: dict[str, Venue]) -> None:
        self._random = random
        _, self._agenda, self._tape, self._market, self._ledger = floor
        self._venues = venues
        self._reviews = 0

    def open(self, now: int) -> None:
        """Start the regular work."""
        self._agenda.every(now + _FIRST_REVIEW_NS, _REVIEW_EVERY_NS, self._review)
        self._agenda.every(now + _FIRST_SPLIT_NS, _SPLIT_EVERY_NS, self._announce_split)

    def _review(self, now: int) -> None:
        """Bust one recent execution, or restate its price and size."""
        traded = [venue for venue in self._venues.values() if venue.recent]
        if not traded:
            return
        venue = self._random.choice(traded)
        done = self._random.choice(venue.recent)
        venue.recent.remove(done)
        self._ledger.take_back(done)
        self._reviews += 1
        if self._reviews % 2:
            self._write("bust", venue, done, now, reason="clearly erroneous")
        else:
            self._correct(venue, done, now)

    def _correct(self, venue: Venue, done: Execution, now: int) -> None:
        listing = done.listing
        ticks = max(done.ticks + self._random.choice((-2, -1, 1, 2)), 1)
        lots = done.lots
        if self._random.random() < _SMALLER:
            lots -= int(lots / 2)
        line = self._ledger.line(done.account, done.strategy, listing)
        line.trade(lots, ticks)
        line.charge(done.fee, done.fee_currency)
        self._write(
            "correction", venue, done, now, quantity=listing.quantity_text(abs(lots)),
            price=listing.price_text(ticks), fee=money_text(done.fee),
            fee_currency=done.fee_currency, reason="price restated",
        )  # fmt: skip

    def _write(self, kind: str, venue: Venue, done: Execution, now: int, **more: str) -> None:
        self._tape.write(
            kind, now, account=done.account, venue=venue.name, symbol=done.listing.symbol,
            side="buy" if done.lots > 0 else "sell", exec_id=venue.new_exec_id(),
            ref_exec_id=done.exec_id, **more,
        )  # fmt: skip

    def _announce_split(self, now: int) -> None:
        """Halt one dear share, split it, and let it trade again."""
        dear = [
            listing
            for listing in LISTINGS
            if listing.instrument_type == "equity"
            and listing.price(self._market.quote(listing).mid) > _SPLIT_ABOVE
        ]
        if not dear:
            return
        listing = self._random.choice(dear)
        venue = self._venues[listing.venue]
        venue.halt(listing, now)

        def split(at: int) -> None:
            kept = [done for done in venue.recent if done.listing is not listing]
            venue.recent.clear()
            venue.recent.extend(kept)
            self._ledger.split(listing, _SPLIT_INTO)
            self._market.split(listing, _SPLIT_INTO, 1)
            self._tape.write(
                "split", at, venue=venue.name, symbol=listing.symbol, numerator=_SPLIT_INTO,
                denominator=1,
            )  # fmt: skip

        self._agenda.at(now + _HALT_NS, split)
        self._agenda.at(now + 2 * _HALT_NS, lambda _: venue.resume(listing))
