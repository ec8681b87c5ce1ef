"""`deskwatch feeds`: what a person and what a machine is told."""

import json

import pytest

from tests.cli.fake_engine import Answer, fake_engine

AT = 1_795_417_200_000_000_000  # 2026-11-23T07:00:00Z


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
