"""Whose exposure, limit or use it is: an account, or a part of one."""

from typing import Final, Literal, NamedTuple

#: Stands for the account as a whole where a strategy's name would.
WHOLE_ACCOUNT: Final = ""

Scope = Literal["account", "strategy", "venue", "instrument", "line"]


class Holder(NamedTuple):
    """An account as a whole, or a part of it: what is empty stands for all of it."""

    account: str
    strategy: str = WHOLE_ACCOUNT
    venue: str = ""
    symbol: str = ""

    @property
    def scope(self) -> Scope | None:
        """What it is; None for a part that nothing is counted by.

        The account is not asked: an event's limit without one is about each.
        """
        match (bool(self.strategy), bool(self.venue), bool(self.symbol)):
            case (False, False, False):
                return "account"
            case (True, False, False):
                return "strategy"
            case (False, True, False):
                return "venue"
            case (False, True, True):
                return "instrument"
            case (True, True, True):
                return "line"
        return None
