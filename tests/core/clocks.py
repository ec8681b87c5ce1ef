"""Times that senders' clocks, right or not, give to what they tell, and what of it stands."""

from hypothesis import strategies as st

from deskwatch.core.settings import BooksSettings
from tests.core.blotter import MINUTE

#: How far a clock may be ahead of ours.
TOLERANCE = BooksSettings().future_tolerance_ns

#: What is told one after the other: how long after the one before, and how far ahead its time is.
tellings = st.lists(
    st.tuples(st.integers(0, 3 * MINUTE), st.integers(-10 * MINUTE, TOLERANCE)),
    min_size=1,
    max_size=8,
)


def standing(told: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the one that counts of what was told, each by its own time and when it came.

    The newest by its own time; but what is ahead of our clock gives way to what isn't, and was true
    later than that came. Of equals, the last.
    """
    stands = told[0]
    for time, came in told[1:]:
        ahead = stands[0] > stands[1]
        if time >= stands[0] or (ahead and stands[1] <= time <= came):
            stands = (time, came)
    return stands
