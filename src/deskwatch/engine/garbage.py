"""How often Python looks for garbage: seldom, because the books make next to none in cycles."""

import gc
from typing import Final

#: Objects made, less those gone, between two looks at the young ones. A look stops everything, and
#: goes through what was replaced since the last as well: at 10,000 fills a second for 25 to 50 ms
#: every six to thirteen seconds, though what is made for each fill is mostly out of its sight.
YOUNG: Final = 10_000


def settle() -> None:
    """Leave what is there now out of every later look, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
