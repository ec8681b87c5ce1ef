"""What is kept of the past: enough for the rules, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.rules.needs import needs
from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation
from deskwatch.rules.samples import Samples
from tests.rules.rig import Shown, record
from tests.rules.series import labels

X = labels(__name__="x")


class Desk:
    """Samples kept for some expressions, and what there is to see."""

    def __init__(self, *expressions, max_samples=1000):
        self.samples = Samples(tick_ms=1000, max_samples=max_samples)
        self.shown = Shown()
        kept = needs([parse(expression) for expression in expressions])
        self.selects = [need.select for need in kept]
        self.samples.keep(kept)

    def record(self, second, **values):
        for name, value in values.items():
            self.shown.set(name, value)
        record(self.samples, round(second * 1000), self.shown)

    def ask(self, expression, second):
        node = parse(expression)
        return Evaluation(self.samples, round(second * 1000)).value(node)


@pytest.mark.parametrize(
    ("expression", "horizon_s"),
    [
        ("x", 0),
        ("rate(x[5m])", 300),
        ("rate(x[5m] offset 1m)", 360),
        ("x offset 1m", 360),
        ("x offset -1m", 0),
        ("max_over_time(rate(x[1m])[10m:1m])", 660),
        ("avg_over_time(x[10m:1m] offset 1m)", 960),
        ("sum(x) / sum(y)", 0),
    ],
)
def test_needs(expression, horizon_s):
    assert max(need.horizon_ms for need in needs([parse(expression)])) == horizon_s * 1000


def test_only_what_rules_ask_for_is_kept():
    desk = Desk("x > 1", "rate(y_total[1m])")
    for second in range(10):
        desk.record(second, x=1.0, y_total=float(second), z=3.0)
    assert desk.samples.count == 1 + 10
    assert desk.ask("z", 9) == {}


def test_a_name_may_be_a_pattern():
    desk = Desk('{__name__=~"desk_.+"} > 0')
    desk.record(0, desk_a=1.0, desk_b=2.0, other=3.0)
    assert desk.samples.count == 2
    assert desk.ask('{__name__=~"desk_.+"}', 0) == {
        labels(__name__="desk_a"): 1.0,
        labels(__name__="desk_b"): 2.0,
    }


def test_a_window_is_forgotten_behind_its_horizon():
    desk = Desk("count_over_time(x[10s])")
    for second in range(100):
        desk.record(second, x=1.0)
        assert desk.samples.count <= 13
    assert desk.ask("count_over_time(x[10s])", 99) == {(): 10.0}


def test_a_long_window_is_seen_through_coarser_samples():
    desk = Desk("count_over_time(x[12h])")
    for second in range(3600):
        desk.record(second, x=float(second))
    assert desk.samples.count == 1 + 240
    assert desk.ask("x", 3599) == {X: 3599.0}


def test_of_several_samples_in_one_tick_the_newest_counts_and_the_first_of_all():
    desk = Desk("count_over_time(x[10s])")
    for at, value in ((0.0, 1.0), (0.2, 2.0), (0.9, 3.0), (1.0, 4.0), (1.5, 5.0)):
        desk.record(at, x=value)
    assert desk.ask("sum_over_time(x[10s])", 1.5) == {(): 1.0 + 3.0 + 5.0}


def test_what_happens_in_the_tick_that_a_series_begins_in_is_an_increase():
    desk = Desk("increase(x_total[10m])", "rate(x_total[10m])")
    desk.record(7.1, x_total=0.0)
    desk.record(7.1, x_total=0.0)
    assert desk.ask("rate(x_total[10m])", 7.1) == {}
    desk.record(7.8, x_total=1.0)
    desk.record(7.9, x_total=1.0)
    assert desk.ask("increase(x_total[10m]) > 0", 7.9) == {(): pytest.approx(1.0, rel=0.2)}


def test_a_series_that_disappears_is_stale_at_once():
    desk = Desk("x", "count_over_time(x[10s])")
    desk.record(0, x=1.0)
    desk.shown.gone("x")
    desk.record(1)
    assert desk.ask("x", 1) == {}
    assert desk.ask("count_over_time(x[10s])", 1) == {(): 1.0}
    desk.record(2, x=2.0)
    assert desk.ask("x", 2) == {X: 2.0}
    assert desk.ask("count_over_time(x[10s])", 2) == {(): 2.0}


def test_a_change_is_one_of_a_value_or_of_the_series_that_there_are():
    desk = Desk("x", "y", '{__name__=~"x|y"}')
    x, y, any_of_them = desk.selects
    samples = desk.samples
    desk.record(0, x=1.0, y=1.0)
    at_first = samples.moved(x)
    desk.record(1, x=1.0, y=2.0)
    assert samples.moved(x) == at_first
    assert samples.moved(y) == samples.moved(any_of_them) == samples.moves > at_first
    desk.shown.gone("x")
    desk.record(2)
    gone = samples.moved(x)
    assert gone == samples.moves > samples.moved(y)
    desk.record(3)
    assert samples.moved(x) == gone
    desk.record(4, x=1.0)
    assert samples.moved(x) > gone


def test_a_series_that_stays_away_is_forgotten():
    desk = Desk("count_over_time(x[10s])")
    desk.record(0, x=1.0)
    desk.shown.gone("x")
    for second in range(1, 15):
        desk.record(second)
    assert desk.samples.count == 0


def test_at_the_cap_new_series_are_refused_and_old_ones_lose_their_oldest():
    desk = Desk("count_over_time(x[100s])", max_samples=5)
    for second in range(7):
        desk.record(second, x=float(second))
    assert desk.samples.count == 5
    assert desk.ask("sum_over_time(x[100s])", 6) == {(): float(2 + 3 + 4 + 5 + 6)}
    desk.record(7, **{'x{a="b"}': 1.0})
    assert desk.samples.refused == 1
    assert desk.ask("x", 7) == {X: 6.0}


def test_a_clock_set_back_forgets_the_future():
    desk = Desk("count_over_time(x[10s])")
    for second in range(5):
        desk.record(1000 + second, x=1.0)
    desk.record(500, x=2.0)
    assert desk.ask("x", 500) == {X: 2.0}
    assert desk.samples.count == 1


def test_new_needs_keep_the_samples_that_are_still_needed():
    desk = Desk("count_over_time(x[10s])", "y")
    for second in range(5):
        desk.record(second, x=1.0, y=1.0)
    desk.samples.keep(needs([parse("count_over_time(x[20s])")]))
    assert desk.samples.count == 5
    assert desk.ask("count_over_time(x[20s])", 4) == {(): 5.0}


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), st.integers(1, 20))
def test_the_count_is_what_is_there(steps, cap):
    desk = Desk("count_over_time(x[5s])", "y", max_samples=cap)
    for second, (has_x, has_y) in enumerate(steps):
        for name, there in (("x", has_x), ("y", has_y)):
            if there:
                desk.shown.set(name, float(second))
            elif name in desk.shown.metrics:
                desk.shown.gone(name)
        desk.record(second)
        kept = [*desk.samples.select(parse("x")), *desk.samples.select(parse("y"))]
        assert desk.samples.count == sum(len(series.times) for series in kept) <= cap


VALUES = st.sampled_from(["", "a", "b", "ab"])
OPERATORS = st.sampled_from(["=", "!=", "=~", "!~"])


@given(
    st.lists(st.fixed_dictionaries({"l": VALUES, "m": VALUES}), unique_by=str),
    st.lists(st.tuples(st.sampled_from(["l", "m", "n"]), OPERATORS, VALUES), max_size=4),
)
def test_what_is_selected_is_what_meets_every_matcher(series, matchers):
    braces = ",".join(f'{name}{operator}"{value}"' for name, operator, value in matchers)
    desk = Desk(f"x{{{braces}}}")
    for number, own in enumerate(series):
        given_ = ",".join(f'{name}="{value}"' for name, value in own.items() if value)
        desk.shown.set(f"x{{{given_}}}", float(number))
    desk.record(0)
    (select,) = desk.selects
    everything = desk.samples.select(needs([parse("x")])[0].select)
    assert desk.samples.select(select) == [one for one in everything if select.meets(one.labels)]
