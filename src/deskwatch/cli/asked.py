"""Which rows of an engine's answer are asked for."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

Row = TypeVar("Row")


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

    def _has(self, row: object) -> bool:
        return all(
            want is None or want == getattr(row, name, None)
            for name, want in zip(self._fields, self, strict=True)
        )
