"""How often Python looks for garbage: seldom, because the books make next to none in cycles."""

import gc
from typing import Final

#: Objects made between two looks at the young ones. Python's own 700 costs a tenth of all booking.
YOUNG: Final = 100_000


def settle() -> None:
    """Leave what is there now out of every later look, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
