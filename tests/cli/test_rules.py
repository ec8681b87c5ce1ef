"""`deskwatch rules check`: what an engine would say of a rule file, before it has to."""

import json

import pytest

GOOD = """\
groups:
  - name: pnl
    rules:
      - record: desk:loss
        expr: sum(desk_pnl_day)
      - alert: DailyLossHigh
        expr: desk:loss < -1000
"""
LEFT = """\
groups:
  - name: odd
    rules:
      - alert: Late
        expr: up @ 1000 > 0
"""
BROKEN = """\
groups:
  - name: bad
    rules:
      - alert: Wrong
        expr: sum(
      - alert: Worse
        expr: up
        for: soon
"""


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / f"{name}.yml")
            paths[-1].write_text(text)
        return paths

    return write


def test_good_rules_are_counted(deskwatch, files):
    (path,) = files(good=GOOD)
    said = deskwatch("rules", "check", path).stdout
    expected = "1 alerting and 1 recording rules; left to Prometheus: 0, problems: 0"
    assert said == f"{path}: {expected}\n"


def test_what_is_left_to_prometheus_is_named_with_its_line(deskwatch, files):
    (path,) = files(left=LEFT)
    first, last = deskwatch("rules", "check", path, status=1).stdout.splitlines()
    assert first.startswith(f"{path}:4 (odd/Late): left to Prometheus: ")
    assert "@" in first
    assert last.endswith("left to Prometheus: 1, problems: 0")


def test_every_problem_of_every_file_is_named_with_its_line(deskwatch, files, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    broken, good = files(broken=BROKEN, good=GOOD)
    said = deskwatch("rules", "check", broken, good, "missing.yml", status=1).stdout.splitlines()
    assert said[0].startswith(f"{broken}:5 (bad/Wrong): found ")
    assert said[1].startswith(f"{broken}:8 (bad/Worse): found ")
    assert said[2].startswith("missing.yml: found ")
    assert said[3].endswith("1 alerting and 1 recording rules; left to Prometheus: 0, problems: 3")


def test_the_configured_rules_are_read_when_none_are_named(deskwatch, files, tmp_path):
    (path,) = files(good=GOOD)
    (tmp_path / "deskwatch.toml").write_text(f'[rules]\nfiles = ["{path}"]\n')
    assert str(path) in deskwatch("rules", "check").stdout


def test_the_rules_that_come_with_deskwatch_are_fine(deskwatch):
    report = json.loads(deskwatch("rules", "check", "--json").stdout)
    assert report["files"][0].endswith("prometheus/alerts.yml")
    assert report["alerting"] > 10
    assert (report["problems"], report["unsupported"]) == ([], [])


def test_json_has_what_is_wrong_in_its_parts(deskwatch, files):
    report = json.loads(
        deskwatch("rules", "check", *files(a=BROKEN, b=LEFT), "--json", status=1).stdout
    )
    assert [(one[1], one[2]) for one in report["problems"]] == [(5, "bad/Wrong"), (8, "bad/Worse")]
    assert [(one[1], one[2]) for one in report["unsupported"]] == [(4, "odd/Late")]


def test_what_can_not_be_meant_is_noted_and_no_mistake(deskwatch, files):
    (path,) = files(doubtful="""\
groups:
  - name: mine
    rules:
      - {alert: Loss, expr: desk_pnl_dya < 0, labels: {severity: page}}
      - {alert: Loud, expr: desk_pnl_day < 0, labels: {severity: critical}}
""")  # fmt: skip
    loss, loud, last = deskwatch("rules", "check", path).stdout.splitlines()
    assert loss.startswith(f"{path}:4 (mine/Loss): found desk_pnl_dya, which is never there; ")
    assert loud.startswith(f'{path}:5 (mine/Loud): found severity "critical", which wakes nobody; ')
    assert last.endswith("problems: 0, 2 notes")
    assert len(json.loads(deskwatch("rules", "check", path, "--json").stdout)["notes"]) == 2
