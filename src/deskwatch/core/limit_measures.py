"""How much is used of each kind of limit, by the money's books."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from deskwatch.core.account import PnlReport
from deskwatch.core.exposure import Exposure, Exposures
from deskwatch.core.holder import Holder
from deskwatch.core.instrument import Instrument
from deskwatch.core.limit import LIMIT_DECIMALS
from deskwatch.core.money import POW10, REPORTING_DECIMALS, divide_half_even
from deskwatch.core.order_flow import Rates

if TYPE_CHECKING:  # books have limits
    from deskwatch.core.books import Books

#: Money of the reports counts REPORTING_DECIMALS.
_MONEY: Final = POW10[LIMIT_DECIMALS - REPORTING_DECIMALS]
_ONE: Final = POW10[LIMIT_DECIMALS]

_NOTHING: Final = PnlReport(0, 0, 0, 0, 0, 0, 0, 0, None)


@runtime_checkable
class ValueAtRisk(Protocol):
    """The book that tells value at risk, which needs more than the core imports."""

    def var(self, account: str, strategy: str = "", *, now: int) -> int | None:
        """Return it at REPORTING_DECIMALS, in the account's currency; None can't be known."""
        ...


class _Pnl(NamedTuple):
    """An account's report, its equity, and the reports of its strategies."""

    report: PnlReport
    equity: int | None
    strategies: dict[str, PnlReport]


class Look:
    """The books' figures as of one moment, each worked out when it is first asked for.

    The books must have been brought up to date before; exposures are when they are asked for.
    """

    def __init__(self, books: "Books", now: int) -> None:
        self.books = books
        self.now = now
        self._pnl: dict[str, _Pnl | None] = {}
        self._rates: dict[tuple[str, str], Rates] | None = None
        self._exposures: Exposures | None = None

    def pnl(self, account: str) -> _Pnl | None:
        """Return an account's P&L; None for one that the books don't know."""
        if account not in self._pnl:
            known = self.books.valuation.accounts.get(account)
            self._pnl[account] = None
            if known is not None:
                reports = self.books.valuation.reports(known, self.now)
                whole = known.as_a_whole(reports.values(), self.books.fx, self.now)
                self._pnl[account] = _Pnl(whole.report, whole.equity, reports)
        return self._pnl[account]

    def report(self, holder: Holder) -> PnlReport | None:
        """Return the P&L of an account or a strategy; where there were only orders, none so far."""
        if self.is_untraded(holder):
            return _NOTHING
        pnl = self.pnl(holder.account)
        if pnl is None:
            return None
        return pnl.strategies.get(holder.strategy) if holder.strategy else pnl.report

    @property
    def exposures(self) -> Exposures:
        """The exposures, brought up to date."""
        if self._exposures is None:
            self._exposures = self.books.exposures
            self._exposures.refresh(self.now)
        return self._exposures

    def exposure(self, holder: Holder) -> Exposure | None:
        """Return the exposure; nothing is held where nothing was ever traded."""
        total = self.exposures.of(holder)
        if total is not None:
            return total.exposure
        return Exposure(0, 0, 0) if self._is_known(holder) else None

    def is_untraded(self, holder: Holder) -> bool:
        """Whether an account or a strategy sends orders, and nothing was ever booked on it."""
        return holder in self.books.exposures.totals and not self._is_booked(holder)

    def _is_booked(self, trader: Holder) -> bool:
        """Whether anything was ever booked on an account or a strategy."""
        account = self.books.valuation.accounts.get(trader.account)
        return account is not None and trader.strategy in ("", *account.groups)

    def _is_known(self, holder: Holder) -> bool:
        """Whether the books know all that a holder names, so that nothing there is nothing.

        What is of no account is a venue or an instrument that no account has.
        """
        if not holder.account and not holder.strategy and holder.venue:
            if not holder.symbol:
                return any(one.venue == holder.venue for one in self.books.instruments)
            return self.instrument(holder) is not None
        trader = Holder(holder.account, holder.strategy)
        if trader not in self.books.exposures.totals and not self._is_booked(trader):
            return False
        return not holder.symbol or self.instrument(holder) is not None

    def instrument(self, holder: Holder) -> Instrument | None:
        """Return the instrument that a holder names; None where none was described."""
        return self.books.instruments.known(holder.venue, holder.symbol)

    def held(self, holder: Holder) -> int | None:
        """Return the signed quantity that an account, or a strategy, holds of an instrument."""
        instrument = self.instrument(holder)
        if instrument is None or not self._is_known(holder):
            return None
        lines = self.books.instruments.lines_at(instrument, holder.account, holder.strategy)
        quantity = sum(line.position.quantity for line in lines)
        return quantity * POW10[LIMIT_DECIMALS - instrument.quantity_decimals]

    def rates(self, holder: Holder) -> Rates | None:
        """Return what an account or a strategy sends a second; nothing where it never did."""
        if self._rates is None:
            self._rates = self.books.orders.rates(self.now)
        found = self._rates.get(holder[:2])
        return Rates(0, 0) if found is None and self._is_known(holder) else found

    def distance(self, holder: Holder) -> int | None:
        """Return how far what an account holds of an instrument is from liquidation."""
        instrument = self.instrument(holder)
        if instrument is None:
            return None
        mark, _ = self.books.valuation.mark_at(instrument, self.now)
        key = (holder.account, holder.venue, holder.symbol)
        return self.books.margin.distance(key, mark, self.now)

    def is_untold(self, kind: str, named: Holder) -> bool:
        """Whether no venue tells of a ratio of margin that a limit is on, though it should.

        Where nobody trades that the limit names (what is empty is each), there is none to tell of.
        """
        if self.books.margin.tells_ratio(kind, named):
            return False
        accounts = (named.account,) if named.account else self.books.valuation.accounts
        totals = self.books.exposures.totals
        trades = any(named._replace(account=account) in totals for account in accounts)
        return trades or not self._is_known(named)

    def applies(self, kind: str, holder: Holder) -> bool:
        """Whether there is anything to limit: margin is only where a venue reports it."""
        margin = self.books.margin
        match kind:
            case "margin_used" | "maintenance_margin":
                said = (each for _, each in margin.says(holder.account, holder.venue))
                return any(getattr(each, kind) is not None for each in said)
            case "liquidation_distance":
                return margin.at_risk((holder.account, holder.venue, holder.symbol))
        return True


#: Says what a holder uses, at LIMIT_DECIMALS, money in the account's reporting currency; None when
#: that can't be known.
Measure = Callable[[Look, Holder], int | None]


def _daily_loss(look: Look, holder: Holder) -> int | None:
    report = look.report(holder)
    return None if report is None or report.day is None else max(-report.day, 0) * _MONEY


def _hourly_loss(look: Look, holder: Holder) -> int | None:
    report = look.report(holder)
    return None if report is None or report.hour is None else max(-report.hour, 0) * _MONEY


def _drawdown(look: Look, holder: Holder) -> int | None:
    report = look.report(holder)
    return None if report is None or report.drawdown is None else report.drawdown * _MONEY


def _gross(look: Look, holder: Holder) -> int | None:
    exposure = look.exposure(holder)
    return None if exposure is None else exposure.gross * _MONEY


def _net(look: Look, holder: Holder) -> int | None:
    exposure = look.exposure(holder)
    return None if exposure is None else abs(exposure.net) * _MONEY


def leverage(look: Look, holder: Holder) -> int | None:
    """Return gross over equity; None without equity, which nothing is a multiple of."""
    exposure = look.exposure(holder)
    if exposure is None or not exposure.gross:
        return None if exposure is None else 0
    pnl = look.pnl(holder.account)
    if pnl is None or pnl.equity is None or pnl.equity <= 0:
        return None
    return divide_half_even(exposure.gross * _ONE, pnl.equity)


def concentration(look: Look, holder: Holder) -> int | None:
    """Return the largest instrument's share of gross; zero while nothing is held."""
    exposure = look.exposure(holder)
    if exposure is None or not exposure.gross:
        return None if exposure is None else 0
    largest = look.exposures.largest(holder)
    return None if largest is None else divide_half_even(largest * _ONE, exposure.gross)


def _position(look: Look, holder: Holder) -> int | None:
    held = look.held(holder)
    return None if held is None else abs(held)


def _var(look: Look, holder: Holder) -> int | None:
    for book in look.books.beside.values():
        if isinstance(book, ValueAtRisk):
            if look.is_untraded(holder):
                return 0
            value = book.var(holder.account, holder.strategy, now=look.now)
            return None if value is None else value * _MONEY
    return None


def _order_rate(look: Look, holder: Holder) -> int | None:
    rates = look.rates(holder)
    return None if rates is None else rates.orders * _ONE


def _message_rate(look: Look, holder: Holder) -> int | None:
    rates = look.rates(holder)
    return None if rates is None else rates.messages * _ONE


def _order_to_trade(look: Look, holder: Holder) -> int | None:
    """Return the day's messages over its orders that traded, less one; one where none did."""
    if look.rates(holder) is None:
        return None
    flows = look.books.orders.flows
    messages = trades = 0
    for number, flow in enumerate(flows.flows):
        if flow.account == holder.account and holder.strategy in ("", flow.strategy):
            messages += flows.messages[number]
            trades += flows.trades[number]
    return max(divide_half_even(messages * _ONE, max(trades, 1)) - _ONE, 0)


def _margin_used(look: Look, holder: Holder) -> int | None:
    margin = look.books.margin
    said = margin.says(holder.account, holder.venue)
    return _worst(
        margin.ratios(key, look.now).used for key, one in said if one.margin_used is not None
    )


def _maintenance_margin(look: Look, holder: Holder) -> int | None:
    margin = look.books.margin
    said = margin.says(holder.account, holder.venue)
    return _worst(
        margin.ratios(key, look.now).maintenance
        for key, one in said
        if one.maintenance_margin is not None
    )


def _worst(ratios: Iterable[int | None]) -> int | None:
    """Return the largest; one that is not known may be the largest, so then none is."""
    worst: int | None = None
    for ratio in ratios:
        if ratio is None:
            return None
        worst = ratio if worst is None else max(worst, ratio)
    return worst


#: By the kind of limit.
MEASURES: Final[dict[str, Measure]] = {
    "daily_loss": _daily_loss,
    "hourly_loss": _hourly_loss,
    "drawdown": _drawdown,
    "gross": _gross,
    "net": _net,
    "leverage": leverage,
    "concentration": concentration,
    "var": _var,
    "order_rate": _order_rate,
    "message_rate": _message_rate,
    "order_to_trade": _order_to_trade,
    "position": _position,
    "notional": _net,
    "margin_used": _margin_used,
    "maintenance_margin": _maintenance_margin,
    "liquidation_distance": Look.distance,
}
