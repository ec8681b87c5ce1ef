from collections.abc import Mapping
from itertools import pairwise

import pytest

from deskwatch.core.codec import KINDS
from deskwatch.demo.agenda import SECOND
from deskwatch.demo.runner import Pace, play
from deskwatch.demo.simulate import START_NS, Simulation
from tests.demo.fakes import Clock, CountedStop

Sent = list[tuple[str, Mapping[str, object]]]


def played(rate: float, waits: int) -> tuple[Sent, Clock]:
    sent: Sent = []
    clock = Clock(START_NS)
    stop = CountedStop(waits, clock.sleep)
    play(lambda kind, fields: sent.append((kind, fields)), 3, rate, stop, clock)
    return sent, clock


def test_it_sends_what_the_simulation_makes():
    sent, _ = played(1, 51)
    expected = Simulation(3, START_NS).step(START_NS + 5 * SECOND)
    assert [{"kind": kind, **fields} for kind, fields in sent] == expected


@pytest.mark.parametrize("rate", [0.5, 4.0])
def test_at_any_rate_events_are_told_in_real_time(rate):
    sent, clock = played(rate, 51)
    simulated = Simulation(3, START_NS).step(START_NS + int(5 * rate * SECOND))
    assert len(sent) == pytest.approx(len(simulated), rel=0.05)
    for kind, fields in sent:
        assert kind in KINDS
        assert isinstance(fields["event_time"], int)
        assert START_NS - SECOND <= fields["event_time"] <= clock.now


def test_bad_events_can_be_switched_off():
    def kinds(*, bad_events: bool) -> int:
        sent: Sent = []
        clock = Clock(START_NS)
        stop = CountedStop(301, clock.sleep)
        play(
            lambda kind, fields: sent.append((kind, fields)), 3, 1, stop, clock,
            bad_events=bad_events,
        )  # fmt: skip
        return len(sent)

    assert kinds(bad_events=True) == kinds(bad_events=False) + 1


def test_after_a_laptop_slept_the_desk_goes_on_from_where_it_was():
    pace = Pace(1, START_NS)
    awake = pace.advance(START_NS + SECOND // 10)
    hours_later = START_NS + 8 * 3_600 * SECOND
    assert pace.advance(hours_later) - awake == SECOND
    assert pace.real(pace.simulated) == hours_later


def test_a_clock_set_back_stands_still():
    pace = Pace(2, START_NS)
    moments = [pace.advance(now) for now in (START_NS + 100, START_NS - 500, START_NS - 400)]
    assert all(first <= second for first, second in pairwise(moments))


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_must_be_above_zero(rate):
    with pytest.raises(ValueError, match="above zero"):
        Pace(rate, START_NS)
