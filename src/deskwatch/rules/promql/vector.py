"""What an expression gives: a number, a text, an instant vector or range windows."""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from deskwatch.rules.promql.labels import Labels, shown

#: One value for each series, in order; times are in milliseconds UTC everywhere in PromQL.
Vector = dict[Labels, float]


class PromqlError(Exception):
    """An expression that has no answer; the text says why, in Prometheus' words where it has any.

    construct: what was asked for and isn't done here; None for a mistake in the expression.
    """


class Points(NamedTuple):
    """A series' samples in a window, oldest first, staleness markers left out."""

    times: Sequence[int]
    values: Sequence[float]


class Matrix(NamedTuple):
    """Each series' points in one window, whose edges are in milliseconds."""

    windows: dict[Labels, Points]
    start: int
    end: int


Value = float | str | Vector | Matrix

#: A NaN that no computation gives: at its time, the series had ended.
STALE: Final[float] = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_57A1))[0]

_STALE_BYTES: Final = struct.pack("<d", STALE)


def is_stale(value: float) -> bool:
    """Whether it is the staleness marker, and not a number or some other NaN."""
    return value != value and struct.pack("<d", value) == _STALE_BYTES  # noqa: PLR0124 - only NaN


def put(vector: Vector, labels: Labels, value: float) -> None:
    """Add a series to a vector. Raises PromqlError when it is there already."""
    if labels in vector:
        raise PromqlError(
            f"vector cannot contain metrics with the same labelset: {shown(labels)} is there twice"
        )
    vector[labels] = value
