"""How fast messages may leave."""

from contextlib import ExitStack
from heapq import heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.notify.pace import LaneLimits, Pace
from tests.notify.desk import MINUTE, SECOND, START

_GROUP = LaneLimits(burst=4, refill_s=4.0, kept_for_pages=2)

#: A message: its lane, whether it is a page, how long after the last one it is asked for, and how
#: long its answer takes.
asks = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.booleans(),
        st.integers(0, 3 * SECOND),
        st.integers(0, 7 * SECOND),
    ),
    max_size=200,
)


@given(asks, st.randoms(use_true_random=False))
def test_no_service_sees_more_than_its_limits_whenever_it_counts(asks, random):
    """A service counts a message some time between its leaving and the answer.

    The lanes together would let more leave than the service takes in all.
    """
    now = START
    pace = Pace(lambda: now, 2, lambda _: _GROUP)
    counted = []
    under_way = []

    def pass_time(until):
        nonlocal now
        while under_way and min(under_way)[0] <= until:
            now, _, answer = heappop(under_way)
            answer.close()
        now = until

    for number, (lane, page, gap, takes) in enumerate(asks):
        pass_time(now + gap)
        while (wait := pace.wait_s(lane, page=page)) > 0:
            pass_time(now + int(wait * SECOND) + 1)
        answer = ExitStack()
        answer.enter_context(pace.leaving(lane))
        counted.append((lane, now + random.randint(0, takes)))
        heappush(under_way, (now + takes, number, answer))
    for at in {at for _, at in counted}:
        assert sum(at - SECOND < other <= at for _, other in counted) <= 2
        for lane in "abc":
            mine = [other for name, other in counted if name == lane]
            assert sum(at - SECOND < other <= at for other in mine) <= 1
            assert sum(at - MINUTE < other <= at for other in mine) <= 20


def test_a_second_begins_when_the_answer_comes():
    now = START
    pace = Pace(lambda: now, 30, lambda _: LaneLimits())
    with pace.leaving("1"):
        now += SECOND // 2
        assert pace.wait_s("1", page=True) == 1  # as if it were answered now
        assert pace.wait_s("2", page=True) == 0
    now += SECOND - 1
    assert pace.wait_s("1", page=True) > 0
    now += 1
    assert pace.wait_s("1", page=True) == 0


def test_pages_have_room_when_others_have_used_theirs_and_never_wait_long():
    now = START
    pace = Pace(lambda: now, 30, lambda _: _GROUP)
    for page, waits in ((False, (0, 0, 2, 3)), (True, (0, 0, 1, 3, 3))):
        for wait in waits:
            assert pace.wait_s("-1", page=page) == wait
            now += wait * SECOND
            with pace.leaving("-1"):
                pass
            now += SECOND


def test_what_a_service_asks_for_is_waited_for():
    now = START
    pace = Pace(lambda: now, 30, lambda _: LaneLimits())
    pace.block("-1", 40)
    assert pace.wait_s("-1", page=True) == 40
    assert pace.wait_s("-2", page=True) == 0
