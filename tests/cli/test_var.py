"""`deskwatch var`: what a person and what a machine is told."""

import json

from tests.cli.fake_engine import Answer, fake_engine

TAIL = {
    "method": "historical", "confidence": 0.99, "value_at_risk": "1234.5",
    "expected_shortfall": "2000", "component": None, "marginal_ratio": None,
}  # fmt: skip
BACKTEST = {
    "method": "historical", "confidence": 0.99, "observations": 250, "exceptions": 10,
    "expected": 2.5, "kupiec": 0.00032, "independence": None, "conditional_coverage": None,
    "zone": "red",
}  # fmt: skip


def row(**more):
    return {
        "account": "crypto", "strategy": None, "currency": "USD", "observations": 500,
        "gross": "100000", "unknown": None, "tails": [TAIL], "backtests": [BACKTEST],
    } | more  # fmt: skip


def answer(*rows):
    settings = {
        "as_of": 1_795_417_200_000_000_000, "interval_s": 60, "horizon_s": 3600, "window": 500,
        "min_observations": 100, "limit_method": "historical", "limit_confidence": 0.99,
    }  # fmt: skip
    return Answer(200, json.dumps(settings | {"rows": rows}).encode())


ROWS = [
    row(),
    row(
        strategy="mm", tails=[TAIL | {"component": "-3.25", "marginal_ratio": 0.0123}], backtests=[]
    ),
    row(
        account="futures", unknown="warming_up", gross=None, tails=[], backtests=[], observations=7
    ),
]


def test_figures_and_backtests(deskwatch):
    with fake_engine(answer(*ROWS)) as engine:
        shown = deskwatch("var", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/var"]
    assert "over 1h00m, by 100 to 500 returns of 1m00s" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["crypto", "USD", "historical", "0.99", "1,234.50", "2,000.00"] in lines
    assert ["futures", "USD", "unknown", "unknown", "warming_up"] in lines
    assert ["crypto", "historical", "0.99", "10", "2.5", "250", "<0.001", "red"] in lines


def test_a_strategy_that_adds_nothing_adds_no_minus(deskwatch, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    hedged = TAIL | {"component": "0", "marginal_ratio": -1e-17}
    with fake_engine(answer(row(strategy="mm", tails=[hedged], backtests=[]))) as engine:
        shown = deskwatch("var", "--url", engine.url).stdout
    assert " 0.0000% " in shown


def test_without_a_backtest_there_is_no_table_of_them(deskwatch):
    with fake_engine(answer(row(backtests=[]))) as engine:
        assert "Backtests" not in deskwatch("var", "--url", engine.url).stdout


def test_one_strategy_as_json(deskwatch):
    with fake_engine(answer(*ROWS)) as engine:
        shown = deskwatch("var", "--url", engine.url, "--strategy", "mm", "--json").stdout
    assert [one["strategy"] for one in json.loads(shown)["rows"]] == ["mm"]


def test_a_machine_gets_the_answer_as_it_came(deskwatch):
    sent = answer(*ROWS)
    with fake_engine(sent) as engine:
        assert deskwatch("var", "--url", engine.url, "--json").stdout == sent.body.decode() + "\n"
