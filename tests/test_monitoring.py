"""Code, rules, runbooks and the rules' own tests are kept in step."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deskwatch.config import default_rules_file
from deskwatch.core.notification import SEVERITIES
from deskwatch.core.wording import FINE
from deskwatch.rules.load import load
from deskwatch.rules.promql.build import parse
from deskwatch.rules.promql.plan import Node, Select, children
from tests.logs.pipeline import counted_by_promtail
from tests.programs import each
from tests.serving import serving

ROOT = Path(__file__).parents[1]
RULES = ROOT / "prometheus" / "alerts.yml"
UNIT_TESTS = sorted((ROOT / "prometheus" / "tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
RUNBOOK_URL = "https://github.com/deskwatch/deskwatch/blob/main/docs/runbooks/"

#: What Prometheus itself says of the targets that it scrapes, and what others than us expose.
BY_PROMETHEUS = {
    "up",
    "ALERTS",
    "alertmanager_notification_requests_failed_total",
    "alertmanager_config_last_reload_successful",
    "prometheus_config_last_reload_successful",
}

#: What Promtail, Alloy and Loki say of themselves; what we have the first two count is in their
#: pipeline.
BY_COLLECTORS = {
    "promtail_dropped_entries_total",
    "loki_write_dropped_entries_total",
    "loki_discarded_samples_total",
}

#: What fires whatever happens, and so has no test that holds its fire.
ALWAYS = {"Watchdog"}

#: What counts a loss, or says that something fails.
LOSSES = re.compile(
    "dropped|fail(ed|ing|ures)|refused|overflow|errors|folded|lost|_cut_|damaged|miss(ed|ing)"
    "|unknown|left_out|gaps|unread|rejects|drops"
)

#: Losses that no rule names, and why.
WATCHED_OTHERWISE = {
    "desk_api_errors_total": "desk_api_failed_requests_total is their sum, which begins at 0",
    "desk_feed_missed_messages_total": "FeedGapOpen and FeedGapsFrequent count the gaps themselves",
    "desk_feed_sequence_gaps_total": "desk_feed_open_gaps and desk_feed_recent_gaps are of them",
    "desk_host_network_errors_total": "what is lost is sent again; what it costs is in latency",
    "desk_order_rejects_total": "a reject now and then is trading; desk_reject_ratio is watched",
    "desk_reconciliation_failures_total": "desk_reconciliation_unknown is watched",
    "desk_session_drops_total": "desk_session_state is watched",
    "deskwatch_log_lines_cut_total": "an entry is there, without its end",
    "deskwatch_log_own_lines_lost_total": "standard error has them",
    "deskwatch_log_store_cut_bytes_total": "their lines were read again",
    "deskwatch_log_store_damaged_bytes_total": "no figure is made of them; the files have them",
    "deskwatch_notifications_folded_total": "they are told, in a digest",
}

#: What Prometheus alone can find, and so may say which target it means.
ABOUT_TARGETS = {"DeskwatchDown", "StackServiceDown", "StackConfigNotLoaded"}

#: A count before what is counted, as in "3 events".
COUNTED = re.compile(r'\{\{ (?:printf "%.0f" )?\$value(?: \| humanize)? \}\} \w+s\b')

#: Summaries that may count so, and why theirs is never one.
NEVER_ONE = {
    "CircuitBreakerFlapping": "breakers.flap_trips is two at least",
    "DeskwatchRestartLoop": "more than 2",
    "DrillFailedRepeatedly": "drills.page_after is two at least",
    "EventsRefusedBurst": "more than 100",
    "FeedGapsFrequent": "5 and more",
    "FeedSymbolsSilent": "more than 1",
    "IntervalsRefused": "more than 10",
    "LogErrorBurst": "more than 20",
    "LogLevelsUnknown": "60 and more",
    "LogSilent": "60 and more",
    "NobodyIsTold": "it is always none",
    "SourceRepeatsItself": "more than 10",
}

HEADINGS = [
    "What it means",
    "What it costs",
    "First three checks",
    "How to resolve it",
    "When to escalate",
]


@cache
def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(RULES)["groups"]
    return found


@cache
def alert_rules() -> list[dict[str, Any]]:
    return [rule for group in groups() for rule in group["rules"] if "alert" in rule]


def summary(rule: dict[str, Any]) -> str:
    text: str = rule["annotations"]["summary"]
    return text


def names() -> list[str]:
    return [rule["alert"] for rule in alert_rules()]


@cache
def unit_tests() -> list[dict[str, Any]]:
    return [test for file in UNIT_TESTS for test in read(file)["tests"]]


@cache
def expectations() -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (expected["alertname"], expected["exp_alerts"])
        for test in unit_tests()
        for expected in test.get("alert_rule_test", [])
    ]


def metrics_named_in(expression: str) -> set[str]:
    return set(_metrics(parse(expression)))


def _metrics(node: Node) -> Iterator[str]:
    if isinstance(node, Select):
        assert node.metric is not None, "a rule names its metrics"
        yield re.sub("_(bucket|sum|count)$", "", node.metric)
    for child in children(node):
        yield from _metrics(child)


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> set[str]:
    """Every metric of a running engine, those without a series at present included."""

    async def shown() -> set[str]:
        async with serving(tmp_path_factory.mktemp("desk")) as served:
            samples = await served.metrics()
        return {dict(labels)["metric"] for name, labels in samples if name == "deskwatch_series"}

    return asyncio.run(shown())


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_alert_is_complete(rule, exported):
    name = rule["alert"]
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"{RUNBOOK_URL}{name}.md"
    runbook = (RUNBOOKS / f"{name}.md").read_text()
    assert re.findall("^# (.*)", runbook, re.MULTILINE) == [name]
    assert re.findall("^## (.*)", runbook, re.MULTILINE) == HEADINGS
    assert re.findall(r"^(\d)\. ", runbook, re.MULTILINE) == ["1", "2", "3"]
    others = BY_PROMETHEUS | BY_COLLECTORS | counted_by_promtail()
    assert metrics_named_in(rule["expr"]) <= exported | others


@pytest.mark.parametrize("name", names())
def test_alert_is_seen_to_fire_and_to_hold_its_fire(name):
    found = [alerts for tested, alerts in expectations() if tested == name]
    assert any(found)
    assert name in ALWAYS or not all(found)


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_how_long_it_waits_has_a_reason(rule):
    lines = RULES.read_text().split(f"- alert: {rule['alert']}\n")[1].split("- alert:")[0]
    reason = r"for: \w+  # \w+" if "for" in rule else r"# no for: \w+"
    assert re.search(rf"^ +{reason}", lines, re.MULTILINE)


def test_each_loss_is_watched_by_a_rule_or_has_a_reason_not_to_be(exported):
    named = set().union(*(metrics_named_in(rule["expr"]) for rule in alert_rules()))
    losses = {name for name in exported if LOSSES.search(name)}
    assert losses - named == WATCHED_OTHERWISE.keys()


def test_no_summary_says_1_events():
    counting = {rule["alert"] for rule in alert_rules() if COUNTED.search(summary(rule))}
    assert counting == NEVER_ONE.keys()


def test_no_length_of_time_is_told_more_exactly_than_anybody_reads():
    text = RULES.read_text()
    assert 'printf "%.0f" $value | humanizeDuration' in text
    assert "humanizeDuration $value" not in text


def test_a_loss_in_coins_is_told_as_exactly_as_commands_tell_it():
    """1.50 BTC would read as less than a limit of 1.504."""
    told = re.findall(r'match "\^\(([A-Z|]+)\)\$" \$labels\.currency', RULES.read_text())
    assert {frozenset(coins.split("|")) for coins in told} == {FINE}
    assert len(told) == RULES.read_text().count(
        'printf "%.2f" $value }}{{ end }} {{ $labels.currency'
    )


def test_alerts_have_names_of_their_own():
    assert len(set(names())) == len(names())


def test_each_runbook_has_its_alert_and_the_index_lists_it():
    assert {file.stem for file in RUNBOOKS.glob("*.md")} - {"README"} == set(names())
    index = (RUNBOOKS / "README.md").read_text()
    for group in groups():
        listed = ", ".join(f"[{rule['alert']}]({rule['alert']}.md)" for rule in group["rules"])
        assert f"| {group['name']} | {listed} |" in index


@pytest.mark.parametrize(
    "rule", [rule for rule in alert_rules() if "keep_firing_for" in rule], ids=lambda r: r["alert"]
)
def test_a_runbook_says_how_long_its_alert_goes_on(rule):
    text = (RUNBOOKS / f"{rule['alert']}.md").read_text()
    told = re.findall(r"ends (a minute|five minutes) after", text)
    assert set(told) <= {{"1m": "a minute", "5m": "five minutes"}.get(rule["keep_firing_for"])}


def test_a_silence_that_a_runbook_advises_keeps_its_own_alert_quiet():
    """A breaker's name alone would silence its next trip."""
    for file in RUNBOOKS.glob("*.md"):
        for matchers in re.findall(r"deskwatch silence add (\S+)", file.read_text()):
            assert matchers == f"alertname={file.stem}"


def test_links_between_runbooks_lead_somewhere():
    for file in RUNBOOKS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text()):
            assert (RUNBOOKS / target).exists(), f"{file.name}: {target}"


def test_the_engine_leaves_no_rule_to_prometheus():
    (rules,) = load([default_rules_file()])
    assert rules.unsupported == ()
    assert [rule.name for group in rules.groups for rule in group.rules] == names()


def test_an_alert_is_the_same_whoever_found_it():
    """What Prometheus scrapes says who was scraped; the engine's own series don't."""
    for test in unit_tests():
        for series in test.get("input_series", []):
            assert 'job="' in series["series"], series
            assert 'instance="' in series["series"], series
    for name, alerts in expectations():
        for alert in alerts:
            assert name in ABOUT_TARGETS or not {"job", "instance"} & alert["exp_labels"].keys()


@pytest.mark.parametrize("page", ["alerts.md", "operations.md"])
def test_what_a_command_says_of_the_rules_is_documented_with_their_number(page):
    text = (ROOT / "docs" / page).read_text()
    counts = re.findall(r"([1-9]\d+) (?:rules, 0 left|alerting and 0 recording)", text)
    assert counts
    assert set(counts) == {str(len(names()))}


@pytest.mark.parametrize("promtool", each("PROMTOOL", "promtool"))
def test_promtool_takes_the_rules(promtool):
    checked = subprocess.run(
        [promtool, "check", "rules", RULES], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("tests", UNIT_TESTS, ids=lambda file: file.stem)
@pytest.mark.parametrize("promtool", each("PROMTOOL", "promtool"))
def test_promtool_finds_the_unit_tests_right(promtool, tests, tmp_path):
    file = narrowed(tests, tmp_path)
    # With room to leave its garbage lie it takes a quarter less of a processor, and 150 MB.
    environment = os.environ | {"GOGC": "400"}
    tested = subprocess.run(
        [promtool, "test", "rules", file], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr


def narrowed(tests: Path, folder: Path) -> Path:
    """Return the tests with those rules alone that they ask for.

    promtool evaluates every rule of a file at every step. No rule reads what another one finds
    (`test_alert_is_complete`), so the others change nothing but how long it takes.
    """
    file = read(tests)
    cases = [case for test in file["tests"] for case in test.get("alert_rule_test", [])]
    asked = {case["alertname"] for case in cases}
    wanted = [
        group | {"rules": [rule for rule in group["rules"] if rule["alert"] in asked]}
        for group in groups()
    ]
    rules = folder / RULES.name
    rules.write_text(json.dumps({"groups": [group for group in wanted if group["rules"]]}))
    named = [(tests.parent / name).resolve() for name in file["rule_files"]]
    written = folder / tests.name
    files = [str(rules if one == RULES else one) for one in named]
    written.write_text(json.dumps(file | {"rule_files": files}))
    return written
