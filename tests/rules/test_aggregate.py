"""What many series of a group become."""

import math

import pytest

from deskwatch.rules.promql.labels import labels_of
from deskwatch.rules.promql.vector import PromqlError
from tests.rules.series import loaded, vector

#: Three symbols at A, of two at B one that is not a number, and none that is one at C.
QUOTES = {
    'spread{symbol="CL", venue="A"}': "10",
    'spread{symbol="ES", venue="A"}': "1",
    'spread{symbol="NQ", venue="A"}': "4",
    'spread{symbol="ES", venue="B"}': "NaN",
    'spread{symbol="NQ", venue="B"}': "7",
    'spread{symbol="ES", venue="C"}': "NaN",
}


def by_venue(asked: str) -> dict[str, str]:
    """Return the value of each venue, as it is shown."""
    found = vector(asked, loaded(QUOTES), 0)
    assert all(name == "venue" for series in found for name, _ in series)
    return {dict(series)["venue"]: f"{value:g}" for series, value in found.items()}


@pytest.mark.parametrize(
    ("operator", "a", "b", "c"),
    [
        ("sum", "15", "nan", "nan"),
        ("avg", "5", "nan", "nan"),
        ("min", "1", "7", "nan"),
        ("max", "10", "7", "nan"),
        ("count", "3", "2", "1"),
        ("group", "1", "1", "1"),
        ("stdvar", "14", "nan", "nan"),
        ("stddev", f"{math.sqrt(14):g}", "nan", "nan"),
    ],
)
def test_a_group_becomes_one(operator, a, b, c):
    expected = {"A": a, "B": b, "C": c}
    assert by_venue(f"{operator} by (venue) (spread)") == expected
    assert by_venue(f"{operator} without (symbol) (spread)") == expected


def test_a_quantile_lies_between_its_neighbours():
    assert by_venue("quantile by (venue) (0.25, spread)")["A"] == "2.5"
    assert by_venue("quantile by (venue) (-1, spread)")["A"] == "-inf"
    assert by_venue("quantile by (venue) (2, spread)")["A"] == "inf"


def test_the_smallest_of_a_sum_is_not_lost_among_the_largest():
    source = loaded({'x{n="1"}': "1", 'x{n="2"}': "1e100", 'x{n="3"}': "1", 'x{n="4"}': "-1e100"})
    assert vector("sum(x)", source, 0) == {(): 2.0}


def test_what_is_infinite_has_no_variance():
    assert math.isnan(vector("stdvar(x)", loaded({"x": "Inf"}), 0)[()])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("topk by (venue) (1, spread)", ["CL A", "NQ B", "ES C"]),
        ("bottomk by (venue) (1, spread)", ["ES A", "NQ B", "ES C"]),
        ("topk by (venue) (2, spread)", ["CL A", "NQ A", "NQ B", "ES B", "ES C"]),
        ("bottomk(3, spread)", ["ES A", "NQ A", "NQ B"]),
        ("topk(1.9, spread)", ["CL A"]),
        ("topk(0, spread)", []),
        ("topk(-1, spread)", []),
    ],
)
def test_of_each_group_the_best_are_given_whole_and_best_first(asked, found):
    given = [dict(series) for series in vector(asked, loaded(QUOTES), 0)]
    assert [f"{one['symbol']} {one['venue']}" for one in given] == found
    assert all(one["__name__"] == "spread" for one in given)


@pytest.mark.parametrize(
    ("k", "why"), [("NaN", "is NaN"), ("2^63", r"9\.22\S+ overflows"), ("-2^63", "overflows")]
)
def test_a_number_of_series_that_is_none_is_refused(k, why):
    with pytest.raises(PromqlError, match=why):
        vector(f"topk({k}, spread)", loaded(QUOTES), 0)


def test_values_are_counted():
    source = loaded({'version{host="1"}': "7", 'version{host="2"}': "7", 'version{host="3"}': "8"})
    assert vector('count_values by (site) ("release", version)', source, 0) == {
        labels_of({"release": "7"}): 2.0,
        labels_of({"release": "8"}): 1.0,
    }
    with pytest.raises(PromqlError, match="invalid label name"):
        vector('count_values("no name", version)', source, 0)
