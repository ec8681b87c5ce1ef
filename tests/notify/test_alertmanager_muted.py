"""What Alertmanager keeps quiet, found again under our own names for it."""

import json

import pytest

from deskwatch.core.notification import Retry
from deskwatch.notify.alertmanager import Alertmanager, AlertmanagerSettings
from deskwatch.notify.alertmanager_muted import Muted, muted
from deskwatch.notify.alertmanager_silences import AlertmanagerActions
from deskwatch.notify.matcher import Condition
from deskwatch.notify.secret import Secret
from tests.notify.desk import alert
from tests.notify.http_peer import peer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server():
    async with peer() as served:
        yield served


@pytest.fixture
async def ours(server, clock):
    settings = AlertmanagerSettings(
        url=Secret(server.url),
        extra_labels={"cluster": "ldn"},
        dropped_labels=frozenset({"source"}),
    )
    alertmanager = Alertmanager(settings, clock.wall)
    yield alertmanager
    await alertmanager.close()


def held(labels, silenced=(), inhibited=()):
    status = {"state": "suppressed", "silencedBy": silenced, "inhibitedBy": inhibited}
    return {"labels": labels, "status": status, "fingerprint": "alertmanager's own"}


async def test_an_alert_is_known_by_the_labels_that_were_sent(server, ours):
    alerts = [alert(account=name, source="feed") for name in ("A1", "A2", "A3")]
    sent = [ours.labels(one.labels) for one in alerts]
    told = [held(sent[0], ["s1", "s2"]), held(sent[1], [], ["another"]), held({"alertname": "X"})]
    server.answer = lambda _: json.dumps(told).encode()
    assert await muted(ours, alerts) == {
        alerts[0].fingerprint: Muted(["s1", "s2"], inhibited=False),
        alerts[1].fingerprint: Muted([], inhibited=True),
    }
    assert server.asked[-1].path == "/api/v2/alerts"


@pytest.mark.parametrize("answer", [b"", b"{}", b"[7]", b"\xff", b'[{"labels":{"a":"\xff"}}]'])
async def test_a_bad_answer_is_no_knowledge(server, ours, answer):
    server.answer = lambda _: answer
    with pytest.raises(Retry):
        await muted(ours, [alert()])


async def test_silences_that_are_no_text_are_none(server, ours):
    server.answer = lambda _: b'[{"comment":"\xff"}]'
    with pytest.raises(Retry):
        await AlertmanagerActions(None, ours).silences()


async def test_a_silence_is_shown_whatever_its_pattern(server, ours):
    """RE2 knows patterns that Python does not, and a value may hold a quotation mark."""
    matchers = [
        {"name": "venue", "value": "\\pN+", "isRegex": True, "isEqual": True},
        {"name": "account", "value": 'a"b', "isRegex": False, "isEqual": True},
    ]
    at = "2026-09-21T14:13:20Z"
    told = {"id": "1", "matchers": matchers, "startsAt": at, "endsAt": at, "createdBy": "ada",
            "comment": "", "status": {"state": "active"}}  # fmt: skip
    server.answer = lambda _: json.dumps([told]).encode()
    (shown,) = await AlertmanagerActions(None, ours).silences()
    assert shown.conditions == [Condition("venue", "=~", "\\pN+"), Condition("account", "=", 'a"b')]
    assert shown.matchers == 'venue=~"\\\\pN+", account="a\\"b"'
