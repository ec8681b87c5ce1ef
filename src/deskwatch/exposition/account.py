"""Which accounts there are: what rules ask for that speak only of what was ever traded."""

from deskwatch.core.books import Books
from deskwatch.exposition.families import Families


class AccountCollector:
    """The accounts. Apart from their figures, which cost more than a look for an event may."""

    def __init__(self, books: Books, max_series: int) -> None:
        self._books = books
        families = self.families = Families(max_series)
        self._accounts = families.gauge(
            "desk_accounts", "Accounts that anything was ever booked on."
        )
        self._booked = families.gauge(
            "desk_account_booked",
            "1 for each account that anything was ever booked on.",
            ("account",),
        )

        self._summed = families.gauge(
            "desk_account_summed",
            "1 where sums over accounts take it; 0 for a simulated one, unless all are simulated.",
            ("account",),
        )

    def collect(self) -> None:
        """Bring the families up to date."""
        accounts = self._books.valuation.accounts
        self._accounts.set((), len(accounts))
        self._booked.replace({(name,): 1 for name in accounts})
        not_summed = self._books.not_summed
        self._summed.replace({(name,): name not in not_summed for name in accounts})
