"""The limits that hold, and the uses that are kept while nothing that they follow from moves."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from deskwatch.core.exposure import Total
from deskwatch.core.holder import Holder
from deskwatch.core.limit import EXPOSURE_KINDS, PNL_KINDS, VALUED_KINDS, LimitUse
from deskwatch.core.line import Line

#: A limit's kind and the currency of its amount, empty where it is none of money.
Slot = tuple[str, str]

#: Follows from what is held alone.
_POSITION: Final = "position"


class Missing(NamedTuple):
    """A limit that a holder should have."""

    kind: str
    holder: Holder


class HeldLimit:
    """A limit that holds. use: where nothing that it follows from has moved since, else None.

    own: whether its amount is in the account's own currency, or no money.
    """

    __slots__ = ("currency", "holder", "kind", "limit", "own", "use")

    def __init__(self, holder: Holder, slot: Slot, limit: int, *, own: bool) -> None:
        self.holder = holder
        self.kind, self.currency = slot
        self.limit = limit
        self.own = own
        self.use: LimitUse | None = None

    def keep(self, use: LimitUse) -> None:
        """Keep a use if somebody tells once it is another; what isn't known may be without that."""
        follows = self.kind == _POSITION or (self.own and self.kind in EXPOSURE_KINDS)
        if self.kind in PNL_KINDS or (follows and use.used is not None):
            self.use = use


class HeldLimits:
    """All limits of all who have any, and who lacks what should be there (True) or doesn't.

    told: what events set, by whom they named. nobodys: whom limits name of whom nothing is known.
    on_margin: limits on margin that somebody wrote, by kind and whom that names, as uses that are
    not known: what they are while no venue tells of it.
    valued: whether the use of any of them follows from what positions are worth. Worked out anew
    when limits are told; who comes to trade is taken in.
    """

    def __init__(self, told: dict[Holder, dict[Slot, int]]) -> None:
        self.told = told
        self.nobodys: set[Holder] = set()
        self.limits: list[HeldLimit] = []
        self.on_margin: dict[tuple[str, Holder], LimitUse] = {}
        self.missing: dict[Missing, bool] = {}
        self.valued = False
        self._on_pnl: dict[str, list[HeldLimit]] = {}
        self._on_positions: dict[tuple[str, str, str], list[HeldLimit]] = {}
        self._on_exposure: dict[Holder, list[HeldLimit]] = {}

    @property
    def exposed(self) -> bool:
        """Whether the use of any follows from one exposure."""
        return bool(self._on_exposure)

    def add(self, limit: HeldLimit) -> None:
        """Take in a limit."""
        self.limits.append(limit)
        self.valued = self.valued or limit.kind in VALUED_KINDS
        holder = limit.holder
        if limit.kind in PNL_KINDS:
            self._on_pnl.setdefault(holder.account, []).append(limit)
        elif limit.kind in EXPOSURE_KINDS:
            self._on_exposure.setdefault(holder, []).append(limit)
        elif limit.kind == _POSITION:
            place = (holder.account, holder.venue, holder.symbol)
            self._on_positions.setdefault(place, []).append(limit)

    def forget_pnl(self, accounts: Iterable[str] | None) -> None:
        """Have the uses measured anew that follow from the P&L of these accounts; None is all."""
        for account in self._on_pnl if accounts is None else accounts:
            _forget(self._on_pnl.get(account, ()))

    def forget_positions(self, lines: Iterable[Line]) -> None:
        """Have the uses measured anew that follow from what these lines hold."""
        if self._on_positions:
            for line in lines:
                instrument = line.instrument
                place = (line.account, instrument.venue, instrument.symbol)
                _forget(self._on_positions.get(place, ()))

    def forget_exposures(self, totals: Iterable[Total]) -> None:
        """Have the uses measured anew that follow from these exposures."""
        for total in totals:
            _forget(self._on_exposure.get(total.holder, ()))


def _forget(limits: Iterable[HeldLimit]) -> None:
    for limit in limits:
        limit.use = None
