"""Alertmanager as the first channel, against a peer that says what it was asked."""

import asyncio
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from deskwatch.core.notification import Permanent
from deskwatch.notify.alertmanager import Alertmanager, AlertmanagerSettings
from deskwatch.notify.alertmanager_silences import AlertmanagerActions
from deskwatch.notify.clock import WakingClock
from deskwatch.notify.deadman import StackWatch
from deskwatch.notify.dispatcher import Dispatcher
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.secret import Secret
from deskwatch.notify.settings import BookSettings, OutboxSettings
from deskwatch.notify.silence import CannotSilence
from deskwatch.notify.store import Store
from deskwatch.notify.store_file import StoreFile
from tests.notify.desk import HOUR, SECOND, START, Clock, ListChannel, alert, ended
from tests.notify.http_peer import peer

pytestmark = pytest.mark.anyio


def date(ns: int) -> str:
    return format_datetime(datetime.fromtimestamp(ns // SECOND, UTC), usegmt=True)


def posted(server) -> list[list[dict[str, Any]]]:
    """Return the alerts of every POST, oldest first."""
    bodies = [one.body for one in server.asked if one.method == "POST" and "alerts" in one.path]
    return [json.loads(body) for body in bodies]


@pytest.fixture
async def server():
    async with peer() as served:
        served.headers["Date"] = date(START)
        yield served


def alertmanager(server, clock: Clock, **settings) -> Alertmanager:
    return Alertmanager(AlertmanagerSettings(url=Secret(server.url), **settings), clock.wall)


async def test_what_fires_is_said_again_and_never_ended(server, clock):
    one = alert(account="A1")
    ours = alertmanager(server, clock, generator_url="https://desk.example.org/")
    ours.update([one, alert(account="A2")])
    await ours.refresh()
    ours.update([ended(one, clock.wall())])
    await ours.refresh()
    await ours.close()
    both, rest = posted(server)
    assert {two["labels"]["account"] for two in both} == {"A1", "A2"}
    assert {two["labels"]["account"] for two in rest} == {"A2"}
    assert all(two["endsAt"] == "2026-09-21T14:13:35Z" for two in both + rest)
    assert both[0]["startsAt"] == "2026-09-21T14:13:20Z"
    assert both[0]["generatorURL"] == "https://desk.example.org/"


async def test_no_proxy_of_the_environment_is_told_what_fires(server, clock, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    ours = alertmanager(server, clock)
    ours.update([alert(account="A1")])
    await ours.refresh()
    await ours.close()
    assert len(posted(server)) == 1


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_it_is_said_in_alertmanagers_own_time(server, clock, step):
    """Were our clock an hour behind, "two minutes from now" would be in its past: an end."""
    clock.step(step)
    ours = alertmanager(server, clock)
    ours.update([alert(account="A1", at=clock.wall())])
    await ours.refresh()
    await ours.close()
    ((one,),) = posted(server)
    assert (one["startsAt"], one["endsAt"]) == ("2026-09-21T14:13:20Z", "2026-09-21T14:13:35Z")


@pytest.mark.parametrize(
    ("lasted_s", "until"), [(0, "14:13:35"), (5, "14:13:45"), (60, "14:15:35"), (3600, "15:15:20")]
)
async def test_the_longer_it_has_lasted_the_longer_it_holds(server, clock, lasted_s, until):
    """What ends before Prometheus has seen it must not seem to go on for two minutes."""
    ours = alertmanager(server, clock)
    ours.update([alert(account="A1")])
    clock.advance(lasted_s * SECOND)
    server.headers["Date"] = date(clock.wall())
    await ours.refresh()
    await ours.close()
    ((one,),) = posted(server)
    assert one["endsAt"] == f"2026-09-21T{until}Z"


async def test_labels_are_as_prometheus_would_send_them(server, clock):
    ours = alertmanager(
        server,
        clock,
        extra_labels={"cluster": "ldn", "account": "never"},
        dropped_labels=frozenset({"source"}),
    )
    ours.update([alert(account="A1", source="feed")])
    await ours.refresh()
    await ours.close()
    ((one,),) = posted(server)
    assert one["labels"] == {
        "alertname": "DailyLoss", "severity": "page", "account": "A1", "cluster": "ldn"
    }  # fmt: skip


async def test_five_thousand_alerts_go_in_bounded_bodies(server, clock):
    ours = alertmanager(server, clock)
    ours.update([alert(account=f"A{n}") for n in range(5000)])
    await ours.refresh()
    await ours.close()
    assert [len(batch) for batch in posted(server)] == [500] * 10


async def test_a_password_in_the_address_is_sent_but_not_shown(server, clock, caplog):
    url = server.url.replace("http://", "http://ada:s3cret@")
    ours = Alertmanager(AlertmanagerSettings(url=Secret(url)), clock.wall)
    with caplog.at_level("DEBUG"):
        ours.update([alert()])
        await ours.refresh()
    await ours.close()
    assert server.asked[-1].headers["authorization"].startswith("Basic ")
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(ours._settings)


class Desk:
    """A dispatcher that has Alertmanager before a phone."""

    def __init__(self, server, clock, path) -> None:
        self.clock = clock
        self.ours = alertmanager(server, clock)
        self.phone = ListChannel("telegram")
        store = Store()
        self.keeper = Keeper(store, None if path is None else StoreFile(path))
        self.dispatcher = Dispatcher(
            self.keeper,
            store,
            [self.phone],
            book=BookSettings(),
            outbox=OutboxSettings(),
            clock=WakingClock(clock.wall, clock.monotonic),
            alertmanager=self.ours,
        )

    async def __aenter__(self):
        await self.keeper.open()
        await self.dispatcher.open()
        return self

    async def __aexit__(self, *_):
        await self.ours.close()
        await self.keeper.close()

    async def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.dispatcher.step()
            await self.dispatcher.settle()
            self.clock.advance(SECOND)


async def test_without_alertmanager_pages_go_to_the_next_channel_and_their_end_too(
    server, clock, tmp_path
):
    first, second = alert(account="A1"), alert(account="A2")
    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        await desk.dispatcher.update([first])
        await desk.pass_time(10)
        assert desk.phone.got == []
        assert posted(server)[0][0]["labels"]["account"] == "A1"
        server.status = 503
        await desk.ours.refresh()
        await desk.dispatcher.update([second])
        await desk.pass_time(5)
        assert [one.common_labels["account"] for one in desk.phone.got] == ["A2"]
        assert desk.phone.got[0].notes == ["alertmanager has not answered for 3 seconds."]
        server.status = 200
        await desk.ours.refresh()
        await desk.dispatcher.update([ended(one, clock.wall()) for one in (first, second)])
        await desk.pass_time(5)
        assert desk.dispatcher.figures.queue == {"alertmanager": 0, "telegram": 0}
    over = [(one.kind, one.common_labels["account"]) for one in desk.phone.got[1:]]
    assert over == [("resolved", "A2")]


async def test_what_alertmanager_refuses_goes_to_the_next_channel(server, clock, tmp_path):
    server.status = 400
    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2)
    sent = desk.dispatcher.figures.notifications
    assert (sent["alertmanager", "passed_on"], sent["telegram", "sent"]) == (1, 1)
    assert [one.notes for one in desk.phone.got] == [
        ["alertmanager can't deliver this: HTTP 400: {}."]
    ]


async def test_what_no_rule_finds_any_more_is_said_no_more(server, clock, tmp_path):
    first, second = alert(account="A1"), alert(account="A2")
    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        await desk.dispatcher.update([first, second])
        await desk.pass_time(2)
        await desk.dispatcher.retain([first.fingerprint])
        await desk.ours.refresh()
        assert [one.alert.fingerprint for one in await desk.dispatcher.alerts()] == [
            first.fingerprint
        ]
    assert [one["labels"]["account"] for one in posted(server)[-1]] == ["A1"]


async def test_what_alertmanager_has_is_not_escalated_since_nobody_can_acknowledge_it_here(
    server, clock, tmp_path
):
    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2)
        clock.advance(HOUR)
        await desk.pass_time(2)
    assert desk.phone.got == []


async def test_a_bug_in_what_is_said_to_it_ends_the_run(server, clock, tmp_path, monkeypatch):
    async def run() -> None:
        raise ZeroDivisionError

    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        monkeypatch.setattr(desk.ours, "run", run)
        async with asyncio.timeout(10):
            with pytest.raises(ZeroDivisionError):
                await desk.dispatcher.run()


async def test_that_the_stack_is_blind_is_told_past_it(server, clock, tmp_path):
    async with Desk(server, clock, tmp_path / "n.sqlite") as desk:
        watch = StackWatch(60, clock.wall)
        clock.advance(61 * SECOND)
        await desk.dispatcher.update([watch.check()])
        await desk.pass_time(2)
        await desk.ours.refresh()
    assert [one.common_labels["alertname"] for one in desk.phone.got] == ["StackBlind"]
    assert posted(server) == []


SILENCE = {
    "id": "0e1f",
    "status": {"state": "active"},
    "matchers": [
        {"name": "account", "value": "A1", "isRegex": False, "isEqual": True},
        {"name": "venue", "value": "a|b", "isRegex": True, "isEqual": False},
    ],
    "startsAt": "2026-09-21T14:13:20Z",
    "endsAt": "2026-09-21T16:13:20Z",
    "updatedAt": "2026-09-21T14:13:20Z",
    "createdBy": "ada",
    "comment": "test",
}


async def test_silences_are_alertmanagers(server, clock):
    ours = alertmanager(server, clock)
    deeds = []

    class Book:
        async def note_deed(self, *deed):
            deeds.append(deed)

    actions = AlertmanagerActions(Book(), ours)
    ended_one = {**SILENCE, "status": {"state": "expired"}}
    server.answer = lambda asked: json.dumps(
        [SILENCE, ended_one] if asked.method == "GET" else {"silenceID": "77"}
    ).encode()
    (shown,) = await actions.silences()
    assert (shown.id, shown.matchers) == ("0e1f", 'account="A1", venue!~"a|b"')
    made = await actions.silence(
        [Matcher("account", "=~", "A.*")], author="ada", reason="by button", duration_ns=HOUR
    )
    assert (made.id, made.matchers) == ("77", 'account=~"A.*"')
    sent = json.loads(server.asked[-1].body)
    assert sent["matchers"] == [
        {"name": "account", "value": "A.*", "isRegex": True, "isEqual": True}
    ]
    assert sent["endsAt"] == "2026-09-21T15:13:20Z"
    assert await actions.expire_silence("77/../x", "ada")
    assert server.asked[-1].path == "/api/v2/silence/77%2F..%2Fx"
    for unknown in (404, 422):
        server.status = unknown
        assert not await actions.expire_silence("77", "ada")
    server.status = 401
    with pytest.raises(Permanent):
        await actions.expire_silence("77", "ada")
    with pytest.raises(CannotSilence):
        await actions.silence([Matcher("a", "=", "b")], author="ada", reason="", duration_ns=HOUR)
    assert [deed[1] for deed in deeds] == ["silence", "expire silence"]
    await ours.close()
