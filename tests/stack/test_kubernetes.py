"""Resources for the Prometheus Operator: the files' rules, as they are, and a scrape with a token."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deskwatch.config import load
from deskwatch.core.schema import json_schema
from deskwatch.stack.kubernetes import PORT, TOKEN_KEY, Resources, manifests
from deskwatch.web.access.gate import HEALTH_PATHS
from tests.programs import each

PROMETHEUS = Path(__file__).parents[2] / "prometheus"
PAGE = PROMETHEUS.parent / "docs" / "kubernetes.md"
FILES = [(name, (PROMETHEUS / f"{name}.yml").read_text()) for name in ("alerts", "recording")]
SCRAPES = {
    one["job_name"]: one
    for one in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
}


def resources(text):
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


ALL = manifests(Resources(), FILES)


def test_there_is_a_monitor_and_a_resource_for_each_rule_file():
    found = resources(ALL)
    assert list(found) == [
        ("ServiceMonitor", "deskwatch"),
        ("PrometheusRule", "deskwatch-alerts"),
        ("PrometheusRule", "deskwatch-recording"),
    ]
    assert {one["apiVersion"] for one in found.values()} == {"monitoring.coreos.com/v1"}


@pytest.mark.parametrize(("name", "text"), FILES, ids=["alerts", "recording"])
def test_the_rules_are_the_files(name, text):
    spec = resources(ALL)["PrometheusRule", f"deskwatch-{name}"]["spec"]
    assert spec == {"groups": yaml.safe_load(text)["groups"]}


@pytest.mark.parametrize("promtool", each("PROMTOOL", "promtool"))
def test_promtool_finds_no_fault_in_the_rules(promtool, tmp_path):
    for (kind, name), one in resources(ALL).items():
        if kind == "PrometheusRule":
            (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(one["spec"]))
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    checked = subprocess.run(
        [promtool, "check", "rules", *files], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_is_no_text_to_yaml_is_text_to_prometheus():
    text = """
groups:
  - {name: odd, limit: 5, rules: [{alert: A, expr: 1, labels: {on: yes, at: 1:30, day: 2026-11-23}}]}
"""
    rules = resources(manifests(Resources(), [("odd", text)]))["PrometheusRule", "deskwatch-odd"]
    labels = {"on": "yes", "at": "1:30", "day": "2026-11-23"}
    rule = {"alert": "A", "expr": "1", "labels": labels}
    assert rules["spec"]["groups"] == [{"name": "odd", "limit": 5, "rules": [rule]}]


def test_an_empty_file_has_no_groups():
    rules = resources(manifests(Resources(), [("none", "")]))["PrometheusRule", "deskwatch-none"]
    assert rules["spec"] == {"groups": []}


def test_the_scrape_is_that_of_the_stack_with_a_token_from_a_secret():
    (endpoint,) = resources(ALL)["ServiceMonitor", "deskwatch"]["spec"]["endpoints"]
    stack = SCRAPES["deskwatch"]
    assert endpoint["interval"] == stack["scrape_interval"]
    assert endpoint["scrapeTimeout"] == stack["scrape_timeout"]
    assert endpoint["authorization"] == {"credentials": {"name": "deskwatch", "key": "token"}}


def test_no_label_of_an_event_is_taken_by_the_operator():
    """A target's label `service` would take the place of a feed's."""
    (endpoint,) = resources(ALL)["ServiceMonitor", "deskwatch"]["spec"]["endpoints"]
    dropped, job = endpoint["relabelings"]
    assert b'"service"' in json_schema()
    assert "service" in dropped["regex"].split("|")
    assert dropped["action"] == "labeldrop"
    assert (job["targetLabel"], job["replacement"]) == ("job", SCRAPES["deskwatch"]["job_name"])


def test_names_and_labels_are_on_every_resource():
    named = Resources(name="dw", namespace="desk", labels={"release": "prom"})
    found = resources(manifests(named, FILES))
    for (_, name), one in found.items():
        labels = {"app.kubernetes.io/name": "dw", "release": "prom"}
        assert one["metadata"] == {"name": name, "namespace": "desk", "labels": labels}
    monitor = found["ServiceMonitor", "dw"]["spec"]
    assert monitor["selector"] == {"matchLabels": {"app.kubernetes.io/name": "dw"}}
    assert monitor["endpoints"][0]["authorization"]["credentials"]["name"] == "dw"


def documented():
    """Return the resources that docs/kubernetes.md has of an engine's own pod."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [resource for _, resource in sorted(resources(text).items())]


def test_the_documented_pod_is_the_image_and_what_is_scraped_of_it(tmp_path):
    service, stateful = documented()
    pod = stateful["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    dockerfile = (PROMETHEUS.parent / "docker" / "Dockerfile").read_text()
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{pod['securityContext']['runAsGroup']}\n" in dockerfile
    data, secret, _ = container["volumeMounts"]
    assert f"WORKDIR {data['mountPath']}\n" in dockerfile
    env = {one["name"]: one["value"] for one in container["env"]}
    assert env["DESKWATCH_DATA"] == data["mountPath"]
    assert env["DESKWATCH_SERVER__TOKEN_FILE"] == f"{secret['mountPath']}/{TOKEN_KEY}"
    (tmp_path / TOKEN_KEY).write_text("0123456789abcdef")
    here = {"DESKWATCH_SERVER__TOKEN_FILE": str(tmp_path / TOKEN_KEY)}
    config = load(None, env | here)
    assert container["ports"] == [{"name": PORT, "containerPort": config.server.port}]
    assert service["spec"]["ports"][0]["name"] == PORT
    selected = resources(ALL)["ServiceMonitor", "deskwatch"]["spec"]["selector"]["matchLabels"]
    assert service["metadata"]["labels"] == service["spec"]["selector"] == selected
    assert stateful["spec"]["template"]["metadata"]["labels"] == selected


def test_the_documented_pod_is_restarted_for_no_replay_and_let_end_as_in_the_stack():
    _, stateful = documented()
    pod = stateful["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    paths = {
        container[kind]["httpGet"]["path"]: kind for kind in ("livenessProbe", "readinessProbe")
    }
    assert paths == {"/healthz": "livenessProbe", "/readyz": "readinessProbe"}
    assert paths.keys() == HEALTH_PATHS
    stack = yaml.safe_load((PROMETHEUS.parent / "docker-compose.yml").read_text())
    assert (
        f"{pod['terminationGracePeriodSeconds']}s"
        == (stack["services"]["deskwatch"]["stop_grace_period"])
    )
    assert stateful["spec"]["replicas"] == 1


def test_the_documented_secret_has_no_line_end(tmp_path):
    """The operator keeps it, and Prometheus refuses to put it into a header."""
    (command,) = re.findall(r"^(.*) \| kubectl create secret ", PAGE.read_text(), re.MULTILINE)
    (tmp_path / "token").write_text("0123abcd\n")
    made = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert made.stdout == "0123abcd"


def test_what_no_such_resource_can_say_is_said_first():
    comment = ALL.partition("---\n")[0]
    assert all(line.startswith("#") for line in comment.splitlines())
    for word in ("alert_relabel_configs", "additionalAlertRelabelConfigs", "evaluationInterval"):
        assert word in comment


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "Desk"}, {"name": "a\n# b"}, {"name": "a" * 64}, {"name": "-a"},
        {"namespace": "a.b"}, {"labels": {"": "a"}}, {"labels": {"a b": "c"}},
        {"labels": {"a": "b c"}}, {"labels": {"a": "b" * 64}}, {"labels": {"a": "b\n"}},
    ],
    ids=repr,
)  # fmt: skip
def test_what_kubernetes_would_refuse_is_refused(wrong):
    with pytest.raises(ValueError, match=r"is no (name|label)"):
        Resources(**wrong)


@pytest.mark.parametrize("stems", [("a", "A"), ("a_b", "a-b"), ("_",)], ids=repr)
def test_each_rule_file_needs_a_name_of_its_own(stems):
    with pytest.raises(ValueError, match="a name of its own"):
        manifests(Resources(), [(stem, "") for stem in stems])
