"""`deskwatch breakers`: what a person and what a machine is told."""

import json

import pytest

from tests.cli.fake_engine import Answer, fake_engine

AT = 1_795_417_200_000_000_000  # 2026-11-23T07:00:00Z


def breaker(**more):
    return {
        "breaker": "loss", "account": "A1", "strategy": "mm", "state": "open", "since": AT,
        "in_state_s": 75.0, "tripped": {
            "time": AT, "cause": "drawdown", "limit": "500", "value": "620.5",
        },
        "nearness": {
            "watches": "drawdown", "used": "620.5", "limit": "500", "ratio": 1.241,
            "told_at": AT, "why": None,
        },
        "reset": None, "trips": {"drawdown": 3}, "resets": {}, "recent_trips": 3, "flapping": True,
    } | more  # fmt: skip


def answer(*rows, kill_switches=(), timers=()):
    body = {
        "as_of": AT, "open_max_s": 900, "flap_trips": 3, "flap_window_s": 600, "breakers": rows,
        "kill_switches": kill_switches, "dead_man_timers": timers,
    }  # fmt: skip
    return Answer(200, json.dumps(body).encode())


SWITCH = {
    "scope": "desk", "account": "", "engaged": True, "since": AT, "actor": "ops.duty",
    "cause": "runaway", "engagements": 1, "releases": {},
}  # fmt: skip
TIMER = {
    "timer": "cancel-all", "venue": "BITMEX", "account": "A1", "renewed_at": AT, "renewals": 4,
    "timeout_s": 15.0, "left_s": -65.0,
}  # fmt: skip


@pytest.mark.parametrize("columns", ["80", "160"])
def test_a_breaker_is_shown_with_what_trips_it_and_how_near_it_is(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    unknown = {
        "watches": "", "used": None, "limit": None, "ratio": None, "told_at": None,
        "why": "not_told",
    }  # fmt: skip
    everything = breaker(
        account="", strategy="", breaker="rejects", state="closed", tripped=None, nearness=unknown
    )
    with fake_engine(answer(breaker(), everything)) as engine:
        table = deskwatch("breakers", "--url", engine.url).stdout
    first, second = (
        line.split() for line in table.splitlines() if "loss" in line or "rejects" in line
    )
    assert first[:4] == ["loss", "A1/mm", "open", "drawdown"]
    assert first[-5:] == ["620.5", "500", "124%", "3", "1m15s"] or columns == "160"
    assert first[-1] == "1m15s"
    assert second[:3] == ["rejects", "everything", "closed"]
    assert "not told" in " ".join(second), "never 0 where nobody said"


def test_an_engaged_switch_and_an_expired_timer_stand_out(deskwatch):
    disarmed = TIMER | {"venue": "DERIBIT", "timeout_s": None, "left_s": None}
    short = TIMER | {"venue": "BINANCE", "timeout_s": 1.5, "left_s": 0.4}
    told = answer(kill_switches=[SWITCH], timers=[TIMER, disarmed, short])
    with fake_engine(told) as engine:
        table = deskwatch("breakers", "--url", engine.url).stdout
    assert "ENGAGED" in table
    assert "runaway" in table
    assert "EXPIRED 1m05s ago" in table
    assert "disarmed" in table
    assert ["cancel-all", "BINANCE", "A1", "1.5s", "0.4s"] in [
        line.split() for line in table.splitlines()
    ]


def test_nothing_told_is_said_in_words(deskwatch):
    with fake_engine(answer()) as engine:
        assert "no breaker" in deskwatch("breakers", "--url", engine.url).stdout


def test_json_is_the_answer_verbatim(deskwatch):
    told = answer(breaker(unheard_of=1))
    with fake_engine(told) as engine:
        shown = deskwatch("breakers", "--json", "--url", engine.url).stdout_bytes
    assert shown == told.body + b"\n"
