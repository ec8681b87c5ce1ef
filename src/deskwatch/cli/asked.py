"""Which rows of an engine's answer are asked for."""

import difflib
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from deskwatch.cli.failure import MISUSE, fail

Row = TypeVar("Row")

#: How many names are told to whoever asks for one that there is not.
_MOST_NAMES: Final = 10


class Asked(NamedTuple):
    """What is picked out; None is any.

    A row without a strategy or a venue is of several: it is not asked for where one is picked out.
    """

    account: str | None = None
    strategy: str | None = None
    venue: str | None = None

    def of(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that are asked for."""
        return [row for row in rows if self._has(row)]

    def must_be_known(self, rows: Iterable[object]) -> None:
        """End the command where a name is in no row, of all that there are.

        An empty table would look as if nothing were held.
        """
        found = list(rows)
        for field, want in zip(self._fields, self, strict=True):
            names = {getattr(row, field, None) for row in found} - {None, ""}
            if want is not None and want not in names:
                expected = _expected(want, {str(name) for name in names})
                fail(f"found the {field} {want!r}; expected {expected}", MISUSE)

    def _has(self, row: object) -> bool:
        return all(
            want is None or want == getattr(row, name, None)
            for name, want in zip(self._fields, self, strict=True)
        )


def _expected(want: str, names: set[str]) -> str:
    """Return which names there are: those alike, or all where they are few."""
    if not names:
        return "one that something was booked on, and nothing was yet"
    some = difflib.get_close_matches(want, names, _MOST_NAMES) or sorted(names)[:_MOST_NAMES]
    more = f" ({len(names)} in all)" if len(some) < len(names) else ""
    return f"{' or '.join(some)}{more}"
