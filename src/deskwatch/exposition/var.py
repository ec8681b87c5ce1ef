"""Value at risk and expected shortfall, why they are unknown, and whether they were right."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from deskwatch.core.period import SECOND
from deskwatch.exposition.families import Families
from deskwatch.risk.backtest import ZONES, Backtest
from deskwatch.risk.book import RiskBook
from deskwatch.risk.figures import Figures
from deskwatch.risk.methods import Measure
from deskwatch.risk.portfolio import Key

_WHO: Final = ("account", "strategy")
_MONEY: Final = (*_WHO, "currency", "method", "confidence")
_BACKTEST: Final = (*_WHO, "method", "confidence")

Values = dict[tuple[str, ...], float | None]


class VarCollector:
    """The risk figures of accounts and strategies; an account's own have no strategy."""

    def __init__(self, book: RiskBook, clock: Callable[[], int], max_series: int) -> None:
        self._book = book
        self._clock = clock
        self._shown: Mapping[Key, Figures] | None = None
        families = self.families = Families(max_series)
        self._var = families.gauge(
            "desk_var", "Loss over the horizon that is exceeded with 1 - confidence.", _MONEY
        )
        self._shortfall = families.gauge(
            "desk_expected_shortfall", "Mean loss over the horizon beyond the VaR.", _MONEY
        )
        self._component = families.gauge(
            "desk_var_component", "A strategy's share in its account's VaR; they sum to it.", _MONEY
        )
        self._marginal = families.gauge(
            "desk_var_marginal_ratio",
            "How the account's VaR grows with each unit of money that the strategy holds more.",
            _MONEY,
        )
        self._unknown = families.gauge(
            "desk_var_unknown", "1 where there is no VaR, by the reason.", (*_WHO, "reason")
        )
        self._observations = families.gauge(
            "desk_var_observations", "Returns that the VaR rests on.", _WHO
        )

    def collect(self) -> None:
        """Bring the families up to date, if the figures were made anew."""
        found = self._book.figures(self._clock())
        if found is self._shown:
            return
        self._shown = found
        figures = found.values()
        self._var.replace(_by_measure(figures, lambda one, at: one.tails[at].value_at_risk))
        self._shortfall.replace(
            _by_measure(figures, lambda one, at: one.tails[at].expected_shortfall)
        )
        self._component.replace(_by_measure(figures, lambda one, at: one.components.get(at)))
        self._marginal.replace(_by_measure(figures, Figures.marginal))
        self._unknown.replace(
            {(one.account, one.strategy, one.unknown): 1.0 for one in figures if one.unknown}
        )
        self._observations.replace(
            {(one.account, one.strategy): float(one.observations) for one in figures}
        )


def _by_measure(
    figures: Iterable[Figures], value: Callable[[Figures, Measure], float | None]
) -> Values:
    shown: Values = {}
    for one in figures:
        for at in one.tails:
            amount = value(one, at)
            if amount is not None:
                shown[one.account, one.strategy, one.currency, at[0], f"{at[1]:g}"] = amount
    return shown


class VarBacktestCollector:
    """The VaR said at each boundary against what came of it."""

    def __init__(self, book: RiskBook, max_series: int) -> None:
        self._book = book
        self._shown: Mapping[Key, Mapping[Measure, Backtest]] | None = None
        families = self.families = Families(max_series)
        self._observations = families.gauge(
            "desk_var_backtest_observations", "Intervals judged, in the window.", _BACKTEST
        )
        self._exceptions = families.gauge(
            "desk_var_backtest_exceptions",
            "Intervals that lost more than the VaR said before.",
            _BACKTEST,
        )
        self._expected = families.gauge(
            "desk_var_backtest_expected_exceptions",
            "Exceptions that a right VaR has on average.",
            _BACKTEST,
        )
        self._p_value = families.gauge(
            "desk_var_backtest_p_value",
            "How likely a right VaR would come out as far off as this one, or further.",
            (*_BACKTEST, "test"),
        )
        self._zone = families.gauge(
            "desk_var_backtest_zone",
            "1 in the zone of Basel's traffic light, 0 in the others.",
            (*_BACKTEST, "zone"),
        )

    def collect(self) -> None:
        """Bring the families up to date, if another interval was judged."""
        backtests = self._book.backtests()
        if backtests is self._shown:
            return
        self._shown = backtests
        results = {
            (*key, method, f"{confidence:g}"): result
            for key, measures in backtests.items()
            for (method, confidence), result in measures.items()
        }
        self._observations.replace({at: float(one.observations) for at, one in results.items()})
        self._exceptions.replace({at: float(one.exceptions) for at, one in results.items()})
        self._expected.replace({at: one.expected for at, one in results.items()})
        self._p_value.replace(
            {
                (*at, test): likelihood.p_value
                for at, one in results.items()
                for test, likelihood in (
                    ("kupiec", one.kupiec),
                    ("independence", one.independence),
                    ("conditional_coverage", one.conditional_coverage),
                )
                if likelihood is not None
            }
        )
        self._zone.replace(
            {(*at, zone): float(zone == one.zone) for at, one in results.items() for zone in ZONES}
        )


class VarSettingCollector:
    """What the VaR is of, so that rules and panels can say so."""

    def __init__(self, book: RiskBook) -> None:
        settings = book.settings
        families = self.families = Families()
        self._horizon = families.gauge(
            "desk_var_horizon_seconds",
            "What VaR and expected shortfall look ahead.",
            unit="seconds",
        )
        self._least = families.gauge(
            "desk_var_min_observations", "With fewer returns there is no VaR."
        )
        self._measure = families.gauge(
            "desk_var_limit_measure",
            "1 for the method and confidence of the VaR that a limit is compared with.",
            ("method", "confidence"),
        )
        self._horizon.replace({(): settings.horizon_ns / SECOND})
        self._least.replace({(): float(settings.min_observations)})
        self._measure.replace({(settings.limit_method, f"{settings.limit_confidence:g}"): 1.0})

    def collect(self) -> None:
        """Do nothing: settings stay."""
