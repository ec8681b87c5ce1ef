"""What venues say of margin, and of the prices at which they would close a position.

Kept as reported: a report that failed makes what it would have said unknown, and one that is too
old says nothing any more. A venue that never reports margin has none here.
Source: docs/risk.md, "Margin and liquidation".
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from deskwatch.core import observation
from deskwatch.core.book import Checks, Followers
from deskwatch.core.event import Decimal
from deskwatch.core.holder import Holder
from deskwatch.core.instrument import Price
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.money import MAX_DECIMALS, POW10, divide_half_even, parse_decimal
from deskwatch.core.period import counted_from, is_newer
from deskwatch.core.rejection import EventRejected

#: Ratios are rounded half-even to LIMIT_DECIMALS, for limits are set on them.
_ONE: Final = POW10[LIMIT_DECIMALS]


class Margin(Struct, array_like=True):
    """What a venue last said of an account's margin in a currency, at MAX_DECIMALS.

    failed: the last query did, at `time` (ns); the amounts are older then. None: not said. since:
    what its age is counted from (ns); 0 in a snapshot of an engine that did not keep it.
    """

    time: int
    failed: bool
    equity: int | None
    margin_used: int | None
    maintenance_margin: int | None
    since: int = 0


class Liquidation(Struct, array_like=True):
    """The price, at MAX_DECIMALS, at which a venue would close what it holds for an account.

    quantity: signed, as the venue holds it. price: None where it has none. failed, since: as for
    Margin.
    """

    time: int
    failed: bool
    quantity: int
    price: int | None
    since: int = 0


_Report = TypeVar("_Report", Margin, Liquidation)


class MarginRatios(NamedTuple):
    """Shares of the account's equity at the venue, at LIMIT_DECIMALS; None can't be known.

    At a maintenance of 1 the venue closes positions.
    """

    used: int | None
    maintenance: int | None


class MarginState(Struct):
    """The whole of it, as a snapshot keeps it."""

    margins: list[tuple[tuple[str, str, str], Margin]]
    liquidations: list[tuple[tuple[str, str, str], Liquidation]]


class MarginBook:
    """Follows balance and position reports. Refuses what is over `bound` of either.

    margins: by account, venue and currency. liquidations: by account, venue and symbol.
    """

    name = "margin"

    def __init__(self, max_age: int, bound: int, received: Callable[[], int]) -> None:
        """max_age: how old (ns) a report may be and still say something.

        received: when the event that is booked now was received (ns).
        """
        self._max_age = max_age
        self._bound = bound
        self._received = received
        self.margins: dict[tuple[str, str, str], Margin] = {}
        self.liquidations: dict[tuple[str, str, str], Liquidation] = {}
        self.checks: Checks = {
            observation.BalanceReport: self._check_balance,
            observation.PositionReport: self._check_position,
        }
        self.followers: Followers = {
            observation.BalanceReport: self._balance,
            observation.PositionReport: self._position,
        }

    def ratios(self, key: tuple[str, str, str], now: int) -> MarginRatios:
        """Return how much of the equity is taken, by account, venue and currency."""
        margin = self.margins[key]
        if margin.failed or now - margin.since > self._max_age:
            return MarginRatios(None, None)
        return MarginRatios(
            _ratio(margin.margin_used, margin.equity),
            _ratio(margin.maintenance_margin, margin.equity),
        )

    def distance(self, key: tuple[str, str, str], mark: Price | None, now: int) -> int | None:
        """Return how far the mark is from liquidation, as a share of the mark.

        At LIMIT_DECIMALS; zero or below once it is passed. None where it can't be known.
        """
        report = self.liquidations[key]
        if report.failed or now - report.since > self._max_age or mark is None:
            return None
        if report.price is None or not report.quantity or mark.amount <= 0:
            return None
        marked = mark.amount * POW10[MAX_DECIMALS - mark.decimals]
        room = marked - report.price if report.quantity > 0 else report.price - marked
        return divide_half_even(room * _ONE, marked)

    def tells(self, kind: str, holder: Holder) -> bool:
        """Whether a report ever told what a limit of a kind is about; most kinds need none."""
        account, _, venue, symbol = holder
        match kind:
            case "margin_used" | "maintenance_margin":
                return any(True for _ in self.says(account, venue))
            case "liquidation_distance":
                return (account, venue, symbol) in self.liquidations
        return True

    def tells_ratio(self, kind: str, named: Holder) -> bool:
        """Whether a venue last told of a ratio of anybody whom a limit names: empty is each."""
        return any(
            named in (Holder(account, "", venue), Holder("", "", venue))
            and getattr(margin, kind) is not None
            for (account, venue, _), margin in self.margins.items()
        )

    def at_risk(self, key: tuple[str, str, str]) -> bool:
        """Whether the venue holds, or held when it last said so, what it might close by itself."""
        report = self.liquidations.get(key)
        return report is not None and bool(report.quantity) and report.price is not None

    def says(self, account: str, venue: str) -> Iterator[tuple[tuple[str, str, str], Margin]]:
        """Yield what a venue said of an account's margin, with the keys it is kept by."""
        for key, margin in self.margins.items():
            if key[:2] == (account, venue):
                yield key, margin

    def _check_balance(self, report: observation.BalanceReport) -> None:
        key = (report.account, report.venue, report.currency)
        if _says_margin(report) and key not in self.margins:
            self._check_room(len(self.margins))

    def _check_position(self, report: observation.PositionReport) -> None:
        key = (report.account, report.venue, report.symbol)
        if _liquidation_price(report) is not None and key not in self.liquidations:
            self._check_room(len(self.liquidations))

    def _check_room(self, count: int) -> None:
        if count >= self._bound:
            raise EventRejected("too_many_positions", count, f"at most {self._bound}")

    def _balance(self, report: observation.BalanceReport) -> None:
        key = (report.account, report.venue, report.currency)
        known, time, came = self.margins.get(key), report.event_time, self._received()
        if known is not None and not is_newer(time, came, known.time, known.since):
            return
        since = counted_from(time, came)
        if report.total is None:
            if known is not None:
                self.margins[key] = replace(known, time=time, failed=True, since=since)
        elif _says_margin(report):
            self.margins[key] = Margin(
                time,
                failed=False,
                equity=_amount(report.equity),
                margin_used=_amount(report.margin_used),
                maintenance_margin=_amount(report.maintenance_margin),
                since=since,
            )

    def _position(self, report: observation.PositionReport) -> None:
        key = (report.account, report.venue, report.symbol)
        known, time, came = self.liquidations.get(key), report.event_time, self._received()
        if known is not None and not is_newer(time, came, known.time, known.since):
            return
        since = counted_from(time, came)
        quantity = _amount(report.quantity)
        if quantity is None:
            if known is not None:
                self.liquidations[key] = replace(known, time=time, failed=True, since=since)
            return
        price = _liquidation_price(report)
        if known is not None or price is not None:
            self.liquidations[key] = Liquidation(time, False, quantity, price, since)

    def begin(self, now: int) -> None:
        """Do nothing: reports age by the time that they are asked for."""

    def dump(self) -> bytes:
        """Return all reports."""
        return msgspec.json.encode(
            MarginState(list(self.margins.items()), list(self.liquidations.items()))
        )

    def load(self, state: bytes) -> None:
        """Take up dumped reports. Raises msgspec.MsgspecError."""
        loaded = msgspec.json.decode(state, type=MarginState)
        self.margins = {key: _counted(margin) for key, margin in loaded.margins}
        self.liquidations = {key: _counted(report) for key, report in loaded.liquidations}


def _counted(report: _Report) -> _Report:
    """Return a report whose age is counted from its own time where nothing else was kept."""
    return report if report.since else replace(report, since=report.time)


def _says_margin(report: observation.BalanceReport) -> bool:
    return report.margin_used is not None or report.maintenance_margin is not None


def _liquidation_price(report: observation.PositionReport) -> int | None:
    """Return where the venue would close a position; 0 is a venue's word for nowhere.

    Source: CCXT, which leaves a zero out of what Binance and Bybit say (`omit_zero`).
    """
    return _amount(report.liquidation_price) or None


def _amount(text: Decimal | None) -> int | None:
    return None if text is None else parse_decimal(text, MAX_DECIMALS)


def _ratio(amount: int | None, equity: int | None) -> int | None:
    """Return a share of the equity; with none of that left, nothing is a share of it."""
    if amount is None or equity is None or equity <= 0:
        return None
    return divide_half_even(amount * _ONE, equity)
