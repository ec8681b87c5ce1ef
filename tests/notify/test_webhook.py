"""Alertmanager's webhook: whose group it is, and what is none."""

import json

import pytest

from deskwatch.core.alert import fingerprint
from deskwatch.notify.grouping import own_group
from deskwatch.notify.webhook import BadWebhook, read
from tests.notify.desk import SECOND, START, alert, ended
from tests.notify.webhook import webhook

PAGE = alert(account="A1")
WARNINGS = [alert("MarkStale", "warning", account=name) for name in ("A1", "A2")]
SHARED = {"alertname": "MarkStale", "severity": "warning"}


def test_a_page_has_the_group_that_the_engine_gives_it():
    told = read(webhook(PAGE))
    assert told.group == own_group(PAGE.labels, ("alertname",))
    (one,) = told.alerts
    assert (one.name, one.state, one.fingerprint) == ("DailyLoss", "firing", PAGE.fingerprint)
    assert (one.fired_at, one.resolved_at, one.value) == (START, None, None)
    assert one.annotations == PAGE.annotations


def test_other_groups_are_alertmanagers():
    told = read(webhook(*WARNINGS, group_labels=SHARED))
    assert (told.group.labels, told.group.paged) == (SHARED, False)
    assert told.group.key == read(webhook(WARNINGS[1], group_labels=SHARED)).group.key
    other = json.loads(webhook(*WARNINGS, group_labels=SHARED))
    other["groupKey"] = '{}/{team="fx"}:{alertname="MarkStale"}'
    assert read(json.dumps(other).encode()).group.key != told.group.key


def test_pages_that_it_groups_stay_together():
    told = read(webhook(PAGE, alert(account="A2"), group_labels={"alertname": "DailyLoss"}))
    assert told.group.paged
    assert told.group.key != f"p{fingerprint({'alertname': 'DailyLoss'})}"


def test_an_end_has_its_time():
    (one,) = read(webhook(ended(PAGE, START + 90 * SECOND))).alerts
    assert (one.state, one.fired_at, one.resolved_at) == ("resolved", START, START + 90 * SECOND)


def test_what_was_cut_off_is_said():
    told = read(webhook(*WARNINGS, group_labels=SHARED, truncated=1234))
    assert told.group.note == "Alertmanager left 1,234 more of this group out."


def changed(**fields):
    return json.dumps(json.loads(webhook(PAGE)) | fields).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        changed(version="3"),
        changed(alerts=7),
        changed(groupKey=None),
        changed(alerts=[{"status": "firing", "labels": {}}]),
        changed(alerts=[{"status": "new", "labels": {}, "startsAt": "", "endsAt": ""}]),
        changed(
            alerts=[
                {"status": "firing", "labels": {}, "startsAt": "2026-09-21T14:13:20",
                 "endsAt": "2026-09-21T14:13:20"}
            ]
        ),
    ],
)  # fmt: skip
def test_anything_else_is_refused(body):
    with pytest.raises(BadWebhook):
        read(body)
