"""The book of reconciliation as a snapshot keeps it."""

from msgspec import Struct

from deskwatch.core.balance_reports import BalanceState
from deskwatch.core.comparison import ComparisonState
from deskwatch.core.position_reports import Place


class ReconciliationState(Struct, array_like=True):
    """Everything."""

    positions: list[tuple[Place, ComparisonState]]
    balances: list[BalanceState]
