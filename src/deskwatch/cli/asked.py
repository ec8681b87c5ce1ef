"""Which rows of an engine's answer are asked for."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, NoReturn, TypeVar

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

    def lacks(self, rows: Sequence[object]) -> bool:
        """Return whether a name that is asked for is in no row."""
        return next(self._missing(rows), None) is not None

    def must_be_among(self, rows: Sequence[object]) -> None:
        """End the command where a name is in no row, of all that there are."""
        for field, want, names in self._missing(rows):
            refuse(field, want, names)

    def _missing(self, rows: Sequence[object]) -> Iterator[tuple[str, str, set[str]]]:
        """Yield each name that is in no row, what it is of, and which there are."""
        for field, want in zip(self._fields, self, strict=True):
            names = {str(name) for row in rows if (name := getattr(row, field, None))}
            if want is not None and want not in names:
                yield field, want, names

    def _has(self, row: object) -> bool:
        return all(
            want is None or want == getattr(row, name, None)
            for name, want in zip(self._fields, self, strict=True)
        )


def refuse(field: str, want: str, names: set[str]) -> NoReturn:
    """End the command: what is asked for is none of the names that there are."""
    fail(f"found the {field} {want!r}; expected {_expected(want, names)}", MISUSE)


def _expected(want: str, names: set[str]) -> str:
    """Return which names there are: those alike, or all where they are few."""
    if not names:
        return "one that something was booked on, and nothing was yet"
    some = difflib.get_close_matches(want, names, _MOST_NAMES) or sorted(names)[:_MOST_NAMES]
    more = f" ({len(names)} in all)" if len(some) < len(names) else ""
    return f"{' or '.join(some)}{more}"
