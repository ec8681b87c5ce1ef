"""The desk in a chat: short tables, and a curve of the day."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.core.notification import severity_rank
from deskwatch.core.period import SECOND
from deskwatch.core.wording import counted, money, rounded, share, whole_share
from deskwatch.engine.desk import EngineDesk
from deskwatch.engine.engine import Engine
from deskwatch.engine.views import pnl as view
from deskwatch.engine.views import risk
from deskwatch.notify.desk import Curve, Sheet
from deskwatch.web.answers.figures import AccountPnl, PositionRow, StrategyPnl
from deskwatch.web.answers.risk import ExposureRow, LimitRow, MissingRow
from deskwatch.web.desks.figures import FiguresUnavailable

#: How often the day's P&L is put down, and how often in a day that may be: one has 25 hours where
#: clocks go back, and up to 36 where it was to begin at another time (Calendar.day_end).
_SAMPLE_NS: Final = 10 * SECOND
_MOST_SAMPLES: Final = 36 * 360

#: A phone shows the largest, gains and losses alike; the page has the rest.
_MOST_ROWS: Final = 20

#: So many limits stand above the exposure, however many accounts there are.
_LEAST_LIMITS: Final = 10

_MOST_MISSING: Final = 5

_RATIO_DECIMALS: Final = 2

#: What stands for a figure that is not known; below the table it says why.
_NOTHING: Final = "—"

Row = TypeVar("Row")


class TodayCurve:
    """The desk's P&L of today as it went, in the reporting currency, since this engine's start.

    Accounts that report in another currency are not in it, and the title says so. Simulated ones
    are in no sum.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._day = 0
        self._is_part = False
        self._looked_at: int | None = None
        self._points: deque[tuple[int, float | None]] = deque(maxlen=_MOST_SAMPLES)

    def sample(self, now: int) -> None:
        """Put down the day's P&L where it is time to, or that it is not known."""
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
        self._points.append((now, self._sum(now)))

    def _sum(self, now: int) -> float | None:
        """Return the day's P&L, if it is known; note whether accounts are left out."""
        books = self._engine.books
        counted_in = [
            account
            for name, account in books.valuation.accounts.items()
            if name not in books.not_summed
        ]
        currency = books.settings.reporting_currency
        summed = [account for account in counted_in if account.currency == currency]
        self._is_part = len(summed) < len(counted_in)
        if counted_in and not summed:
            return None
        total = 0
        for account in summed:
            day = account.report(books.valuation.reports(account, now).values()).day
            if day is None:
                return None
            total += day
        return to_float(total, REPORTING_DECIMALS)

    def curve(self) -> Curve | None:
        """Return the curve; None before two points of it are known."""
        if sum(amount is not None for _, amount in self._points) < 2:  # noqa: PLR2004 - a line
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
            *_firing(status.firing or {}),
            ["up", _duration(status.uptime_s)],
            ["events", f"{status.events.total:,} ({status.events.per_second:.0f}/s)"],
            ["refused", f"{status.refused.total:,}"],
            ["missing in sequences", f"{missing:,}"],
            ["without a price or rate", f"{status.unpriced_positions:,}"],
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
        strategies = pnl.strategies
        if len(pnl.accounts) + len(strategies) > _MOST_ROWS:
            strategies = _ranked(strategies, lambda one: (one.day, one.currency))
        rows = [_pnl_row(account.account, account) for account in pnl.accounts]
        rows += [_pnl_row(f"· {one.account}/{one.strategy}", one) for one in strategies]
        return _sheet("P&L", ["", "today", "hour", "in all", ""], rows)

    async def positions(self) -> Sheet:
        """Return open positions, the largest of each currency first."""
        try:
            answer = self._desk.show(view.positions)
            exposure = self._desk.show(risk.exposure)
        except FiguresUnavailable as unavailable:
            return Sheet(title="Positions", notes=[str(unavailable)])
        # In the account's currency, where that of each instrument is another.
        gross = {
            (one.account, one.venue, one.symbol): (one.gross, one.currency)
            for one in exposure.instruments
        }

        def size(row: PositionRow) -> tuple[str | None, str]:
            return gross.get((row.account, row.venue, row.symbol), (None, row.currency))

        held = _ranked((row for row in answer.positions if row.quantity != "0"), size)
        rows = [
            _Row(
                [
                    f"{row.venue} {row.symbol}",
                    f"{row.account}/{row.strategy}",
                    f"{Decimal(row.quantity):,f}",
                    _amount(row.net, row.currency),
                    row.currency,
                ],
                row.unpriced,
            )
            for row in held
        ]
        title = counted(len(rows), "open position")
        return _sheet(title, ["", "", "held", "P&L", ""], rows)

    async def risk(self) -> Sheet:
        """Return limits, the worst first, what is missing, and exposure, equity and drawdown."""
        try:
            pnl = self._desk.show(view.pnl)
            exposure = self._desk.show(risk.exposure)
            limits = self._desk.show(risk.limits)
        except FiguresUnavailable as unavailable:
            return Sheet(title="Risk", notes=[str(unavailable)])
        used = [_limit_row(one) for one in limits.limits]
        leverage = {one.account: one.leverage for one in exposure.leverage}
        rows = [_exposure_row(one, leverage.get(one.account)) for one in exposure.accounts]
        rows += [row for account in pnl.accounts for row in _capital_rows(account)]
        # Of hundreds of limits, the least used leave what there is no limit on its room.
        worst = max(_MOST_ROWS - len(rows), _LEAST_LIMITS)
        rows = used[:worst] + rows + used[worst:]
        missing = [f"{_whose(one)} has no {_words(one.limit)} limit." for one in limits.missing]
        if len(missing) > _MOST_MISSING:
            more = len(missing) - _MOST_MISSING
            missing[_MOST_MISSING:] = [f"Missing beside these: {counted(more, 'limit')}."]
        return _sheet("Risk", ["", "now", "limit", "used", ""], rows, missing)

    async def curve(self) -> Curve | None:
        """Return today's P&L over time, or None while there is too little of it."""
        return self.today.curve()


class _Row(NamedTuple):
    """A row of a table. unpriced: why figures of it are not known, where that can be said."""

    cells: list[str]
    unpriced: str | None = None


def _sheet(
    title: str, columns: list[str], rows: Sequence[_Row], notes: Sequence[str] = ()
) -> Sheet:
    """Return what there is room for of a table, and below it what is left out and not known."""
    shown = rows[:_MOST_ROWS]
    more = len(rows) - len(shown)
    left_out = [f"{more} more are on the page."] if more else []
    cells = [row.cells for row in shown]
    return Sheet(title=title, columns=columns, rows=cells, notes=[*_why(shown), *notes, *left_out])


def _ranked(rows: Iterable[Row], amount_of: Callable[[Row], tuple[str | None, str]]) -> list[Row]:
    """Return what is not known, as it may be any size, then the largest, gains and losses alike.

    amount_of: an amount and its currency. Those of two currencies can't be compared: the largest of
    each come first, then the second of each, and so on.
    """
    unknown: list[Row] = []
    known: list[tuple[Decimal, str, Row]] = []
    for row in rows:
        amount, currency = amount_of(row)
        if amount is None:
            unknown.append(row)
        else:
            known.append((Decimal(amount).copy_abs(), currency, row))
    known.sort(key=lambda one: one[0], reverse=True)
    places: Counter[str] = Counter()
    ranked: list[tuple[int, Row]] = []
    for _, currency, row in known:
        ranked.append((places[currency], row))
        places[currency] += 1
    ranked.sort(key=lambda one: one[0])
    return unknown + [row for _, row in ranked]


def _why(rows: Iterable[_Row]) -> list[str]:
    reasons = {row.unpriced or "" for row in rows if _NOTHING in row.cells}
    named = ", ".join(sorted(reasons - {""}))
    return [f"{_NOTHING} is not known{': ' if named else ''}{named}."] if reasons else []


def _firing(counts: dict[str, int]) -> list[list[str]]:
    """Return a row for each severity of which any fires, the worst first."""
    worst_first = sorted(counts, key=severity_rank)
    return [[f"fires: {one}", f"{counts[one]:,}"] for one in worst_first] or [["fires", "nothing"]]


def _pnl_row(name: str, one: AccountPnl | StrategyPnl) -> _Row:
    figures = (_amount(figure, one.currency) for figure in (one.day, one.hour, one.net))
    return _Row([name, *figures, one.currency], one.unpriced)


def _limit_row(one: LimitRow) -> _Row:
    used = "unknown" if one.used is None else _figure(one.used, one)
    use = "" if one.utilization is None else whole_share(one.utilization)
    if one.utilization is None and one.used is not None:
        use = "over"
    name = f"{_whose(one)} {_words(one.limit)}"
    return _Row([name, used, _figure(one.value, one), use, one.currency])


def _exposure_row(one: ExposureRow, leverage: float | None) -> _Row:
    gross = _amount(one.gross, one.currency, signed=False)
    times = "" if leverage is None else f"{rounded(Decimal(leverage), 1)}x"
    return _Row([f"{one.account} gross", gross, "", times, one.currency], one.unpriced)


def _whose(one: LimitRow | MissingRow) -> str:
    who = "/".join(filter(None, (one.account, one.strategy)))
    return " ".join(filter(None, (who, one.symbol or one.venue)))


def _words(limit: str) -> str:
    return limit.replace("_", " ")


def _figure(amount: str, row: LimitRow) -> str:
    """Return an amount rounded for show; a quantity as it is."""
    if row.unit == "money":
        return money(amount, row.currency, signed=False)
    exact = Decimal(amount)
    return f"{exact:,f}" if row.unit == "quantity" else rounded(exact, _RATIO_DECIMALS)


def _capital_rows(account: AccountPnl) -> list[_Row]:
    equity = _amount(account.equity, account.currency)
    drawdown = _amount(account.drawdown, account.currency, signed=False)
    ratio = "" if account.drawdown_ratio is None else f" ({share(account.drawdown_ratio, 1)})"
    name, currency, why = account.account, account.currency, account.unpriced
    return [
        _Row([f"{name} equity", equity, "", "", currency], why),
        _Row([f"{name} below peak{ratio}", drawdown, "", "", currency], why),
    ]


def _amount(amount: str | None, currency: str, *, signed: bool = True) -> str:
    """Return an amount rounded for show."""
    return _NOTHING if amount is None else money(amount, currency, signed=signed)


def _duration(seconds: float) -> str:
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}h {minutes}m" if days else f"{hours}h {minutes}m"
