"""A sketch of a chunk: which pieces of four bytes its texts have.

A text with a piece that a chunk lacks is not in it, and the chunk need not be unpacked: so the
number of an order is soon found in a month of logs, of which nearly no chunk has all of its pieces.
Several pieces share a bit: that a chunk has them all says no more than that it is worth a look.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

_BITS: Final = 1 << 15

#: How long a sketch is.
SKETCH_BYTES: Final = _BITS // 8

_PIECE: Final = 4
_OTHERS: Final = re.compile(rb"[\x80-\xff]+")
_SPREAD: Final = np.uint32(0x9E3779B1)  # Knuth's multiplier: near pieces fall far from each other
_SHIFT: Final = np.uint32(32 - 15)


def sketch(texts: bytes) -> bytes:
    """Return the sketch of a chunk's texts, capitals taken as small letters."""
    there = np.zeros(_BITS, np.bool_)
    for places in _places(texts):
        there[places] = True
    return np.packbits(there).tobytes()


def may_hold(sketched: memoryview, text: bytes) -> bool:
    """Whether a text may be in a chunk, in small letters or capitals. A short one always may."""
    there = np.unpackbits(np.frombuffer(sketched, np.uint8))
    # Of other alphabets, a capital has other bytes than its small letter.
    parts = _OTHERS.split(text)
    return all(there[places].all() for part in parts for places in _places(part))


def _places(texts: bytes) -> Iterator["np.ndarray[tuple[int], np.dtype[np.uint32]]"]:
    """Yield where the bits of the pieces are: of each fourth piece, four times."""
    # Makes a capital a small letter, and a few signs others: the same ones in all texts.
    folded = (np.frombuffer(texts, np.uint8) | 0x20).tobytes()
    for offset in range(min(_PIECE, len(texts) - _PIECE + 1)):
        count = (len(texts) - offset) // _PIECE
        pieces = np.frombuffer(folded, "<u4", count, offset)
        yield (pieces * _SPREAD) >> _SHIFT
