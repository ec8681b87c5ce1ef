"""Rules evaluated on the tick and at once; reloads, restarts, limits and clocks."""

import asyncio
import itertools
import math

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.watch import Watch
from deskwatch.rules.engine import RuleEngine, RuleSettings
from deskwatch.rules.promql.evaluate import Semantics
from deskwatch.rules.promql.functions import FUNCTIONS
from deskwatch.rules.results import Results
from deskwatch.rules.rule import RulesInvalid
from tests.rules.rig import START, Rig, S, looked, states

DRAWDOWN = """
groups:
  - name: risk
    rules:
      - alert: Drawdown
        expr: desk_drawdown_ratio > 0.1
        for: 5s
        labels: {severity: page}
        annotations: {summary: "{{ $labels.account }} is down {{ $value | humanizePercentage }}"}
"""
A1 = 'desk_drawdown_ratio{account="A1"}'
DOWN = 'Drawdown{account="A1",severity="page"}'

HELD_BY_ITSELF = """
groups:
  - name: risk
    rules:
      - alert: Drawdown
        expr: |
          max by (account) (desk_drawdown_ratio > 0.1)
          or NaN * max by (account) (ALERTS{alertname="Drawdown", alertstate="firing"})
        keep_firing_for: 10s
"""

LIMIT = """
groups:
  - name: risk
    rules:
      - alert: LimitBreached
        expr: desk_limit_utilization_ratio >= 1
        annotations:
          summary: >-
            {{ with printf "desk_limit_used{account=%q}" $labels.account | query }}{{ . | first | value | printf "%.10g" }} of
            {{ len . }}{{ else }}unknown{{ end }}
"""

KILL = """
groups:
  - name: breakers
    interval: 1h
    rules:
      - record: desk:breakers_open
        expr: sum by (account) (desk_circuit_breaker_state{state="open"})
      - alert: BreakerOpen
        expr: desk:breakers_open > 0
      - alert: Loss
        expr: desk_pnl_day < 0
"""
DRIVEN = RuleSettings(event_driven=frozenset({"desk_circuit_breaker_state", "desk_limit"}))
OPEN = 'desk_circuit_breaker_state{account="A1",state="open"}'


def test_an_alert_waits_for_its_time_then_fires_then_resolves(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    assert rig.at(0, {A1: 0.05}) == {}
    changed = rig.until(1, 7, {A1: 0.2})
    assert [(alert.state, (alert.fired_at or alert.active_at) - START) for alert in changed] == [
        ("pending", 1 * S),
        ("firing", 6 * S),
    ]
    assert changed[-1].annotations == {"summary": "A1 is down 20%"}
    assert changed[-1].generator == "risk/Drawdown"
    assert rig.at(8, {A1: 0.01}) == {DOWN: "resolved"}
    assert rig.alerts[0].resolved_at == START + 8 * S


def test_a_text_tells_what_its_query_gives_now(tmp_path):
    """Also of a metric that no expression reads, and while the alert's own value stands still."""
    rig = Rig(tmp_path, LIMIT)
    used = 'desk_limit_used{account="A1"}'

    def text(seconds, series):
        rig.at(seconds, series)
        return rig.alerts[0].annotations["summary"]

    assert text(0, {'desk_limit_utilization_ratio{account="A1"}': 1.5}) == "unknown"
    assert text(1, {used: 412345.5, 'desk_limit_used{account="A2"}': 7}) == "412345.5 of 1"
    assert text(2, {used: 500000}) == "500000 of 1"
    rig.shown.gone("desk_limit_used")
    assert text(3, {}) == "unknown"


def test_an_event_begins_an_alert_with_its_text_and_leaves_that_of_others_to_the_turn(tmp_path):
    """Or a storm of events would write the texts of hundreds of alerts many times a second."""
    used, ratio = 'desk_limit_used{account="%s"}', 'desk_limit_utilization_ratio{account="%s"}'
    driven = RuleSettings(event_driven=frozenset({"desk_limit_utilization_ratio"}))
    rig = Rig(tmp_path, LIMIT, driven)

    def told(alerts):
        return {
            alert.labels["account"]: (alert.value, *alert.annotations.values()) for alert in alerts
        }

    rig.at(0, {used % "A1": 150, ratio % "A1": 1.5})
    for series, value in (
        (used % "A1", 160),
        (ratio % "A1", 1.6),
        (used % "A2", 120),
        (ratio % "A2", 1.2),
    ):
        rig.shown.set(series, value)
    rig.engine.touch({"desk_limit_utilization_ratio"})
    assert told(rig.at_event(0.4)) == {"A1": (1.6, "150 of 1"), "A2": (1.2, "120 of 1")}
    rig.at(1)
    assert told(rig.alerts) == {"A1": (1.6, "160 of 1"), "A2": (1.2, "120 of 1")}


def test_a_dip_before_its_time_starts_the_clock_anew(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 4, {A1: 0.2})
    assert rig.at(5, {A1: 0.05}) == {}
    changed = rig.until(6, 11, {A1: 0.2})
    assert [alert.state for alert in changed] == ["pending", "firing"]
    assert changed[-1].fired_at == START + 11 * S


def test_a_series_that_disappears_resolves_at_once(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    rig.shown.gone("desk_drawdown_ratio")
    assert rig.at(7) == {DOWN: "resolved"}


def test_keep_firing_for_rides_out_a_flap(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN.replace("for: 5s", "keep_firing_for: 10s"))
    rig.at(0, {A1: 0.2})
    values = itertools.cycle([0.05, 0.2, 0.05])
    for second in range(1, 30):
        assert rig.at(second, {A1: next(values)}) == {DOWN: "firing"}
    changed = rig.until(30, 50, {A1: 0.05})
    assert [(alert.state, alert.resolved_at) for alert in changed] == [("resolved", START + 40 * S)]


def test_an_alert_that_is_kept_firing_says_since_when_it_no_longer_holds(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN.replace("for: 5s", "keep_firing_for: 10s"))
    rig.at(0, {A1: 0.2})
    assert [alert.gone_at for alert in rig.alerts] == [None]
    rig.until(1, 5, {A1: 0.05})
    assert [(alert.state, alert.gone_at) for alert in rig.alerts] == [("firing", START + S)]
    rig.at(6, {A1: 0.2})
    assert [alert.gone_at for alert in rig.alerts] == [None]


def test_a_resolved_alert_is_told_of_for_a_quarter_of_an_hour(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    assert rig.at(7, {A1: 0.0}) == {DOWN: "resolved"}
    assert rig.at(7 + 900) == {DOWN: "resolved"}
    assert rig.at(7 + 901) == {}


def test_a_touched_metric_is_looked_at_without_waiting_for_its_interval(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    assert rig.at(0, {OPEN: 0.0, "desk_pnl_day": 1.0}) == {}
    rig.shown.set(OPEN, 1.0)
    rig.shown.set("desk_pnl_day", -1.0)
    assert rig.engine.touch(["desk_circuit_breaker_state"], event_time=START + S // 10)
    alerts = rig.at_event(0.2)
    assert states(alerts) == {'BreakerOpen{account="A1"}': "firing"}
    assert alerts[0].event_time == START + S // 10
    assert alerts[0].fired_at == START + S // 5


def test_what_time_alone_brings_has_no_event_behind_it(tmp_path):
    rig = Rig(tmp_path, KILL.replace("1h", "1s"), DRIVEN)
    rig.at(0, {OPEN: 0.0})
    rig.engine.touch(["desk_circuit_breaker_state"], event_time=START + S // 10)
    rig.at(1)
    assert rig.at(300, {OPEN: 1.0}) == {'BreakerOpen{account="A1"}': "firing"}
    assert rig.alerts[0].event_time is None


def test_an_alert_keeps_the_event_that_it_began_with(tmp_path):
    rig = Rig(tmp_path, KILL.replace("1h", "1s"), DRIVEN)
    rig.at(0, {OPEN: 0.0})
    rig.engine.touch(["desk_circuit_breaker_state"], event_time=START + S)
    rig.at(1, {OPEN: 1.0})
    rig.engine.touch(["desk_circuit_breaker_state"], event_time=START + 2 * S)
    assert rig.at(2, {OPEN: 0.0}) == {'BreakerOpen{account="A1"}': "resolved"}
    assert rig.alerts[0].event_time == START + S


WATCHED = f"""{KILL}
      - {{alert: Several, expr: 'count(ALERTS{{alertname="BreakerOpen"}}) > 1'}}
      - {{alert: NoLimit, expr: desk:breakers_open unless on (account) desk_limit}}
      - {{alert: Any, expr: 'count({{__name__=~"desk_limit|desk_circuit_breaker_state"}}) > 2'}}
"""
SERIES = [
    *(f'desk_circuit_breaker_state{{account="A{n}",state="open"}}' for n in range(3)),
    *(f'desk_limit{{account="A{n}"}}' for n in range(3)),
]


@given(
    steps=st.lists(
        st.dictionaries(
            st.sampled_from(SERIES), st.sampled_from([0.0, 1.0, math.nan]) | st.none(), max_size=3
        ),
        max_size=12,
    )
)
def test_a_look_at_what_changed_finds_what_a_look_at_everything_does(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("rules")
    one, other = Rig(folder, WATCHED, DRIVEN), Rig(folder, WATCHED, DRIVEN)
    one.at(0)
    shown: dict[str, float] = {}
    for look, step in enumerate(steps, start=2):
        shown |= {series: value for series, value in step.items() if value is not None}
        for series in [series for series in step if step[series] is None]:
            shown.pop(series, None)
        for rig in (one, other):
            rig.shown.metrics.clear()
            for series, value in shown.items():
                rig.shown.set(series, value)
        one.engine.touch(["desk_circuit_breaker_state", "desk_limit"])
        found = one.at_event(look // 2)  # two looks at each moment
        other.engine.touch(["desk_circuit_breaker_state", "desk_limit"])
        # As if it had never looked at anything.
        other.engine._results = Results(other.engine._book, other.engine.samples, Semantics())
        assert states(found) == states(other.at_event(look // 2))


def test_a_look_leaves_out_whatever_has_not_changed(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    rig.at(0, {OPEN: 1.0})
    rig.engine.touch(["desk_circuit_breaker_state", "desk_limit"])
    assert list(rig.engine.look_at_touched(START + S)) == [None]  # its metric; and no rule
    rig.shown.set(OPEN, 2.0)
    rig.engine.touch(["desk_circuit_breaker_state"])
    assert len(list(rig.engine.look_at_touched(START + 2 * S))) == 3


def test_what_waits_long_anyway_begins_to_wait_in_its_turn(tmp_path):
    rules = """
groups:
  - name: risk
    rules:
      - {alert: Soon, expr: desk_limit > 1, for: 3s}
      - {alert: Late, expr: desk_limit > 1, for: 30s}
"""
    rig = Rig(tmp_path, rules, DRIVEN)
    rig.at(0, {"desk_limit": 1.0})
    rig.shown.set("desk_limit", 2.0)
    rig.engine.touch(["desk_limit"])
    assert states(rig.at_event(0.5)) == {"Soon{}": "pending"}
    assert rig.at(1) == {"Soon{}": "pending", "Late{}": "pending"}


def test_a_tick_takes_in_what_was_touched_before_it(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    rig.at(0, {OPEN: 0.0, "desk_pnl_day": -1.0})
    rig.engine.touch(["desk_circuit_breaker_state"])
    assert rig.at(1, {OPEN: 1.0})['BreakerOpen{account="A1"}'] == "firing"
    assert not any(alert.changed for alert in rig.at_event(2))


def test_what_is_touched_while_a_tick_takes_its_samples_is_looked_at_after_it(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    rig.at(0, {OPEN: 0.0})
    steps = rig.engine.look_at_all(START + S)
    next(steps)  # the one metric that is shown and that a rule needs
    rig.shown.set(OPEN, 1.0)
    rig.engine.touch(["desk_circuit_breaker_state"])
    assert states(looked(rig.engine, steps)) == {}
    alerts = rig.at_event(1.1)
    assert states(alerts) == {'BreakerOpen{account="A1"}': "firing"}


TWO_GROUPS = """
groups:
  - {name: a, rules: [{alert: Loss, expr: desk_pnl_day < 0}]}
  - {name: b, rules: [{alert: Down, expr: desk_drawdown_ratio > 0.1}]}
"""


def turn(rig, seconds):
    for _ in rig.engine._turn(START + round(seconds * S)):
        pass
    return states(rig.engine.alerts())


def test_groups_take_turns(tmp_path):
    rig = Rig(tmp_path, TWO_GROUPS)
    rig.at(0, {"desk_pnl_day": 1.0, A1: 0.0})
    rig.shown.set("desk_pnl_day", -1.0)
    rig.shown.set(A1, 0.2)
    assert turn(rig, 1.0) == {"Loss{}": "firing"}
    assert turn(rig, 1.5) == {"Loss{}": "firing", 'Down{account="A1"}': "firing"}
    rig.shown.gone("desk_pnl_day")
    assert turn(rig, 2.0)["Loss{}"] == "resolved"


def test_after_a_reload_the_groups_begin_anew(tmp_path):
    rig = Rig(tmp_path, TWO_GROUPS)
    rig.shown.set("desk_pnl_day", -1.0)
    rig.shown.set(A1, 0.2)
    assert turn(rig, 0) == {"Loss{}": "firing"}
    rig.file.write_text(TWO_GROUPS.replace("Loss", "Lost"))
    rig.engine.reload()
    assert "Lost{}" in turn(rig, 0.5)


def test_a_group_that_is_not_due_takes_its_samples_all_the_same(tmp_path):
    rules = KILL.replace("desk_pnl_day < 0", "count_over_time(desk_pnl_day[1m]) == 3")
    rig = Rig(tmp_path, rules, DRIVEN)
    for second in range(3):
        rig.at(second, {"desk_pnl_day": 1.0})
    assert rig.engine.samples.count == 3


def test_what_no_rule_waits_for_wakes_nobody(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    assert not rig.engine.touch(["desk_pnl_day"])


def test_a_group_keeps_its_interval(tmp_path):
    rig = Rig(tmp_path, KILL, DRIVEN)
    assert rig.at(0, {"desk_pnl_day": 1.0}) == {}
    assert rig.at(3598, {"desk_pnl_day": -1.0}) == {}
    assert rig.at(3600) == {"Loss{}": "firing"}


def test_reload_keeps_alerts_of_rules_that_stay(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    rig.file.write_text(DRAWDOWN.replace("> 0.1", "> 0.15"))
    assert rig.engine.reload()
    assert rig.at(7) == {DOWN: "firing"}
    assert not rig.alerts[0].changed
    assert rig.alerts[0].active_at == START


def test_reload_resolves_alerts_of_rules_that_go(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    rig.file.write_text(KILL)
    assert rig.engine.reload()
    assert rig.at(7) == {DOWN: "resolved"}
    assert rig.alerts[0].changed
    rig.file.write_text(DRAWDOWN)
    assert rig.engine.reload()
    assert rig.at(8) == {DOWN: "pending"}


def test_a_broken_file_keeps_the_old_rules_and_says_why(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.file.write_text(DRAWDOWN.replace("> 0.1", "> > 0.1"))
    assert not rig.engine.reload()
    assert not rig.engine.config_ok
    assert "alerts.yml:6 (risk/Drawdown)" in rig.engine.config_error
    assert [alert.state for alert in rig.until(0, 6, {A1: 0.2})] == ["pending", "firing"]
    rig.file.write_text(DRAWDOWN)
    assert rig.engine.reload()
    assert (rig.engine.config_ok, rig.engine.config_error) == (True, "")


@pytest.mark.parametrize("done", ["the metric is taken in", "the first of two rules is evaluated"])
def test_a_reload_ends_the_evaluation_that_it_comes_into(tmp_path, done):
    rules = DRAWDOWN + "      - {alert: Loss, expr: desk_pnl_day < 0}\n"
    rig = Rig(tmp_path, rules)
    assert rig.at(0, {"desk_pnl_day": -1.0, "desk_pnl_hour": -1.0})["Loss{}"] == "firing"
    rig.shown.set("desk_pnl_day", 1.0)
    steps = rig.engine.look_at_all(START + S)
    next(steps)
    if "rules" in done:
        next(steps)
    rig.file.write_text(rules.replace("desk_pnl_day", "desk_pnl_hour"))
    assert rig.engine.reload()
    assert states(looked(rig.engine, steps)) == {"Loss{}": "firing"}
    assert rig.at(2) == {"Loss{}": "firing"}


def test_there_is_nothing_to_fall_back_on_at_the_start(tmp_path):
    with pytest.raises(RulesInvalid):
        Rig(tmp_path, "groups: [{name: a, rules: [{alert: X}]}]")


def test_at_the_start_others_are_read_in_the_place_of_a_broken_file(tmp_path):
    broken, ours = tmp_path / "broken.yml", tmp_path / "ours.yml"
    broken.write_text("groups: [{name: a, rules: [{alert: X}]}]")
    ours.write_text(DRAWDOWN)
    rig = Rig(tmp_path, DRAWDOWN)
    engine = RuleEngine([broken], rig.shown, lambda: rig.now, instead=ours)
    assert [rule.name for rule in engine.rules] == ["Drawdown"]
    assert (engine.config_ok, "no expr" in engine.config_error) == (False, True)
    broken.write_text(DRAWDOWN.replace("Drawdown", "Mended"))
    assert engine.reload()
    assert [rule.name for rule in engine.rules] == ["Mended"]


def test_a_restart_neither_pages_again_nor_loses_the_end(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    state = rig.engine.dump(rig.now)
    rig.start().restore(state, START + 60 * S)
    assert rig.at(60) == {DOWN: "firing"}
    assert not rig.alerts[0].changed
    assert rig.alerts[0].fired_at == START + 5 * S
    state = rig.engine.dump(rig.now)
    rig.shown.set(A1, 0.0)
    rig.start().restore(state, START + 120 * S)
    assert rig.at(120) == {DOWN: "resolved"}
    assert rig.alerts[0].changed


def test_a_rule_that_reads_its_own_alert_finds_it_after_a_restart(tmp_path):
    rig = Rig(tmp_path, HELD_BY_ITSELF)
    rig.at(0, {A1: 0.2})
    rig.shown.gone("desk_drawdown_ratio")
    rig.until(1, 20)
    assert [(alert.state, alert.gone_at) for alert in rig.alerts] == [("firing", None)]
    state = rig.engine.dump(rig.now)
    rig.start().restore(state, START + 60 * S)
    rig.at(60)
    assert [(alert.state, alert.gone_at) for alert in rig.alerts] == [("firing", None)]


def test_the_watches_before_are_kept_over_restarts_the_last_ten_of_them(tmp_path):
    rig, watch = Rig(tmp_path, DRAWDOWN), Watch(since=1)
    for number in range(2, 20):
        watch = rig.start().restore(rig.engine.dump(START + number, watch), START + number)
    assert (watch.since, watch.until) == (START + 19, START + 19)
    remembered = []
    while watch.before is not None:
        watch = watch.before
        remembered.append(watch.since - START)
    assert remembered == list(range(18, 8, -1))


def test_a_pending_clock_stands_still_while_we_are_down(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 3, {A1: 0.2})
    state = rig.engine.dump(rig.now)
    rig.start().restore(state, START + 63 * S)
    changed = rig.until(63, 70)
    assert [(alert.state, alert.fired_at) for alert in changed] == [("firing", START + 65 * S)]


def test_a_pending_clock_stands_still_while_we_sleep(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 3, {A1: 0.2})
    rig.engine.slept(60 * S)
    changed = rig.until(63, 70)
    assert [(alert.state, alert.fired_at) for alert in changed] == [("firing", START + 65 * S)]


def test_a_pending_clock_starts_anew_after_an_hour(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 3, {A1: 0.2})
    state = rig.engine.dump(rig.now)
    later = 3 + 3601
    rig.start().restore(state, START + later * S)
    changed = rig.until(later, later + 6)
    assert (changed[0].state, changed[0].active_at) == ("pending", START + later * S)


REJECTS = """
groups:
  - name: execution
    rules:
      - alert: Rejects
        expr: increase(desk_order_rejects_total[1m]) > 5
"""


def test_after_a_restart_an_alert_goes_on_until_its_window_has_been_seen_again(tmp_path):
    rig = Rig(tmp_path, REJECTS)
    for second in range(61):
        rig.at(second, {"desk_order_rejects_total": float(second)})
    assert states(rig.alerts) == {"Rejects{}": "firing"}
    state = rig.engine.dump(rig.now)
    rig.start().restore(state, START + 62 * S)
    for second in range(62, 122):
        assert rig.at(second) == {"Rejects{}": "firing"}, second
    assert rig.at(122) == {"Rejects{}": "resolved"}


def test_alerts_of_a_rule_that_went_while_we_were_down_are_resolved(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(0, 6, {A1: 0.2})
    state = rig.engine.dump(rig.now)
    rig.file.write_text(KILL)
    rig.start().restore(state, START + 60 * S)
    assert rig.at(60) == {DOWN: "resolved"}


def test_a_state_with_nan_comes_back(tmp_path):
    rig = Rig(tmp_path, "groups: [{name: a, rules: [{alert: X, expr: 0 / 0}]}]")
    rig.at(0)
    state = rig.engine.dump(rig.now)
    rig.start().restore(state, rig.now)
    assert rig.at(1) == {"X{}": "firing"}


def test_a_clock_set_back_fires_nothing_twice_and_holds_nothing_up(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN)
    rig.until(1000, 1006, {A1: 0.2})
    assert [alert.state for alert in rig.until(10, 20)] == ["pending", "firing"]
    assert rig.at(21, {A1: 0.0}) == {DOWN: "resolved"}


def test_over_its_limit_a_rule_fails_and_is_counted(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN.replace("name: risk", "name: risk\n    limit: 2"))
    three = {f'desk_drawdown_ratio{{account="A{number}"}}': 0.5 for number in range(3)}
    assert rig.at(0, three) == {}
    assert rig.engine.failures == {("risk", "Drawdown"): 1}


def test_over_its_limit_a_rule_ends_what_fired(tmp_path):
    rig = Rig(tmp_path, DRAWDOWN.replace("name: risk", "name: risk\n    limit: 2"))
    rig.until(0, 6, {A1: 0.2})
    more = {f'desk_drawdown_ratio{{account="B{number}"}}': 0.5 for number in range(2)}
    assert rig.at(7, more) == {DOWN: "resolved"}
    assert rig.engine.failures == {("risk", "Drawdown"): 1}


def test_a_failing_rule_leaves_its_alerts_and_the_others_alone(tmp_path):
    rules = DRAWDOWN + "      - alert: Watchdog\n        expr: vector(1)\n"
    rules = rules.replace(
        "desk_drawdown_ratio > 0.1", "desk_drawdown_ratio > on (venue) desk_limit"
    )
    rig = Rig(tmp_path, rules)
    rig.until(0, 6, {A1: 0.2, "desk_limit": 0.1})
    assert rig.at(7, {'desk_limit{x="2"}': 0.3}) == {
        DOWN.replace('account="A1",', ""): "firing",
        "Watchdog{}": "firing",
    }
    assert rig.engine.failures == {("risk", "Drawdown"): 1}


def test_a_rule_that_fails_again_later_is_logged_again(tmp_path):
    """Its alert says so within five minutes; the line of the first time is days old by then."""
    rig = Rig(tmp_path, DRAWDOWN.replace("name: risk", "name: risk\n    limit: 2"))
    three = {f'desk_drawdown_ratio{{account="A{number}"}}': 0.5 for number in range(3)}
    one = dict.fromkeys(three, 0.0)
    with structlog.testing.capture_logs() as logged:
        rig.until(0, 5, three)
        rig.until(6, 8, one)
        rig.until(9, 12, three)
    assert [entry["event"] for entry in logged] == ["rule_failed", "rule_failed"]


def test_a_bug_in_a_function_fails_its_rule_and_none_of_the_others(tmp_path, monkeypatch):
    rules = DRAWDOWN.replace("desk_drawdown_ratio > 0.1", "abs(desk_drawdown_ratio) > 0.1")
    rig = Rig(tmp_path, rules + "      - alert: Watchdog\n        expr: vector(1)\n")
    rig.until(0, 6, {A1: 0.2})
    monkeypatch.setitem(FUNCTIONS, "abs", lambda _context, _arguments: 1 / 0)
    with structlog.testing.capture_logs() as logged:
        rig.until(7, 9, {A1: 0.3})
    assert rig.at(10) == {DOWN: "firing", "Watchdog{}": "firing"}
    assert rig.engine.failures == {("risk", "Drawdown"): 4}
    (entry,) = logged
    assert (entry["rule"], entry["exc_info"]) == ("Drawdown", True)


def test_rules_read_alerts_and_what_earlier_rules_recorded(tmp_path):
    rig = Rig(tmp_path, """
groups:
  - name: a
    rules:
      - {record: "desk:worst", expr: max(desk_drawdown_ratio), labels: {kind: worst}}
      - {alert: Down, expr: "desk:worst > 0.1", labels: {severity: page}}
      - {alert: Many, expr: 'count(ALERTS{alertstate="firing",alertname!="Many"}) > 0'}
""")  # fmt: skip
    assert rig.at(0, {A1: 0.2}) == {
        'Down{kind="worst",severity="page"}': "firing",
        "Many{}": "firing",
    }
    assert rig.at(1, {A1: 0.0}) == {
        'Down{kind="worst",severity="page"}': "resolved",
        "Many{}": "resolved",
    }


def test_rules_read_of_alerts_those_that_are_active_and_since_when(tmp_path):
    rig = Rig(tmp_path, """
groups:
  - name: a
    rules:
      - {alert: Down, expr: desk_drawdown_ratio > 0.1}
      - {record: "desk:down", expr: 'ALERTS{alertname="Down"}'}
      - {record: "desk:down:since", expr: 'ALERTS_FOR_STATE{alertname="Down"}'}
      - {alert: Seen, expr: "desk:down"}
      - {alert: Since, expr: "desk:down:since"}
""")  # fmt: skip
    rig.at(0, {A1: 0.0})
    rig.at(7, {A1: 0.2})
    values = {alert.name: alert.value for alert in rig.alerts if alert.state == "firing"}
    assert values == {"Down": 0.2, "Seen": 1.0, "Since": START / S + 7}
    rig.at(8, {A1: 0.0})
    assert {alert.name: alert.state for alert in rig.alerts} == dict.fromkeys(
        ("Down", "Seen", "Since"), "resolved"
    )


def test_two_series_that_give_the_same_alert_are_a_failure_and_no_alert(tmp_path):
    rig = Rig(tmp_path, """
groups:
  - {name: a, rules: [{alert: Down, expr: desk_drawdown_ratio > 0.1, labels: {account: any}}]}
""")  # fmt: skip
    assert rig.at(0, {A1: 0.2}) == {'Down{account="any"}': "firing"}
    rig.at(1, {A1: 0.2, A1.replace("A1", "A2"): 0.2})
    assert rig.engine.failures == {("a", "Down"): 1}


async def test_it_runs_by_itself_and_wakes_for_an_event(tmp_path):
    settings = RuleSettings(tick_s=3600, event_driven=DRIVEN.event_driven)
    rig = Rig(tmp_path, KILL, settings)
    rig.shown.set(OPEN, 0.0)
    delivered = asyncio.Queue()
    running = asyncio.create_task(rig.engine.run(delivered.put))
    try:
        async with asyncio.timeout(60):
            assert await delivered.get() == []
            rig.shown.set(OPEN, 1.0)
            rig.engine.touch(["desk_circuit_breaker_state"])
            assert states(await delivered.get()) == {'BreakerOpen{account="A1"}': "firing"}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
