"""Runs drills: it owns the clock, each step's deadline, and what is reported."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from msgspec import Struct

from deskwatch.core.observation import Drill as DrillEvent
from deskwatch.core.period import SECOND
from deskwatch.drills.drill import Drill, Step
from deskwatch.drills.verdict import Unavailable, Verdict, failed

log = structlog.get_logger()

#: Between two looks at what is waited for: a small part of the five seconds that are promised.
LOOK_S: Final = 0.05


class StepOutcome(Struct, frozen=True):
    """How one step ended. ended_at: ns UTC."""

    name: str
    verdict: Verdict
    duration_ns: int
    ended_at: int


class Outcome(Struct, frozen=True):
    """How a run ended. steps: those that were tried, in order. ended_at: ns UTC."""

    drill: str
    verdict: Verdict
    steps: list[StepOutcome]
    duration_ns: int
    ended_at: int

    def events(self, interval_ns: int | None) -> list[DrillEvent]:
        """Return what deskwatch is told: the steps, then the run.

        interval_ns: within what time the next run is promised to end; None promises nothing.
        """
        steps = [
            _event(self.drill, one.name, one.verdict, one.duration_ns, one.ended_at)
            for one in self.steps
        ]
        whole = _event(
            self.drill, "", self.verdict, self.duration_ns, self.ended_at, interval_ns=interval_ns
        )
        return [*steps, whole]


def _event(
    drill: str,
    step: str,
    verdict: Verdict,
    duration_ns: int,
    ended_at: int,
    interval_ns: int | None = None,
) -> DrillEvent:
    return DrillEvent(
        event_time=ended_at,
        drill=drill,
        step=step,
        status="passed" if verdict.success else "failed",
        reason=verdict.reason,
        duration_ns=duration_ns,
        interval_ns=interval_ns,
    )


class Runner:
    """Runs one drill at a time.

    clock: ns UTC. timer: ns of a clock that doesn't step. pause: waits so many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        timer: Callable[[], int],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._timer = timer
        self._pause = pause

    async def run(self, name: str, drill: Drill) -> Outcome:
        """Return how a run ended; everything is put back, even if it is cancelled meanwhile.

        A cancelled run has the reason `stopped`; the cancellation is swallowed, for whoever
        cancelled wants the outcome.
        """
        began = self._timer()
        steps: list[StepOutcome] = []
        try:
            verdict = await self._try_steps(drill, steps)
        except asyncio.CancelledError:
            verdict = failed("stopped")
        restored = await self._put_back(drill)
        steps.append(restored)
        if not restored.verdict.success:
            verdict = failed("left_open")
        return Outcome(name, verdict, steps, self._timer() - began, self._clock())

    async def _try_steps(self, drill: Drill, steps: list[StepOutcome]) -> Verdict:
        """Try the steps in order, until one fails, and return the last verdict."""
        asked: dict[str, int] = {}
        verdict = failed("error")
        for step in drill.steps:
            since = asked.get(step.since, self._timer())
            outcome, asked[step.name] = await self._step(step, since)
            steps.append(outcome)
            verdict = outcome.verdict
            if not verdict.success:
                break
        return verdict

    async def _put_back(self, drill: Drill) -> StepOutcome:
        restoring = asyncio.ensure_future(self._step(drill.restore, self._timer()))
        try:
            outcome, _ = await asyncio.shield(restoring)
        except asyncio.CancelledError:
            outcome, _ = await restoring  # whoever stops us waits for it, unless he insists
        return outcome

    async def _step(self, step: Step, since: int) -> tuple[StepOutcome, int]:
        """Return how a step ended, and when (by the timer) it asked for its last verdict."""
        asked = began = self._timer()
        deadline = since + int(step.timeout_s * SECOND)
        verdict = await self._ask(step, deadline, failed(step.late))
        while step.waits and not verdict.success:
            await self._pause(LOOK_S)
            if self._timer() >= deadline:
                break
            asked = self._timer()
            verdict = await self._ask(step, deadline, verdict)
        return StepOutcome(step.name, verdict, self._timer() - began, self._clock()), asked

    async def _ask(self, step: Step, deadline: int, late: Verdict) -> Verdict:
        """Return a verdict by the deadline, or `late`."""
        try:
            async with asyncio.timeout(max(deadline - self._timer(), 0) / SECOND):
                return await step.probe()
        except Unavailable as unavailable:
            if unavailable.verdict != late:  # once, and not at every look
                log.warning("drill_unavailable", step=step.name, why=str(unavailable))
            return unavailable.verdict
        except TimeoutError:
            return late
        except Exception:
            log.exception("drill_broke", step=step.name)
            return failed("error")
