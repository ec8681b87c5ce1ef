"""A platform and a deskwatch that do as they should, but for what a test has them do."""

import asyncio
from collections.abc import Callable
from typing import Any

from deskwatch.core.period import SECOND
from deskwatch.drills.breaker import BreakerDrill, BreakerProbe
from deskwatch.drills.gateway import Reply, Standing
from deskwatch.drills.monitor import Firing
from deskwatch.drills.runner import Outcome, Runner
from deskwatch.drills.verdict import Unavailable

#: An alert's message takes the third look.
LOOKS = 3


class FakeDesk:
    """Both sides of a drill. faults: what goes wrong, by name."""

    def __init__(self, *faults: str) -> None:
        self.faults = set(faults)
        self.state = "closed"
        self.lost = 0
        self.live: set[str] = set()
        self.resets = 0
        self.looks = 0
        self.before: Callable[[str], None] = lambda _: None

    async def _reach(self, call: str) -> None:
        await asyncio.sleep(0)
        self.before(call)
        if "down" in self.faults:
            raise Unavailable("unavailable", call)

    # The platform

    async def submit(self, account: str) -> Reply:
        await self._reach("submit")
        if self.state == "open" and "accepts" not in self.faults:
            code = "TOO_LATE" if "another code" in self.faults else "BREAKER_OPEN"
            return Reply(accepted=False, code=code)
        self.live.add("o1")
        if "answers no order" in self.faults:
            raise Unavailable("unavailable", "submit")
        if "hangs on orders" in self.faults:
            await asyncio.Event().wait()
        return Reply(accepted=True, order_id="o1")

    async def cancel(self, account: str, order_id: str) -> None:
        await self._reach("cancel")
        if "cancels nothing" in self.faults:
            raise Unavailable("unavailable", "cancel")
        if "hangs on cancel" in self.faults:
            await asyncio.Event().wait()
        self.live.remove(order_id)

    async def lose(self, account: str, amount: str) -> Standing:
        await self._reach("lose")
        if "errs on losses" in self.faults:
            raise Unavailable("unavailable", "lose")
        self.lost += int(amount)
        if self.lost > 500 and "never opens" not in self.faults:
            self.state, self.looks = "open", 0
        if "dies when open" in self.faults and self.state == "open":
            self.faults.add("down")
        return await self.breaker(account)

    async def breaker(self, account: str) -> Standing:
        await self._reach("breaker")
        return Standing(self.state)  # type: ignore[arg-type]

    async def reset(self, account: str, actor: str) -> Standing:
        await self._reach("reset")
        self.resets += 1
        if "never closes" not in self.faults:
            self.state, self.lost, self.looks = "closed", 0, 0
        return await self.breaker(account)

    # deskwatch

    async def open_breakers(self, account: str) -> int:
        if "deskwatch down" in self.faults:
            raise Unavailable("deskwatch_unavailable", "metrics")
        self.looks += 1
        return int(self.state == "open" and "blind" not in self.faults)

    async def firing(self, alert: str, account: str) -> Firing | None:
        fires = self.state == "open" and "no rule" not in self.faults
        if "fires on" in self.faults and self.resets:
            fires = True
        return Firing(alert, account, 17) if fires or "fires already" in self.faults else None

    async def told(self, firing: Firing) -> bool:
        self.looks += 1
        if "recovers by itself" in self.faults:
            self.state = "closed"
        return "no message" not in self.faults and self.looks >= LOOKS

    async def last_run(self, drill: str) -> int | None:
        return None


class Watch:
    """A clock that only waiting moves, and that has gone for a while."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


async def run(
    desk: Any, timeout_s: float = 5.0, watch: Watch | None = None, limit: str | None = None
) -> Outcome:
    """Return how a run of the breaker's drill ends; no time passes but what is waited."""
    watch = watch or Watch()
    probe = BreakerProbe(account="drill", timeout_s=timeout_s, limit=limit)
    runner = Runner(lambda: watch.now, watch, watch.pause)
    return await runner.run("breaker", BreakerDrill(desk, desk, probe))
