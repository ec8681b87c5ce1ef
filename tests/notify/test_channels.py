"""The second channel and the dead-man."""

import asyncio
import json
import logging
import re
import socket

import pytest
from structlog.testing import capture_logs

from deskwatch.core.notification import Retry
from deskwatch.notify.apprise import AppriseChannel, AppriseSettings, BadAddress
from deskwatch.notify.deadman import Deadman, DeadmanSettings, StackWatch
from deskwatch.notify.grouping import notification
from deskwatch.notify.secret import Secret
from tests.notify.desk import (
    HOUR,
    MINUTE,
    SECOND,
    START,
    ListChannel,
    Notifier,
    alert,
    eventually,
)
from tests.notify.http_peer import peer
from tests.notify.smtp_peer import mailbox

pytestmark = pytest.mark.anyio


def told(*alerts):
    return notification(
        alerts or [alert(account="A1")],
        key="g1",
        labels={},
        kind="new",
        receiver="apprise",
        sequence=1,
        now_ns=START,
        notes=["Nobody has acknowledged this for 5 minutes."],
    )


async def test_apprise_gets_a_title_and_plain_text(clock):
    async with peer() as service:
        url = service.url.replace("http", "json") + "/s3cret-path"
        settings = AppriseSettings(urls=[Secret(url)], page_url="https://desk.example.org/")
        channel = AppriseChannel(settings, clock.monotonic)
        await channel.deliver(told())
    (asked,) = service.asked
    sent = json.loads(asked.body)
    assert sent["title"] == "PAGE: DailyLoss"
    assert sent["message"].splitlines() == [
        "A1 lost 12,345 USD today, limit 10,000 USD. (since 2026-09-21 14:13:20 UTC)",
        "Nobody has acknowledged this for 5 minutes.",
        "Runbook: https://example.org/runbooks/DailyLoss.md",
        "Page: https://desk.example.org/",
    ]
    assert "s3cret" not in repr(settings)


async def test_apprise_says_who_is_on_call(clock):
    async with peer() as service:
        url = Secret(service.url.replace("http", "json") + "/s3cret-path")
        settings = AppriseSettings(urls=[url], contacts=["Ada, +41 44 000 00 00", "Bo"])
        await AppriseChannel(settings, clock.monotonic).deliver(told())
    (asked,) = service.asked
    assert "On call: Ada, +41 44 000 00 00; Bo" in json.loads(asked.body)["message"].splitlines()


async def test_apprise_tells_a_drill_as_one_and_calls_nobody(clock):
    async with peer() as service:
        url = Secret(service.url.replace("http", "json"))
        settings = AppriseSettings(urls=[url], contacts=["Ada"], simulated=frozenset({"drill"}))
        channel = AppriseChannel(settings, clock.monotonic)
        await channel.deliver(told(alert(account="drill")))
        await channel.deliver(told(alert(account="drill"), alert(account="A1")))
    drill, both = (json.loads(asked.body) for asked in service.asked)
    assert drill["title"] == "DRILL PAGE: DailyLoss"
    assert "On call" not in drill["message"]
    assert both["title"] == "PAGE: DailyLoss (2 alerts)"
    assert "On call: Ada" in both["message"]


@pytest.mark.parametrize("query", ["", "&format=html"])
async def test_what_events_say_is_no_html_in_a_mail(clock, query):
    account = '<a href="https://evil.example/">A1</a> & <b>more</b>'
    async with mailbox() as box:
        url = f"mailto://127.0.0.1:{box.port}/?from=desk@example.org&to=a@example.org{query}"
        channel = AppriseChannel(AppriseSettings(urls=[Secret(url)]), clock.monotonic)
        await channel.deliver(told(alert(account=account)))
    (mail,) = box.mails
    assert mail["Subject"] == "PAGE: DailyLoss"
    shown = {one.get_content_type(): one for one in mail.walk() if not one.is_multipart()}
    assert f"{account} lost" in shown["text/plain"].get_content()
    assert bool(query) == ("text/html" in shown)
    if query:
        html = shown["text/html"].get_content()
        assert "&lt;b&gt;more&lt;/b&gt;" in html
        assert set(re.findall("<[^>]*>", html)) == {"<br/>"}


async def test_apprise_has_delivered_when_one_address_took_it(clock, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    async with peer() as service:
        good = Secret(service.url.replace("http", "json") + "/s3cret-path")
        bad = Secret("json://127.0.0.1:9/s3cret-path")
        await AppriseChannel(AppriseSettings(urls=[bad, good]), clock.monotonic).deliver(told())
        assert len(service.asked) == 1
        with pytest.raises(Retry):
            await AppriseChannel(AppriseSettings(urls=[bad]), clock.monotonic).deliver(told())
    output = capsys.readouterr()
    assert "s3cret" not in output.out + output.err + caplog.text


async def test_apprise_has_delivered_while_another_address_does_not_answer(clock):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = Secret(f"json://127.0.0.1:{silent.getsockname()[1]}/")
        async with peer() as service:
            good = Secret(service.url.replace("http", "json"))
            settings = AppriseSettings(urls=[slow, good], timeout_s=0.5)
            channel = AppriseChannel(settings, clock.monotonic)
            await channel.deliver(told())
            assert len(service.asked) == 1
            alone = AppriseChannel(AppriseSettings(urls=[slow], timeout_s=0.01), clock.monotonic)
            with pytest.raises(Retry) as retry:
                await alone.deliver(told())
            assert retry.value.ambiguous
            await channel.close()
            await alone.close()


async def test_an_address_that_hangs_holds_up_no_page_to_another_and_gets_no_flood(clock):
    with socket.create_server(("127.0.0.1", 0)) as silent, capture_logs() as lines:
        slow = Secret(f"json://127.0.0.1:{silent.getsockname()[1]}/")
        async with peer() as service:
            good = Secret(service.url.replace("http", "json"))
            channel = AppriseChannel(AppriseSettings(urls=[slow, good]), clock.monotonic)
            async with asyncio.timeout(15):  # eight times it hangs for longer
                for n in range(8):
                    await channel.deliver(told(alert(account=f"A{n}")))
            await asyncio.sleep(0)
            await channel.close()
    accounts = [json.loads(one.body)["message"].split()[0] for one in service.asked]
    assert accounts == [f"A{n}" for n in range(8)]
    # One is under way to it and four wait; what it won't get is said.
    assert [(one["event"], one["number"]) for one in lines] == [("apprise_address_failed", 1)] * 3


def test_an_address_that_apprise_does_not_know_is_named_by_its_number(clock):
    urls = [Secret("json://127.0.0.1/"), Secret("bogus://s3cret")]
    with pytest.raises(BadAddress, match="address 2 is not") as error:
        AppriseChannel(AppriseSettings(urls=urls), clock.monotonic)
    assert "s3cret" not in str(error.value)


def test_a_secret_shows_itself_to_nobody():
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {[secret]}"
    assert secret.hide_in("a s3cret b") == "a <hidden> b"


# The dead-man


async def test_the_deadman_pings_only_while_the_watchdog_fires(clock, caplog):
    with caplog.at_level(logging.DEBUG):
        async with peer() as service:
            settings = DeadmanSettings(url=Secret(f"{service.url}/s3cret"))
            deadman = Deadman(settings, clock.monotonic)
            assert deadman.reached is None
            assert await deadman.ping() == "held_back"
            assert deadman.reached is False
            deadman.see([alert("DailyLoss")])
            assert await deadman.ping() == "held_back"
            deadman.see([alert("Watchdog", "info")])
            assert await deadman.ping() == "sent"
            clock.advance(11 * SECOND)  # the rules have stopped
            assert await deadman.ping() == "held_back"
            deadman.see([alert("Watchdog", "info")])
            service.status = 500
            assert await deadman.ping() == "failed"
            assert deadman.trouble == "HTTP 500"
            service.status = 200
            assert await deadman.ping() == "sent"
            await deadman.close()
    assert deadman.trouble is None
    assert deadman.reached is True
    assert deadman.pings == {"sent": 2, "failed": 1, "held_back": 3}
    assert {one.path for one in service.asked} == {"/s3cret"}
    assert "s3cret" not in caplog.text


async def test_a_start_pings_as_soon_as_the_rules_have_been_looked_at(clock):
    async with peer() as service:
        deadman = Deadman(DeadmanSettings(url=Secret(service.url)), clock.monotonic)
        running = asyncio.create_task(deadman.run())
        await asyncio.sleep(0)
        deadman.see([alert("Watchdog", "info")])
        await eventually(lambda: deadman.pings["sent"])
        running.cancel()
        await deadman.close()
    assert deadman.pings == {"sent": 1, "failed": 0, "held_back": 0}


async def test_an_unreachable_deadman_service_costs_a_count_and_one_line(clock):
    deadman = Deadman(DeadmanSettings(url=Secret("http://127.0.0.1:9/s3cret")), clock.monotonic)
    deadman.see([alert("Watchdog", "info")])
    with capture_logs() as lines:
        assert [await deadman.ping() for _ in range(2)] == ["failed", "failed"]
    assert [(one["event"], one["why"]) for one in lines] == [("deadman_silent", "ConnectError")]
    assert deadman.trouble == "ConnectError"
    await deadman.close()


async def test_the_log_says_what_keeps_the_deadman_service_from_hearing_of_it_now(clock):
    """A network that is not up yet at the start is not what a wrong address means."""
    async with peer() as service:
        deadman = Deadman(DeadmanSettings(url=Secret(service.url)), clock.monotonic)
        with capture_logs() as lines:
            await deadman.ping()
            deadman.see([alert("Watchdog", "info")])
            service.status = 404
            await deadman.ping()
            await deadman.ping()
        await deadman.close()
    assert [one["why"] for one in lines] == ["the Watchdog doesn't fire", "HTTP 404"]


def webhook(name: str = "Watchdog", status: str = "firing") -> bytes:
    return json.dumps(
        {"version": "4", "alerts": [{"status": status, "labels": {"alertname": name}}]}
    ).encode()


async def test_a_silent_stack_is_told_and_its_return_too(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        watch = StackWatch(60, desk.steady)

        async def pass_time(ns: int) -> None:
            for _ in range(ns // SECOND):
                clock.advance(SECOND)
                if (one := watch.check()) is not None:
                    await desk.dispatcher.update([one])
                await desk.step()

        await pass_time(30 * SECOND)
        assert watch.take(webhook())
        await pass_time(60 * SECOND)
        assert telegram.sent == []
        assert watch.take(webhook("Other"))
        assert watch.take(webhook(status="resolved"))
        assert not watch.take(b"\xff")
        await pass_time(MINUTE)
        assert telegram.sent[0].text.startswith(
            "PAGE: StackBlind\nAlertmanager's Watchdog has not come"
        )
        assert "Runbook" in telegram.sent[0].text
        await desk.dispatcher.retain([])  # the rules know nothing of it
        await pass_time(MINUTE)
        assert len(telegram.sent) == 1
        watch.take(webhook())
        await pass_time(5 * SECOND)
        assert telegram.sent[1].text.startswith("RESOLVED: StackBlind")


async def test_a_blind_stack_that_sees_again_after_a_restart_is_told(telegram, clock, tmp_path):
    path = tmp_path / "n.sqlite"
    async with Notifier(telegram, path, clock) as desk:
        watch = StackWatch(60, desk.steady)
        clock.advance(61 * SECOND)
        await desk.dispatcher.update([watch.check()])
        await desk.step()
    async with Notifier(telegram, path, clock) as desk:
        watch = StackWatch(60, desk.steady)
        clock.advance(5 * SECOND)
        assert watch.check() is None  # not known yet
        watch.take(webhook())
        await desk.dispatcher.update([watch.check()])
        await desk.step()
    assert [one.text.split(":")[0] for one in telegram.sent] == ["PAGE", "RESOLVED"]


# Escalation


async def test_an_unacknowledged_page_reaches_the_second_channel(telegram, clock, tmp_path):
    second = ListChannel("mail")
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, second) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(5 * MINUTE - SECOND, tick=5 * SECOND)
        assert second.got == []
        await desk.pass_time(2 * SECOND)
        await desk.pass_time(HOUR, tick=MINUTE)
    assert [one.kind for one in second.got] == ["escalated"]
