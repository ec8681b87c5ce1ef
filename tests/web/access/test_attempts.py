from hypothesis import given
from hypothesis import strategies as st

from deskwatch.web.access.attempts import FORGOTTEN_AFTER_S, FREE, LONGEST_S, MOST, Attempts
from tests.engine.rig import Clock

SECOND = 1_000_000_000


def after(misses: int, address: str = "192.0.2.1") -> tuple[Attempts, Clock]:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(misses):
        attempts.missed(address)
    return attempts, clock


def test_a_few_slips_cost_nothing_and_then_the_wait_doubles() -> None:
    waits = [after(misses)[0].wait_s("192.0.2.1") for misses in range(FREE + 4)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert after(10_000)[0].wait_s("192.0.2.1") == LONGEST_S


def test_a_wait_ends_and_a_right_password_forgets_what_was_wrong() -> None:
    attempts, clock = after(FREE + 1)
    clock.now += SECOND
    assert attempts.wait_s("192.0.2.1") == 1
    clock.now += SECOND
    assert attempts.wait_s("192.0.2.1") == 0
    attempts.hit("192.0.2.1")
    attempts.missed("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == 0


def test_one_address_does_not_keep_another_out() -> None:
    attempts, _ = after(20)
    assert attempts.wait_s("192.0.2.2") == 0
    assert attempts.wait_s("") == 0


def test_whoever_has_one_ipv6_address_has_its_whole_network() -> None:
    attempts, _ = after(20, "2001:db8::1")
    assert attempts.wait_s("2001:db8::ffff") > 0
    assert attempts.wait_s("2001:db8:0:1::1") == 0


def test_ipv4_addresses_as_a_socket_for_both_gives_them_are_told_apart() -> None:
    attempts, _ = after(20, "::ffff:192.0.2.1")
    assert attempts.wait_s("192.0.2.1") > 0
    assert attempts.wait_s("::ffff:192.0.2.2") == 0


def test_whoever_has_many_addresses_keeps_nobody_else_out() -> None:
    attempts, _ = after(20)
    for number in range(2 * MOST):
        attempts.missed(f"10.0.{number // 256}.{number % 256}")
    attempts.missed("192.0.2.2")
    assert attempts.wait_s("192.0.2.2") == 0
    assert attempts.wait_s("192.0.2.1") > 0
    assert len(attempts._misses) == MOST


def test_what_was_wrong_is_forgotten_in_time() -> None:
    attempts, clock = after(FREE)
    clock.now += (FORGOTTEN_AFTER_S + LONGEST_S) * SECOND
    attempts.missed("192.0.2.1")
    assert attempts.wait_s("192.0.2.1") == 0


@given(st.lists(st.sampled_from(["a", "b"]), max_size=40))
def test_how_long_one_waits_depends_on_ones_own_misses_alone(misses: list[str]) -> None:
    together = Attempts(Clock())
    for address in misses:
        together.missed(address)
    for address in ("a", "b"):
        assert together.wait_s(address) == after(misses.count(address), address)[0].wait_s(address)
