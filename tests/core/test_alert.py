"""An alert is known by its labels, and by nothing else."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from deskwatch.core.alert import Alert, fingerprint

labels = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)


def test_order_does_not_matter():
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})


def test_names_and_values_do_not_run_into_each_other():
    assert fingerprint({"ab": "c"}) != fingerprint({"a": "bc"})
    assert fingerprint({"a": "b", "c": "d"}) != fingerprint({"a": "b\x00c\x00d"})


def test_it_stays_the_same_over_restarts():
    assert fingerprint({"alertname": "Watchdog", "severity": "info"}) == "cf907a942e87314b"


@given(labels, labels)
def test_labels_that_differ_are_told_apart(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


FIRING = Alert(
    name="Loss",
    labels={},
    annotations={},
    state="firing",
    value=1.0,
    active_at=100,
    fired_at=100,
    event_time=97,
    generator="g/Loss",
    fingerprint="f",
)


def test_what_a_rule_waits_for_on_purpose_is_not_late():
    assert FIRING.lateness_ns(101) == 4
    assert replace(FIRING, fired_at=160).lateness_ns(161) == 4


def test_an_event_of_a_clock_that_is_ahead_is_not_early():
    assert replace(FIRING, event_time=105).lateness_ns(101) == 0


def test_without_an_event_or_before_it_fires_nothing_is_late():
    assert replace(FIRING, event_time=None).lateness_ns(101) is None
    assert replace(FIRING, state="pending", fired_at=None).lateness_ns(101) is None
