"""How many accounts there are: what rules ask for that speak only of a desk that trades."""

from collections.abc import Sequence

from deskwatch.core.books import Books
from deskwatch.exposition.family import Family


class AccountCollector:
    """The accounts. Apart from their figures, which cost more than a look for an event may."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._family = Family(
            "desk_accounts", "Accounts that anything was ever booked on.", "gauge"
        )

    def families(self) -> Sequence[Family]:
        """Return the families; the same ones at every call."""
        return (self._family,)

    def collect(self) -> None:
        """Bring the family up to date."""
        self._family.set(self._family.slot(()), len(self._books.valuation.accounts))
