"""What arrives in the chat."""

import logging

import pytest
from structlog.testing import capture_logs

from deskwatch.core.notification import Permanent, Retry
from deskwatch.notify.keeper import Keeper
from deskwatch.notify.outbox import AGAIN
from deskwatch.notify.secret import Secret
from deskwatch.notify.store import Store
from deskwatch.notify.telegram import memory
from deskwatch.notify.telegram.bot import BotApi, OtherPoller, Posted, Refused
from deskwatch.notify.telegram.channel import TelegramChannel
from deskwatch.notify.telegram.settings import Chat, TelegramSettings
from tests.notify.bot_api import GROUP, PRIVATE, TOKEN, ApiError
from tests.notify.desk import HOUR, MINUTE, SECOND, START, ListChannel, Notifier, alert, ended
from tests.notify.disks import Filling

pytestmark = pytest.mark.anyio


async def test_a_page_says_what_how_much_and_since_when(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([alert(account="A1", strategy="mm")])
        await desk.step()
    (message,) = telegram.sent
    assert message.chat == GROUP
    assert message.text.splitlines() == [
        "PAGE: DailyLoss",
        "A1 lost 12,345 USD today, limit 10,000 USD.",
        "account=A1 strategy=mm",
        "since 2026-09-21 14:13:20 UTC",
        "Runbook · Page",
    ]
    assert 'href="https://example.org/runbooks/DailyLoss.md"' in message.html
    labels = [button["text"] for row in message.buttons for button in row]
    assert labels == ["Acknowledge", "Silence 1 h", "Silence 8 h"]


async def test_a_chat_that_takes_no_messages_is_known_before_there_is_one(
    telegram, tmp_path, clock
):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        assert await desk.telegram.refusal() is None
        telegram.blocked.add(GROUP)
        said = await desk.telegram.refusal()
        assert said == f"{GROUP}: Forbidden: bot was kicked from the supergroup chat"
        telegram.blocked.clear()
        telegram.moved[GROUP] = PRIVATE
        assert await desk.telegram.refusal() is None, "its messages follow it"
        telegram.mode = "broken"
        with pytest.raises(Retry):
            await desk.telegram.refusal()
    assert telegram.sent == []


async def test_each_chat_and_topic_is_tried(telegram):
    elsewhere = {"info": Chat(GROUP, 9), "warning": Chat(GROUP, 8)}
    settings = TelegramSettings(
        token=Secret(TOKEN), chat=Chat(GROUP), by_severity=elsewhere, api_base_url=telegram.url
    )
    telegram.threads = {9}
    api = BotApi(settings)
    channel = TelegramChannel(settings, api, Keeper(Store(), None), lambda: 0)
    assert await channel.refusal() == f"{GROUP}: Message thread not found"
    telegram.threads = {8, 9}
    assert await channel.refusal() is None
    await api.close()


async def test_the_end_of_a_page_answers_it(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        one = alert(account="A1")
        await desk.dispatcher.update([one])
        await desk.pass_time(2 * SECOND)
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.step()
    page, over = telegram.sent
    assert over.answers == page.id
    assert over.text.startswith("RESOLVED: DailyLoss")
    assert "for 2 s" in over.text
    assert over.buttons == []


async def test_the_end_of_a_page_that_somebody_deleted_is_told_all_the_same(
    telegram, clock, tmp_path
):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        one = alert(account="A1")
        await desk.dispatcher.update([one])
        await desk.pass_time(2 * SECOND)
        telegram.sent.clear()
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.step()
    (over,) = telegram.sent
    assert over.text.startswith("RESOLVED: DailyLoss")


async def test_the_end_of_a_warning_edits_its_message(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        one = alert("MarkStale", "warning", account="A1")
        await desk.dispatcher.update([one])
        await desk.pass_time(15 * SECOND)
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.pass_time(6 * MINUTE, tick=10 * SECOND)
    (message,) = telegram.sent
    assert message.edits == 1
    assert message.text.startswith("RESOLVED: MarkStale")
    assert message.buttons == []
    assert telegram.floods == 0


async def test_that_some_of_a_group_have_ended_edits_its_message(telegram, clock, tmp_path):
    feeds = [alert("FeedStale", "warning", venue=venue) for venue in ("XNYS", "XNAS")]
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update(feeds)
        await desk.pass_time(15 * SECOND)
        await desk.dispatcher.update([ended(feeds[0], clock.wall())])
        await desk.pass_time(6 * MINUTE, tick=10 * SECOND)
    (message,) = telegram.sent
    assert message.edits == 1
    assert message.text.startswith("WARNING: FeedStale (1 firing, 1 ended)")
    assert message.button("Acknowledge")


async def test_the_end_of_one_alert_leaves_the_digest_of_the_others(telegram, clock, tmp_path):
    feeds = [alert(f"Feed{n:02}", "warning") for n in range(12)]
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update(feeds)
        await desk.pass_time(15 * SECOND)
        await desk.dispatcher.update([ended(feeds[3], clock.wall())])
        await desk.pass_time(6 * MINUTE, tick=10 * SECOND)
    digest, over = telegram.sent
    assert digest.text.startswith("DIGEST: 12 warnings firing")
    assert digest.edits == 0
    assert not digest.silent
    assert over.text.startswith("RESOLVED: Feed03")
    assert over.answers == digest.id
    assert over.silent


async def test_an_edit_that_is_refused_becomes_an_answer(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        one = alert("MarkStale", "warning", account="A1")
        await desk.dispatcher.update([one])
        await desk.pass_time(15 * SECOND)
        telegram.sent.clear()  # someone deletes it
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.pass_time(6 * MINUTE, tick=10 * SECOND)
    (message,) = telegram.sent
    assert message.text.startswith("RESOLVED: MarkStale")


async def test_severities_have_chats_and_topics(telegram, clock, tmp_path):
    telegram.threads = {5}
    chats = {"page": Chat(PRIVATE), "warning": Chat(GROUP, 5)}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, by_severity=chats) as desk:
        await desk.dispatcher.update([alert(account="A1"), alert("MarkStale", "warning")])
        await desk.pass_time(15 * SECOND)
    assert [(one.chat, one.thread) for one in telegram.sent] == [(PRIVATE, None), (GROUP, 5)]


async def test_a_lost_topic_falls_back_to_the_chat(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, chat=Chat(GROUP, 9)) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.step()
    assert [(one.chat, one.thread) for one in telegram.sent] == [(GROUP, None)]


async def test_what_is_refused_without_its_topic_too_goes_to_the_second_channel(
    telegram, clock, tmp_path
):
    telegram.reads_tags = False
    second = ListChannel("mail")
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, second, chat=Chat(GROUP, 9)
    ) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2 * SECOND)
    assert [one.kind for one in second.got] == ["new"]
    assert telegram.sent == []


async def test_what_telegram_cannot_read_any_more_arrives_as_bare_text(telegram, clock, tmp_path):
    telegram.reads_tags = False
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([alert(account="A<1> & B")])
        await desk.step()
    (page,) = telegram.sent
    assert page.text.splitlines()[:3] == [
        "PAGE: DailyLoss",
        "A<1> & B lost 12,345 USD today, limit 10,000 USD.",
        "account=A<1> & B",
    ]
    assert page.button("Acknowledge")
    assert not page.silent


async def test_a_drill_is_told_as_one_in_its_own_chat_and_rings_nobody(telegram, clock, tmp_path):
    both = [alert(account="drill"), alert(account="A1")]
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, drills=Chat(PRIVATE), simulated=["drill"]
    ) as desk:
        await desk.dispatcher.update(both)
        await desk.pass_time(2 * SECOND)
        await desk.dispatcher.update([ended(one, clock.wall()) for one in both])
        await desk.pass_time(2 * SECOND)
    for chat, mark in ((GROUP, ""), (PRIVATE, "DRILL ")):
        page, over = (one for one in telegram.sent if one.chat == chat)
        assert page.text.startswith(f"{mark}PAGE: DailyLoss")
        assert over.text.startswith(f"{mark}RESOLVED: DailyLoss")
        assert over.answers == page.id
        assert (page.silent, over.silent) == (chat == PRIVATE, chat == PRIVATE)


async def test_what_is_told_of_a_drill_and_of_real_money_is_no_drill(telegram, clock, tmp_path):
    both = [alert("MarkStale", "warning", account=account) for account in ("drill", "A1")]
    async with Notifier(
        telegram, tmp_path / "n.sqlite", clock, drills=Chat(PRIVATE), simulated=["drill"]
    ) as desk:
        await desk.dispatcher.update(both)
        await desk.pass_time(15 * SECOND)
    (message,) = telegram.sent
    assert (message.chat, message.silent) == (GROUP, False)
    assert message.text.startswith("WARNING: MarkStale (2 firing)")


async def test_a_group_that_moved_is_followed_and_remembered(telegram, clock, tmp_path):
    telegram.moved = {-5: GROUP}
    for account in ("A1", "A2"):
        async with Notifier(telegram, tmp_path / "n.sqlite", clock, chat=Chat(-5)) as desk:
            await desk.dispatcher.update([alert(account=account)])
            await desk.pass_time(2 * SECOND)
    assert [one.chat for one in telegram.sent] == [GROUP, GROUP]
    assert telegram.calls["sendMessage"] == 3


async def test_a_group_that_moved_takes_no_other_chat_with_it(telegram, clock, tmp_path):
    telegram.moved = {-5: GROUP}
    chats = {"page": Chat(-5), "warning": Chat(PRIVATE)}
    for account in ("A1", "A2"):
        both = [alert(account=account), alert(f"Mark{account}", "warning")]
        async with Notifier(telegram, tmp_path / "n.sqlite", clock, by_severity=chats) as desk:
            await desk.dispatcher.update(both)
            await desk.pass_time(15 * SECOND)
    assert [one.chat for one in telegram.sent] == [GROUP, PRIVATE] * 2


async def test_a_button_that_could_not_be_kept_acts_on_nothing_that_came_later(
    telegram, clock, tmp_path
):
    file = Filling(tmp_path / "n.sqlite")
    async with Notifier(telegram, None, clock, file=file) as desk:
        file.full = True
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2 * SECOND)
    async with Notifier(telegram, file._path, clock) as desk:
        await desk.dispatcher.update([alert(account="A2")])
        await desk.pass_time(2 * SECOND)
    first, second = (sent.button("Silence 1 h") for sent in telegram.sent)
    assert first != second


def test_what_the_bot_remembers_is_bounded_and_the_newest_of_it_stays(monkeypatch):
    for bound in ("_MAX_MESSAGES", "_MAX_BUTTONS", "_MAX_REFUSED"):
        monkeypatch.setattr(memory, bound, 3)
    store = Store()
    with store.transaction():
        for n in range(10):
            memory.keep_message(store, [f"g{n}"], "-1001/0", Posted(GROUP, n), START + n)
            assert memory.refuse(store, n, START + n)
        targets = [memory.ButtonTarget([f"g{n}"], {}) for n in range(10)]
        keys = [memory.keep_button(store, target, START) for target in targets]
        told = [memory.message_of(store, f"g{n}", "-1001/0") for n in range(10)]
        acts = [memory.button_target(store, key) for key in keys]
        again = [memory.refuse(store, n, START + n) for n in (7, 8, 9)]
        held = {
            table: len(store.rows(f"SELECT 1 FROM {table}")) for table in ("messages", "refused")
        }
    assert told[7:] == [Posted(GROUP, 7), Posted(GROUP, 8), Posted(GROUP, 9)]
    assert acts == [None] * 7 + targets[7:]
    assert again == [False] * 3
    assert max(held.values()) <= 4


def test_a_restart_knows_of_each_message_of_the_last_minute_whatever_the_clock_says_since():
    store = Store()
    with store.transaction():
        for n in range(12):
            memory.keep_send(store, f"c{n % 2}", START + n * 10 * SECOND)
        now = START + 110 * SECOND
        assert memory.recent_sends(store, now) == [
            (f"c{n % 2}", START + n * 10 * SECOND) for n in range(6, 12)
        ]
        set_back = START + 55 * SECOND
        held = [at for _, at in memory.recent_sends(store, set_back)]
        assert (len(held), max(held)) == (7, set_back)
        memory.keep_send(store, "c0", set_back)
        assert memory.recent_sends(store, set_back) == [
            ("c1", set_back - 5 * SECOND),
            ("c0", set_back),
        ]


def test_a_group_that_was_told_in_two_chats_has_a_message_in_each():
    store = Store()
    with store.transaction():
        memory.keep_message(store, ["g", "h"], "-1001/0", Posted(GROUP, 1), START)
        memory.keep_message(store, ["g"], "4711/0", Posted(PRIVATE, 2), START)
        memory.keep_message(store, ["g"], "-1001/0", Posted(GROUP, 3), START)
        memory.forget_message(store, "g", "4711/0")
        lanes = ("-1001/0", "4711/0")
        assert [memory.message_of(store, "g", one) for one in lanes] == [Posted(GROUP, 3), None]
        assert memory.message_of(store, "h", "-1001/0") == Posted(GROUP, 1)


async def test_a_group_that_moves_twice_is_found_at_once_after_a_restart(telegram, clock, tmp_path):
    telegram.moved = {-5: -6}
    telegram.chats[-6] = "supergroup"
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, chat=Chat(-5)) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2 * SECOND)
        telegram.moved[-6] = GROUP
        await desk.dispatcher.update([alert(account="A2")])
        await desk.pass_time(2 * SECOND)
        await desk.dispatcher.update([alert(account="A3")])
        await desk.pass_time(2 * SECOND)
        assert desk.telegram.chats() == {-5, GROUP}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, chat=Chat(-5)) as desk:
        await desk.dispatcher.update([alert(account="A4")])
        await desk.pass_time(2 * SECOND)
        assert desk.telegram.chats() == {-5, GROUP}
    assert [one.chat for one in telegram.sent] == [-6, GROUP, GROUP, GROUP]
    assert telegram.calls["sendMessage"] == 6


@pytest.mark.parametrize("failure", ["revoked", "kicked", "no such chat"])
async def test_what_telegram_refuses_for_good_goes_to_the_second_channel(
    telegram, clock, tmp_path, failure
):
    if failure == "revoked":
        telegram.revoke()
    elif failure == "kicked":
        telegram.blocked = {GROUP}
    else:
        telegram.chats = {}
    second = ListChannel("mail")
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, second) as desk:
        one = alert(account="A1")
        await desk.dispatcher.update([one])
        await desk.pass_time(2 * SECOND)
        await desk.dispatcher.update([ended(one, clock.wall())])
        await desk.pass_time(2 * SECOND)
        counts = desk.dispatcher.figures.notifications
        assert set(desk.dispatcher.figures.trouble) == {"telegram"}
    assert [one.kind for one in second.got] == ["new", "resolved"]
    assert "telegram can't deliver this" in second.got[0].notes[0]
    assert counts["telegram", "failed"] >= 1
    assert counts["mail", "sent"] == 2
    assert telegram.sent == []


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("garbage", "found HTTP 200 with other text"),
        ("cut", "found HTTP 200 with other text"),
        ("broken", "found HTTP 502 with a page"),
        ("elsewhere", "found HTTP 404 with a page"),
    ],
)
async def test_what_is_no_answer_of_telegram_s_is_one_line_of_the_log_and_waited_out(
    telegram, clock, tmp_path, caplog, mode, found
):
    """It says nothing of the token, and so no page is given up for it."""
    with capture_logs() as lines:
        async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
            telegram.mode = mode
            await desk.dispatcher.update([alert(account="A1")])
            await desk.pass_time(20 * SECOND)
            trouble = desk.dispatcher.figures.trouble["telegram"]
            telegram.mode = "fine"
            await desk.drain()
    assert trouble.startswith(f"{found}; expected the Bot API's JSON: is api_base_url right")
    assert [(one["event"], one["why"]) for one in lines] == [("channel_unavailable", trouble)]
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
    assert len(telegram.sent) == 1


async def test_the_log_says_why_a_message_waits_now(telegram, clock, tmp_path):
    with capture_logs() as lines:
        async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
            telegram.mode = "broken"
            await desk.dispatcher.update([alert(account="A1")])
            await desk.pass_time(20 * SECOND)
            telegram.mode = "elsewhere"
            await desk.pass_time(60 * SECOND)
            telegram.mode = "fine"
            await desk.drain()
    found = [one["why"].partition(" with")[0] for one in lines]
    assert found == ["found HTTP 502", "found HTTP 404"]


async def test_a_token_that_is_not_whole_is_told_from_one_that_was_revoked(telegram):
    half = TelegramSettings(token=Secret("123:half"), chat=Chat(GROUP), api_base_url=telegram.url)
    api = BotApi(half)
    with pytest.raises(Permanent, match=r"Not Found \(404\): is the token whole, and api_base_url"):
        await api.name()
    await api.close()


@pytest.fixture
async def api(telegram):
    """The bot's calls alone, at an address that ends in a slash."""
    bot = BotApi(
        TelegramSettings(token=Secret(TOKEN), chat=Chat(GROUP), api_base_url=f"{telegram.url}/")
    )
    yield bot
    await bot.close()


@pytest.mark.parametrize(
    ("failure", "may_be_there"),
    [
        ("garbage", True),
        ("cut", True),
        ("hollow", True),
        ("reset", True),
        ("broken", False),
        ("elsewhere", False),
        ("storm", False),
        ("down", False),
    ],
)
async def test_only_what_telegram_may_have_carried_out_may_be_there(
    telegram, api, failure, may_be_there
):
    if failure == "down":
        await telegram.stop()
    else:
        telegram.mode = failure
    with pytest.raises(Retry) as caught:
        await api.send(Chat(GROUP), "PAGE", [])
    assert caught.value.ambiguous == may_be_there
    assert caught.value.after_s == (telegram.retry_after if failure == "storm" else None)
    if failure == "down":
        await telegram.start()


@pytest.mark.parametrize("code", [400, 403, 409, 500])
async def test_an_error_that_quotes_the_token_is_told_without_it(telegram, api, monkeypatch, code):
    async def quoting(_fields):
        raise ApiError(code, f"no method of bot{TOKEN}: {'at all ' * 100}")

    monkeypatch.setattr(telegram, "_on_getMe", quoting)
    with pytest.raises((Refused, Permanent, OtherPoller, Retry)) as caught:
        await api.name()
    assert "<hidden>" in str(caught.value)
    assert TOKEN.partition(":")[2] not in str(caught.value)
    assert len(str(caught.value)) <= 200


async def test_an_edit_that_is_tried_again_since_its_answer_was_lost_is_fine(telegram, clock, api):
    posted = await api.send(Chat(GROUP), "PAGE", [])
    for _ in range(2):
        clock.advance(2 * SECOND)
        await api.edit(posted, "RESOLVED", [])
    (message,) = telegram.sent
    assert (message.text, message.edits) == ("RESOLVED", 1)


async def test_a_picture_goes_to_the_topic_where_it_was_asked_for(telegram, api):
    telegram.threads = {5}
    await api.send_picture(Chat(GROUP, 5), b"\x89PNG", "P&amp;L today")
    (picture,) = telegram.sent
    assert (picture.chat, picture.thread, picture.text) == (GROUP, 5, "P&L today")


async def test_what_is_said_to_who_pressed_a_button_fits(telegram, api):
    await api.answer_button("1", "Acknowledged by " + "a" * 300)
    assert len(telegram.answers[0]["text"]) == 200


async def test_without_a_second_channel_a_mended_setting_still_delivers(telegram, clock, tmp_path):
    telegram.blocked = {GROUP}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(MINUTE)
        assert telegram.sent == []
        telegram.blocked = set()
        await desk.pass_time(11 * MINUTE, tick=10 * SECOND)
    assert len(telegram.sent) == 1


async def test_what_still_fires_is_repeated_only_after_its_interval(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(4 * HOUR - MINUTE, tick=MINUTE)
        assert len(telegram.sent) == 1
        await desk.pass_time(2 * MINUTE, tick=MINUTE)
    assert telegram.sent[1].text.startswith("STILL PAGE: DailyLoss")
    assert telegram.sent[1].answers == telegram.sent[0].id


async def test_a_last_channel_that_gave_up_keeps_everything(clock, tmp_path):
    only = ListChannel(failure=Permanent("no"))
    async with Notifier(None, tmp_path / "n.sqlite", clock, only) as desk:
        await desk.dispatcher.update([alert(account=f"A{n}") for n in range(3)])
        await desk.pass_time(5 * SECOND)
        only.failure = None
        await desk.drain()
    assert len(only.got) == 3
    assert [one for one in only.got if AGAIN in one.notes] == []  # what was refused never arrived
