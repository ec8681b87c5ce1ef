"""The history's rows added up: what a strategy earned in an hour or a day, in each currency."""

from collections.abc import Iterator
from decimal import Context, Decimal, Inexact
from typing import Final

from msgspec import Struct

from deskwatch.web.answers.figures import HistoryRow

#: Wider than any sum of amounts that the books take; it raises where it would round.
_EXACT: Final = Context(prec=200, traps=[Inexact])
_AMOUNTS: Final = ("realized", "unrealized_change", "fees", "funding", "net")


class PeriodRow(Struct, frozen=True, kw_only=True):
    """One strategy in an hour or day; signs: see web.answers.figures.HistoryRow."""

    start: int
    account: str
    strategy: str
    currency: str
    realized: str | None
    unrealized_change: str | None
    fees: str | None
    funding: str | None
    net: str | None


class Periods:
    """Sums over venues and symbols; as large as there are periods and strategies."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str, str, str], dict[str, Decimal | None]] = {}

    def add(self, row: HistoryRow) -> None:
        """Add a row, exactly; what can't be known makes its sum unknown."""
        key = (row.start, row.account, row.strategy, row.currency)
        sums = self._sums.setdefault(key, dict.fromkeys(_AMOUNTS, Decimal(0)))
        for name in _AMOUNTS:
            amount, so_far = getattr(row, name), sums[name]
            if amount is None or so_far is None:
                sums[name] = None
            else:
                sums[name] = _EXACT.add(so_far, Decimal(amount))

    def rows(self) -> Iterator[PeriodRow]:
        """Yield the sums, the oldest period first."""
        for (start, account, strategy, currency), sums in sorted(self._sums.items()):
            amounts = {name: _text(amount) for name, amount in sums.items()}
            yield PeriodRow(
                start=start, account=account, strategy=strategy, currency=currency, **amounts
            )


def _text(amount: Decimal | None) -> str | None:
    """Return plain decimal text without trailing zeros."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
