"""Laws that hold for every series: what is summed is conserved, a counter never falls."""

import math
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
    assert answer(asked, source, MINUTE, Semantics(like_2_42=True)) == {NO_LABELS: 5.0}


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
