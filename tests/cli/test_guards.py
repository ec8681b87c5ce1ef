"""`deskwatch breakers` and `feeds`: what a person and what a machine is told."""

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
    told = answer(kill_switches=[SWITCH], timers=[TIMER, disarmed])
    with fake_engine(told) as engine:
        table = deskwatch("breakers", "--url", engine.url).stdout
    assert "ENGAGED" in table
    assert "runaway" in table
    assert "EXPIRED 1m05s ago" in table
    assert "disarmed" in table


def test_nothing_told_is_said_in_words(deskwatch):
    with fake_engine(answer()) as engine:
        assert "no breaker" in deskwatch("breakers", "--url", engine.url).stdout


def test_json_is_the_answer_verbatim(deskwatch):
    told = answer(breaker(unheard_of=1))
    with fake_engine(told) as engine:
        shown = deskwatch("breakers", "--json", "--url", engine.url).stdout_bytes
    assert shown == told.body + b"\n"


def stream(**more):
    return {
        "symbol": "", "verdict": "stale", "since": AT, "last_message": AT, "staleness_s": 12.25,
        "expected_gap_s": 0.4, "stale_after_s": 5.0, "messages": 1200, "crossed": False,
        "gap_open": False,
    } | more  # fmt: skip


def feeds_answer(*services):
    quiet = stream(symbol="ESZ6", verdict="quiet", staleness_s=300.0)
    channel = {
        "service": "md-1", "venue": "XCME", "channel": "book", "stream": "market",
        "whole": stream(), "symbol_counts": {"quiet": 1}, "gaps": 2, "missed": 9, "open_gaps": 1,
        "crossed_books": 0, "owed_s": None, "symbols": [quiet, stream(symbol="NQ", verdict="flowing")],
    }  # fmt: skip
    channels = [channel | {"service": each} for each in services or ("md-1",)]
    session = {
        "venue": "XCME", "session": "ILINK", "state": "disconnected", "since": AT,
        "in_state_s": 75.0, "reason": "RST", "logons": 1, "drops": 1,
    }  # fmt: skip
    return Answer(
        200, json.dumps({"as_of": AT, "channels": channels, "sessions": [session]}).encode()
    )


def services_answer():
    service = {
        "service": "pricer", "host": "fra-1", "state": "down", "last_heartbeat": AT, "age_s": 35.0,
        "interval_s": 10.0, "uptime_s": None, "restarts": 1, "outages": 0,
    }  # fmt: skip
    return Answer(200, json.dumps({"as_of": AT, "services": [service]}).encode())


@pytest.mark.parametrize("columns", ["80", "160"])
def test_feeds_sessions_and_services_are_shown(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    with fake_engine(feeds_answer(), services_answer()) as engine:
        table = deskwatch("feeds", "--url", engine.url).stdout
    assert engine.asked == ["/api/v1/feeds", "/api/v1/services"]
    for word in ("XCME", "stale", "12.2s", "5.0s", "ESZ6", "ILINK", "1m15s", "pricer", "35.0s"):
        assert word in table
    assert max(len(line.rstrip()) for line in table.splitlines()) <= int(columns)


@pytest.mark.parametrize("columns", ["60", "80", "160"])
def test_who_listens_to_a_channel_is_always_shown(deskwatch, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    with fake_engine(feeds_answer("md-1", "md-2"), services_answer()) as engine:
        words = deskwatch("feeds", "--url", engine.url).stdout.split()
    assert "md-1" in words
    assert "md-2" in words


def test_json_of_feeds_holds_both_answers(deskwatch):
    with fake_engine(feeds_answer(), services_answer()) as engine:
        shown = json.loads(deskwatch("feeds", "--json", "--url", engine.url).stdout)
    assert shown["feeds"] == json.loads(feeds_answer().body)
    assert shown["services"] == json.loads(services_answer().body)
