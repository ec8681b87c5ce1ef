"""What `/api/v1/anomalies` answers. Amounts and times are as in `answers`."""

from msgspec import Struct

from deskwatch.anomaly.history import Unknown
from deskwatch.anomaly.season import Basis
from deskwatch.core.event import Nanoseconds
from deskwatch.web.answers.figures import Amount, Count


class AnomalyRow(Struct, frozen=True):
    """One P&L against its own history; an account's own has an empty strategy.

    at: the end of the interval that was judged last; change: of net P&L over it. score, shift: in
    robust deviations, a loss is negative; null with the reason in `unknown`. basis: what the change
    was compared with. needed: intervals to come at least, until anything can be told. frozen_s: how
    long net P&L has stood still while fills came.
    """

    account: str
    strategy: str
    currency: str
    at: Nanoseconds
    change: Amount | None
    score: float | None
    basis: Basis | None
    shift: float | None
    unknown: Unknown | None
    needed: Count
    samples: Count
    frozen_s: float


class AnomaliesAnswer(Struct, frozen=True):
    """All of them, and from where on somebody is told."""

    as_of: Nanoseconds
    interval_s: float
    score_threshold: float
    shift_threshold: float
    frozen_max_s: float
    rows: list[AnomalyRow]
