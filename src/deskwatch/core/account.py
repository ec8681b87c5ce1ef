"""Accounts and their strategies: what their lines' sums make in the reporting currency."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from deskwatch.core.fx import FxTable
from deskwatch.core.instrument import Price
from deskwatch.core.line import SUM_DECIMALS, Line, Reasons, Sums
from deskwatch.core.money import (
    MONEY_DECIMALS,
    POW10,
    REPORTING_DECIMALS,
    divide_half_even,
)

_SUM_SCALE = POW10[SUM_DECIMALS - REPORTING_DECIMALS]
_MONEY_SCALE = POW10[MONEY_DECIMALS - REPORTING_DECIMALS]


class PnlReport(NamedTuple):
    """P&L in a reporting currency at REPORTING_DECIMALS; None can't be known: see `unpriced`.

    unpriced: one of UNPRICED_REASONS, of an account also where only its capital can't be known; or
    "no_opening_mark", where only the hour or the day can't be known, because what was held had no
    fresh price when it began.
    drawdown is how far net is below its peak: zero or above. Fees: paid is above zero.
    """

    realized: int | None
    unrealized: int | None
    fees: int | None
    funding: int | None
    net: int | None
    hour: int | None
    day: int | None
    drawdown: int | None
    unpriced: str | None


#: Why a figure can't be known: no mark at all, a mark too old, no exchange rate, a rate too old.
UNPRICED_REASONS: Final = ("no_mark", "mark_stale", "no_fx", "fx_stale")


class MissingRate(NamedTuple):
    """What one of `base` is in `quote`, where a figure needs it and it can't be known.

    strategy: empty where it is the capital paid in that needs it. reason: "no_fx" or "fx_stale".
    """

    account: str
    strategy: str
    base: str
    quote: str
    reason: str


class AccountReport(NamedTuple):
    """An account's P&L and what it has, in its reporting currency at REPORTING_DECIMALS.

    equity: capital paid in plus net. drawdown_ratio: drawdown over the equity at the peak; None
    where either can't be known, or that equity is not above zero.
    """

    report: PnlReport
    equity: int | None
    drawdown_ratio: float | None


_NOTHING: Final = PnlReport(0, 0, 0, 0, 0, 0, 0, None, None)


class Group:
    """The lines of one account × strategy, and their sums by currency."""

    def __init__(self, account: str, strategy: str, currency: str) -> None:
        self.account = account
        self.strategy = strategy
        self.currency = currency
        self.sums: dict[str, Sums] = {}
        # How many lines can't say their value (0), their hour (1), their day (2), by reason.
        self.unpriced: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
        self.peak = 0

    def value(self, line: Line, mark: Price | None, unpriced: str | None) -> None:
        """Value one of the lines (see Line.value), and count what it is now instead of before."""
        figures = line.figures
        was = figures.reasons
        for currency, sums in figures.sums.items():
            self.sums[currency].subtract(sums)
        line.value(mark, unpriced)
        for currency, sums in figures.sums.items():
            mine = self.sums.get(currency)
            if mine is None:
                mine = self.sums[currency] = Sums()
            mine.add(sums)
        if figures.reasons != was:
            self._count(was, -1)
            self._count(figures.reasons, 1)

    def _count(self, reasons: Reasons, sign: int) -> None:
        for counts, reason in zip(self.unpriced, reasons, strict=True):
            if reason is not None:
                counts[reason] = counts.get(reason, 0) + sign
                if not counts[reason]:
                    del counts[reason]

    def report(self, fx: FxTable, now: int) -> PnlReport:
        """Return the sums in the reporting currency.

        Each currency's figure is translated at today's rate and rounded half-even, once; every
        sum that is shown is a sum of those.
        """
        total = Sums()
        net = 0
        for currency, sums in self.sums.items():
            conversion = fx.conversion(currency, self.currency, now)
            if isinstance(conversion, str):
                if sums.is_zero():
                    continue
                return PnlReport(None, None, None, None, None, None, None, None, conversion)
            numerator, denominator = conversion[0], conversion[1] * _SUM_SCALE
            translated = _translated(sums, numerator, denominator)
            total.add(translated)
            net += translated.net
        unpriced, hour_unpriced, day_unpriced = (min(c, default=None) for c in self.unpriced)
        known = unpriced is None
        return PnlReport(
            realized=total.realized,
            unrealized=total.unrealized if known else None,
            fees=total.fees,
            funding=total.funding,
            net=net if known else None,
            hour=total.hour if hour_unpriced is None else None,
            day=total.day if day_unpriced is None else None,
            drawdown=max(self.peak - net, 0) if known else None,
            unpriced=unpriced or hour_unpriced or day_unpriced,
        )


def rates_lacking(
    sums: Mapping[str, Sums], target: str, fx: FxTable, now: int
) -> Iterator[tuple[str, str]]:
    """Yield the currencies of sums that can't be turned into `target`, and why."""
    for currency, each in sums.items():
        if not each.is_zero():
            conversion = fx.conversion(currency, target, now)
            if isinstance(conversion, str):
                yield currency, conversion


def _translated(sums: Sums, numerator: int, denominator: int) -> Sums:
    result = Sums()
    result.realized = divide_half_even(sums.realized * numerator, denominator)
    result.unrealized = divide_half_even(sums.unrealized * numerator, denominator)
    result.fees = divide_half_even(sums.fees * numerator, denominator)
    result.funding = divide_half_even(sums.funding * numerator, denominator)
    result.hour = divide_half_even(sums.hour * numerator, denominator)
    result.day = divide_half_even(sums.day * numerator, denominator)
    return result


def _plus(total: int | None, part: int | None) -> int | None:
    """Return the sum; what can't be known makes the sum unknown."""
    return None if total is None or part is None else total + part


class Account:
    """An account: its strategies, the capital paid in by currency, and the peak of its net P&L."""

    def __init__(self, name: str, currency: str) -> None:
        self.name = name
        self.currency = currency
        self.groups: dict[str, Group] = {}
        self.cash: dict[str, int] = {}
        self.peak = 0

    def report(self, reports: Iterable[PnlReport]) -> PnlReport:
        """Return the sum of the strategies' reports."""
        total = _NOTHING
        for each in reports:
            total = PnlReport(
                realized=_plus(total.realized, each.realized),
                unrealized=_plus(total.unrealized, each.unrealized),
                fees=_plus(total.fees, each.fees),
                funding=_plus(total.funding, each.funding),
                net=_plus(total.net, each.net),
                hour=_plus(total.hour, each.hour),
                day=_plus(total.day, each.day),
                drawdown=None,
                unpriced=total.unpriced or each.unpriced,
            )
        if total.net is None:
            return total
        return total._replace(drawdown=max(self.peak - total.net, 0))

    def as_a_whole(self, reports: Iterable[PnlReport], fx: FxTable, now: int) -> AccountReport:
        """Return the account as a whole, from its strategies' reports."""
        report = self.report(reports)
        capital = self.capital(fx, now)
        if isinstance(capital, str):
            return AccountReport(report._replace(unpriced=report.unpriced or capital), None, None)
        if report.net is None or report.drawdown is None:
            return AccountReport(report, None, None)
        equity = capital + report.net
        peak = equity + report.drawdown
        ratio = report.drawdown / peak if self.cash and peak > 0 else None
        return AccountReport(report, equity, ratio)

    def unpriced(self, reason: str, fx: FxTable, now: int) -> int:
        """Return how many lines have no mark, or sums and capital no rate, for this reason."""
        if reason in ("no_mark", "mark_stale"):
            return sum(group.unpriced[0].get(reason, 0) for group in self.groups.values())
        return sum(missing.reason == reason for missing in self.missing_rates(fx, now))

    def missing_rates(self, fx: FxTable, now: int) -> Iterator[MissingRate]:
        """Yield the rates for want of which P&L, or else the equity, can't be known."""
        for strategy, group in self.groups.items():
            for currency, why in rates_lacking(group.sums, self.currency, fx, now):
                yield MissingRate(self.name, strategy, currency, self.currency, why)
        for currency, amount in self.cash.items():
            conversion = fx.conversion(currency, self.currency, now)
            if amount and isinstance(conversion, str):
                yield MissingRate(self.name, "", currency, self.currency, conversion)

    def capital(self, fx: FxTable, now: int) -> int | str:
        """Return the cash paid in, in the reporting currency; or why it can't be known."""
        total = 0
        for currency, amount in self.cash.items():
            conversion = fx.conversion(currency, self.currency, now)
            if isinstance(conversion, str):
                if amount:
                    return conversion
                continue
            total += divide_half_even(
                amount * conversion.numerator, conversion.denominator * _MONEY_SCALE
            )
        return total
