"""The stack's Alertmanager: who is told of what, by Alertmanager's own judgement."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from deskwatch.notify.matcher import Matcher
from deskwatch.notify.settings import DEFAULT_INHIBITIONS, Inhibition
from deskwatch.rules.duration import parse_duration
from deskwatch.stack.alertmanager import rendered
from tests.programs import programs
from tests.stack.containers import declared
from tests.test_monitoring import alert_rules

ROOT = Path(__file__).parents[2]
FILE = ROOT / "alertmanager" / "alertmanager.yml"
CONFIG = yaml.safe_load(FILE.read_text())

#: What no engine can see, and so what the embedded way has no rule for.
SEEN_BY_PROMETHEUS = {"DeskwatchDown"}

AMTOOLS = programs("AMTOOL_BIN", "amtool")
needs_amtool = pytest.mark.skipif(not AMTOOLS, reason="no amtool here (AMTOOL_BIN, PATH)")


def routes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node, *(deeper for route in node.get("routes", []) for deeper in routes(route))]


def written(matchers: Sequence[Matcher]) -> list[str]:
    return [f'{one.name}{one.operator}"{one.value}"' for one in matchers]


def inhibit_rule(one: Inhibition) -> dict[str, list[str]]:
    rule = {"source_matchers": written(one.source), "target_matchers": written(one.target)}
    return {**rule, "equal": list(one.equal)} if one.equal else rule


def test_what_is_inhibited_is_what_the_embedded_engine_inhibits():
    rules = CONFIG["inhibit_rules"]
    ours = [inhibit_rule(one) for one in DEFAULT_INHIBITIONS]
    assert rules[: len(ours)] == ours
    for rule in rules[len(ours) :]:
        (source,) = rule["source_matchers"]
        assert source.partition("=")[2].strip('"') in SEEN_BY_PROMETHEUS


def test_what_inhibits_and_what_is_inhibited_are_alerts_that_there_are():
    names = [rule["alert"] for rule in alert_rules()]
    for one in DEFAULT_INHIBITIONS:
        for matcher in (*one.source, *one.target):
            if matcher.name == "alertname":
                for each in re.split(r"\|(?![^(]*\))", matcher.value):
                    assert any(re.fullmatch(each, name) for name in names), each


def test_a_page_waits_a_second_at_most():
    paging = [
        one for one in routes(CONFIG["route"]) if 'severity="page"' in one.get("matchers", [])
    ]
    assert len(paging) == 2  # of the desk, and of what carries a job
    assert {one["group_wait"] for one in paging} == {"0s", "1s"}


@needs_amtool
@pytest.mark.parametrize("amtool", AMTOOLS)
@pytest.mark.parametrize("chat", [("123:secret", "-1001"), (None, None)], ids=["chat", "no chat"])
def test_amtool_finds_no_fault(amtool, chat, tmp_path):
    file = tmp_path / "alertmanager.yml"
    file.write_text(rendered(FILE.read_text(), *chat))
    for one in (FILE, file):
        checked = subprocess.run(
            [amtool, "check-config", one], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "SUCCESS" in checked.stdout


ROUTED = [
    ({"alertname": "Watchdog", "severity": "info"}, "watchdog"),
    ({"alertname": "DailyLossLimitBreached", "severity": "page", "account": "A1"}, "deskwatch"),
    ({"alertname": "MarkOld", "severity": "warning", "venue": "x"}, "deskwatch"),
    ({"alertname": "LimitNear", "severity": "info"}, "deskwatch"),
    ({"alertname": "DeskwatchDown", "severity": "page", "instance": "a:8080"}, "telegram"),
    ({"alertname": "DeskwatchAbsent", "severity": "page"}, "telegram"),
    ({"alertname": "NotificationsFailing", "severity": "page", "channel": "x"}, "telegram"),
    ({"alertname": "AlertmanagerFailing", "severity": "page", "integration": "webhook"}, "telegram"),
    ({"alertname": "AlertmanagerFailing", "severity": "page", "integration": "telegram"}, "deskwatch"),
    ({"alertname": "TargetDown", "severity": "page", "job": "node"}, "telegram"),
    ({"alertname": "DiskFull", "severity": "warning", "job": "node"}, "telegram"),
]  # fmt: skip


@needs_amtool
@pytest.mark.parametrize("amtool", AMTOOLS)
def test_each_alert_has_its_one_receiver(amtool):
    for labels, receiver in ROUTED:
        given = [f"{name}={value}" for name, value in labels.items()]
        command = [amtool, "config", "routes", "test", f"--config.file={FILE}", *given]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
        assert said.stdout.split() == [receiver], labels


@needs_amtool
@pytest.mark.parametrize("amtool", AMTOOLS)
def test_what_another_rule_says_little_of_is_told_by_its_labels(amtool, tmp_path):
    """Rules of one's own need no severity, summary and runbook."""
    bare = {"status": "firing", "labels": {"alertname": "Load", "instance": "<n>"}}
    described = {"status": "resolved", "labels": {}, "annotations": {"description": "x & y"}}
    data = tmp_path / "data.json"
    common = {"status": "firing", "commonLabels": {"alertname": "Load"}}
    data.write_text(json.dumps({**common, "alerts": [bare, described]}))
    (receiver,) = (one for one in CONFIG["receivers"] if "telegram_configs" in one)
    command = [amtool, "template", "render", "--template.glob=/dev/null", "--template.type=html"]
    text = receiver["telegram_configs"][0]["message"]
    given = [f"--template.data={data}", f"--template.text={text}"]
    said = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        "<b>FIRING: Load</b> (1 firing)",
        "Load &lt;n&gt;",
        "ended: x &amp; y",
        "Sent by Alertmanager, not by deskwatch.",
    ]


def test_every_alert_that_is_routed_by_name_exists():
    names = {rule["alert"] for rule in alert_rules()}
    for route in routes(CONFIG["route"]):
        for matcher in route.get("matchers", []):
            if matcher.startswith("alertname"):
                assert set(matcher.split('"')[1].split("|")) <= names


def test_what_a_killed_alertmanager_has_forgotten_is_seconds_old():
    command = declared(ROOT)["alertmanager"]["command"]
    (interval,) = [one for one in command if one.startswith("--data.maintenance-interval=")]
    assert parse_duration(interval.partition("=")[2]) <= 15_000  # ms
