import math

import pytest

import deskwatch.sdk
from deskwatch.core.period import SECOND
from deskwatch.core.settings import ExecutionSettings, ReconciliationSettings
from deskwatch.sdk.settings import DEFAULTS, Settings, usable


@pytest.mark.parametrize(
    "wrong",
    [
        {"longest_pause_s": -1},
        {"linger_s": math.nan},
        {"slow_pause_s": math.inf},
        {"exit_timeout_s": "2"},
        {"timeout_s": 0},
        {"first_pause_s": 10**400},
        {"max_queued": -1},
        {"batch_events": 0},
        {"batch_bytes": 1.5},
        {"batch_events": None},
        {"gzip": "no"},
    ],
    ids=str,
)
def test_what_no_setting_can_be_is_the_default(wrong):
    assert usable(Settings(**{"max_queued": 7, **wrong})) == (
        Settings(**{"max_queued": 7, **{name: getattr(DEFAULTS, name) for name in wrong}}),
        list(wrong),
    )


def test_what_a_setting_can_be_is_kept():
    settings = Settings(max_queued=0, linger_s=0, slow_pause_s=3600, gzip=False)
    assert usable(settings) == (settings, [])


def test_settings_of_another_shape_are_the_defaults():
    assert usable({"max_queued": 7}) == (DEFAULTS, ["settings"])


def test_a_setting_that_cannot_be_is_logged(engine, caplog):
    settings = Settings(longest_pause_s=-1, linger_s=0.001)
    with deskwatch.sdk.connect(engine.url, settings=settings) as desk:
        desk.heartbeat(service="bot")
    assert engine.sequences == [1]
    assert caplog.messages == [
        "longest_pause_s can't be what it was set to; the default stands in its place"
    ]


def test_an_engine_that_is_back_hears_of_what_it_waits_for_before_it_tells_that_it_has_not():
    longest_ns = DEFAULTS.longest_pause_s * SECOND
    assert longest_ns < ReconciliationSettings().grace_ns
    assert longest_ns < (ExecutionSettings().max_unacked_ns or 0)
