"""How many accounts there are: what rules ask for that speak only of a desk that trades."""

from deskwatch.core.books import Books
from deskwatch.exposition.families import Families


class AccountCollector:
    """The accounts. Apart from their figures, which cost more than a look for an event may."""

    def __init__(self, books: Books) -> None:
        self._books = books
        families = self.families = Families()
        self._accounts = families.gauge(
            "desk_accounts", "Accounts that anything was ever booked on."
        )

    def collect(self) -> None:
        """Bring the family up to date."""
        self._accounts.set(self._accounts.slot(()), len(self._books.valuation.accounts))
