"""What is marked in every chart says what it is about."""

import re

import pytest
import yaml

from tests.dashboards.boards import ROOT, filled, models
from tests.rules.series import MINUTE, loaded, vector

every_board = pytest.mark.parametrize("name", models())

#: Labels that each series of an annotation has. Of another Grafana would write the name.
ALWAYS = {"alertname", "breaker", "cause", "about"}


@every_board
def test_annotations_name_labels_that_are_always_there(name):
    for note in models()[name]["annotations"]["list"]:
        named = set(re.findall(r"\{\{(\w+)\}\}", note["titleFormat"] + note["textFormat"]))
        assert named <= ALWAYS
        assert re.search(r'^label_join\(.*, "about", " "(, "\w+")+\)$', note["expr"])


def test_who_was_called_is_told_of_what():
    """A mark that says ProcessMissing, and no process, sends somebody looking."""
    rules = yaml.safe_load((ROOT / "prometheus" / "alerts.yml").read_text())["groups"]
    pages = [
        " ".join(rule["annotations"].values())
        for group in rules
        for rule in group["rules"]
        if rule.get("labels", {}).get("severity") == "page"
    ]
    named = {label for page in pages for label in re.findall(r"\$labels\.(\w+)", page)}
    for model in models().values():
        (note,) = [one for one in model["annotations"]["list"] if one["name"] == "Pages"]
        # What they found, and who did it, is no part of what they are about.
        joined = set(re.findall(r'"(\w+)"', note["expr"])) | {"currency", "cause", "actor"}
        assert named <= joined


def test_a_page_that_is_over_between_two_points_of_a_wide_chart_is_marked():
    series = loaded(
        {
            'ALERTS{alertname="LimitBreached", alertstate="firing", severity="page"}': "_x6 1x1",
            'desk_circuit_breaker_tripped{breaker="b", cause="drawdown"}': "_x6 1x1",
        }
    )
    for note in models()["pnl"]["annotations"]["list"]:
        asked = filled(note["expr"])
        marked = [len(vector(asked, series, at * MINUTE)) for at in (5, 10, 15)]
        assert marked == [0, 1, 0], note["name"]
