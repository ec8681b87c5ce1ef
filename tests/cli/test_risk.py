"""`deskwatch risk`: what a person and what a machine is told."""

import json

import pytest

from tests.cli.fake_engine import Answer, fake_engine

NOW = 1_795_417_200_000_000_000
WHOLE = {"account": "crypto", "strategy": "", "venue": "", "symbol": ""}


def exposed(**more):
    return WHOLE | {
        "settle": "", "currency": "USD", "long": "1500.5", "short": "400", "gross": "1900.5",
        "net": "1100.5", "working": "25", "concentration": 0.75, "unpriced": None,
    } | more  # fmt: skip


def limit(**more):
    return WHOLE | {
        "limit": "gross", "currency": "USD", "unit": "money", "value": "2000", "used": "1900.5",
        "utilization": 0.95025, "state": "high",
    } | more  # fmt: skip


def report(**more):
    return {
        "account": "crypto", "venue": "BITMEX", "currency": "XBT", "equity": "20",
        "margin_used": "5", "maintenance_margin": "2", "margin_used_ratio": 0.25,
        "maintenance_margin_ratio": 0.1, "failed": False, "age_s": 12.5,
    } | more  # fmt: skip


LIQUIDATION = {
    "account": "crypto", "venue": "BITMEX", "symbol": "XBTUSD", "price": "60000",
    "distance_ratio": 0.3333, "failed": False, "age_s": 3.0,
}  # fmt: skip


def answers(strategies=(), limits=(), missing=(), margins=(), liquidations=()):
    lists = {"venues": [], "instruments": [], "currencies": []}
    exposure = lists | {
        "as_of": NOW, "accounts": [exposed()], "strategies": list(strategies),
        "leverage": [{"account": "crypto", "leverage": 2.5}], "margins": list(margins),
        "liquidations": list(liquidations),
    }  # fmt: skip
    of_limits = {
        "as_of": NOW, "thresholds": {"near": "0.7", "high": "0.9", "breached": "1"},
        "limits": list(limits), "missing": list(missing),
    }  # fmt: skip
    return [Answer(200, json.dumps(one).encode()) for one in (exposure, of_limits)]


def lines(result):
    return [line.split() for line in result.stdout.splitlines()]


UNKNOWN = dict.fromkeys(("long", "short", "gross", "net", "working", "concentration"))
LIMITS = [
    limit(limit="net", value="0", used="7", utilization=None, state="breached"),
    limit(limit="leverage", unit="ratio", value="3", used=None, utilization=None, state="unknown",
          currency=""),
    limit(),
    limit(strategy="mm", symbol="BTC", venue="X", limit="position", unit="quantity", currency="",
          value="10", used="0.001", utilization=0.0001, state="ok"),
]  # fmt: skip


@pytest.mark.parametrize("columns", [80, 160])
def test_what_is_held_stands_beside_its_limits(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    unpriced = exposed(strategy="mm", **UNKNOWN, unpriced="mark_stale")
    missing = [WHOLE | {"limit": "daily_loss"}]
    with fake_engine(*answers([unpriced], LIMITS, missing)) as engine:
        shown = lines(deskwatch("risk", "--url", engine.url))
    assert engine.asked == ["/api/v1/exposure", "/api/v1/limits"]
    sides = ["1,500.50", "400.00"] if columns == 160 else []
    shares = ["2.50", "75%"] if columns == 160 else []
    assert ["crypto", "USD", *sides, "1,900.50", "+1,100.50", "25.00", *shares] in shown
    unknown = ["unknown"] * (5 if columns == 160 else 3)
    assert ["crypto", "mm", "USD", *unknown, "mark_stale"] in shown
    assert ["crypto", "net", "USD", "7.00", "0.00", "over", "breached"] in shown
    assert ["crypto", "leverage", "unknown", "3", "unknown"] in shown
    assert ["crypto", "gross", "USD", "1,900.50", "2,000.00", "95%", "high"] in shown
    assert ["crypto", "mm", "X", "BTC", "position", "0.001", "10", "0%", "ok"] in shown
    assert shown[-1] == ["crypto", "daily_loss"]


def test_a_ratio_is_shown_be_it_of_forty_digits_or_close_to_nothing(deskwatch):
    absurd = limit(limit="leverage", unit="ratio", value="0.5", used="7" * 40, currency="")
    small = limit(limit="concentration", unit="ratio", value="0.00004", currency="")
    with fake_engine(*answers([], [absurd, small])) as engine:
        shown = deskwatch("risk", "--url", engine.url).stdout
    assert f"{int('7' * 40):,}" in shown
    assert " 0.5 " in shown
    assert " 0.00004 " in shown


def test_a_limit_that_is_nearly_used_up_does_not_read_as_reached(deskwatch):
    nearly = limit(value="1000", used="996", utilization=0.996, state="high")
    with fake_engine(*answers([], [nearly])) as engine:
        shown = lines(deskwatch("risk", "--url", engine.url))
    assert ["crypto", "gross", "USD", "996.00", "1,000.00", "99%", "high"] in shown


def test_margin_is_shown_where_a_venue_reports_it(deskwatch):
    small = report(venue="DERIBIT", margin_used_ratio=0.00014, maintenance_margin_ratio=0.0)
    failed = report(
        venue="BINANCE", margin_used_ratio=None, maintenance_margin_ratio=None, failed=True
    )
    with fake_engine(
        *answers(margins=[report(), small, failed], liquidations=[LIQUIDATION])
    ) as engine:
        shown = lines(deskwatch("risk", "--url", engine.url))
    assert ["crypto", "BITMEX", "XBT", "25.0%", "10.0%", "12s"] in shown
    assert ["crypto", "DERIBIT", "XBT", "0.014%", "0.0%", "12s"] in shown
    assert ["crypto", "BINANCE", "XBT", "unknown", "unknown", "12s"] in shown
    assert ["crypto", "BITMEX", "XBTUSD", "33.3%", "3s"] in shown
    with fake_engine(*answers()) as engine:
        assert "Margin" not in deskwatch("risk", "--url", engine.url).stdout


def test_one_strategy_as_json(deskwatch):
    strategies = [exposed(strategy="mm"), exposed(strategy="pairs")]
    with fake_engine(*answers(strategies, LIMITS, margins=[report()])) as engine:
        printed = deskwatch("risk", "--strategy", "mm", "--json", "--url", engine.url).stdout
    told = json.loads(printed)
    assert told["exposure"]["accounts"] == told["exposure"]["margins"] == []
    assert told["exposure"]["strategies"] == [exposed(strategy="mm")]
    assert told["limits"]["limits"] == [LIMITS[3]]
