"""The drill of the breaker: what fails has its own reason, and the breaker is closed again."""

import asyncio
import re
from pathlib import Path

import pytest

from deskwatch.core.drill import MOST_LOSSES
from deskwatch.core.period import SECOND
from deskwatch.drills.breaker import BreakerDrill, BreakerProbe
from deskwatch.drills.drill import Step
from deskwatch.drills.gateway import Standing
from deskwatch.drills.monitor import Firing
from deskwatch.drills.runner import Runner
from deskwatch.drills.verdict import PASSED, REASONS, Verdict
from tests.drills.desk import FakeDesk, Watch, run

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[2] / "docs"


async def test_a_desk_that_works_passes_every_step_in_order():
    desk = FakeDesk()
    outcome = await run(desk)
    assert outcome.verdict == PASSED
    assert [step.name for step in outcome.steps] == [
        "ready", "open", "refuse", "seen", "alert", "told", "hold", "close", "over", "restore",
    ]  # fmt: skip
    assert outcome.duration_ns == sum(step.duration_ns for step in outcome.steps)
    assert not desk.live


@pytest.mark.parametrize(
    ("fault", "step", "reason"),
    [
        ("never opens", "open", "not_opened"),
        ("accepts", "refuse", "accepted"),
        ("another code", "refuse", "wrong_code"),
        ("blind", "seen", "unseen"),
        ("deskwatch down", "seen", "deskwatch_unavailable"),
        ("no rule", "alert", "not_alerted"),
        ("no message", "told", "not_told"),
        ("recovers by itself", "hold", "not_held"),
        ("fires on", "over", "not_over"),
        ("fires already", "ready", "still_firing"),
        ("down", "ready", "unavailable"),
    ],
)
async def test_what_fails_has_its_own_reason_and_the_breaker_is_closed_again(fault, step, reason):
    desk = FakeDesk(fault)
    outcome = await run(desk)
    assert outcome.verdict == Verdict(success=False, reason=reason)
    *_, failed, restored = outcome.steps
    assert (failed.name, failed.verdict) == (step, outcome.verdict)
    assert (restored.name, restored.verdict) == ("restore", PASSED)
    assert desk.state == "closed"
    assert not desk.live, "an order that was accepted is canceled"


@pytest.mark.parametrize("fault", ["never closes", "dies when open"])
async def test_a_breaker_that_can_not_be_closed_is_said_above_all(fault):
    outcome = await run(FakeDesk(fault))
    assert outcome.verdict.reason == "left_open"


async def test_the_message_has_its_time_from_the_opening_and_not_from_the_alert():
    outcome = await run(FakeDesk("no message"), timeout_s=5)
    took = {step.name: step.duration_ns for step in outcome.steps}
    assert took["refuse"] + took["seen"] + took["alert"] + took["told"] <= 5.1 * SECOND
    assert took["told"] >= 4.9 * SECOND


async def test_what_is_seen_late_leaves_the_message_less_time():
    class Slow(FakeDesk):
        async def open_breakers(self, account: str) -> int:
            return int(await super().open_breakers(account) > 0 and self.looks > 20)

        async def told(self, firing: Firing) -> bool:
            return False

    outcome = await run(Slow(), timeout_s=5)
    took = {step.name: step.duration_ns for step in outcome.steps}
    assert took["seen"] >= SECOND
    assert 4.9 * SECOND <= took["seen"] + took["alert"] + took["told"] <= 5.1 * SECOND


async def test_a_gateway_that_is_slow_to_answer_gives_the_message_no_more_time():
    """The breaker opens at once, the gateway says so 3 s later, and somebody is told after 6 s."""

    class Slow(FakeDesk):
        opened_at = 0

        async def lose(self, account: str, amount: str) -> Standing:
            standing = await super().lose(account, amount)
            if standing.state == "open":
                self.opened_at = watch.now
                await watch.pause(3)
            return standing

        async def told(self, firing: Firing) -> bool:
            return bool(watch.now >= self.opened_at + 6 * SECOND)

    watch = Watch()
    outcome = await run(Slow(), timeout_s=5, watch=watch)
    assert outcome.verdict.reason == "not_told"


async def test_a_deskwatch_that_does_not_answer_is_logged_once(capsys):
    await run(FakeDesk("deskwatch down"))
    assert capsys.readouterr().out.count("drill_unavailable") == 1


async def test_a_breaker_that_does_not_open_costs_so_many_losses_and_no_more():
    desk, calls = FakeDesk("never opens"), []
    desk.before = calls.append
    await run(desk, timeout_s=60)
    assert calls.count("lose") == MOST_LOSSES


@pytest.mark.parametrize(
    ("limit", "reason", "losses"),
    [
        pytest.param("500", "", 6, id="over its limit"),
        pytest.param("600", "", 6, id="at its limit"),
        pytest.param("600.01", "opened_early", 6, id="too early"),
        pytest.param("499.99", "not_opened", 5, id="too late"),
    ],
)
async def test_a_breaker_opens_at_its_limit_neither_before_nor_after(limit, reason, losses):
    """The one of this desk opens over 500, by losses of 100."""
    desk, calls = FakeDesk(), []
    desk.before = calls.append
    assert (await run(desk, limit=limit)).verdict.reason == reason
    assert calls.count("lose") == losses
    assert (desk.state, desk.lost) == ("closed", 0)


async def test_a_loss_that_may_not_have_been_booked_proves_no_limit():
    """Nine are sent, of which three are answered by an error; the breaker opens at 600, not 850."""
    desk, calls = FakeDesk("errs on losses"), []

    def before(call: str) -> None:
        calls.append(call)
        if calls.count("lose") > 3:
            desk.faults.clear()

    desk.before = before
    outcome = await run(desk, limit="850")
    assert outcome.verdict.reason == "unavailable"
    assert (desk.state, desk.lost) == ("closed", 0)


async def test_a_breaker_that_looks_at_its_losses_later_has_its_time_to_open():
    class Later(FakeDesk):
        async def breaker(self, account: str) -> Standing:
            if self.state == "closed" and self.lost > 500 and watch.now >= began + 3 * SECOND:
                self.state, self.looks = "open", 0
            return await super().breaker(account)

    watch = Watch()
    began = watch.now
    desk, calls = Later("never opens"), []
    desk.before = calls.append
    assert (await run(desk, watch=watch)).verdict == PASSED
    assert calls.count("lose") == MOST_LOSSES


async def test_a_breaker_that_closes_a_while_after_its_reset_has_its_time_and_is_reset_once():
    class Later(FakeDesk):
        reset_at: int | None = None

        async def breaker(self, account: str) -> Standing:
            if self.reset_at is not None and watch.now >= self.reset_at + 2 * SECOND:
                self.state, self.lost, self.looks = "closed", 0, 0
            return await super().breaker(account)

        async def reset(self, account: str, actor: str) -> Standing:
            self.reset_at = self.reset_at or watch.now
            return await super().reset(account, actor)

    watch = Watch()
    desk = Later("never closes")
    asked_at_the_end: list[int] = []
    desk.before = lambda call: asked_at_the_end.append(desk.resets) if call == "submit" else None
    outcome = await run(desk, watch=watch)
    assert outcome.verdict == PASSED
    assert asked_at_the_end[-1] == 1
    took = {step.name: step.duration_ns for step in outcome.steps}
    assert 2 * SECOND <= took["close"] <= 2.2 * SECOND


async def test_an_order_that_can_not_be_canceled_is_followed_by_no_other():
    desk, calls = FakeDesk("cancels nothing"), []
    desk.before = calls.append
    outcome = await run(desk)
    assert (outcome.steps[0].name, outcome.verdict.reason) == ("ready", "unavailable")
    assert calls.count("submit") == 1

    desk, calls = FakeDesk("cancels nothing"), []

    def before(call: str) -> None:
        calls.append(call)
        if calls.count("cancel") == 10:
            desk.faults.clear()

    desk.before = before
    assert (await run(desk)).verdict == PASSED
    assert not desk.live


@pytest.mark.parametrize("fault", ["answers no order", "hangs on orders"])
async def test_an_order_whose_answer_never_came_is_followed_by_no_other(fault, capsys):
    desk, calls = FakeDesk(fault), []
    desk.before = calls.append
    outcome = await run(desk, timeout_s=0.05)
    assert (outcome.steps[0].name, outcome.verdict.reason) == ("ready", "unavailable")
    assert calls.count("submit") == 1
    assert "drill_order_left" in capsys.readouterr().out


@pytest.mark.parametrize("fault", ["cancels nothing", "hangs on cancel"])
async def test_an_order_that_an_open_breaker_let_through_is_said_above_its_cancel(fault, capsys):
    desk = FakeDesk("accepts")

    def before(call: str) -> None:
        if call == "lose":
            desk.faults.add(fault)

    desk.before = before
    outcome = await run(desk, timeout_s=0.5)
    assert outcome.verdict.reason == "accepted"
    assert desk.state == "closed"
    assert "drill_order_left" in capsys.readouterr().out


async def test_a_breaker_that_is_not_closed_is_not_tried():
    desk = FakeDesk()
    desk.state = "half_open"
    outcome = await run(desk)
    assert [step.name for step in outcome.steps] == ["ready", "restore"]
    assert (outcome.verdict.reason, desk.lost) == ("not_ready", 0)


async def test_a_desk_that_is_not_ready_yet_is_waited_for():
    desk = FakeDesk()
    desk.state = "half_open"
    looked: list[str] = []

    def before(call: str) -> None:
        looked.append(call)
        if looked.count("breaker") == 50:
            desk.state = "closed"

    desk.before = before
    assert (await run(desk)).verdict == PASSED


@pytest.mark.parametrize("moment", ["submit", "reset"])
async def test_a_run_that_is_stopped_closes_the_breaker_first(moment):
    """Even if it is stopped while it puts everything back."""
    desk = FakeDesk("accepts") if moment == "reset" else FakeDesk()
    watch = Watch()
    runner = Runner(lambda: watch.now, watch, watch.pause)
    drill = BreakerDrill(desk, desk, BreakerProbe(account="drill"))
    running = asyncio.create_task(runner.run("breaker", drill))

    def before(call: str) -> None:
        if call == moment and desk.state == "open":
            running.cancel()

    desk.before = before
    outcome = await running
    assert outcome.verdict.reason == ("stopped" if moment == "submit" else "accepted")
    assert (desk.state, desk.resets) == ("closed", 1)


async def test_a_drill_that_breaks_is_its_own_reason_and_ends_nothing_else(capsys):
    class Broken:
        async def probe(self) -> Verdict:
            raise ZeroDivisionError

        async def fine(self) -> Verdict:
            return PASSED

        @property
        def steps(self) -> list[Step]:
            return [Step(name="ready", probe=self.probe, timeout_s=1, late="not_ready")]

        @property
        def restore(self) -> Step:
            return Step(name="restore", probe=self.fine, timeout_s=1, late="left_open")

    watch = Watch()
    outcome = await Runner(lambda: 0, watch, watch.pause).run("broken", Broken())
    assert outcome.verdict.reason == "error"
    assert "ZeroDivisionError" in capsys.readouterr().out


async def test_a_probe_that_hangs_is_late_by_the_reason_of_its_step():
    class Hung(FakeDesk):
        async def lose(self, account, amount):
            await asyncio.Event().wait()

    outcome = await run(Hung(), timeout_s=0.05)
    assert outcome.verdict.reason == "not_opened"


def test_events_tell_the_steps_before_the_run():
    outcome = asyncio.run(run(FakeDesk("accepts")))
    *steps, whole = outcome.events(60 * SECOND)
    assert [(one.step, one.status) for one in steps][-2:] == [
        ("refuse", "failed"),
        ("restore", "passed"),
    ]
    assert (whole.step, whole.status, whole.reason, whole.interval_ns) == (
        "", "failed", "accepted", 60 * SECOND,
    )  # fmt: skip


def test_every_reason_is_documented():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", (DOCS / "drills.md").read_text(), re.MULTILINE)
    assert REASONS.items() <= set(rows)
