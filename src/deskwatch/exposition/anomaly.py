"""How unlike its own history the P&L is, and for whom that can't be told yet."""

from collections.abc import Callable
from typing import Final

from deskwatch.anomaly.book import AnomalyBook
from deskwatch.core.money import REPORTING_DECIMALS, to_float
from deskwatch.core.period import SECOND
from deskwatch.exposition.families import Families

_WHO: Final = ("account", "strategy")


class AnomalyCollector:
    """The P&L of accounts and strategies against its history; an account's own has no strategy."""

    def __init__(self, book: AnomalyBook, clock: Callable[[], int], max_series: int) -> None:
        self._book = book
        self._clock = clock
        families = self.families = Families(max_series)
        self._score = families.gauge(
            "desk_pnl_anomaly_score",
            "Robust deviations of the last interval's P&L from its history; a loss is negative.",
            _WHO,
        )
        self._change = families.gauge(
            "desk_pnl_anomaly_change",
            "Change of net P&L over the interval that the score judges.",
            (*_WHO, "currency"),
        )
        self._shift = families.gauge(
            "desk_pnl_level_shift",
            "Robust deviations of the latest intervals' median from the ones before.",
            _WHO,
        )
        self._warmup = families.gauge(
            "desk_pnl_anomaly_warmup", "1 while the history is too short to tell anything.", _WHO
        )
        self._needed = families.gauge(
            "desk_pnl_anomaly_needed_samples",
            "Intervals to come at least, until anything can be told.",
            _WHO,
        )
        self._frozen = families.gauge(
            "desk_pnl_frozen_seconds",
            "How long net P&L has stood still while fills came; 0 while it moves.",
            _WHO,
            unit="seconds",
        )
        self._left_out = families.counter(
            "desk_pnl_anomaly_left_out_total", "Times that a P&L was not sampled for want of room."
        )
        self._threshold = families.gauge(
            "desk_pnl_anomaly_threshold", "From which score of a loss somebody is told."
        )
        self._shift_threshold = families.gauge(
            "desk_pnl_level_shift_threshold", "From which downward shift somebody is told."
        )
        self._frozen_max = families.gauge(
            "desk_pnl_frozen_max_seconds", "How long P&L may stand still.", unit="seconds"
        )

    def collect(self) -> None:
        """Bring the families up to date with the book."""
        now = self._clock()
        found = {(one.account, one.strategy): one for one in self._book.anomalies(now)}
        # After two intervals without any nobody trades: the last of a day is no news at night.
        oldest = now - 2 * self._book.settings.interval_ns
        latest = {who: one for who, one in found.items() if one.at >= oldest}
        self._score.replace({who: one.score for who, one in latest.items()})
        self._change.replace(
            {
                (*who, one.currency): to_float(one.change, REPORTING_DECIMALS)
                for who, one in latest.items()
                if one.change is not None
            }
        )
        self._shift.replace({who: one.shift for who, one in latest.items()})
        self._warmup.replace({who: float(one.needed > 0) for who, one in found.items()})
        self._needed.replace({who: float(one.needed) for who, one in found.items()})
        self._frozen.replace({who: one.frozen_ns / SECOND for who, one in found.items()})
        settings = self._book.settings
        self._left_out.replace({(): float(self._book.left_out)})
        self._threshold.replace({(): settings.score})
        self._shift_threshold.replace({(): settings.shift})
        self._frozen_max.replace({(): settings.frozen_ns / SECOND})
