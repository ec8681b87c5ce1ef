"""`deskwatch anomalies`: what a person and what a machine is told."""

import json

import msgspec

from deskwatch.cli.show.anomalies import anomalies
from deskwatch.web.answers.anomalies import AnomaliesAnswer, AnomalyRow
from tests.cli.fake_engine import Answer, fake_engine


def row(**more):
    return {
        "account": "crypto", "strategy": "", "currency": "USD", "at": 1_795_417_200_000_000_000,
        "change": "-1234.5", "score": -9.26, "basis": "hour_of_week", "shift": 0.4,
        "unknown": None, "needed": 0, "samples": 288, "frozen_s": 0.0,
    } | more  # fmt: skip


def answer(*rows):
    settings = {
        "as_of": 1_795_417_200_000_000_000, "interval_s": 300.0, "score_threshold": 8.0,
        "shift_threshold": 4.0, "frozen_max_s": 600.0,
    }  # fmt: skip
    return Answer(200, json.dumps(settings | {"rows": rows}).encode())


ROWS = [
    row(),
    row(strategy="mm", change="12", score=1.0, shift=-0.04, frozen_s=61.0),
    row(
        account="futures", change="0", score=None, basis=None, shift=None, unknown="warming_up",
        needed=20, samples=4,
    ),
    row(account="futures", strategy="trend", change=None, score=None, basis=None, shift=None, unknown="unpriced"),
]  # fmt: skip


def test_scores_and_what_cannot_be_told_yet(deskwatch):
    with fake_engine(answer(*ROWS)) as engine:
        shown = deskwatch("anomalies", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/anomalies"]
    assert "by intervals of 5m00s; told from a score of -8" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["crypto", "USD", "-1,234.50", "-9.3", "+0.4"] in lines
    assert ["crypto", "mm", "USD", "+12.00", "+1.0", "0.0", "1m01s"] in lines
    assert [
        "futures",
        "USD",
        "0.00",
        "unknown",
        "unknown",
        "warming_up,",
        "20",
        "to",
        "come",
    ] in lines
    assert ["futures", "trend", "USD", "unknown", "unknown", "unknown", "unpriced"] in lines


def test_a_gain_is_never_red():
    """Who earns 50 where 100 is usual is far below its history, and told by nobody."""
    rows = [msgspec.convert(row(change=change), AnomalyRow) for change in ("50", "-50")]
    settings = {"as_of": 0, "rows": rows, "interval_s": 300.0}
    thresholds = {"score_threshold": 8.0, "shift_threshold": 4.0, "frozen_max_s": 600.0}
    table = anomalies(AnomaliesAnswer(**settings, **thresholds), rows, 80)
    (scores,) = [each.cells for each in table.columns if each.header == "score"]
    assert [cell.style for cell in scores] == ["", "bold red"]


def test_a_wide_terminal_shows_what_it_was_compared_with(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    with fake_engine(answer(row())) as engine:
        shown = deskwatch("anomalies", "--url", engine.url).stdout
    assert ["crypto", "USD", "hour", "of", "week", "-1,234.50", "-9.3", "+0.4", "288"] in [
        line.split() for line in shown.splitlines()
    ]


def test_one_strategy_as_json(deskwatch):
    with fake_engine(answer(*ROWS)) as engine:
        shown = deskwatch("anomalies", "--url", engine.url, "--strategy", "mm", "--json").stdout
    assert [one["strategy"] for one in json.loads(shown)["rows"]] == ["mm"]


def test_a_machine_gets_the_answer_as_it_came(deskwatch):
    sent = answer(*ROWS)
    with fake_engine(sent) as engine:
        shown = deskwatch("anomalies", "--url", engine.url, "--json").stdout
    assert shown == sent.body.decode() + "\n"
