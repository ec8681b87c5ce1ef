"""When a channel that failed is tried again, and when another takes over."""

import asyncio

import pytest

from deskwatch.core.notification import Retry
from deskwatch.notify import dispatcher
from deskwatch.notify.outbox import AGAIN
from tests.notify.desk import MINUTE, SECOND, ListChannel, Notifier, alert, eventually

pytestmark = pytest.mark.anyio

AWAY = Retry("nobody answers")


def accounts(channel):
    return [one.common_labels["account"] for one in channel.got]


async def page(desk, account):
    await desk.dispatcher.update([alert(account=account)])
    await desk.step()


async def test_a_page_does_not_wait_for_the_next_try_of_those_before_it(clock):
    only = ListChannel(failure=AWAY)
    async with Notifier(None, None, clock, only) as desk:
        await page(desk, "A1")
        await desk.pass_time(2 * MINUTE + 5 * SECOND)  # by now it is tried every 30 seconds
        only.failure = None
        await desk.pass_time(SECOND)
        assert only.got == []
        await page(desk, "A2")
        await desk.step()
    assert accounts(only) == ["A1", "A2"]


async def test_an_outage_that_is_over_puts_the_next_page_off_by_a_second_alone(clock):
    only = ListChannel(failure=AWAY)
    async with Notifier(None, None, clock, only) as desk:
        await page(desk, "A1")
        await desk.pass_time(2 * MINUTE)
        only.failure = None
        await desk.drain()
        only.failure = AWAY
        await page(desk, "A2")
        only.failure = None
        await desk.pass_time(SECOND)
    assert accounts(only) == ["A1", "A2"]


async def test_a_channel_that_answered_since_has_all_its_patience_again(clock):
    first, mail = ListChannel(failure=AWAY, patience_s=30), ListChannel("mail")
    async with Notifier(None, None, clock, first, mail) as desk:
        await page(desk, "A1")
        await desk.pass_time(10 * SECOND)
        first.failure = None
        await desk.drain()
        first.failure = AWAY
        await page(desk, "A2")
        await desk.pass_time(29 * SECOND)
        assert mail.got == []
        await desk.pass_time(2 * SECOND)
    assert (accounts(first), accounts(mail)) == (["A1"], ["A2"])
    assert mail.got[0].notes == ["list has not answered for 30 seconds."]


async def test_a_channel_is_not_said_to_be_silent_since_a_look_at_what_had_just_left(
    clock, monkeypatch
):
    answers, mail = asyncio.Event(), ListChannel("mail")

    class Slow(ListChannel):
        async def deliver(self, notification):
            await answers.wait()
            await super().deliver(notification)

    async with Notifier(None, None, clock, Slow(), mail) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        mend = desk.keeper.mend

        async def mend_while_it_leaves():
            answers.set()
            await desk.dispatcher.settle()
            await mend()

        monkeypatch.setattr(desk.keeper, "mend", mend_while_it_leaves)
        await desk.step()
        monkeypatch.undo()
        answers.clear()
        clock.advance(4 * MINUTE)
        await desk.dispatcher.update([alert(account="A2")])
        for _ in range(2):  # A2 is on its way, and what is passed on goes out
            await desk.dispatcher.step()
        answers.set()
    assert mail.got == []


@pytest.mark.parametrize(
    ("after_s", "tries"),
    [(None, [0, 1, 3, 7, 15, 31, 61, 91]), (40, [0, 40, 80])],
    ids=["by itself", "as it asks"],
)
async def test_a_channel_is_tried_less_and_less_often_or_when_it_asks_for_it(clock, after_s, tries):
    begun, found = clock.monotonic(), []

    class Away(ListChannel):
        async def deliver(self, notification):
            found.append((clock.monotonic() - begun) // SECOND)
            raise Retry("nobody answers", after_s=after_s)

    async with Notifier(None, None, clock, Away()) as desk:
        await page(desk, "A1")
        await desk.pass_time(119 * SECOND)
    assert found == tries


@pytest.mark.parametrize("ambiguous", [True, False])
async def test_only_what_may_have_arrived_says_that_it_is_sent_again(clock, ambiguous):
    only = ListChannel(failure=Retry("no answer", ambiguous=ambiguous))
    async with Notifier(None, None, clock, only) as desk:
        await page(desk, "A1")
        only.failure = None
        await desk.drain()
    assert [one.notes for one in only.got] == [[AGAIN] if ambiguous else []]


async def test_what_waited_for_a_channel_that_is_gone_goes_to_the_first_that_is_there(
    clock, tmp_path
):
    path = tmp_path / "n.sqlite"
    async with Notifier(None, path, clock, ListChannel("mail", failure=AWAY)) as desk:
        await page(desk, "A1")
    phone = ListChannel("phone")
    async with Notifier(None, path, clock, phone) as desk:
        await desk.pass_time(2 * SECOND)
    assert accounts(phone) == ["A1"]


async def test_a_chat_that_does_not_answer_holds_up_no_stop(telegram, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(dispatcher, "_STOP_S", 0.0)
    telegram.mode = "slow"
    async with Notifier(telegram, tmp_path / "n.sqlite", clock) as desk:
        running = asyncio.create_task(desk.dispatcher.run())
        await desk.dispatcher.update([alert(account="A1")])
        await eventually(lambda: telegram.calls["sendMessage"])
        running.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(running, return_exceptions=True)


async def test_a_bug_in_a_channel_is_no_outage_and_ends_the_run(clock):
    async with Notifier(None, None, clock, ListChannel(failure=ZeroDivisionError())) as desk:
        await desk.dispatcher.update([alert(account="A1")])
        await desk.dispatcher.settle()
        with pytest.raises(ZeroDivisionError):
            await desk.step()
