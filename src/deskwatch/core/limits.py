"""Every limit that holds, from configuration and from events, and what is used of it.

Where both set one, the tighter holds: an event can't loosen what configuration says. What has no
use that can be known is shown all the same, and so is what should have a limit and has none.
Source: docs/risk.md, "Limits".
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from deskwatch.core.fx import IDENTITY, Conversion
from deskwatch.core.held_limits import HeldLimit, HeldLimits, Missing, Slot
from deskwatch.core.holder import Holder, Scope
from deskwatch.core.limit import (
    LIMIT_DECIMALS,
    LIMIT_KINDS,
    MARGIN_KINDS,
    LimitSettings,
    LimitTexts,
    LimitUse,
    thresholds_of,
)
from deskwatch.core.limit_measures import MEASURES, Look
from deskwatch.core.money import divide_half_even, parse_decimal
from deskwatch.core.valuation import NEVER

if TYPE_CHECKING:  # books have limits
    from deskwatch.core.books import Books

_NONE: Final[Mapping[str, int]] = {}


class _Seen(NamedTuple):
    """What limits were worked out from, as counts that only grow."""

    told: int
    traders: int
    accounts: int
    margins: int
    liquidations: int


class Limits:
    """The desk's limits. Raises EventRejected for a setting that is no amount."""

    def __init__(self, settings: LimitSettings, books: "Books") -> None:
        self.thresholds = thresholds_of(settings)
        self._books = books
        self._required = settings.required
        self._defaults: dict[Scope, Mapping[str, int]] = {
            scope: _amounts(texts) for scope, texts in settings.defaults.items()
        }
        self._own: dict[Holder, Mapping[str, int]] = {
            **{Holder(name): _amounts(own) for name, own in settings.accounts.items()},
            **{Holder(*key): _amounts(own) for key, own in settings.strategies.items()},
            **{Holder("", "", name): _amounts(own) for name, own in settings.venues.items()},
            **{Holder("", "", *key): _amounts(own) for key, own in settings.instruments.items()},
        }
        self._held = HeldLimits({})
        self._seen = _Seen(0, 0, 0, 0, 0)
        self._places = (0, 0)
        #: What has moved since uses were measured, how rates were then, and until when.
        self._moved = books.valuation.subscribe()
        self._exposed = books.exposures.subscribe()
        self._rates = 0
        self._measured, self._rates_until = NEVER, 0

    def uses(self, now: int) -> list[LimitUse]:
        """Return every limit that is set, also of what the books don't know (yet), and its use.

        Side effect: brings the books' figures up to date, as of `now`, where a limit needs them.
        """
        self._meet(now)
        if self.are_valued:
            self._books.refresh(now)
        held, look = self._up_to_date(), Look(self._books, now)
        self._forget_moved(held, now)
        uses = [
            limit.use or self._measure(limit, look)
            for limit in held.limits
            if limit.use is not None or look.applies(limit.kind, limit.holder)
        ]
        uses += (use for use in held.on_margin.values() if look.is_untold(use.kind, use.holder))
        return uses

    def _forget_moved(self, held: HeldLimits, now: int) -> None:
        """Have the uses measured anew of what has moved, or of P&L may have, by a rate."""
        books, fx = self._books, self._books.fx
        if fx.changes == self._rates and self._measured <= now <= self._rates_until:
            held.forget_pnl({line.account for line in self._moved})
        else:
            held.forget_pnl(None)
            self._rates_until = min((end for end in fx.ends() if end >= now), default=NEVER)
        held.forget_positions(chain(self._moved, books.valuation.waiting))
        if held.exposed:
            books.exposures.refresh(now)
            held.forget_exposures(self._exposed)
        self._moved.clear()
        self._exposed.clear()
        self._rates, self._measured = fx.changes, now

    def _measure(self, limit: HeldLimit, look: Look) -> LimitUse:
        kind, holder, currency = limit.kind, limit.holder, limit.currency
        used = self._used(kind, holder, currency, look)
        use = LimitUse(kind, holder, currency, limit.limit, used)
        limit.keep(use)
        return use

    @property
    def are_valued(self) -> bool:
        """Whether the use of any limit follows from what positions are worth."""
        return self._up_to_date().valued

    def _meet(self, now: int) -> None:
        """Let the exposures know everybody who trades: who is new may have limits, or need them.

        Working out all exposure costs more than most limits do, and is left to those that ask.
        """
        places = len(self._books.lines), len(self._books.orders.flows.lines)
        if places != self._places:
            self._places = places
            self._books.exposures.refresh(now)

    def missing(self) -> dict[Missing, bool]:
        """Return, for each limit that somebody should have, whether it isn't there."""
        return self._up_to_date().missing

    def _used(self, kind: str, holder: Holder, currency: str, look: Look) -> int | None:
        known = LIMIT_KINDS.get(kind)
        if known is None or holder.scope not in known.scopes:
            return None
        used = MEASURES[kind](look, holder)
        if used is None or known.unit != "money":
            return used
        conversion = self._conversion(holder.account, currency, look.now)
        if isinstance(conversion, str):
            return None if used else 0
        return divide_half_even(used * conversion.numerator, conversion.denominator)

    def _conversion(self, account: str, currency: str, now: int) -> Conversion | str:
        own = self._currency(account)
        if own == currency:
            return IDENTITY
        return self._books.fx.conversion(own, currency, now)

    def _up_to_date(self) -> HeldLimits:
        books, before = self._books, self._seen
        seen = self._seen = _Seen(
            books.told_limits.changes,
            len(books.exposures.totals),
            len(books.valuation.accounts),
            len(books.margin.margins),
            len(books.margin.liquidations),
        )
        if seen == before:
            return self._held
        # A desk that trades many symbols meets new ones all day.
        new = list(islice(books.exposures.totals, before.traders, None))
        if seen._replace(traders=before.traders) != before or self._is_waited_for(new):
            self._held = self._worked_out()
        else:
            for holder in new:
                self._take_in(self._held, holder)
        return self._held

    def _is_waited_for(self, new: Iterable[Holder]) -> bool:
        """Whether limits name any of those, of whom nothing was known when they were worked out."""
        nobodys = self._held.nobodys
        return bool(nobodys) and any(nobodys.intersection(_wordings(holder)) for holder in new)

    def _worked_out(self) -> HeldLimits:
        held = HeldLimits(self._told())
        holders = self._holders()
        matched = {whom for holder in holders for whom in self._take_in(held, holder)}
        # What names nobody that is known is shown as it was written, so that it can be seen.
        unknown = sorted(held.told.keys() - matched)
        for whom in unknown:
            self._add(held, whom, self._in_its_currency(whom, held.told[whom]))
        held.nobodys.update(unknown, holders.keys() - self._books.exposures.totals.keys())
        held.on_margin = self._on_margin(held.told)
        return held

    def _on_margin(
        self, told: Mapping[Holder, Mapping[Slot, int]]
    ) -> dict[tuple[str, Holder], LimitUse]:
        """Return the limits on margin that are no default, as they were written: the tightest."""
        found: dict[tuple[str, Holder], LimitUse] = {}
        set_by_events = (
            (whom, {kind: limit})
            for whom, limits in told.items()
            for (kind, _), limit in limits.items()
        )
        for whom, limits in chain(self._own.items(), set_by_events):
            for kind in MARGIN_KINDS & limits.keys():
                known = found.get((kind, whom))
                tightest = limits[kind] if known is None else min(limits[kind], known.limit)
                found[kind, whom] = LimitUse(kind, whom, "", tightest, None)
        return found

    def _take_in(self, held: HeldLimits, holder: Holder) -> Iterable[Holder]:
        """Add the limits that a holder has or lacks; return how those that were told name it."""
        named = [whom for whom in _wordings(holder) if whom in held.told] if held.told else ()
        of = self._of(holder, held.told, named)
        self._add(held, holder, of)
        if holder in self._books.exposures.totals:
            kinds = {kind for kind, _ in of}
            for kind in self._required.get(holder.scope or "line", ()):
                held.missing[Missing(kind, holder)] = kind not in kinds
        return named

    def _add(self, held: HeldLimits, holder: Holder, limits: Mapping[Slot, int]) -> None:
        for slot, limit in limits.items():
            if self._books.margin.tells(slot[0], holder):
                own = slot[1] in ("", self._currency(holder.account))
                held.add(HeldLimit(holder, slot, limit, own=own))

    def _holders(self) -> dict[Holder, None]:
        """Return everybody who may have a limit, those that the books don't know yet last."""
        books = self._books
        accounts = (Holder(name) for name in books.valuation.accounts)
        venues = (Holder(account, "", venue) for account, venue, _ in books.margin.margins)
        listings = (Holder(key[0], "", *key[1:]) for key in books.margin.liquidations)
        named = (holder for holder in self._own if holder.account)
        told = (
            holder
            for _, holder, _ in books.told_limits.told
            if holder.account and (holder.venue or not holder.symbol)
        )
        groups = (accounts, books.exposures.totals, venues, listings, named, told)
        found = dict.fromkeys(holder for group in groups for holder in group)
        # A venue or an instrument that nobody has: no less to be seen than an event's.
        nobodys = dict.fromkeys(holder for holder in self._own if not holder.account)
        for holder in found if nobodys else ():
            nobodys.pop(holder._replace(account=""), None)
        return found | nobodys

    def _told(self) -> dict[Holder, dict[Slot, int]]:
        """Return what events set and did not remove, by whom they named."""
        told: dict[Holder, dict[Slot, int]] = {}
        for (kind, whom, currency), limit in self._books.told_limits.told.items():
            if limit.value is not None:
                told.setdefault(whom, {})[kind, currency] = limit.value
        return told

    def _of(
        self,
        holder: Holder,
        told: Mapping[Holder, Mapping[Slot, int]],
        named: Iterable[Holder],
    ) -> dict[Slot, int]:
        """Return the limits of one holder, who was told of under those names: the tightest."""
        found = self._configured(holder)
        for whom in named:
            for slot, limit in self._in_its_currency(holder, told[whom]).items():
                found[slot] = _tighter(slot, limit, found.get(slot, limit))
        return found

    def _in_its_currency(self, holder: Holder, limits: Mapping[Slot, int]) -> dict[Slot, int]:
        """Return limits with the account's currency where an amount of money names none.

        Of two in the same currency, one of which names it, the tighter holds.
        """
        found: dict[Slot, int] = {}
        for (kind, currency), limit in limits.items():
            known = LIMIT_KINDS.get(kind)
            if known is not None and known.unit != "money":
                slot = (kind, "")
            else:
                slot = (kind, currency or self._currency(holder.account))
            found[slot] = _tighter(slot, limit, found.get(slot, limit))
        return found

    def _configured(self, holder: Holder) -> dict[Slot, int]:
        scope = holder.scope
        if scope is None or scope == "line":
            return {}
        currency = self._currency(holder.account)
        is_ours = currency == self._books.settings.reporting_currency
        found: dict[Slot, int] = {}
        for whose, kinds in (
            (None, self._defaults.get(scope, _NONE) if holder.account else _NONE),
            (Holder("", *holder[1:]), self._own.get(Holder("", *holder[1:]), _NONE)),
            (holder, self._own.get(holder, _NONE)),
        ):
            for kind, limit in kinds.items():
                if LIMIT_KINDS[kind].unit != "money":
                    found[kind, ""] = limit
                elif is_ours or whose == holder:
                    found[kind, currency] = limit
        return found

    def _currency(self, account: str) -> str:
        return self._books.settings.account(account).reporting_currency


def _tighter(slot: Slot, one: int, other: int) -> int:
    """Return the tighter of two limits."""
    known = LIMIT_KINDS.get(slot[0])
    return max(one, other) if known is not None and known.is_least else min(one, other)


def _wordings(holder: Holder) -> Iterator[Holder]:
    """Yield how events may name a holder: without its account, its symbol without a venue."""
    for account in (holder.account, ""):
        yield holder._replace(account=account)
        if holder.symbol:
            yield holder._replace(account=account, venue="")


def _amounts(texts: LimitTexts) -> dict[str, int]:
    return {kind: parse_decimal(text, LIMIT_DECIMALS) for kind, text in texts.items()}
