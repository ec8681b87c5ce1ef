from hypothesis import given
from hypothesis import strategies as st

from deskwatch.web.access.sessions import MOST, Sessions
from tests.engine.rig import Clock

HOUR = 3_600_000_000_000


def test_a_session_is_found_by_its_secret_alone_until_it_ends() -> None:
    clock = Clock()
    sessions = Sessions(HOUR, clock)
    ada, eve = sessions.open("operator", "ada"), sessions.open("viewer", "eve")
    found = sessions.find(ada)
    assert found is not None
    assert (found.role, found.name) == ("operator", "ada")
    assert found.csrf not in (ada, eve)
    assert sessions.find(ada[:-1]) is None
    assert sessions.find("") is None
    sessions.close(ada)
    assert sessions.find(ada) is None
    clock.now += HOUR - 1
    assert sessions.find(eve) is not None
    clock.now += 1
    assert sessions.find(eve) is None


def test_one_too_many_signs_out_who_came_first() -> None:
    sessions = Sessions(HOUR, Clock())
    first, second = sessions.open("viewer", "1"), sessions.open("viewer", "2")
    for number in range(MOST - 2):
        sessions.open("viewer", str(number))
    assert sessions.find(first) is not None
    sessions.open("viewer", "one too many")
    assert sessions.find(first) is None
    assert sessions.find(second) is not None


@given(st.lists(st.integers(0, 2 * HOUR), max_size=20))
def test_no_two_sessions_have_a_secret_in_common(steps: list[int]) -> None:
    clock = Clock()
    sessions = Sessions(HOUR, clock)
    seen: set[str] = set()
    for step in steps:
        clock.now += step
        secret = sessions.open("viewer", "ada")
        session = sessions.find(secret)
        assert session is not None
        assert not {secret, session.csrf} & seen
        seen |= {secret, session.csrf}
