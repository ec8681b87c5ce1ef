"""Value at risk as the API answers it."""

from typing import cast

from deskwatch.core.books import Books
from deskwatch.core.money import REPORTING_DECIMALS, format_decimal
from deskwatch.core.period import SECOND
from deskwatch.engine.beside import risk_book
from deskwatch.risk.backtest import Backtest, Likelihood
from deskwatch.risk.book import to_reporting
from deskwatch.risk.figures import Figures
from deskwatch.risk.methods import Measure
from deskwatch.web.answers.var import BacktestRow, Method, TailRow, Unknown, VarAnswer, VarRow


def var(books: Books, now: int) -> VarAnswer:
    """Return the risk of each account, each followed by its strategies."""
    book = risk_book(books)
    settings, backtests = book.settings, book.backtests()
    return VarAnswer(
        as_of=now,
        interval_s=settings.interval_ns // SECOND,
        horizon_s=settings.horizon_ns // SECOND,
        window=settings.window,
        min_observations=settings.min_observations,
        limit_method=settings.limit_method,
        limit_confidence=settings.limit_confidence,
        rows=[
            _row(figures, backtests.get(key, {}))
            for key, figures in sorted(book.figures(now).items())
        ],
        not_summed=sorted(books.not_summed),
    )


def _row(figures: Figures, backtests: dict[Measure, Backtest]) -> VarRow:
    return VarRow(
        account=figures.account,
        strategy=figures.strategy or None,
        currency=figures.currency,
        observations=figures.observations,
        gross=None if figures.gross is None else _money(figures.gross),
        unknown=cast("Unknown | None", figures.unknown),
        tails=[_tail(figures, measure) for measure in figures.tails],
        backtests=[_backtest(measure, result) for measure, result in backtests.items()],
    )


def _tail(figures: Figures, measure: Measure) -> TailRow:
    tail, component = figures.tails[measure], figures.components.get(measure)
    return TailRow(
        method=cast("Method", measure[0]),
        confidence=measure[1],
        value_at_risk=_money(tail.value_at_risk),
        expected_shortfall=_money(tail.expected_shortfall),
        component=None if component is None else _money(component),
        marginal_ratio=figures.marginal(measure),
    )


def _backtest(measure: Measure, result: Backtest) -> BacktestRow:
    return BacktestRow(
        method=cast("Method", measure[0]),
        confidence=measure[1],
        observations=result.observations,
        exceptions=result.exceptions,
        expected=result.expected,
        kupiec=result.kupiec.p_value,
        independence=_p_value(result.independence),
        conditional_coverage=_p_value(result.conditional_coverage),
        zone=result.zone,
    )


def _p_value(likelihood: Likelihood | None) -> float | None:
    return None if likelihood is None else likelihood.p_value


def _money(amount: float) -> str:
    return format_decimal(to_reporting(amount), REPORTING_DECIMALS)
