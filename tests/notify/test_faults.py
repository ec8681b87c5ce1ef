"""Everything that goes wrong between an alert and a phone: nothing lost, nothing twice, in order."""

import gc
import tracemalloc

import pytest

from deskwatch.core.alert import Alert
from deskwatch.core.notification import Retry
from deskwatch.notify.matcher import Matcher
from deskwatch.notify.outbox import AGAIN
from deskwatch.notify.settings import BookSettings, OutboxSettings
from deskwatch.notify.telegram.settings import Chat
from tests.notify.bot_api import GROUP, PRIVATE
from tests.notify.desk import (
    HOUR,
    MINUTE,
    SECOND,
    START,
    ListChannel,
    Notifier,
    alert,
    ended,
    eventually,
)
from tests.notify.disks import Hanging

pytestmark = pytest.mark.anyio


def pages(count: int, at: int = START) -> list[Alert]:
    return [alert(account=f"A{n:04}", at=at + n) for n in range(count)]


def accounts_told(telegram) -> list[str]:
    """Return the accounts that messages of one alert tell of, in their order."""
    return [
        one.text.split("account=")[1].split()[0] for one in telegram.sent if "account=" in one.text
    ]


@pytest.mark.parametrize("failure", ["down", "reset", "garbage", "broken", "conflict"])
async def test_ten_minutes_without_telegram_lose_nothing(telegram, clock, tmp_path, failure):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        if failure == "down":
            await telegram.stop()
        else:
            telegram.mode = failure
        sent = pages(6)
        for one in sent:
            await desk.dispatcher.update([one])
            await desk.pass_time(100 * SECOND, tick=5 * SECOND)
        assert telegram.sent == []
        assert desk.dispatcher.figures.trouble["telegram"]
        if failure == "down":
            await telegram.start()
        telegram.mode = "fine"
        await desk.drain()
        assert desk.dispatcher.figures.trouble == {}
    (digest,) = telegram.sent
    lines = digest.text.splitlines()
    assert lines[0] == "DIGEST: 6 pages firing: DailyLoss"
    told = [line.split()[1] for line in lines if line.startswith("•")]
    assert told == [one.labels["account"] for one in reversed(sent)]  # the newest first
    assert telegram.floods == 0


async def test_a_page_during_an_outage_reaches_the_second_channel_in_time(
    telegram, clock, tmp_path
):
    second = ListChannel("mail")
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, second) as desk:
        await telegram.stop()
        page = alert(account="A1")
        await desk.dispatcher.update([page, alert("MarkStale", "warning", account="A1")])
        await desk.pass_time(40 * SECOND)
        assert [one.severity for one in second.got] == ["page"]
        assert second.got[0].notes == ["telegram has not answered for 30 seconds."]
        await telegram.start()
        await desk.drain()
        assert len(telegram.sent) == 2
        await desk.dispatcher.update([ended(page, clock.wall())])
        await desk.drain()
    assert [one.kind for one in second.got] == ["new", "resolved"]
    assert len(telegram.sent) == 3


async def test_a_storm_of_429_is_waited_out_as_long_as_it_asks(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        telegram.mode, telegram.retry_after = "storm", 40
        await desk.dispatcher.update(pages(3))
        for n in range(10):
            await desk.pass_time(MINUTE)
            await desk.dispatcher.update([alert(account=f"B{n}", at=clock.wall())])
        calls = telegram.calls["sendMessage"]
        assert 10 <= calls <= 16  # one each 40 s, however often we looked and whatever came
        telegram.mode = "fine"
        await desk.drain()
    assert telegram.sent[0].text.startswith("DIGEST: 13 pages")


async def test_a_slow_answer_is_waited_for_and_nothing_is_sent_twice(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        telegram.mode = "slow"
        await desk.dispatcher.update(pages(3))
        for _ in range(50):
            await desk.dispatcher.step()
            clock.advance(SECOND)
        while desk.dispatcher.figures.queue["telegram"]:
            telegram.release()
            clock.advance(SECOND)
            await desk.dispatcher.step()
    assert accounts_told(telegram) == ["A0000", "A0001", "A0002"]


async def test_a_slow_chat_holds_up_no_other(telegram, clock, tmp_path):
    chats = {"page": Chat(PRIVATE)}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, by_severity=chats) as desk:
        telegram.slow_chats = {GROUP}
        await desk.dispatcher.update([alert("MarkStale", "warning")])
        clock.advance(11 * SECOND)
        await desk.dispatcher.step()
        await eventually(lambda: telegram.sent)
        await desk.dispatcher.update(pages(1))
        await desk.dispatcher.step()
        await eventually(lambda: len(telegram.sent) == 2)
        telegram.release()
    assert [one.chat for one in telegram.sent] == [GROUP, PRIVATE]


async def test_five_thousand_alerts_are_one_message_and_no_flood(telegram, clock, tmp_path):
    severities = ["page"] * 300 + ["warning"] * 4700
    alerts = [
        alert("DailyLoss" if severity == "page" else f"Feed{n % 40}", severity, symbol=f"S{n}")
        for n, severity in enumerate(severities)
    ]
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update(alerts)
        await desk.step()
        (digest,) = telegram.sent
        assert digest.text.startswith("DIGEST: 300 pages firing: DailyLoss")
        assert "and 285 more" in digest.text
        await desk.pass_time(MINUTE)
        assert telegram.sent[1].text.startswith("DIGEST: 4,700 warnings firing")
        assert len(telegram.sent) == 2
        shown = await desk.dispatcher.alerts()
        assert len(shown) == 5000
        told = await desk.dispatcher.episodes(5000)
        assert all(episode.notify_time is not None for episode in told)
        await desk.dispatcher.update([ended(one, clock.wall()) for one in alerts])
        await desk.pass_time(6 * MINUTE, tick=10 * SECOND)
        assert await desk.dispatcher.alerts() == []
    resolved = [one.text.splitlines()[0] for one in telegram.sent[2:]]
    assert resolved == ["DIGEST: 300 ended: DailyLoss", "DIGEST: 4,700 ended"]
    assert telegram.floods == 0


async def test_a_lasting_flood_stays_within_a_groups_limit_with_room_for_pages(
    telegram, clock, tmp_path
):
    """The fake refuses the 21st message a minute; nobody may ever see it do so."""
    paged = {}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        for second in range(300):
            now = clock.wall()
            await desk.dispatcher.update([alert(f"Feed{second}", "warning", at=now)])
            if second % 60 == 59:
                paged[f"M{second}"] = clock.monotonic()
                await desk.dispatcher.update([alert(account=f"M{second}", at=now)])
            await desk.pass_time(SECOND)
        await desk.drain()
    arrived = {account: one.at for one in telegram.sent for account in paged if account in one.text}
    assert telegram.floods == 0
    assert {account for account in paged if arrived[account] - paged[account] > 2 * SECOND} == set()


@pytest.mark.parametrize("chat", [PRIVATE, GROUP])
@pytest.mark.parametrize("a_minute", [57, 63, 150])
async def test_no_page_waits_its_five_seconds_for_those_before_it(
    telegram, clock, tmp_path, chat, a_minute
):
    fired = {}
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, chat=Chat(chat)) as desk:
        for n in range(2 * a_minute):
            now = clock.wall()
            fired[f"A{n:04}"] = clock.monotonic()
            await desk.dispatcher.update([alert(account=f"A{n:04}", at=now)])
            await desk.pass_time(MINUTE // a_minute, tick=SECOND // 5)
        await desk.drain()
    waits = [
        next(one.at for one in telegram.sent if account in one.text) - at
        for account, at in fired.items()
    ]
    assert max(waits) < 5 * SECOND
    assert telegram.floods == 0


async def test_a_restart_in_the_middle_of_a_flood_loses_nothing_and_keeps_the_pace(
    telegram, clock, tmp_path
):
    path = tmp_path / "n.sqlite"
    sent = pages(40)
    for start in range(0, 40, 4):
        async with Notifier(telegram, path, clock, chat=Chat(PRIVATE)) as desk:
            await desk.dispatcher.update(sent[start : start + 4])
            await desk.step()  # the process ends with three of them still waiting
        clock.advance(SECOND // 2)
    async with Notifier(telegram, path, clock, chat=Chat(PRIVATE)) as desk:
        await desk.drain()
        told = await desk.dispatcher.episodes(100)
    assert telegram.floods == 0
    assert len(told) == 40
    assert all(episode.notify_time is not None for episode in told)
    text = "\n".join(one.text for one in telegram.sent)
    assert AGAIN not in text


async def test_a_crash_between_send_and_mark_sends_again_and_says_so(telegram, clock, tmp_path):
    path = tmp_path / "n.sqlite"
    desk = Notifier(telegram, path, clock)
    await desk.keeper.open()
    telegram.mode = "slow"
    await desk.dispatcher.update([alert(account="A1")])
    await desk.dispatcher.step()
    await eventually(lambda: telegram.sent)
    for sending in list(desk.dispatcher._delivery._sends):
        sending.cancel()  # as a kill does: sent, and nobody there to hear the answer
    await desk.close()
    telegram.mode = "fine"
    telegram.release()
    clock.advance(2 * SECOND)
    async with Notifier(telegram, path, clock) as desk:
        await desk.drain()
    first, second = telegram.sent
    assert AGAIN not in first.text
    assert AGAIN in second.text


async def test_a_restart_pages_nobody_again_and_loses_no_end(telegram, clock, tmp_path):
    path = tmp_path / "n.sqlite"
    firing, gone = pages(2)
    stale = alert("MarkStale", "warning")
    async with Notifier(telegram, path, clock) as desk:
        await desk.dispatcher.update([firing, gone, stale])
        await desk.pass_time(15 * SECOND)
        assert len(telegram.sent) == 3
    clock.advance(MINUTE)
    async with Notifier(telegram, path, clock) as desk:
        await desk.dispatcher.update([firing, stale])
        await desk.dispatcher.retain({firing.fingerprint, stale.fingerprint})
        await desk.pass_time(10 * MINUTE, tick=5 * SECOND)
    (over,) = telegram.sent[3:]
    assert over.text.startswith("RESOLVED")
    assert over.answers == telegram.sent[1].id


@pytest.mark.parametrize("step", [HOUR, -HOUR])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_step_of_the_clock_repeats_nothing_and_holds_nothing_up(
    telegram, clock, tmp_path, step, restarts
):
    path = tmp_path / "n.sqlite"
    async with Notifier(telegram, path, clock) as desk:
        first = alert(account="A1")
        await desk.dispatcher.update([first])
        await desk.pass_time(5 * SECOND)
        clock.step(step)
        if not restarts:
            await desk.dispatcher.update([first, alert(account="A2", at=clock.wall())])
            await desk.pass_time(10 * MINUTE, tick=5 * SECOND)
    if restarts:
        async with Notifier(telegram, path, clock) as desk:
            await desk.dispatcher.update([first, alert(account="A2", at=clock.wall())])
            await desk.pass_time(2 * SECOND)
            await desk.dispatcher.update([ended(first, clock.wall())])
            await desk.pass_time(2 * SECOND)
    assert accounts_told(telegram) == ["A1", "A2", "A1"][: 3 if restarts else 2]


async def test_a_silence_ends_at_its_time_of_day_though_the_machine_slept(
    telegram, clock, tmp_path
):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        silence = await desk.dispatcher.silence(
            [Matcher("account", "=", "A1")], author="ada", reason="", duration_ns=2 * HOUR
        )
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(MINUTE)
        assert accounts_told(telegram) == []
        clock.step(silence.until - clock.wall())
        await desk.pass_time(2 * SECOND)
        assert await desk.dispatcher.silences() == []
        assert accounts_told(telegram) == ["A1"]


async def test_the_outbox_is_bounded_and_what_is_folded_is_counted(telegram, clock, tmp_path):
    await telegram.stop()
    small = OutboxSettings(max_waiting=100)
    async with Notifier(telegram, tmp_path / "n.sqlite", clock, outbox=small) as desk:
        await desk.dispatcher.update(pages(20))
        for n in range(60):
            warnings = [alert(f"Feed{n}x{m}", "warning") for m in range(10)]
            await desk.dispatcher.update(warnings)
            await desk.pass_time(11 * SECOND, tick=11 * SECOND)
        figures = desk.dispatcher.figures
        assert figures.queue["telegram"] <= 100
        assert figures.folded >= 500
        await telegram.start()
        await desk.drain()
    firing = telegram.sent[0].text.splitlines()[0]
    assert firing.startswith("DIGEST: ")
    assert "20 pages" in firing
    assert "600 warnings" in firing


async def test_what_waits_alone_in_its_chat_keeps_its_own_message(telegram, clock, tmp_path):
    await telegram.stop()
    async with Notifier(
        telegram,
        tmp_path / "n.sqlite",
        clock,
        outbox=OutboxSettings(max_waiting=100),
        by_severity={"warning": Chat(PRIVATE)},
    ) as desk:
        infos = [alert(f"Feed{n}", "info") for n in range(100)]
        await desk.dispatcher.update([alert("MarkStale", "warning"), *infos])
        await desk.pass_time(11 * SECOND)
        assert desk.dispatcher.figures.folded == 50
        await telegram.start()
        await desk.drain()
    (alone,) = [one.text for one in telegram.sent if one.chat == PRIVATE]
    assert alone.startswith("WARNING: MarkStale")


async def test_memory_stays_bounded_through_a_long_outage(telegram, clock, tmp_path):
    await telegram.stop()
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:

        async def wave(n: int) -> None:
            alerts = [alert(account=f"A{m}", at=clock.wall()) for m in range(100)]
            await desk.dispatcher.update(alerts)
            await desk.pass_time(SECOND)
            await desk.dispatcher.update([ended(one, clock.wall()) for one in alerts])
            await desk.pass_time(20 * MINUTE, tick=20 * MINUTE)

        for n in range(3):
            await wave(n)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            for n in range(10):
                await wave(n)
            gc.collect()  # what waits for the collector is not held
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert grown < 2 << 20


async def test_a_full_disk_stops_no_page(telegram, clock, tmp_path):
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.pass_time(2 * SECOND)
        desk.file._db.execute("PRAGMA max_page_count = 1")
        huge = alert(account="A2", text="x" * 100_000)
        await desk.dispatcher.update([huge])
        await desk.pass_time(2 * SECOND)
        assert desk.keeper.trouble is not None
        assert len(telegram.sent) == 2
        await desk.pass_time(2 * MINUTE)
        assert desk.keeper.trouble is None
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([huge])
        await desk.pass_time(2 * SECOND)
    assert len(telegram.sent) == 2


async def test_a_disk_that_hangs_stops_no_page_and_no_end_of_one(
    telegram, clock, tmp_path, monkeypatch
):
    page = alert(account="A1")
    file = Hanging(tmp_path / "n.sqlite")
    async with Notifier(telegram, None, clock, file=file) as desk:
        file.answers.clear()
        with monkeypatch.context() as soon:
            soon.setattr("deskwatch.notify.keeper._HANGS_S", 0.01)
            await desk.dispatcher.update([page])
        await desk.pass_time(2 * SECOND)
        await desk.dispatcher.update([ended(page, clock.wall())])
        await desk.pass_time(2 * SECOND)
        assert desk.keeper.trouble is not None
        file.answers.set()
        while desk.keeper.trouble is not None:
            await desk.pass_time(MINUTE)
    first, last = telegram.sent
    assert (first.text.split(":")[0], last.text.split(":")[0]) == ("PAGE", "RESOLVED")
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.drain()
    assert len(telegram.sent) == 2


async def test_the_end_of_what_a_channel_was_told_that_is_no_more_goes_to_the_first(
    telegram, clock, tmp_path
):
    page = alert(account="A1")
    async with Notifier(None, tmp_path / "n.sqlite", clock, ListChannel("mail")) as desk:
        await desk.dispatcher.update([page])
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.update([ended(page, clock.wall())])
        await desk.drain()
    assert [one.text.split(":")[0] for one in telegram.sent] == ["RESOLVED"]


async def test_a_file_that_can_be_read_only_later_forgets_nothing_that_was_told_meanwhile(
    telegram, clock, tmp_path
):
    path, away = tmp_path / "n.sqlite", tmp_path / "away"
    before, meanwhile, waits = pages(3)
    mail = ListChannel("mail")
    async with Notifier(None, path, clock, mail) as desk:
        await desk.dispatcher.silence(
            [Matcher("account", "=", "B1")], author="ada", reason="", duration_ns=HOUR
        )
        mail.failure = Retry("down")
        await desk.dispatcher.update([before])
    path.rename(away)
    path.mkdir()
    async with Notifier(telegram, path, clock) as desk:
        await desk.dispatcher.update([meanwhile])
        await desk.pass_time(2 * SECOND)
        await telegram.stop()
        await desk.dispatcher.silence(
            [Matcher("account", "=", "B2")], author="ada", reason="", duration_ns=HOUR
        )
        await desk.dispatcher.update([waits])
        path.rmdir()
        away.rename(path)
        await desk.pass_time(MINUTE, tick=5 * SECOND)
        assert desk.keeper.trouble is None
        await telegram.start()
        await desk.drain()
        assert accounts_told(telegram) == ["A0001", "A0000", "A0002"]
        assert {one.id: one.matchers for one in await desk.dispatcher.silences()} == {
            "1": 'account="B2"',
            "2": 'account="B1"',
        }
    async with Notifier(telegram, path, clock) as desk:
        for one in (before, meanwhile, waits):
            await desk.dispatcher.update([ended(one, clock.wall())])
            await desk.pass_time(15 * SECOND)
    assert [one.text.split(":")[0] for one in telegram.sent] == ["PAGE"] * 3 + ["RESOLVED"] * 3


async def test_what_is_being_sent_while_a_file_is_read_that_could_not_be_is_forgotten_once_sent(
    telegram, clock, tmp_path
):
    path, away = tmp_path / "n.sqlite", tmp_path / "away"
    before, meanwhile = pages(2)
    mail = ListChannel("telegram", failure=Retry("down"))
    async with Notifier(None, path, clock, mail) as desk:
        await desk.dispatcher.update([before])
    path.rename(away)
    path.mkdir()
    telegram.mode = "slow"
    async with Notifier(telegram, path, clock) as desk:
        await desk.dispatcher.update([meanwhile])
        path.rmdir()
        away.rename(path)
        await desk.keeper.mend()
        telegram.mode = "fine"
        telegram.release()
        await desk.drain()
    assert accounts_told(telegram) == ["A0001", "A0000"]


@pytest.mark.parametrize("number", ["", "first", "-1", "1.0", "\u0661", "9" * 19])
async def test_a_silence_by_a_number_that_is_none_is_not_there(clock, tmp_path, number):
    async with Notifier(None, tmp_path / "n.sqlite", clock) as desk:
        await desk.dispatcher.silence(
            [Matcher("account", "=", "A1")], author="ada", reason="", duration_ns=HOUR
        )
        assert not await desk.dispatcher.expire_silence(number, "ada")
        assert len(await desk.dispatcher.silences()) == 1
        assert await desk.dispatcher.expire_silence("1", "ada")


async def test_a_desk_that_tells_nobody_keeps_its_alerts_on_disk_again_and_counts_them(
    clock, tmp_path
):
    book = BookSettings(max_alerts=1)
    async with Notifier(None, tmp_path / "n.sqlite", clock, book=book) as desk:
        desk.file._db.execute("PRAGMA max_page_count = 1")
        await desk.dispatcher.update([alert(account="A1", text="x" * 100_000)])
        assert desk.keeper.trouble is not None
        await desk.pass_time(2 * MINUTE)
        assert desk.keeper.trouble is None
        # Twice the room is there for pages.
        await desk.dispatcher.update([alert(account="A2"), alert(account="A3")])
        await desk.dispatcher.step()
        assert desk.dispatcher.figures.alerts_overflowed == 1
