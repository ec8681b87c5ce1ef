"""What rules gave is given again exactly as long as it is what they would give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.rules.book import RuleBook
from deskwatch.rules.needs import is_still
from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.vector import PromqlError
from deskwatch.rules.results import Results
from deskwatch.rules.rule import AlertRule, Group, RecordRule, RuleFile
from deskwatch.rules.samples import Samples
from tests.rules.expressions import EXPRESSIONS
from tests.rules.rig import Shown, record
from tests.rules.series import labels

SHARE = "desk:share"
RECORDED = [
    "desk:share",
    "desk:share > 0.5",
    "absent(desk:share)",
    'absent(ALERTS{alertstate="firing"})',
]


@pytest.mark.parametrize(
    ("expression", "still"),
    [
        ("desk_pnl_day < 0", True),
        ("sum by (account) (desk_pnl_day) / scalar(count(desk_limit)) > 1", True),
        ("absent(desk_pnl_day)", True),
        ("clamp(desk_pnl_day, -1, time())", False),
        ("time() - desk_mark_time > 5", False),
        ("timestamp(desk_pnl_day)", False),
        ("desk_pnl_day < 0 and on () hour() > 8", False),
        ("rate(desk_fills_total[5m])", False),
        ("max_over_time(sum(desk_pnl_day)[5m:1m])", False),
        ("desk_pnl_day offset 1m", False),
        ('{__name__=~"desk_.*"}', False),
        ("desk_pnl_day < 0 and desk:share > 1", False),
    ],
)  # fmt: skip
def test_an_expression_is_still_where_neither_time_nor_another_rule_moves_it(expression, still):
    assert is_still(parse(expression), {SHARE}) is still


class Desk:
    """Rules of all sorts, the results that are kept of them, and what they are worked out over."""

    def __init__(self, expressions):
        rules = [alert(number, text) for number, text in enumerate(expressions)]
        recording = RecordRule(
            line=0, group="g", name=SHARE, expression="1", plan=parse("1"), labels={}
        )
        group = Group(name="g", interval_ns=None, limit=0, rules=(recording, *rules))
        book = RuleBook([RuleFile(path=None, groups=(group,), unsupported=())])
        self.rules = rules
        self.samples = Samples(tick_ms=1000, max_samples=100_000)
        self.samples.keep(book.all_needs())
        self.shown = Shown()
        self.results = Results(book, self.samples, Semantics())


def alert(number, expression):
    return AlertRule(
        line=0,
        group="g",
        name=f"Rule{number}",
        expression=expression,
        plan=parse(expression),
        for_ns=0,
        keep_firing_for_ns=0,
        labels={},
        annotations={},
    )


def given_by(ask, *of):
    """Return what is given, to the letter; NaN is NaN and -0 is not 0."""
    try:
        return repr(ask(*of))
    except PromqlError as error:
        return f"fails: {error}"


SERIES = [
    *(f'desk_pnl_day{{account="{account}",strategy="s{n}"}}' for account in ("A1", "A2") for n in (1, 2)),
    *(f'desk_fills_total{{account="A1",strategy="s{n}"}}' for n in (1, 2)),
    'desk_order_ack_seconds_bucket{account="A1",le="0.1"}',
    'desk_order_ack_seconds_bucket{account="A1",le="+Inf"}',
    "desk_nothing",
]  # fmt: skip
steps = st.tuples(
    st.sampled_from([1, 1, 1, 20, 310, -40]),
    st.dictionaries(
        st.sampled_from(SERIES), st.sampled_from([-3.0, 0.0, 0.95, 7.0, float("nan")]), max_size=2
    ),
    st.sampled_from([None, None, None, "desk_pnl_day", "desk_nothing"]),
    st.sampled_from([None, None, 0.2, 0.8]),
)


@given(st.lists(steps, max_size=12))
@settings(max_examples=40)
def test_what_rules_give_is_what_they_would_give_if_worked_out_anew(timeline):
    desk, second = Desk([*EXPRESSIONS, *RECORDED]), 1_000
    for waited, changed, gone, recorded in timeline:
        second += waited
        for series, value in changed.items():
            desk.shown.set(series, value)
        if gone in desk.shown.metrics:
            desk.shown.gone(gone)
        at = second * 1000
        record(desk.samples, at, desk.shown)
        if recorded is not None:  # else the rule fails, and its last samples grow old
            desk.samples.write(at, "share", {labels(__name__=SHARE): recorded})
        for rule in desk.rules:
            anew = given_by(Evaluation(desk.samples, at).value, rule.plan)
            assert given_by(desk.results.result, rule, at) == anew, rule.expression


def test_what_no_sample_moved_is_not_worked_out_again():
    desk = Desk(["desk_pnl_day < 0", "time() > desk_fills_total"])
    loss, late = desk.rules

    def results(second, **values):
        for name, value in values.items():
            desk.shown.set(name, value)
        record(desk.samples, second * 1000, desk.shown)
        return [desk.results.result(rule, second * 1000) for rule in desk.rules]

    first = results(1, desk_pnl_day=-1.0, desk_fills_total=0.0)
    second = results(2, desk_fills_total=1.0)
    assert [now is before for now, before in zip(second, first, strict=True)] == [True, False]
    third = results(3, desk_pnl_day=-2.0)
    assert third[0] == {labels(__name__="desk_pnl_day"): -2.0}
    assert desk.results.reads_news(loss) is desk.results.reads_news(late) is False


def test_a_rule_that_failed_has_nothing_to_give_again():
    clash = 'label_replace(desk_pnl_day, "account", "all", "account", ".*")'
    desk = Desk([clash])
    (rule,) = desk.rules
    desk.shown.set('desk_pnl_day{account="A1"}', 1.0)
    record(desk.samples, 1000, desk.shown)
    assert len(desk.results.result(rule, 1000)) == 1
    desk.shown.set('desk_pnl_day{account="A2"}', 2.0)
    record(desk.samples, 2000, desk.shown)
    for second in (2, 3):
        record(desk.samples, second * 1000, desk.shown)
        with pytest.raises(PromqlError, match="same labelset"):
            desk.results.result(rule, second * 1000)
