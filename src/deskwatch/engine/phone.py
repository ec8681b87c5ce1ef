"""The desk in a chat: short tables, and a curve of the day."""

from collections import deque
from decimal import Decimal
from typing import Final

from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.core.notification import severity_rank
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.engine import Engine
from deskwatch.engine.views import pnl as view
from deskwatch.engine.views import risk
from deskwatch.notify.desk import Curve, Sheet
from deskwatch.web.answers.figures import AccountPnl, StrategyPnl
from deskwatch.web.answers.risk import ExposureRow, LimitRow, MissingRow
from deskwatch.web.desks.figures import FiguresUnavailable

#: How often the day's P&L is put down, and how often in a day that may be.
_SAMPLE_NS: Final = 10 * SECOND
_MOST_SAMPLES: Final = 24 * 360

#: A phone shows the worst and the best; the page has the rest.
_MOST_ROWS: Final = 20

_MOST_MISSING: Final = 5

_DECIMALS: Final = 2


class TodayCurve:
    """The desk's P&L of today as it went, in the reporting currency, since this engine's start.

    Accounts that report in another currency are not in it, and the title says so.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._day = 0
        self._is_part = False
        self._looked_at: int | None = None
        self._points: deque[tuple[int, float]] = deque(maxlen=_MOST_SAMPLES)

    def sample(self, now: int) -> None:
        """Put down the day's P&L, where it is time to and all of it is known."""
        engine = self._engine
        seen = self._looked_at
        if not engine.ready or (seen is not None and 0 <= now - seen < _SAMPLE_NS):
            return
        self._looked_at = now
        books = engine.books
        books.refresh(now)
        if books.closing.day_start != self._day:
            self._day = books.closing.day_start
            self._points.clear()
        total, currency = 0, books.settings.reporting_currency
        self._is_part = False
        for account in books.valuation.accounts.values():
            if account.currency != currency:
                self._is_part = True
                continue
            report = account.report(books.valuation.reports(account, now).values())
            if report.day is None:
                return
            total += report.day
        self._points.append((now, to_float(total, REPORTING_DECIMALS)))

    def curve(self) -> Curve | None:
        """Return the curve; None before there are two points."""
        if len(self._points) < 2:  # noqa: PLR2004 - one point is no curve
            return None
        currency = self._engine.books.settings.reporting_currency
        title = f"P&L today, accounts in {currency}" if self._is_part else "P&L today"
        return Curve(title=title, currency=currency, points=list(self._points))


class PhoneDesk:
    """Answers the commands of a chat; see notify.desk.Desk."""

    def __init__(self, engine: Engine, desk: EngineDesk) -> None:
        self.today = TodayCurve(engine)
        self._desk = desk

    async def status(self) -> Sheet:
        """Return how the monitor and what it watches are."""
        status = self._desk.status()
        ready, why = self._desk.ready()
        missing = sum(source.missing for source in status.sources)
        rows = [
            ["fires", _firing(status.firing or {})],
            ["up", _duration(status.uptime_s)],
            ["events", f"{status.events.total:,} ({status.events.per_second:.0f}/s)"],
            ["refused", f"{status.refused.total:,}"],
            ["missing in sequences", f"{missing:,}"],
            ["without a price", f"{status.unpriced_positions:,}"],
            ["journal", status.journal.state],
        ]
        title = f"deskwatch {status.version}: {'ready' if ready else 'NOT READY'}"
        return Sheet(title=title, rows=rows, notes=[why] if why else [])

    async def pnl(self) -> Sheet:
        """Return P&L by account and strategy."""
        try:
            pnl = self._desk.show(view.pnl)
        except FiguresUnavailable as unavailable:
            return Sheet(title="P&L", notes=[str(unavailable)])
        rows = [_pnl_row(account.account, account) for account in pnl.accounts]
        rows += [_pnl_row(f"· {one.account}/{one.strategy}", one) for one in pnl.strategies]
        notes = _left_out(rows)
        return Sheet(
            title="P&L",
            columns=["", "today", "hour", "in all", ""],
            rows=rows[:_MOST_ROWS],
            notes=notes,
        )

    async def positions(self) -> Sheet:
        """Return open positions."""
        try:
            answer = self._desk.show(view.positions)
        except FiguresUnavailable as unavailable:
            return Sheet(title="Positions", notes=[str(unavailable)])
        rows = [
            [
                f"{row.venue} {row.symbol}",
                f"{row.account}/{row.strategy}",
                row.quantity,
                _amount(row.net, row.unpriced),
                row.currency,
            ]
            for row in answer.positions
            if row.quantity != "0"
        ]
        return Sheet(
            title=f"{len(rows)} open positions",
            columns=["", "", "held", "P&L", ""],
            rows=rows[:_MOST_ROWS],
            notes=_left_out(rows),
        )

    async def risk(self) -> Sheet:
        """Return limits, the worst first, what is missing, and exposure, equity and drawdown."""
        try:
            pnl = self._desk.show(view.pnl)
            exposure = self._desk.show(risk.exposure)
            limits = self._desk.show(risk.limits)
        except FiguresUnavailable as unavailable:
            return Sheet(title="Risk", notes=[str(unavailable)])
        rows = [_limit_row(one) for one in limits.limits]
        leverage = {one.account: one.leverage for one in exposure.leverage}
        rows += [_exposure_row(one, leverage.get(one.account)) for one in exposure.accounts]
        rows += [row for account in pnl.accounts for row in _capital_rows(account)]
        missing = [f"{_whose(one)} has no {_words(one.limit)} limit." for one in limits.missing]
        if len(missing) > _MOST_MISSING:
            more = len(missing) - _MOST_MISSING
            missing[_MOST_MISSING:] = [f"Missing beside these: {counted(more, 'limit')}."]
        return Sheet(
            title="Risk",
            columns=["", "now", "limit", "used", ""],
            rows=rows[:_MOST_ROWS],
            notes=[*missing, *_left_out(rows)],
        )

    async def curve(self) -> Curve | None:
        """Return today's P&L over time, or None while there is too little of it."""
        return self.today.curve()


def _firing(counts: dict[str, int]) -> str:
    worst_first = sorted(counts, key=severity_rank)
    return ", ".join(f"{counts[severity]:,} {severity}" for severity in worst_first) or "nothing"


def _pnl_row(name: str, one: AccountPnl | StrategyPnl) -> list[str]:
    figures = (one.day, one.hour, one.net)
    return [name, *(_amount(figure, one.unpriced) for figure in figures), one.currency]


def _limit_row(one: LimitRow) -> list[str]:
    used = "unknown" if one.used is None else _figure(one.used, one.unit)
    share = "" if one.utilization is None else f"{one.utilization:.0%}"
    if one.utilization is None and one.used is not None:
        share = "over"
    return [
        f"{_whose(one)} {_words(one.limit)}",
        used,
        _figure(one.value, one.unit),
        share,
        one.currency,
    ]


def _exposure_row(one: ExposureRow, leverage: float | None) -> list[str]:
    gross = _amount(one.gross, one.unpriced).removeprefix("+")
    times = "" if leverage is None else f"{leverage:.1f}x"
    return [f"{one.account} gross", gross, "", times, one.currency]


def _whose(one: LimitRow | MissingRow) -> str:
    who = "/".join(filter(None, (one.account, one.strategy)))
    return " ".join(filter(None, (who, one.symbol or one.venue)))


def _words(limit: str) -> str:
    return limit.replace("_", " ")


def _figure(amount: str, unit: str) -> str:
    """Return an amount rounded for show; a quantity as it is."""
    exact = Decimal(amount)
    # Not round(), which knows no more than 28 digits.
    return f"{exact:,f}" if unit == "quantity" else f"{exact:,.{_DECIMALS}f}"


def _capital_rows(account: AccountPnl) -> list[list[str]]:
    equity = _amount(account.equity, account.unpriced)
    drawdown = _amount(account.drawdown, account.unpriced).removeprefix("+")
    ratio = "" if account.drawdown_ratio is None else f" ({account.drawdown_ratio:.1%})"
    return [
        [f"{account.account} equity", equity, "", "", account.currency],
        [f"{account.account} below peak{ratio}", drawdown, "", "", account.currency],
    ]


def _amount(amount: str | None, unpriced: str | None) -> str:
    """Return an amount with its sign, rounded for show; or why there is none."""
    if amount is None:
        return f"unknown: {unpriced}" if unpriced else "unknown"
    return f"{Decimal(amount):+,.{_DECIMALS}f}"


def _left_out(rows: list[list[str]]) -> list[str]:
    more = len(rows) - _MOST_ROWS
    return [f"{more} more are on the page."] if more > 0 else []


def _duration(seconds: float) -> str:
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}h {minutes}m" if days else f"{hours}h {minutes}m"
