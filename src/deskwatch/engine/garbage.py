"""How often Python looks for garbage: seldom, because the books make next to none in cycles."""

import gc
from typing import Final

#: Objects made between two looks at the young ones. A look stops everything, for about a
#: millisecond per thousand of them; what the books make for each event is mostly out of its sight,
#: so that looks are seconds apart under load.
YOUNG: Final = 10_000


def settle() -> None:
    """Leave what is there now out of every later look, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
