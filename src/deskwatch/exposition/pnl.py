"""What each line of the P&L report, each strategy and each account earned."""

from collections.abc import Callable
from typing import Final

from deskwatch.core.account import PnlReport
from deskwatch.core.books import Books
from deskwatch.core.line import SUM_DECIMALS, Line, Sums
from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.exposition.families import Families
from deskwatch.exposition.family import Family

_MEANINGS: Final = {
    "realized": "Profit of what was closed, before fees and funding; a loss is negative.",
    "unrealized": "Value of what is open at its mark, less its cost; absent without a fresh mark.",
    "fees": "Fees paid; rebates are negative.",
    "funding": "Funding, dividends and interest received; paid is negative.",
    "net": "Realized + unrealized + funding - fees; absent where unrealized is.",
    "hour": "Change of net since the clock hour began.",
    "day": "Change of net since the desk's day began.",
}


def _pnl(families: Families, prefix: str, labels: tuple[str, ...], where: str) -> dict[str, Family]:
    return {
        figure: families.gauge(f"{prefix}_{figure}", f"{meaning} {where}", labels)
        for figure, meaning in _MEANINGS.items()
    }


class LinePnlCollector:
    """P&L by account × strategy × venue × symbol, each currency on its own."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        labels = ("account", "strategy", "venue", "symbol", "currency")
        self._changed = books.valuation.subscribe()
        self.families = Families(max_series)
        self._pnl = _pnl(self.families, "desk_pnl", labels, "In its own currency.")

    def collect(self) -> None:
        """Bring the books' figures, and the families, up to date."""
        now = self._clock()
        self._books.refresh(now)
        for line in self._changed:
            instrument = line.instrument
            place = (line.account, line.strategy, instrument.venue, instrument.symbol)
            is_shown = self._books.valuation.is_shown(line, now)
            for currency, sums in line.figures.sums.items():
                if is_shown:
                    self._show(line, (*place, currency), sums)
                else:
                    self._hide((*place, currency))
        self._changed.clear()

    def _hide(self, labels: tuple[str, ...]) -> None:
        for family in self._pnl.values():
            family.drop(labels)

    def _show(self, line: Line, labels: tuple[str, ...], sums: Sums) -> None:
        instrument, currency = line.instrument, labels[-1]
        figures = line.figures
        settles = currency == instrument.settle
        known = figures.unpriced is None or not settles
        shown: dict[str, int | None] = {
            "fees": sums.fees,
            "funding": sums.funding,
            "net": sums.net if known else None,
            "hour": sums.hour if figures.hour_unpriced is None or not settles else None,
            "day": sums.day if figures.day_unpriced is None or not settles else None,
        }
        if settles:
            shown["realized"] = sums.realized
            shown["unrealized"] = sums.unrealized if known else None
        for figure, amount in shown.items():
            family = self._pnl[figure]
            value = None if amount is None else to_float(amount, SUM_DECIMALS)
            family.set(labels, value)


class TotalPnlCollector:
    """P&L of strategies and accounts in the reporting currency, equity and drawdown."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        strategy, account = ("account", "strategy", "currency"), ("account", "currency")
        where = "In the account's reporting currency."
        families = self.families = Families(max_series)
        self._strategy = _pnl(families, "desk_strategy_pnl", strategy, where)
        self._account = _pnl(families, "desk_account_pnl", account, where)
        self._strategy_drawdown = families.gauge(
            "desk_strategy_drawdown",
            "How far the strategy's net P&L is below its peak; zero or above.",
            strategy,
        )
        self._equity = families.gauge("desk_equity", "Capital paid in, plus net P&L.", account)
        self._drawdown = families.gauge(
            "desk_drawdown",
            "How far the account's net P&L is below its peak; zero or above.",
            account,
        )
        self._drawdown_ratio = families.gauge(
            "desk_drawdown_ratio",
            "Drawdown over the equity at the peak; absent without capital.",
            account,
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now = self._clock()
        self._books.refresh(now)
        valuation = self._books.valuation
        for account in valuation.accounts.values():
            reports = valuation.reports(account, now)
            for strategy, report in reports.items():
                labels = (account.name, strategy, account.currency)
                _show_report(self._strategy, labels, report)
                _set(self._strategy_drawdown, labels, report.drawdown)
            whole = account.as_a_whole(reports.values(), valuation.fx, now)
            total = (account.name, account.currency)
            _show_report(self._account, total, whole.report)
            _set(self._equity, total, whole.equity)
            _set(self._drawdown, total, whole.report.drawdown)
            self._drawdown_ratio.set(total, whole.drawdown_ratio)


def _show_report(families: dict[str, Family], labels: tuple[str, ...], report: PnlReport) -> None:
    for figure, family in families.items():
        _set(family, labels, getattr(report, figure))


def _set(family: Family, labels: tuple[str, ...], amount: int | None) -> None:
    value = None if amount is None else to_float(amount, REPORTING_DECIMALS)
    family.set(labels, value)
