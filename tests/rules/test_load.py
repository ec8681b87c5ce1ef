"""Rule files are read as Prometheus reads them, and mistakes are pointed at."""

import pytest

from deskwatch.rules.load import load
from deskwatch.rules.rule import AlertRule, RecordRule, RulesInvalid, Unsupported
from tests.rules.table import SCRIPTS

PROMTOOL = SCRIPTS.parent / "promtool"

RULES = """\
groups:
  - name: risk
    interval: 30s
    limit: 100
    labels: {team: desk, severity: info}
    rules:
      - record: desk:loss
        expr: |
          -sum by (account) (desk_pnl_day)
        labels: {kind: daily}
      - alert: Loss
        expr: desk:loss > on (account) desk_limit
        for: 1m30s
        keep_firing_for: 5m
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.account }} lost {{ $value }}"
"""


def read(tmp_path, source):
    """Return the one file's rules."""
    path = tmp_path / "rules.yml"
    path.write_text(source)
    return load([path])[0]


def problems(tmp_path, source) -> list[tuple[int, str, str]]:
    """Return line, rule and what was found, of each mistake."""
    with pytest.raises(RulesInvalid) as caught:
        read(tmp_path, source)
    return [(problem.line, problem.rule, problem.found) for problem in caught.value.problems]


def test_a_file_is_read(tmp_path):
    (group,) = read(tmp_path, RULES).groups
    assert (group.name, group.interval_ns, group.limit) == ("risk", 30_000_000_000, 100)
    recording, alert = group.rules
    assert isinstance(recording, RecordRule)
    assert isinstance(alert, AlertRule)
    assert recording.labels == {"team": "desk", "severity": "info", "kind": "daily"}
    assert (alert.for_ns, alert.keep_firing_for_ns) == (90_000_000_000, 300_000_000_000)
    assert {name: label.source for name, label in alert.labels.items()} == {
        "team": "desk",
        "severity": "page",
    }


def test_a_file_may_say_that_it_has_no_rules(tmp_path):
    assert read(tmp_path, "groups: []\n").groups == ()


@pytest.mark.parametrize("written", ["", "# The desk's rules.\n", "groups:\n", "{}"])
def test_a_file_that_says_nothing_is_taken_for_half_written(tmp_path, written):
    assert problems(tmp_path, written) == [(0, "", "no groups")]


@pytest.mark.parametrize(
    ("was", "is_now", "problem"),
    [
        ("for: 1m30s", "for: 90", (13, "risk/Loss", "'90'")),
        ("interval: 30s", "interval: often", (3, "", "'often'")),
        ("limit: 100", "limit: -1", (4, "", "'-1'")),
        ("limit: 100", "limits: 100", (4, "", "the field 'limits'")),
        ("for: 1m30s", "fro: 1m30s", (13, "", "the field 'fro'")),
        ("for: 1m30s", "for: 1m\n        for: 2m", (14, "", "'for' for the second time")),
        ("> on (account)", "> > on (account)", (12, "risk/Loss", "'desk:loss > > on (account) desk_limit'")),
        ("{{ $value }}", "{{ $valu }}", (17, "risk/Loss", "'{{ $labels.account }} lost {{ $valu }}'")),
        ("{{ $value }}", "{{ nonsense $value }}", (17, "risk/Loss", "'{{ $labels.account }} lost {{ nonsense $value }}'")),
        ("labels: {severity: page}", "labels: {__name__: x}", (15, "risk/Loss", "'__name__' among the labels")),
        ("labels: {severity: page}", "labels: {a-b: x}", (15, "risk/Loss", "'a-b' among the labels")),
        ("labels: {kind: daily}", "for: 5m", (7, "risk/desk:loss", "'for' in a recording rule")),
        ("record: desk:loss", "record: desk-loss", (7, "risk/desk-loss", "the name 'desk-loss'")),
        ("alert: Loss", "alert: Loss\n        record: x", (11, "risk/Loss", "both or neither of alert and record")),
        ("expr: desk:loss > on (account) desk_limit", "annotations2: {}", (12, "", "the field 'annotations2'")),
        ("expr: desk:loss > on (account) desk_limit", "expr: ''", (11, "risk/Loss", "no expr")),
        ("name: risk", "name: ''", (2, "", "a group named ''")),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, was, is_now, problem):
    assert problems(tmp_path, RULES.replace(was, is_now, 1)) == [problem]


def test_every_mistake_is_told_at_once(tmp_path):
    wrong = RULES.replace("1m30s", "soon").replace("-sum", "-smu")
    assert [line for line, _, _ in problems(tmp_path, wrong)] == [8, 13]


@pytest.mark.parametrize("source", ["groups: [", "groups: {}", "[]", "a: b", "groups:\n\t- x"])
def test_what_is_no_rules_file(tmp_path, source):
    assert problems(tmp_path, source)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RulesInvalid, match="expected a readable file"):
        load([tmp_path / "nowhere.yml"])


def test_what_is_left_to_prometheus_is_named(tmp_path):
    source = RULES.replace("desk_limit", "desk_limit @ end()").replace(
        "{{ $value }}", "{{ define `up` }}x{{ end }}"
    )
    file = read(tmp_path, source)
    assert [rule.name for rule in file.groups[0].rules] == ["desk:loss"]
    path = str(tmp_path / "rules.yml")
    assert file.unsupported == (
        Unsupported(path, 11, "risk/Loss", "the @ modifier"),
        Unsupported(path, 11, "risk/Loss", "template action define in summary"),
    )


@pytest.mark.skipif(not PROMTOOL.exists(), reason=f"promtool's examples are not at {PROMTOOL}")
def test_promtools_own_examples():
    for name in ("rules.yml", "rules_duplicates.yml", "prometheus-rules.lint.yml"):
        assert load([PROMTOOL / name])[0].groups
    with pytest.raises(RulesInvalid, match=r"undefined variable '\$label'"):
        load([PROMTOOL / "rules-bad.yml"])
