"""The way back from Alertmanager: told once, by whichever way it comes, and never not at all."""

import asyncio
import json
import sqlite3

import pytest

from deskwatch.notify import relay
from deskwatch.notify.alertmanager import Alertmanager, AlertmanagerSettings
from deskwatch.notify.deadman import StackWatch
from deskwatch.notify.relay import NotKept, Relay
from deskwatch.notify.secret import Secret
from deskwatch.notify.settings import BookSettings, relayed
from deskwatch.notify.webhook import BadWebhook
from tests.notify.desk import (
    HOUR,
    MINUTE,
    SECOND,
    ListChannel,
    Notifier,
    again,
    alert,
    ended,
    eventually,
)
from tests.notify.http_peer import peer
from tests.notify.webhook import webhook

pytestmark = pytest.mark.anyio

SHARED = {"alertname": "MarkStale", "severity": "warning"}


class Desk(Notifier):
    """A notifier behind an Alertmanager, `server`, that holds what is in `holds`."""

    def __init__(self, server, telegram, path, clock, *others, book=None, **alertmanager) -> None:
        super().__init__(telegram, path, clock, *others, book=relayed(book or BookSettings()))
        settings = AlertmanagerSettings(
            url=Secret(server.url), receiver="deskwatch", **alertmanager
        )
        self.ours = Alertmanager(settings, clock.wall)
        self.relay = Relay(self.ours, "deskwatch", self.dispatcher, self.steady)
        self.relay._is_open = True
        self.server = server
        self.holds: list[dict[str, object]] = []
        server.answer = self._answer

    def _answer(self, asked) -> bytes:
        return json.dumps(self.holds if asked.method == "GET" else {}).encode()

    def hold(self, *alerts, receiver="deskwatch", silenced_by=(), inhibited_by=()) -> None:
        status = {"silencedBy": silenced_by, "inhibitedBy": inhibited_by}
        self.holds = [
            {"labels": one.labels, "status": status, "receivers": [{"name": receiver}]}
            for one in alerts
        ]

    async def find(self, *alerts) -> None:
        """Let the engine find alerts, and say them to Alertmanager."""
        self.relay.update(alerts)
        await self.ours.refresh()

    async def step(self) -> float:
        await self.relay.check()
        return await super().step()

    async def close(self) -> None:
        await self.ours.close()
        await super().close()


@pytest.fixture
async def server():
    async with peer() as served:
        yield served


@pytest.fixture
async def desk(server, telegram, clock, tmp_path):
    async with Desk(server, telegram, tmp_path / "n.sqlite", clock) as desk:
        yield desk


def firsts(telegram) -> list[str]:
    return [one.text.splitlines()[0] for one in telegram.sent]


async def test_a_page_goes_there_comes_back_and_is_told_once(desk, telegram, clock):
    page = alert(account="A1")
    await desk.find(page)
    await desk.pass_time(SECOND)
    assert telegram.sent == []
    for _ in range(3):  # Alertmanager tries again when an answer was lost
        await desk.relay.take(webhook(page))
        await desk.pass_time(10 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    await desk.find(ended(page, clock.wall()))
    await desk.pass_time(MINUTE)
    assert len(telegram.sent) == 1  # its end is Alertmanager's to tell
    for _ in range(2):
        await desk.relay.take(webhook(ended(page, clock.wall())))
        await desk.pass_time(10 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss", "RESOLVED: DailyLoss"]
    assert telegram.sent[1].answers == telegram.sent[0].id
    assert (desk.relay.groups["taken"], desk.relay.told_directly) == (5, 0)


async def test_what_is_told_knows_what_only_the_engine_knows(desk):
    page = alert(account="A1")
    await desk.find(page)
    await desk.relay.take(webhook(page))
    (view,) = await desk.dispatcher.alerts()
    assert (view.alert.value, view.alert.event_time) == (page.value, page.event_time)
    assert view.alert.generator == page.generator


async def test_a_group_is_told_as_it_comes_without_waiting(desk, telegram, clock):
    first, second = (alert("MarkStale", "warning", account=name) for name in ("A1", "A2"))
    await desk.relay.take(webhook(first, group_labels=SHARED))
    await desk.step()
    await desk.pass_time(2 * SECOND)
    await desk.relay.take(webhook(first, second, group_labels=SHARED))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["WARNING: MarkStale", "WARNING: MarkStale (2 firing)"]
    over = [ended(one, clock.wall()) for one in (first, second)]
    await desk.relay.take(webhook(*over, group_labels=SHARED))
    await desk.pass_time(2 * SECOND)
    assert len(telegram.sent) == 2
    assert telegram.sent[1].text.startswith("RESOLVED: MarkStale")


async def test_it_is_repeated_when_alertmanager_does_and_nobody_has_seen_it(desk, telegram, clock):
    page = alert(account="A1")
    await desk.relay.take(webhook(page))
    desk.hold(page)
    await desk.pass_time(5 * HOUR, tick=MINUTE)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    await desk.relay.take(webhook(page))
    await desk.pass_time(MINUTE)
    assert firsts(telegram)[1:] == ["STILL PAGE: DailyLoss"]
    (view,) = await desk.dispatcher.alerts()
    await desk.dispatcher.acknowledge([view.group_key], "ada")
    await desk.pass_time(5 * HOUR, tick=MINUTE)
    await desk.relay.take(webhook(page))
    await desk.pass_time(MINUTE)
    assert len(telegram.sent) == 2


async def test_a_page_that_alertmanager_cannot_take_is_told_and_ended_directly(
    desk, server, telegram, clock
):
    page = alert(account="A1")
    server.status = 503
    await desk.find(page)
    await desk.pass_time(2 * SECOND)
    assert telegram.sent == []
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    assert "Alertmanager has not answered for 3 seconds" in telegram.sent[0].text
    # A second one doesn't wait again.
    await desk.find(page, alert(account="A2"))
    await desk.pass_time(SECOND)
    assert len(telegram.sent) == 2
    await desk.find(ended(page, clock.wall()))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram)[2:] == ["RESOLVED: DailyLoss"]
    assert desk.relay.told_directly == 2


async def test_each_outage_of_alertmanager_is_given_all_its_patience(desk, server, telegram):
    first, second = alert(account="A1"), alert(account="A2")
    server.status = 503
    await desk.find(first)
    await desk.pass_time(5 * SECOND)
    server.status = 200
    desk.hold(first)
    await desk.ours.refresh()
    await desk.pass_time(30 * SECOND)
    server.status = 503
    await desk.find(second)
    await desk.pass_time(2 * SECOND)
    assert len(telegram.sent) == 1
    await desk.pass_time(2 * SECOND)
    assert len(telegram.sent) == 2


async def test_an_alertmanager_that_hangs_is_not_waited_for(desk, telegram, monkeypatch):
    async def hanging(_alertmanager):
        await asyncio.Event().wait()

    monkeypatch.setattr(relay, "held", hanging)
    monkeypatch.setattr(relay, "_ASK_S", 0.01)
    await desk.find(alert(account="A1"))
    await desk.pass_time(4 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    assert "Alertmanager has not answered for 3 seconds" in telegram.sent[0].text


async def test_a_page_told_directly_is_not_told_when_it_comes_back_late(
    desk, server, telegram, clock
):
    page = alert(account="A1")
    server.status = 503
    await desk.find(page)
    await desk.pass_time(5 * SECOND)
    server.status = 200
    desk.hold(page)
    await desk.ours.refresh()
    await desk.relay.take(webhook(page))
    await desk.pass_time(MINUTE)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    await desk.relay.take(webhook(ended(page, clock.wall())))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram)[1:] == ["RESOLVED: DailyLoss"]


async def test_what_it_saw_begin_at_another_time_than_we_did_began_once(desk, telegram):
    page = alert(account="A1")
    desk.hold(page)
    await desk.find(page)
    await desk.pass_time(4 * SECOND)
    await desk.relay.take(webhook(again(page, page.active_at - 2 * SECOND)))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    assert len(await desk.dispatcher.episodes(9)) == 1


async def test_a_page_that_it_holds_but_does_not_bring_is_told(desk, telegram):
    page = alert(account="A1")
    desk.hold(page)
    await desk.find(page)
    await desk.pass_time(4 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    assert "It has not come back for 3 seconds" in telegram.sent[0].text


async def test_a_page_that_ends_before_it_is_overdue_is_not_told(desk, server, telegram, clock):
    page = alert(account="A1")
    server.status = 503
    await desk.find(page)
    await desk.pass_time(2 * SECOND)
    await desk.find(ended(page, clock.wall()))
    await desk.pass_time(10 * SECOND)
    assert (telegram.sent, desk.relay.told_directly) == ([], 0)


async def test_what_fires_again_before_it_holds_it_no_more_is_not_over(desk, telegram, clock):
    page = alert(account="A1")
    desk.hold(page)
    await desk.find(page)
    await desk.pass_time(4 * SECOND)
    await desk.find(ended(page, clock.wall()))
    await desk.find(again(page, clock.wall()))
    desk.hold()
    await desk.pass_time(3 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]


async def test_what_it_never_brought_ends_once_it_holds_it_no_more(desk, telegram, clock):
    """It began and ended between two turns of its group: Alertmanager posts neither."""
    page = alert(account="A1")
    desk.hold(page)
    await desk.find(page)
    await desk.pass_time(4 * SECOND)
    await desk.find(ended(page, clock.wall()))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]  # it may bring it yet
    desk.hold()
    await desk.pass_time(3 * SECOND)
    assert firsts(telegram)[1:] == ["RESOLVED: DailyLoss"]


async def test_what_it_brought_after_all_is_its_own_to_end(desk, telegram, clock):
    page = alert(account="A1")
    desk.hold(page)
    await desk.find(page)
    await desk.pass_time(4 * SECOND)
    await desk.relay.take(webhook(page))
    await desk.find(ended(page, clock.wall()))
    desk.hold()
    await desk.pass_time(15 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    await desk.relay.take(webhook(ended(page, clock.wall())))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram)[1:] == ["RESOLVED: DailyLoss"]


@pytest.mark.parametrize(
    "how", [{"silenced_by": ["s1"]}, {"inhibited_by": ["another"]}, {"receiver": "telegram"}]
)
async def test_a_page_that_it_does_not_tell_us_is_not_told(desk, telegram, how):
    page = alert(account="A1")
    desk.hold(page, **how)
    await desk.find(page)
    await desk.pass_time(MINUTE)
    assert telegram.sent == []


async def test_warnings_wait_for_alertmanager(desk, server, telegram):
    server.status = 503
    await desk.find(alert("MarkStale", "warning", account="A1"))
    await desk.pass_time(5 * MINUTE, tick=5 * SECOND)
    assert telegram.sent == []


async def test_labels_are_those_that_it_comes_back_with(server, telegram, clock, tmp_path):
    page = alert(account="A1")
    async with Desk(
        server, telegram, tmp_path / "n.sqlite", clock, extra_labels={"cluster": "ldn"}
    ) as desk:
        server.status = 503
        await desk.find(page)
        await desk.pass_time(5 * SECOND)
        server.status = 200
        there = desk.ours.as_held(page)
        assert there.labels["cluster"] == "ldn"
        await desk.relay.take(webhook(there))
        await desk.pass_time(5 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]


async def test_escalation_is_ours_and_stops_with_a_silence_there(server, telegram, clock, tmp_path):
    seen, unseen, quiet = (alert(account=name) for name in ("A1", "A2", "A3"))
    second = ListChannel("mail")
    async with Desk(server, telegram, tmp_path / "n.sqlite", clock, second) as desk:
        desk.hold(seen, unseen, quiet)
        for one in (seen, unseen, quiet):
            await desk.find(one)
            await desk.relay.take(webhook(one))
            await desk.pass_time(2 * SECOND)
        views = {view.alert.labels["account"]: view for view in await desk.dispatcher.alerts()}
        await desk.dispatcher.acknowledge([views["A1"].group_key], "ada")
        desk.hold(quiet, silenced_by=["s1"])
        desk.holds += [{"labels": one.labels, "status": {}} for one in (seen, unseen)]
        await desk.pass_time(10 * MINUTE, tick=5 * SECOND)
    assert [(one.kind, one.common_labels["account"]) for one in second.got] == [("escalated", "A2")]


async def test_what_alertmanager_forgot_ends_once_nobody_says_it(desk, telegram, clock):
    """It restarted, and the end came while it was away: nobody will ever post it."""
    page, other = alert(account="A1"), alert(account="A2")
    desk.hold(page, other)
    for one in (page, other):
        await desk.find(one)
        await desk.relay.take(webhook(one))
        await desk.pass_time(2 * SECOND)
    desk.hold()
    await desk.find(ended(page, clock.wall()))  # the engine still sees the other one
    await desk.pass_time(100 * SECOND)
    assert len(telegram.sent) == 2
    await desk.pass_time(MINUTE)
    assert firsts(telegram)[2:] == ["RESOLVED: DailyLoss"]
    assert "account=A1" in telegram.sent[2].text


async def test_that_the_stack_is_blind_is_not_alertmanagers_to_forget(desk, telegram, clock):
    watch = StackWatch(60, clock.wall)
    clock.advance(61 * SECOND)
    await desk.dispatcher.update([watch.check()])
    await desk.pass_time(5 * MINUTE, tick=5 * SECOND)
    assert firsts(telegram) == ["PAGE: StackBlind"]


async def test_a_restart_tells_nothing_again(server, telegram, clock, tmp_path):
    page = alert(account="A1")
    for _ in range(2):
        async with Desk(server, telegram, tmp_path / "n.sqlite", clock) as desk:
            desk.hold(page)
            await desk.find(page)
            await desk.relay.take(webhook(page))
            await desk.pass_time(10 * SECOND)
            assert desk.relay.told_directly == 0
    async with Desk(server, telegram, tmp_path / "n.sqlite", clock) as desk:
        desk.hold(page)
        await desk.find(page)
        await desk.pass_time(10 * SECOND)
        assert desk.relay.told_directly == 0
    assert firsts(telegram) == ["PAGE: DailyLoss"]


async def test_one_that_comes_again_is_told_again(desk, telegram, clock):
    page = alert(account="A1")
    await desk.relay.take(webhook(page))
    await desk.pass_time(2 * SECOND)
    await desk.relay.take(webhook(ended(page, clock.wall())))
    await desk.pass_time(2 * SECOND)
    await desk.relay.take(webhook(again(page, clock.wall())))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss", "RESOLVED: DailyLoss", "PAGE: DailyLoss"]


async def test_what_cannot_be_kept_is_told_and_asked_for_again(desk, telegram, monkeypatch):
    page = alert(account="A1")

    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(desk.file, "write", full)
    monkeypatch.setattr(desk.file, "rewrite", full)
    for _ in range(2):
        with pytest.raises(NotKept):
            await desk.relay.take(webhook(page))
        await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]
    assert (desk.relay.groups["not_kept"], desk.relay.groups["taken"]) == (2, 0)


async def test_what_there_is_no_room_for_is_asked_for_again(server, telegram, clock, tmp_path):
    first, second = alert("MarkStale", "warning"), alert("FeedStale", "warning")
    async with Desk(
        server, telegram, tmp_path / "n.sqlite", clock, book=BookSettings(max_alerts=1)
    ) as desk:
        await desk.relay.take(webhook(first))
        with pytest.raises(NotKept):
            await desk.relay.take(webhook(second))
        await desk.relay.take(webhook(ended(first, clock.wall())))
        await desk.pass_time(11 * MINUTE, tick=MINUTE)
        await desk.relay.take(webhook(second))
        await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["RESOLVED: MarkStale", "WARNING: FeedStale"]
    assert (desk.relay.groups["taken"], desk.relay.groups["not_kept"]) == (3, 1)
    assert desk.dispatcher.figures.alerts_overflowed == 1


async def test_before_the_outbox_is_open_nothing_is_taken(desk, telegram):
    desk.relay._is_open = False
    with pytest.raises(NotKept):
        await desk.relay.take(webhook(alert()))
    await desk.pass_time(2 * SECOND)
    assert telegram.sent == []


async def test_while_it_runs_it_watches_over_pages_and_takes_groups_and_then_no_more(desk, clock):
    desk.relay._is_open = False
    page = alert(account="A1")
    desk.hold(page)
    running = asyncio.create_task(desk.relay.run())
    desk.relay.update([page])
    await eventually(lambda: desk.server.asked)
    clock.advance(4 * SECOND)
    await eventually(lambda: desk.relay.told_directly)
    await desk.relay.take(webhook(page))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(NotKept):
        await desk.relay.take(webhook(alert(account="A2")))
    assert "deskwatch-alertmanager" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_bug_in_what_says_alerts_to_alertmanager_ends_it(desk, monkeypatch):
    async def run() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.ours, "run", run)
    with pytest.raises(ZeroDivisionError):
        await desk.relay.run()


async def test_the_watchdog_is_left_to_prometheus(desk, server):
    await desk.find(alert("Watchdog", "info"), alert(account="A1"))
    said = [json.loads(asked.body) for asked in server.asked if asked.method == "POST"]
    assert {one["labels"]["alertname"] for batch in said for one in batch} == {"DailyLoss"}


async def test_the_watchdog_is_no_news_when_alertmanager_posts_it_either(desk, telegram):
    await desk.relay.take(webhook(alert("Watchdog", "page"), alert(account="A1")))
    await desk.pass_time(2 * SECOND)
    assert firsts(telegram) == ["PAGE: DailyLoss"]


async def test_a_bad_body_is_counted(desk):
    with pytest.raises(BadWebhook):
        await desk.relay.take(b"{}")
    assert desk.relay.groups["refused"] == 1
