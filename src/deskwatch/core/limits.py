"""Every limit that holds, from configuration and from events, and what is used of it.

Where both set one, the tighter holds: an event can't loosen what configuration says. What has no
use that can be known is shown all the same, and so is what should have a limit and has none.
Source: docs/risk.md, "Limits".
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from deskwatch.core.fx import IDENTITY, Conversion
from deskwatch.core.holder import Holder, Scope
from deskwatch.core.limit import (
    LIMIT_DECIMALS,
    LIMIT_KINDS,
    PNL_KINDS,
    VALUED_KINDS,
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

#: A limit's kind and the currency of its amount, empty where it is none of money.
_Slot = tuple[str, str]

_NONE: Final[Mapping[str, int]] = {}


class Missing(NamedTuple):
    """A limit that a holder should have."""

    kind: str
    holder: Holder


class _Entry:
    """A limit that holds. use: where nothing that it follows from has moved since, else None."""

    __slots__ = ("currency", "holder", "kind", "limit", "use")

    def __init__(self, holder: Holder, kind: str, currency: str, limit: int) -> None:
        self.holder = holder
        self.kind = kind
        self.currency = currency
        self.limit = limit
        self.use: LimitUse | None = None


class _Seen(NamedTuple):
    """What limits were worked out from, as counts that only grow."""

    told: int
    traders: int
    accounts: int
    margins: int
    liquidations: int


class _Held:
    """All limits of all who have any, and who lacks what should be there (True) or doesn't.

    told: what events set, by whom they named. nobodys: whom limits name of whom nothing is known.
    valued: whether the use of any of them follows from what positions are worth. on_pnl: those
    that follow from P&L, by account. Worked out anew when limits are told; who comes to trade is
    taken in.
    """

    def __init__(self, told: dict[Holder, dict[_Slot, int]]) -> None:
        self.told = told
        self.nobodys: set[Holder] = set()
        self.entries: list[_Entry] = []
        self.missing: dict[Missing, bool] = {}
        self.valued = False
        self.on_pnl: dict[str, list[_Entry]] = {}

    def add(self, entry: _Entry) -> None:
        """Take in a limit."""
        self.entries.append(entry)
        self.valued = self.valued or entry.kind in VALUED_KINDS
        if entry.kind in PNL_KINDS:
            self.on_pnl.setdefault(entry.holder.account, []).append(entry)


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
        self._held = _Held({})
        self._seen = _Seen(0, 0, 0, 0, 0)
        self._places = (0, 0)
        #: Lines whose P&L has moved since uses were measured, how rates were then, and until when.
        self._moved = books.valuation.subscribe()
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
        return [
            entry.use or self._measure(entry, look)
            for entry in held.entries
            if entry.use is not None or look.applies(entry.kind, entry.holder)
        ]

    def _forget_moved(self, held: _Held, now: int) -> None:
        """Have the uses measured anew whose account's P&L has moved, or may have, by a rate."""
        fx = self._books.fx
        if fx.changes == self._rates and self._measured <= now <= self._rates_until:
            accounts: Iterable[str] = {line.account for line in self._moved}
        else:
            accounts = held.on_pnl
            self._rates_until = min((end for end in fx.ends() if end >= now), default=NEVER)
        for account in accounts:
            for entry in held.on_pnl.get(account, ()):
                entry.use = None
        self._moved.clear()
        self._rates, self._measured = fx.changes, now

    def _measure(self, entry: _Entry, look: Look) -> LimitUse:
        kind, holder, currency = entry.kind, entry.holder, entry.currency
        use = LimitUse(
            kind, holder, currency, entry.limit, self._used(kind, holder, currency, look)
        )
        if kind in PNL_KINDS:
            entry.use = use
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

    def _up_to_date(self) -> _Held:
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

    def _worked_out(self) -> _Held:
        held = _Held(self._told())
        holders = self._holders()
        matched = {whom for holder in holders for whom in self._take_in(held, holder)}
        # What names nobody that is known is shown as it was written, so that it can be seen.
        unknown = sorted(held.told.keys() - matched)
        for whom in unknown:
            self._add(held, whom, self._in_its_currency(whom, held.told[whom]))
        held.nobodys.update(unknown, holders.keys() - self._books.exposures.totals.keys())
        return held

    def _take_in(self, held: _Held, holder: Holder) -> Iterable[Holder]:
        """Add the limits that a holder has or lacks; return how those that were told name it."""
        named = [whom for whom in _wordings(holder) if whom in held.told] if held.told else ()
        of = self._of(holder, held.told, named)
        self._add(held, holder, of)
        if holder in self._books.exposures.totals:
            kinds = {kind for kind, _ in of}
            for kind in self._required.get(holder.scope or "line", ()):
                held.missing[Missing(kind, holder)] = kind not in kinds
        return named

    def _add(self, held: _Held, holder: Holder, limits: Mapping[_Slot, int]) -> None:
        for (kind, currency), limit in limits.items():
            if self._books.margin.tells(kind, holder):
                held.add(_Entry(holder, kind, currency, limit))

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

    def _told(self) -> dict[Holder, dict[_Slot, int]]:
        """Return what events set and did not remove, by whom they named."""
        told: dict[Holder, dict[_Slot, int]] = {}
        for (kind, whom, currency), limit in self._books.told_limits.told.items():
            if limit.value is not None:
                told.setdefault(whom, {})[kind, currency] = limit.value
        return told

    def _of(
        self,
        holder: Holder,
        told: Mapping[Holder, Mapping[_Slot, int]],
        named: Iterable[Holder],
    ) -> dict[_Slot, int]:
        """Return the limits of one holder, who was told of under those names: the tightest."""
        found = self._configured(holder)
        for whom in named:
            for slot, limit in self._in_its_currency(holder, told[whom]).items():
                known = LIMIT_KINDS.get(slot[0])
                tighter = max if known is not None and known.is_least else min
                found[slot] = tighter(limit, found.get(slot, limit))
        return found

    def _in_its_currency(self, holder: Holder, limits: Mapping[_Slot, int]) -> dict[_Slot, int]:
        """Return limits with the account's currency where an amount of money names none."""
        found: dict[_Slot, int] = {}
        for (kind, currency), limit in limits.items():
            known = LIMIT_KINDS.get(kind)
            if known is not None and known.unit != "money":
                found[kind, ""] = limit
            else:
                found[kind, currency or self._currency(holder.account)] = limit
        return found

    def _configured(self, holder: Holder) -> dict[_Slot, int]:
        scope = holder.scope
        if scope is None or scope == "line":
            return {}
        currency = self._currency(holder.account)
        is_ours = currency == self._books.settings.reporting_currency
        found: dict[_Slot, int] = {}
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


def _wordings(holder: Holder) -> Iterator[Holder]:
    """Yield how events may name a holder: without its account, its symbol without a venue."""
    for account in (holder.account, ""):
        yield holder._replace(account=account)
        if holder.symbol:
            yield holder._replace(account=account, venue="")


def _amounts(texts: LimitTexts) -> dict[str, int]:
    return {kind: parse_decimal(text, LIMIT_DECIMALS) for kind, text in texts.items()}
