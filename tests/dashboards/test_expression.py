"""What boards ask of counters that have just begun, and of sums that fall."""

import re

import pytest

from deskwatch.core.limit import LIMIT_KINDS
from tests.dashboards.boards import models, panels, queries
from tests.rules.series import MINUTE, labels, loaded, vector

pytest.importorskip("grafana_foundation_sdk.models.dashboard")

from deskwatch.dashboards.expression import account_limit, counted

#: In milliseconds.
SECOND = 1000


@pytest.mark.parametrize("kept", [False, True])
def test_what_happens_for_the_first_time_is_counted(kept):
    """Its counter is born with it, and an increase needs a sample before."""
    target = 'job="d", instance="i"'
    series = loaded(
        {
            f'm{{reason="old", {target}}}': "3x60",
            f'm{{reason="new", {target}}}': "_x29 1x30",
            f"up{{{target}}}": "1x60",
        },
        SECOND,
    )
    asked = in_steps(counted("m", "reason", kept=kept), seconds=20)
    found = vector(asked, series, 40 * SECOND).items()
    assert {dict(labels)["reason"]: times for labels, times in found} == {"old": 0, "new": 1}


@pytest.mark.parametrize("kept", [False, True])
def test_what_happens_shortly_before_a_minute_ends_is_in_one_bar_and_whole(kept):
    series = loaded({'m{reason="r"}': "7x49 10x200"}, SECOND)
    asked = in_steps(counted("m", "reason", kept=kept), seconds=60)
    bars = [vector(asked, series, minute * MINUTE).values() for minute in (1, 2, 3)]
    assert [list(bar) for bar in bars] == [[3], [0], [0]]


@pytest.mark.parametrize(
    "query",
    [query for query in queries("prometheus") if query.legend == "{{le}}"],
    ids=lambda query: query.panel,
)
def test_one_slow_request_is_one_cell_of_a_heatmap(query):
    (histogram,) = set(re.findall(r"\w+_bucket", query.expr))
    series = loaded(
        {f'{histogram}{{le="0.1"}}': "40x120", f'{histogram}{{le="+Inf"}}': "40x49 41x80"},
        SECOND,
    )
    asked = re.sub(r"\$\w+", ".*", query.expr.replace("$__interval", "15s"))
    seen = [vector(asked, series, at * SECOND) for at in (45, 60, 75, 90)]
    slow = [found[labels(le="+Inf")] - found[labels(le="0.1")] for found in seen]
    assert slow == [0, 1, 0, 0]


def test_a_counter_that_began_anew_within_a_bar_is_no_loss():
    series = loaded({'m{reason="r"}': "50x100 0x20 4x60"}, SECOND)
    asked = in_steps(counted("m", "reason"), seconds=60)
    (found,) = vector(asked, series, 150 * SECOND).values()
    assert found == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("kept", [False, True])
def test_what_comes_back_into_sight_is_not_new(kept):
    target = 'job="d", instance="i"'
    series = loaded(
        {
            f'm{{reason="old", {target}}}': "300x9 stale _x29 300x30",
            f"up{{{target}}}": "1x9 0x30 1x30",
            f"process_start_time_seconds{{{target}}}": "-5x9 stale _x29 -5x30",
        },
        SECOND,
    )
    asked = in_steps(counted("m", "reason", kept=kept), seconds=20)
    assert set(vector(asked, series, 50 * SECOND).values()) == {0}


def test_what_happened_since_a_restart_is_new():
    target = 'job="d", instance="i"'
    series = loaded(
        {
            f'm{{reason="old", {target}}}': "300x9 stale _x29 5x30",
            f"up{{{target}}}": "1x9 0x30 1x30",
            f"process_start_time_seconds{{{target}}}": "-5x9 stale _x29 38x30",
        },
        SECOND,
    )
    asked = in_steps(counted("m", "reason"), seconds=20)
    assert set(vector(asked, series, 50 * SECOND).values()) == {5}


def in_steps(expr: str, seconds: int) -> str:
    """Return an expression as Grafana asks it in steps of so many seconds."""
    expr = expr.replace("$__interval_ms", str(seconds * 1000))
    return expr.replace("$__interval", f"{seconds}s")


def test_slippage_that_gains_is_a_mean_and_not_a_counter_that_began_anew():
    """An increase would count the whole sum again at every fill that gained."""
    (asked,) = [one.filled for one in queries("prometheus") if "slippage" in one.expr]
    flow = 'account="A1", strategy="mm", venue="XNAS"'
    series = loaded(
        {
            f"desk_slippage_sum_ratio{{{flow}}}": "-0.5-0.001x10",
            f'desk_slippage_ratio_bucket{{{flow}, le="0.0"}}': "5000+10x10",
            f'desk_slippage_ratio_bucket{{{flow}, le="+Inf"}}': "5000+10x10",
        }
    )
    (found,) = vector(asked, series, 10 * MINUTE).values()
    assert found == pytest.approx(-0.0001)


@pytest.mark.parametrize(
    ("currency", "used", "drawn"),
    [
        ("USD", 0, {"USD": 2_500_000}),
        ("EUR", 1_000_000, {"USD": pytest.approx(2_750_000)}),
        ("EUR", 0, {}),
    ],
)
def test_a_limit_is_drawn_in_the_currency_of_what_it_limits(currency, used, drawn):
    """Beside dollars a line of as many euros would lie too low, and one of yen out of sight."""
    limited = f'limit="gross", account="A1", currency="{currency}"'
    series = loaded(
        {
            f"desk_limit{{{limited}}}": "2500000",
            f"desk_limit_used{{{limited}}}": str(used),
            'desk_account_exposure_gross{account="A1", currency="USD"}': str(used * 1.1),
        }
    )
    figure = "sum by (account, currency) (desk_account_exposure_gross)"
    asked = account_limit("gross", figure).replace("$account", ".*")
    found = vector(asked, series, 0).items()
    assert {dict(labels)["currency"]: line for labels, line in found} == drawn


#: A state of five seconds between two points that are a quarter of an hour apart, and its name.
SHORT = {
    "When was which breaker open?": (
        {
            'desk_circuit_breaker_state{breaker="b", state="open"}': "0x599 1x4 0x900",
            'desk_circuit_breaker_state{breaker="b", state="half_open"}': "0x604 1x4 0x895",
        },
        2,
    ),
    "Was the kill switch engaged?": (
        {'desk_kill_switch_engaged{scope="desk"}': "0x599 1x4 0x900"},
        1,
    ),
    "When was which service down?": (
        {
            'desk_heartbeat_age_seconds{service="oms"}': "1x599 30x4 1x900",
            'desk_heartbeat_down_after_seconds{service="oms"}': "10x1600",
        },
        1,
    ),
    "When was which session down?": (
        {
            'desk_session_state{state="disconnected", session="s"}': "0x599 1x4 0x900",
            'desk_session_state{state="logged_on", session="s"}': "1x599 0x4 1x900",
            'desk_session_state{state="logged_out", session="s"}': "0x1600",
        },
        1,
    ),
    "When did which drill fail?": ({'desk_drill_success{drill="d"}': "1x599 0x4 1x900"}, 0),
}


def test_every_state_over_time_is_tried():
    timelines = [
        panel["title"]
        for model in models().values()
        for panel in panels(model)
        if panel["type"] == "state-timeline"
    ]
    assert sorted(timelines) == sorted(SHORT)


@pytest.mark.parametrize("panel", SHORT)
def test_a_state_that_is_over_between_two_points_of_a_wide_chart_is_seen(panel):
    series, state = SHORT[panel]
    (asked,) = [query.expr for query in queries("prometheus") if query.panel == panel]
    asked = re.sub(r"\$\w+", ".*", asked.replace("$__interval", "15m"))
    source = loaded(series, SECOND)
    (was,) = vector(asked, source, 15 * MINUTE).values()
    (now,) = vector(asked, source, 25 * MINUTE + 5 * SECOND).values()
    assert was == state
    assert now != state


def test_a_session_that_was_logged_out_on_purpose_is_not_down():
    """As for SessionDown: after a venue's close the board would be red all night."""
    states = dict.fromkeys(("connecting", "logged_on", "disconnected", "error"), 0)
    series = loaded(
        {
            f'desk_session_state{{venue="XNAS", session="{session}", state="{state}"}}': f"{held}x9"
            for session, now in (("orders", "logged_out"), ("drop", "disconnected"))
            for state, held in (states | {"logged_out": 0} | {now: 1}).items()
        }
    )
    (asked,) = [
        one.filled for one in queries("prometheus") if one.panel == "How many sessions are down?"
    ]
    assert list(vector(asked, series, 9 * MINUTE).values()) == [1]


def test_a_limit_whose_use_is_lost_from_sight_is_not_one_that_is_kept():
    """It was breached when its price grew old: 0 breached alone would pass for well."""
    known, lost = 'limit="gross", account="A1"', 'limit="leverage", account="A2"'
    series = loaded(
        {
            f"desk_limit{{{known}}}": "100",
            f"desk_limit{{{lost}}}": "3",
            f"desk_limit_utilization_ratio{{{known}}}": "0.4",
            'desk_limit_threshold_ratio{level="breached"}': "1",
            "deskwatch_build_info": "1",
        }
    )
    asked = {query.panel: query.filled for query in queries("prometheus")}
    said = [
        list(vector(asked[panel], series, 0).values())
        for panel in ("How many limits are breached?", "How many are unknown?")
    ]
    assert said == [[0], [1]]


def test_a_quiet_symbol_of_a_channel_that_flows_is_no_stale_feed():
    feed = 'service="md", venue="XCME", channel="book"'
    series = loaded(
        {
            f'desk_feed_overdue_ratio{{{feed}, symbol=""}}': "0.1",
            f'desk_feed_overdue_ratio{{{feed}, symbol="ESZ6"}}': "7",
            'desk_feed_overdue_ratio{service="md", venue="XEUR", channel="book", symbol=""}': "2",
        }
    )
    (count,), (chart, _) = (
        [query.filled for query in queries("prometheus") if query.panel == panel]
        for panel in (
            "How many feeds are stale?",
            "Which feed is silent for longer than it should be?",
        )
    )
    assert list(vector(count, series, 0).values()) == [1]
    overdue = vector(chart, series, 0).items()
    assert {dict(labels)["venue"]: ratio for labels, ratio in overdue} == {"XCME": 0.1, "XEUR": 2}


def test_a_limit_is_drawn_for_each_whom_it_holds_for():
    """Of an account's and its strategies' limits the loosest would pass for the account's."""
    asked = [query.expr for query in queries("prometheus") if "desk_limit{" in query.expr]
    assert asked
    for expr in asked:
        for by, kind, chosen in re.findall(
            r'by \(([^)]*)\) \(desk_limit\{limit="(\w+)"([^}]*)\}', expr
        ):
            for label in {"strategy", "venue"} & LIMIT_KINDS[kind].scopes:
                assert label in by.split(", ") or f'{label}=""' in chosen, expr
