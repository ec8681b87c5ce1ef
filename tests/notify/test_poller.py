"""What people do in a chat, and who may."""

import logging
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from deskwatch.core.notification import Retry
from deskwatch.notify.desk import Curve, Sheet
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.telegram.commands import Commands, parse_duration
from deskwatch.notify.telegram.poller import Poller
from deskwatch.notify.telegram.settings import Chat
from tests.notify.bot_api import GROUP, TOKEN
from tests.notify.desk import HOUR, MINUTE, SECOND, START, Notifier, alert, ended

pytestmark = pytest.mark.anyio

ADA, BOB, EVE = 7, 8, 666


class Figures:
    """A desk with little to say."""

    def __init__(self) -> None:
        self.points: list[tuple[int, float | None]] = [
            (START + n * SECOND, float(n)) for n in range(10)
        ]

    async def status(self) -> Sheet:
        return Sheet(title="deskwatch 0.1", rows=[["ready", "yes"]])

    async def pnl(self) -> Sheet:
        return Sheet(title="P&L", columns=["account", "net"], rows=[["A<1>", "-1,234.50"]])

    async def positions(self) -> Sheet:
        return Sheet(title="Positions", notes=["Nothing is open."])

    async def risk(self) -> Sheet:
        return Sheet(title="Risk", notes=["Not known yet: VaR."])

    async def curve(self) -> Curve | None:
        return Curve(title="P&L today", currency="USD", points=self.points)


@asynccontextmanager
async def talking(telegram, clock, tmp_path, **settings):
    """Yield a notifier and the poller of its bot; waiting moves the test's clock."""
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, users=[ADA, BOB], **settings
    ) as desk:

        async def sleep(seconds: float) -> None:
            clock.advance(int(seconds * SECOND))

        commands = Commands(Figures(), desk.dispatcher, desk.steady)
        yield (
            desk,
            Poller(
                desk.settings,
                desk.api,
                desk.telegram,
                desk.keeper,
                desk.dispatcher,
                commands,
                desk.steady,
                sleep,
            ),
        )


async def ask(telegram, clock, poller, text, user=ADA, chat=None):
    """Return the messages that answer a command."""
    before = len(telegram.sent)
    telegram.say(user, text, chat)
    clock.advance(2 * SECOND)
    await poller.poll()
    return telegram.sent[before:]


async def test_acknowledging_stops_the_escalation_and_is_shown(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        (page,) = telegram.sent
        telegram.press(ADA, page, "Acknowledge")
        clock.advance(2 * SECOND)
        await poller.poll()
        (view,) = await desk.dispatcher.alerts()
        deeds = await desk.dispatcher.deeds(5)
        await desk.pass_time(5 * HOUR, tick=MINUTE)
    assert view.acknowledged.actor == "@user7 (7)"
    assert telegram.answers[0]["text"].startswith("Acknowledged by @user7 (7)")
    assert page.text.splitlines()[-1].startswith("Acknowledged by @user7 (7), 2026-09-21 14:13:2")
    labels = [button["text"] for row in page.buttons for button in row]
    assert labels == ["Silence 1 h", "Silence 8 h"]
    assert [(deed.actor, deed.what) for deed in deeds] == [("@user7 (7)", "acknowledge")]
    assert len(telegram.sent) == 1


async def test_of_two_who_acknowledge_at_once_the_first_is_who_is_told_of(
    telegram, clock, tmp_path
):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        (page,) = telegram.sent
        telegram.press(ADA, page, "Acknowledge")
        telegram.press(BOB, page, "Acknowledge")
        clock.advance(2 * SECOND)
        await poller.poll()
        (view,) = await desk.dispatcher.alerts()
    assert view.acknowledged.actor == "@user7 (7)"
    said = {answer["text"] for answer in telegram.answers}
    assert said == {"Acknowledged by @user7 (7), 2026-09-21 14:13:22 UTC"}
    assert said == {line for line in page.text.splitlines() if "Acknowledged" in line}


async def test_who_silences_takes_away_no_acknowledgement(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        (page,) = telegram.sent
        telegram.press(ADA, page, "Acknowledge")
        telegram.press(BOB, page, "Silence 1 h")
        clock.advance(2 * SECOND)
        await poller.poll()
    done = [line.partition(",")[0] for line in page.text.splitlines()[-2:]]
    assert done == ["Acknowledged by @user7 (7)", "Silenced for 1 h by @user8 (8)"]
    labels = [button["text"] for row in page.buttons for button in row]
    assert labels == ["Silence 1 h", "Silence 8 h"]


async def test_what_was_pressed_while_nobody_listened_is_shown(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        (page,) = telegram.sent
        telegram.press(ADA, page, "Acknowledge")
        telegram.too_late = True
        clock.advance(10 * MINUTE)
        await poller.poll()
        (view,) = await desk.dispatcher.alerts()
    assert view.acknowledged.actor == "@user7 (7)"
    assert page.text.splitlines()[-1].startswith("Acknowledged by @user7 (7)")


async def test_an_end_that_was_written_meanwhile_stands(telegram, clock, tmp_path):
    """Who presses sends the message as it was then."""
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        one = alert("MarkOld", "warning")
        await desk.dispatcher.update([one])
        await desk.pass_time(12 * SECOND)
        (told,) = telegram.sent
        telegram.press(ADA, told, "Acknowledge")
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.pass_time(6 * MINUTE)
        await poller.poll()
    assert told.text.startswith("RESOLVED: MarkOld")
    assert telegram.answers[0]["text"] == "It is over already."


@pytest.mark.parametrize(("label", "hours"), [("Silence 1 h", 1), ("Silence 8 h", 8)])
async def test_a_button_silences_just_that_alert(telegram, clock, tmp_path, label, hours):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        telegram.press(ADA, telegram.sent[0], label)
        clock.advance(2 * SECOND)
        await poller.poll()
        (silence,) = await desk.dispatcher.silences()
    assert silence.until - silence.created_at == hours * HOUR
    assert silence.matchers == 'account="A1", alertname="DailyLoss", severity="page"'
    assert silence.author == "@user7 (7)"


async def test_the_button_of_a_warning_silences_what_it_tells_of_and_no_other(
    telegram, clock, tmp_path
):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        late = [alert("HeartbeatMissed", "warning", service=name) for name in ("oms", "md")]
        await desk.dispatcher.update(late[:1])
        await desk.pass_time(12 * SECOND)
        telegram.press(ADA, telegram.sent[0], "Silence 8 h")
        clock.advance(2 * SECOND)
        await poller.poll()
        (silence,) = await desk.dispatcher.silences()
        await desk.dispatcher.update(late)
        await desk.pass_time(6 * MINUTE)
    assert silence.matchers == 'alertname="HeartbeatMissed", service="oms", severity="warning"'
    assert "service=md" in telegram.sent[-1].text
    assert "service=oms" not in telegram.sent[-1].text


async def test_the_button_of_a_drill_silences_no_real_account(telegram, clock, tmp_path):
    """Grouped as Alertmanager groups: by the rule alone."""
    drill = alert("CircuitBreakerFlapping", "warning", account="drill")
    async with talking(telegram, clock, tmp_path, simulated=["drill"]) as (desk, poller):
        await desk.dispatcher.update([drill])
        await desk.pass_time(12 * SECOND)
        telegram.press(ADA, telegram.sent[0], "Silence 8 h")
        clock.advance(2 * SECOND)
        await poller.poll()
        (silence,) = await desk.dispatcher.silences()
    assert silence.matchers == (
        'account="drill", alertname="CircuitBreakerFlapping", severity="warning"'
    )


async def test_a_digest_is_acknowledged_as_a_whole(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account=f"A{n}") for n in range(100)])
        await desk.step()
        (digest,) = telegram.sent
        assert [b["text"] for row in digest.buttons for b in row] == ["Acknowledge"]
        telegram.press(ADA, digest, "Acknowledge")
        await poller.poll()
        views = await desk.dispatcher.alerts()
    assert all(view.acknowledged is not None for view in views)


async def test_a_command_that_breaks_is_passed_over(telegram, clock, tmp_path, monkeypatch):
    async def breaks(_):
        raise ZeroDivisionError

    monkeypatch.setattr(Figures, "risk", breaks)
    async with talking(telegram, clock, tmp_path) as (_, poller):
        with capture_logs() as logs:
            assert await ask(telegram, clock, poller, "/risk", chat=GROUP) == []
        (status,) = await ask(telegram, clock, poller, "/status", chat=GROUP)
    assert [entry["event"] for entry in logs] == ["telegram_command_broke"]
    assert TOKEN not in str(logs)
    assert poller.figures.unanswered == 1
    assert status.text.startswith("deskwatch 0.1")


async def test_a_button_of_what_is_over_says_so(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        one = alert(account="A1")
        await desk.dispatcher.update([one])
        await desk.step()
        await desk.dispatcher.update([ended(one, clock.wall())])
        telegram.press(ADA, telegram.sent[0], "Acknowledge")
        telegram.press(ADA, telegram.sent[0], "Acknowledge", data="ack:999999")
        telegram.press(ADA, telegram.sent[0], "Acknowledge", data="rm -rf")
        await poller.poll()
    said = [answer["text"] for answer in telegram.answers]
    assert said == ["It is over already.", "This message is too old.", "This message is too old."]


async def test_others_are_refused_counted_and_answered_once(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        telegram.press(EVE, telegram.sent[0], "Acknowledge")
        for _ in range(3):
            await ask(telegram, clock, poller, "/pnl", user=EVE)
        await ask(telegram, clock, poller, "/pnl", user=ADA, chat=-999)  # a strangers' group
        (view,) = await desk.dispatcher.alerts()
        assert view.acknowledged is None
        assert await desk.dispatcher.deeds(5) == []
    assert poller.figures.refused == 5
    refusals = [one for one in telegram.sent[1:] if one.chat == EVE]
    assert telegram.answers[0]["text"] == "You may not do that."
    assert [one.text for one in refusals] == []  # 666 is no chat of the fake's: refused quietly
    assert all("1,234" not in one.text for one in telegram.sent)


async def test_a_stranger_in_our_group_is_answered_once(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (_, poller):
        first = await ask(telegram, clock, poller, "/pnl", user=EVE, chat=GROUP)
        second = await ask(telegram, clock, poller, "/pnl", user=EVE, chat=GROUP)
    assert [one.text for one in first] == ["You may not do that here (user 666)."]
    assert second == []
    assert poller.figures.refused == 2


async def test_commands_answer_with_tables_and_a_picture(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (_, poller):
        table, picture = await ask(telegram, clock, poller, "/pnl@desk_bot", chat=GROUP)
        (risk,) = await ask(telegram, clock, poller, "/risk", chat=GROUP)
        (status,) = await ask(telegram, clock, poller, "/status", chat=GROUP)
        (positions,) = await ask(telegram, clock, poller, "/positions", chat=GROUP)
        (text,) = await ask(telegram, clock, poller, "/anything else", chat=GROUP)
        (help_,) = await ask(telegram, clock, poller, "/help@desk_bot", chat=GROUP)
    assert table.text == "P&L\naccount        net\nA<1>     -1,234.50"
    assert picture.picture.startswith(b"\x89PNG")
    assert risk.text == "Risk\nNot known yet: VaR."
    assert status.text == "deskwatch 0.1\nready  yes"
    assert positions.text == "Positions\nNothing is open."
    first, *_ = text.text.splitlines()
    assert first == "There is no command /anything. These there are:"
    assert "/silence 2h" in text.text
    assert text.text.endswith(help_.text)
    assert help_.text.startswith("deskwatch\n")
    assert dict(poller.figures.actions) == {
        "pnl": 1, "risk": 1, "status": 1, "positions": 1, "help": 2
    }  # fmt: skip


@pytest.mark.parametrize("chat", [GROUP, -5, "@desk"], ids=["a number", "it moved", "a name"])
async def test_answers_take_their_turn_with_messages_whatever_their_chat_is_called(
    telegram, clock, tmp_path, chat
):
    telegram.moved, telegram.names = {-5: GROUP}, {GROUP: "desk"}
    async with talking(telegram, clock, tmp_path, chat=Chat(chat)) as (desk, poller):
        for number in range(1, 25):
            await desk.dispatcher.update([alert(account=f"A{number}")])
            await desk.step()
            telegram.say(ADA, "/status", GROUP)
            await poller.poll()
    assert telegram.floods == 0
    assert {sent.chat for sent in telegram.sent} == {GROUP}
    answers = [sent for sent in telegram.sent if sent.text.startswith("deskwatch 0.1")]
    assert 0 < len(answers) < len(telegram.sent)


async def test_a_silence_says_what_it_fits_so_that_a_slip_is_seen(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        (early,) = await ask(telegram, clock, poller, "/silence 2h account=A1", chat=GROUP)
        await desk.dispatcher.update([alert(account=f"A{number}") for number in (1, 2)])
        await desk.step()
        (fits,) = await ask(telegram, clock, poller, "/silence 2h account=A1", chat=GROUP)
        (slip,) = await ask(telegram, clock, poller, "/silence 2h acount=A1", chat=GROUP)
    assert early.text.splitlines()[-1] == "Nothing fires now."
    assert fits.text.splitlines()[-1] == "It fits 1 of 2 alerts firing now."
    assert slip.text.splitlines()[-1] == "It fits none of 2 alerts firing now."


@pytest.mark.parametrize("text", ["/silence", "/silence end 7", "/mute", "/mute end"])
async def test_who_asks_for_silences_is_told_that_alertmanager_is_away(text, clock):
    class Away:
        async def silences(self):
            raise Retry("connection refused")

        async def expire_silence(self, number, actor):
            raise Retry("connection refused")

    reply = await Commands(Figures(), Away(), clock.wall).answer(text, "ada")
    assert reply.html == "Alertmanager says: connection refused."


async def test_silences_are_made_listed_and_ended_by_command(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        (made,) = await ask(
            telegram, clock, poller, '/silence 2h account="A1" x!~"a|b"', chat=GROUP
        )
        (listed,) = await ask(telegram, clock, poller, "/silence", chat=GROUP)
        (wrong,) = await ask(telegram, clock, poller, "/silence 2h account", chat=GROUP)
        (length,) = await ask(telegram, clock, poller, "/silence 99d a=b", chat=GROUP)
        (gone,) = await ask(telegram, clock, poller, "/silence end 1", chat=GROUP)
        (none,) = await ask(telegram, clock, poller, "/silence end 1", chat=GROUP)
        assert await desk.dispatcher.silences() == []
    assert '1: account="A1", x!~"a|b" until 2026-09-21 16:13:22 UTC (2 h left)' in made.text
    assert "(1 h 59 min left), @user7 (7)" in listed.text
    assert "expected a matcher" in wrong.text
    assert "expected a time" in length.text
    assert gone.text == "Silence 1 has ended."
    assert none.text == "There is no silence '1'."


async def test_silences_that_are_not_listed_are_counted(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        for n in range(25):
            await desk.dispatcher.silence(
                [Matcher("account", "=", f"{n:0>200}")],
                author="ada " * 16, reason="", duration_ns=HOUR,
            )  # fmt: skip
        (listed,) = await ask(telegram, clock, poller, "/silence", chat=GROUP)
    head, *silences, more = listed.text.splitlines()
    assert (head, more) == ("25 silences", "and 5 that are older")
    assert [one.partition(":")[0] for one in silences] == [str(n) for n in range(6, 26)]
    assert all("left), ada" in one for one in silences)


async def test_muting_leaves_pages(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await ask(telegram, clock, poller, "/mute 1h", chat=GROUP)
        await desk.dispatcher.update([alert(account="A1"), alert("MarkStale", "warning")])
        await desk.pass_time(MINUTE)
        assert [one.text.splitlines()[0] for one in telegram.sent[1:]] == ["PAGE: DailyLoss"]
        (ended_text,) = await ask(telegram, clock, poller, "/mute end", chat=GROUP)
        await desk.pass_time(5 * SECOND)
    assert ended_text.text == "No longer muted."
    assert telegram.sent[-1].text.startswith("WARNING: MarkStale")


async def test_what_fires_is_listed_with_what_was_done_about_it(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        (nothing,) = await ask(telegram, clock, poller, "/alerts", chat=GROUP)
        await desk.dispatcher.update([alert(account=f"A{n}") for n in range(30)])
        await desk.pass_time(2 * SECOND)
        telegram.press(ADA, telegram.sent[-1], "Acknowledge")
        clock.advance(2 * SECOND)
        await poller.poll()
        (listed,) = await ask(telegram, clock, poller, "/alerts", chat=GROUP)
    assert nothing.text == "Nothing fires."
    assert listed.text.startswith("30 firing\n• page DailyLoss: ")
    assert "(seen by @user7 (7))" in listed.text
    assert listed.text.endswith("and 10 more")


async def test_each_that_fires_says_since_when_and_what_to_do(telegram, clock, tmp_path):
    long = alert("MarkStale", "warning", at=START - 24 * HOUR)
    long = replace(long, annotations={**long.annotations, "summary": "s" * 500})
    held = replace(alert("Slow", "info"), gone_at=START + 5 * SECOND)
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await desk.dispatcher.update([alert(account="A1"), long, held])
        await desk.pass_time(12 * SECOND)
        (listed,) = await ask(telegram, clock, poller, "/alerts", chat=GROUP)
    _, page, warning, info = listed.text.splitlines()
    assert info.startswith("• info Slow: until 14:13:25 UTC: A1 lost 12,345 USD today")
    assert page == (
        "• page DailyLoss: A1 lost 12,345 USD today, limit 10,000 USD. (since 14:13:20 UTC)"
    )
    assert warning.endswith("s… (since 2026-09-20 14:13:20 UTC)")
    assert '<a href="https://example.org/runbooks/DailyLoss.md">DailyLoss</a>: A1' in listed.html


async def test_an_update_is_taken_once_whatever_restarts(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (_, poller):
        await ask(telegram, clock, poller, "/silence 1h a=b", chat=GROUP)
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        await poller.poll()
        assert len(await desk.dispatcher.silences()) == 1


async def test_another_poller_is_told_of_once_and_waited_out(telegram, clock, tmp_path):
    async with talking(telegram, clock, tmp_path) as (desk, poller):
        assert poller.figures.heard is None
        telegram.other_poller = True
        pauses = [await poller.poll() for _ in range(9)]
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert "another process" in poller.figures.trouble
        assert poller.figures.heard is False
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
        assert len(telegram.sent) == 1  # sending goes on
        telegram.other_poller = False
        assert await poller.poll() == 0
    assert poller.figures.heard is True
    assert poller.figures.trouble is None


async def test_the_log_says_what_keeps_the_poller_from_hearing_now(telegram, clock, tmp_path):
    """The runbook reads its last line: a network that was away hides no second poller."""
    async with talking(telegram, clock, tmp_path) as (_, poller):
        with capture_logs() as lines:
            telegram.mode = "broken"
            await poller.poll()
            telegram.mode, telegram.other_poller = "fine", True
            for _ in range(3):
                await poller.poll()
    assert [one["event"] for one in lines] == ["telegram_not_polling"] * 2
    assert "another process polls with this token" in lines[-1]["why"]


@pytest.mark.parametrize("mode", ["garbage", "cut", "broken", "elsewhere", "reset"])
async def test_polling_lives_through_bad_answers(telegram, clock, tmp_path, mode):
    async with talking(telegram, clock, tmp_path) as (_, poller):
        telegram.mode = mode
        assert await poller.poll() == 1
        telegram.mode = "fine"
        assert await poller.poll() == 0


async def test_a_revoked_token_is_not_tried_often(telegram, clock, tmp_path):
    telegram.revoke()
    async with talking(telegram, clock, tmp_path) as (_, poller):
        assert await poller.poll() == 600


@pytest.mark.parametrize(
    "mode", ["fine", "storm", "garbage", "cut", "broken", "elsewhere", "reset", "down", "revoked"]
)
async def test_the_token_is_in_no_log_and_no_error(telegram, clock, tmp_path, caplog, capsys, mode):
    """Everything that logs is turned up to the last detail."""
    with caplog.at_level(logging.DEBUG):
        for name in list(logging.root.manager.loggerDict):
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            async with talking(telegram, clock, tmp_path) as (desk, poller):
                if mode == "down":
                    await telegram.stop()
                elif mode == "revoked":
                    telegram.revoke()
                else:
                    telegram.mode = mode
                await desk.dispatcher.update([alert(account="A1")])
                await desk.pass_time(3 * SECOND)
                await poller.poll()
                shown = f"{desk.settings!r} {desk.api._bot!r} {desk.telegram!r} {poller.figures.trouble}"
                if mode == "down":
                    await telegram.start()
        finally:
            for name in list(logging.root.manager.loggerDict):
                logging.getLogger(name).setLevel(logging.NOTSET)
    output = capsys.readouterr()
    secret = TOKEN.partition(":")[2]
    assert "HTTP Request" in caplog.text or mode in ("down", "reset")
    for text in (caplog.text, output.out, output.err, shown):
        assert secret not in text


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("30m", 30 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", 24 * HOUR),
        ("0h", None),
        ("31d", None),
        ("2", None),
    ],
)
def test_durations(text, ns):
    assert parse_duration(text) == ns
