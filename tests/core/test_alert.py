"""An alert is known by its labels, and by nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.alert import fingerprint

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
