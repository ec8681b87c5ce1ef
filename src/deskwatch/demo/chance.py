"""Seeded randomness: every part of the desk draws from a stream of its own."""

from math import log
from random import Random

#: A log-normal delay is cut here: a venue that takes longer has dropped the request.
_LONGEST_DELAY_NS = 8_000_000_000


def chance(seed: int, stream: str) -> Random:
    """Return the generator of `stream`, so that one part's draws never shift another's."""
    return Random(f"{seed}/{stream}")  # noqa: S311  a simulation, not a secret


def delay_ns(random: Random, median_ns: int, sigma: float) -> int:
    """Return a log-normal delay in nanoseconds, at least 1 µs."""
    drawn = random.lognormvariate(log(median_ns), sigma)
    return min(max(int(drawn), 1_000), _LONGEST_DELAY_NS)
