"""What an address, a token and the environment make of a desk."""

import pytest

import deskwatch.sdk
from deskwatch.core.event import Label
from deskwatch.sdk.connecting import LONGEST_SOURCE
from tests.sdk.engine import QUICK, Engine


def say(desk: deskwatch.sdk.Desk) -> None:
    desk.heartbeat(service="bot")
    assert desk.flush()


@pytest.mark.parametrize(
    ("url", "token", "warned"),
    [
        ("http://watch.example:8080", "t0k", True),
        ("http://watch.example:8080", None, False),
        ("https://watch.example", "t0k", False),
        ("http://127.0.0.1:8080", "t0k", False),
    ],
)
def test_a_token_that_goes_unencrypted_to_another_machine_is_warned_of(url, token, warned, caplog):
    deskwatch.sdk.connect(url, token=token).close()
    said = ["the token goes to http://watch.example:8080/v1/events unencrypted"]
    assert caplog.messages == (said if warned else [])


@pytest.mark.parametrize(("passed", "sent"), [(None, "Bearer its"), ("0ur", "Bearer 0ur")])
def test_the_environments_token_stands_in_for_one_that_is_not_passed(
    engine: Engine, connect, monkeypatch, passed, sent
):
    monkeypatch.setenv("DESKWATCH_TOKEN", "its")
    say(connect(token=passed))
    assert engine.requests[-1]["authorization"] == sent


@pytest.mark.parametrize(("gzip", "encoding"), [(None, None), (False, None), (True, "gzip")])
def test_on_its_own_machine_it_compresses_when_told_to(engine: Engine, connect, gzip, encoding):
    say(connect(QUICK._replace(gzip=gzip)))
    assert engine.requests[-1].get("content-encoding") == encoding


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (7, "TypeError: source is int; expected text"),
        ("", "ValueError: source has 0 characters; expected 1 to 64"),
        ("b" * 65, "ValueError: source has 65 characters; expected 1 to 64"),
    ],
)
def test_a_source_that_is_none_is_logged_and_every_event_counted(
    engine: Engine, caplog, source, why
):
    desk = deskwatch.sdk.connect(engine.url, source=source)
    desk.heartbeat(service="bot")
    assert (desk.stats.dropped, engine.requests) == (1, [])
    assert caplog.messages[0] == f"no events will be sent: {why}"


def test_the_longest_source_is_what_the_engine_takes_at_most():
    (meta,) = Label.__metadata__
    assert (meta.min_length, meta.max_length) == (1, LONGEST_SOURCE)
