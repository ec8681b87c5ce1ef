"""Laws that hold for every series: what is summed is conserved, a counter never falls."""

import math
import operator
import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.labels import NO_LABELS, labels_of
from deskwatch.rules.promql.select import Series
from deskwatch.rules.promql.vector import PromqlError
from tests.rules.expressions import EXPRESSIONS
from tests.rules.promqltest import Loaded
from tests.rules.series import MINUTE, answer, labels, loaded, vector

whole = st.integers(-1000, 1000).map(float)
desks = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.sampled_from("123")),
    whole,
    min_size=1,
)


def pnl(desk) -> Loaded:
    """Return one P&L series for each (account, strategy, symbol)."""
    return loaded({
        f'pnl{{account="{account}", strategy="{strategy}", symbol="{symbol}"}}': str(value)
        for (account, strategy, symbol), value in desk.items()
    })  # fmt: skip


def history(values, step=15_000, name="x") -> Loaded:
    """Return one series with these values, a step apart, from time 0."""
    source = Loaded()
    series = source.series.setdefault(
        labels_of({"__name__": name}), Series(labels_of({"__name__": name}))
    )
    for index, value in enumerate(values):
        series.append(index * step, value)
    return source


@given(desks)
def test_the_sum_over_parts_is_the_sum(desk):
    source = pnl(desk)
    assert vector("sum(pnl)", source, 0) == {NO_LABELS: sum(desk.values())}
    for parts in ("by (account)", "by (strategy, symbol)", "without (symbol)", "by (venue)"):
        assert vector(f"sum(sum {parts} (pnl))", source, 0) == vector("sum(pnl)", source, 0)
        assert vector(f"sum(count {parts} (pnl))", source, 0) == {NO_LABELS: float(len(desk))}


@given(desks, st.permutations(EXPRESSIONS))
@settings(max_examples=20)
def test_what_expressions_have_in_common_is_to_each_what_it_is_alone(desk, expressions):
    amounts = {(account, strategy): value for (account, strategy, _), value in desk.items()}
    source = loaded({
        f'{name}{{account="{account}", strategy="{strategy}"}}': f"{value} {abs(value)} {value}"
        for name in ("desk_pnl_day", "desk_fills_total")
        for (account, strategy), value in amounts.items()
    })  # fmt: skip
    together = Evaluation(source, MINUTE)
    for expression in expressions:
        assert repr(together.value(parse(expression))) == repr(answer(expression, source, MINUTE))


@given(desks)
def test_a_filter_and_its_opposite_split_the_vector(desk):
    source = pnl(desk)
    over, under = vector("pnl > 0", source, 0), vector("pnl <= 0", source, 0)
    assert over | under == vector("pnl", source, 0)
    assert not over.keys() & under.keys()
    assert vector("(pnl > 0) or (pnl <= 0)", source, 0) == vector("pnl", source, 0)
    assert vector("pnl unless (pnl > 0)", source, 0) == under
    assert vector("pnl and (pnl > 0)", source, 0) == over
    assert sum(vector("pnl > bool 0", source, 0).values()) == len(over)


@given(desks, st.integers(0, 20))
def test_topk_are_the_largest(desk, k):
    found = vector(f"topk({k}, pnl)", pnl(desk), 0)
    assert sorted(found.values(), reverse=True) == sorted(desk.values(), reverse=True)[:k]


@given(desks, st.floats(0, 1))
def test_a_quantile_lies_among_the_values(desk, q):
    found = vector(f"quantile({q}, pnl)", pnl(desk), 0)[NO_LABELS]
    assert min(desk.values()) - 1e-9 <= found <= max(desk.values()) + 1e-9


@given(st.lists(st.integers(0, 100), min_size=2, max_size=30))
def test_a_rising_counter_has_a_rate_and_no_resets(steps):
    counts = [float(count) for count in accumulate(steps)]
    source, end = history(counts), (len(counts) - 1) * 15_000
    rate = vector("rate(x[10m])", source, end)[NO_LABELS]
    assert rate >= 0
    assert (rate == 0) == (counts[0] == counts[-1])
    assert vector("resets(x[10m])", source, end) == {NO_LABELS: 0.0}


@given(st.lists(whole.map(abs), min_size=2, max_size=30))
def test_no_counter_has_a_negative_rate(values):
    source, end = history(values), (len(values) - 1) * 15_000
    for function in ("rate", "increase", "irate"):
        assert vector(f"{function}(x[10m])", source, end)[NO_LABELS] >= 0


@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0], [0.0, 0.25, 0.5]])
def test_a_counter_that_began_at_zero_was_never_below(values):
    assert vector("increase(x[1m])", history(values), 30_000) == {NO_LABELS: values[-1]}


@given(st.lists(whole, min_size=1, max_size=30))
def test_what_is_over_time_agrees_with_itself(values):
    source, end = history(values), (len(values) - 1) * 15_000

    def over_time(name: str) -> float:
        return vector(f"{name}_over_time(x[10m])", source, end)[NO_LABELS]

    assert over_time("count") == len(values)
    assert math.isclose(over_time("sum"), over_time("avg") * len(values), abs_tol=1e-9)
    assert over_time("min") <= over_time("avg") <= over_time("max")
    assert math.isclose(over_time("stddev") ** 2, over_time("stdvar"), abs_tol=1e-6)


@given(st.floats(-1e6, 1e6), st.integers(2, 30))
def test_what_stands_still_has_no_slope_and_stays_where_it_is(value, count):
    source, end = history([value] * count), (count - 1) * 15_000
    assert vector("deriv(x[10m])", source, end) == {NO_LABELS: 0.0}
    assert vector("predict_linear(x[10m], 3600)", source, end) == {NO_LABELS: value}


def test_what_is_infinite_has_no_slope_that_can_be_known():
    source = history([math.inf, math.inf])
    assert math.isnan(vector("deriv(x[10m])", source, 15_000)[NO_LABELS])


def test_smoothing_follows_level_and_trend():
    source = history([1.0, 2.0, 4.0, 8.0])
    asked = "double_exponential_smoothing(x[10m], 0.5, {})"
    assert vector(asked.format(0.25), source, 45_000) == {NO_LABELS: 6.3125}
    for factor in (0, 1):
        with pytest.raises(PromqlError, match="invalid trend factor"):
            answer(asked.format(factor), source, 45_000)


@given(st.lists(whole, min_size=1, max_size=20), st.integers(1, 10))
def test_an_offset_is_the_same_question_earlier(values, back):
    source, at = history(values), 20 * 15_000
    assert vector(f"x offset {back * 15}s", source, at) == vector("x", source, at - back * 15_000)


def test_a_window_of_prometheus_2_takes_in_its_start():
    source = history([1.0, 2.0, 3.0, 4.0, 5.0])
    asked = "count_over_time(x[1m])"
    assert answer(asked, source, MINUTE) == {NO_LABELS: 4.0}
    assert answer(asked, source, MINUTE, Semantics(closed_windows=True)) == {NO_LABELS: 5.0}


@given(desks)
def test_group_left_brings_the_limit_to_each_series(desk):
    accounts = {account for account, _, _ in desk}
    source = pnl(desk)
    limits = loaded(
        {f'limit{{account="{account}", owner="o{account}"}}': "7" for account in accounts}
    )
    source.series.update(limits.series)
    found = vector("pnl * 0 + on (account) group_left (owner) limit", source, 0)
    assert found == {
        labels(account=account, strategy=strategy, symbol=symbol, owner=f"o{account}"): 7.0
        for account, strategy, symbol in desk
    }


#: What stands between two numbers, and what it gives.
ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "> bool": lambda one, other: float(one > other),
    ">= bool": lambda one, other: float(one >= other),
    "< bool": lambda one, other: float(one < other),
    "<= bool": lambda one, other: float(one <= other),
    "== bool": lambda one, other: float(one == other),
    "!= bool": lambda one, other: float(one != other),
}


@given(desks, st.tuples(whole, whole), st.sampled_from(sorted(ARITHMETIC)))
def test_each_side_stays_on_its_side_whichever_has_many(desk, limits, between):
    gives, limit = ARITHMETIC[between], dict(zip("AB", limits, strict=True))
    source = pnl(desk)
    source.series.update(
        loaded({f'limit{{account="{name}"}}': str(of) for name, of in limit.items()}).series
    )
    to_left = vector(f"pnl {between} on (account) group_left limit", source, 0)
    to_right = vector(f"limit {between} on (account) group_right pnl", source, 0)
    each = {
        labels(account=account, strategy=strategy, symbol=symbol): (own, limit[account])
        for (account, strategy, symbol), own in desk.items()
    }
    assert to_left == {one: gives(own, of) for one, (own, of) in each.items()}
    assert to_right == {one: gives(of, own) for one, (own, of) in each.items()}


@given(whole, whole, st.sampled_from(sorted(ARITHMETIC)))
def test_two_numbers_give_what_a_series_and_a_number_do(one, other, between):
    source = history([one])
    expected = ARITHMETIC[between](one, other)
    assert answer(f"({one}) {between} ({other})", source, 0) == expected
    assert vector(f"x {between} ({other})", source, 0) == {NO_LABELS: expected}
    assert vector(f"({other}) {between} x", source, 0) == {
        NO_LABELS: ARITHMETIC[between](other, one)
    }


TWICE = loaded({
    'limit{account="A"}': "100",
    'used{account="A", symbol="x"}': "1",
    'used{account="A", symbol="y"}': "2",
    'lent{account="A", symbol="x"}': "3",
})  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("limit - on (account) used", r'{account="A"} on the right hand-side'),
        ("limit - on (account) group_left used", r'{account="A"} on the right hand-side'),
        ("used - on (account) group_right limit", r'{account="A"} on the left hand-side'),
        ("used - on (account) limit", "many-to-one matching must be explicit"),
        ('{__name__=~"used|lent",symbol="x"} > ignoring () (0 * used{symbol="x"})', "must be explicit"),
        ('{__name__=~"used|lent",symbol="x"} - on (account) group_left limit', "ensure unique matches"),
    ],
)  # fmt: skip
def test_what_could_be_either_of_two_numbers_is_none(expression, why):
    with pytest.raises(PromqlError, match=re.escape(why)):
        answer(expression, TWICE, 0)


@pytest.mark.parametrize(
    "expression", ["nothing - on (account) used", "used - on (account) nothing"]
)
def test_where_one_side_has_nothing_the_other_may_have_many(expression):
    assert vector(expression, TWICE, 0) == {}
