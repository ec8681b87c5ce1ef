"""`deskwatch render`: from the configured rule files to what a cluster is given."""

import pytest
import yaml

from tests.stack.test_kubernetes import PROMETHEUS

RULES = """\
groups:
  - name: desk
    rules:
      - alert: Loss
        expr: desk_net < 0
"""


def test_the_rules_that_come_with_deskwatch_are_printed_and_those_that_are_named(deskwatch):
    recording = PROMETHEUS / "recording.yml"
    said = deskwatch("render", "kubernetes", "--rules", recording).stdout
    _, alerts, records = yaml.safe_load_all(said)
    assert alerts["spec"] == yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
    assert records["spec"] == yaml.safe_load(recording.read_text())


def test_the_configured_rules_are_printed_with_the_operators_labels(deskwatch, tmp_path):
    (tmp_path / "mine.yml").write_text(RULES)
    (tmp_path / "deskwatch.toml").write_text('[rules]\nfiles = ["mine.yml"]\n')
    options = ["--name", "dw", "--namespace", "desk", "--label", "release=prom", "--label", "a=b"]
    monitor, rules = yaml.safe_load_all(deskwatch("render", "kubernetes", *options).stdout)
    for one, name in ((monitor, "dw"), (rules, "dw-mine")):
        metadata = one["metadata"]
        assert (metadata["name"], metadata["namespace"]) == (name, "desk")
        assert metadata["labels"].items() >= {"release": "prom", "a": "b"}.items()
    assert rules["spec"] == yaml.safe_load(RULES)


def test_a_mistake_in_the_rules_is_shown_with_its_line(deskwatch, tmp_path):
    (tmp_path / "bad.yml").write_text(RULES.replace("< 0", "<"))
    result = deskwatch("render", "kubernetes", "--rules", "bad.yml", status=2)
    assert result.stdout == ""
    assert "bad.yml:5 (desk/Loss): found " in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--label", "a"],
        ["--label", "a=b", "--label", "a=c"],
        ["--name", "A"],
        ["--rules", "no.yml"],
    ],
    ids=" ".join,
)
def test_what_can_not_be_rendered_prints_nothing(deskwatch, wrong):
    result = deskwatch("render", "kubernetes", *wrong, status=2)
    assert result.stdout == ""
    assert wrong[-1].partition("=")[0] in result.stderr
