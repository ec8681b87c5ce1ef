"""The strategies of the desk and their accounts, each with what its positions would have earned."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskwatch.core.account import Account
from deskwatch.core.books import Books
from deskwatch.core.holder import WHOLE_ACCOUNT
from deskwatch.core.line import Line
from deskwatch.risk.holding import Holding, hold
from deskwatch.risk.returns import Returns
from deskwatch.risk.vector import Vector

#: Accounts and strategies that are measured; what is over it says "too_many".
MOST_PORTFOLIOS: Final = 500

#: An account and a strategy, or WHOLE_ACCOUNT.
Key = tuple[str, str]

#: Why there is no figure: a price or a rate is missing or stale; too few
#: returns since it was first seen, or for gaps in them; no room for its returns, or for itself.
UNKNOWN_REASONS: Final = (
    "no_mark",
    "mark_stale",
    "no_fx",
    "fx_stale",
    "warming_up",
    "gaps",
    "not_sampled",
    "too_many",
)


class Portfolio(NamedTuple):
    """An account or one of its strategies, in the account's reporting currency.

    holding: None can't be known, see `unknown`. outcomes: what it would have earned in each column
    of returns, NaN where that is not known; empty without a holding. window: how many of them
    measure it, the newest that are known.
    """

    account: str
    strategy: str
    currency: str
    holding: Holding | None
    outcomes: Vector
    window: int
    unknown: str | None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.account, self.strategy

    @property
    def idle(self) -> bool:
        """Whether it has nothing at risk: then it is known to lose nothing."""
        return self.holding is not None and not self.holding.rows

    @property
    def columns(self) -> NDArray[np.intp]:
        """The columns of returns that measure it, oldest first."""
        return np.flatnonzero(~np.isnan(self.outcomes))[-self.window :]

    @property
    def observed(self) -> Vector:
        """The outcomes that measure it, oldest first."""
        known: Vector = self.outcomes[self.columns]
        return known


class AccountPortfolio(NamedTuple):
    """An account as a whole, and its strategies."""

    whole: Portfolio
    strategies: list[Portfolio]


def portfolios(books: Books, returns: Returns, least: int, now: int) -> Iterator[AccountPortfolio]:
    """Yield each account that has traded, with its strategies, by positions and prices at `now`.

    least: the fewest observations that make a figure. The books' figures must be as of `now`. An
    account whose first event comes between two of them is not among them.
    """
    held: dict[Key, list[Line]] = {}
    for line in books.lines:
        if line.position.quantity:
            held.setdefault((line.account, line.strategy), []).append(line)
    room = MOST_PORTFOLIOS
    for account in list(books.valuation.accounts.values()):
        if not account.groups:
            continue
        room -= 1 + len(account.groups)
        if room < 0:
            names = [WHOLE_ACCOUNT, *account.groups]
            whole, *rest = (_unknown(account, name, "too_many") for name in names)
            yield AccountPortfolio(whole, rest)
            continue
        strategies = [
            _checked(
                account, name, hold(books, group, held.get((account.name, name), ()), returns, now),
                returns, least,
            )
            for name, group in account.groups.items()
        ]  # fmt: skip
        yield AccountPortfolio(_whole(account, strategies, returns, least), strategies)


def _unknown(account: Account, strategy: str, reason: str) -> Portfolio:
    return Portfolio(account.name, strategy, account.currency, None, np.zeros(0), 0, reason)


def _whole(
    account: Account, strategies: Iterable[Portfolio], returns: Returns, least: int
) -> Portfolio:
    """Return the account: all that its strategies hold, if that is known of each."""
    legs, gross = [], 0.0
    outcomes = np.zeros(returns.columns)
    for one in strategies:
        if one.holding is None:
            assert one.unknown is not None, "a holding is missing for a reason"
            return _unknown(account, WHOLE_ACCOUNT, one.unknown)
        legs += one.holding.legs
        gross += one.holding.gross
        outcomes += one.outcomes
    whole = Portfolio(
        account.name, WHOLE_ACCOUNT, account.currency, Holding(legs, gross), outcomes,
        returns.window, None,
    )  # fmt: skip
    return whole._replace(unknown=_too_few(whole, returns, least))


def _checked(
    account: Account, strategy: str, holding: Holding | str, returns: Returns, least: int
) -> Portfolio:
    if isinstance(holding, str):
        return _unknown(account, strategy, holding)
    outcomes = holding.outcomes(returns)
    one = Portfolio(
        account.name, strategy, account.currency, holding, outcomes, returns.window, None
    )
    return one._replace(unknown=_too_few(one, returns, least))


def _too_few(one: Portfolio, returns: Returns, least: int) -> str | None:
    """Return why there are too few observations, where there are."""
    if one.holding is None or one.idle or len(one.observed) >= least:
        return None
    youngest = max(returns.born[row] for row in one.holding.rows)
    # Of what was sampled while risk.window was shorter, less is kept: those are no gaps.
    sampled = min(returns.total - youngest, returns.columns)
    return "warming_up" if sampled < least else "gaps"
