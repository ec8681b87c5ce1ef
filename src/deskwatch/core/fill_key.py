"""What names a fill."""

from msgspec import Struct

from deskwatch.core.event import Bust, Correction


class FillKey(Struct, frozen=True, array_like=True, gc=False):
    """A fill's name. The side is part of it: an exchange's trade id names both of its sides.

    One is kept for every fill that is remembered, as no tuple would be: out of the sight of
    Python's collector of garbage.
    """

    exec_id: str
    account: str
    instrument: int
    side: str


def key_of_known(about: Bust | Correction, instrument: int) -> FillKey:
    """Return the key of the fill that a bust or a correction is about."""
    return FillKey(about.ref_exec_id, about.account, instrument, about.side)
