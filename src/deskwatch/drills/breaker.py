"""The drill of the circuit breaker: it opens, orders are refused, and somebody is told in time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final

import structlog
from msgspec import Struct

from deskwatch.core.drill import MOST_LOSSES
from deskwatch.drills.drill import Probe, Step
from deskwatch.drills.gateway import Gateway, Reply
from deskwatch.drills.monitor import Firing, Monitor
from deskwatch.drills.verdict import PASSED, Unavailable, Verdict, failed

log = structlog.get_logger()

ALERT: Final = "CircuitBreakerOpen"

#: Who resets the breaker, as the platform is told.
ACTOR: Final = "drill"

#: A drill waits so many of its timeouts for a quiet moment: a kill switch that somebody tries is no
#: failure of this one.
_PATIENCE: Final = 4

#: And so many for the alert's end. Where Prometheus was too slow to see the alert, it runs out at
#: Alertmanager (AlertmanagerSettings.brief_hold_s), which then tells it with the group's next turn.
_PATIENCE_FOR_THE_END: Final = 6


class BreakerProbe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[drill.breaker]`.

    loss: one synthetic loss, in the account's currency. limit: where the breaker has to open, and
    not before; None asks for that within MOST_LOSSES alone. timeout_s: how long each step may take;
    from the breaker's opening to the message, too.
    """

    account: str  # must be simulated; `deskwatch check` verifies it
    reject_code: str = "BREAKER_OPEN"
    loss: str = "100"
    limit: str | None = None
    timeout_s: float = 5.0


class BreakerDrill:
    """Drives the breaker of a simulated account open and closed again. See drills.drill.Drill.

    Side effects: at most MOST_LOSSES synthetic losses on the account, and orders one after another:
    one that is accepted is canceled before there is another, and there is none after one whose
    answer never came, for that may rest at the platform.
    """

    def __init__(self, gateway: Gateway, monitor: Monitor, config: BreakerProbe) -> None:
        self._gateway = gateway
        self._monitor = monitor
        self._config = config
        self._losses = 0
        self._booked = 0
        self._enough = _enough(config)
        self._reset = False
        self._taken: str | None = None
        self._unanswered = False
        self._firing: Firing | None = None

    @property
    def steps(self) -> Sequence[Step]:
        """What must be so, from a closed breaker to one that is closed again."""
        timeout_s, limit = self._config.timeout_s, self._config.limit

        def step(
            name: str,
            probe: Probe,
            late: str,
            *,
            waits: bool = True,
            since: str = "",
            patience: int = 1,
        ) -> Step:
            return Step(
                name=name,
                probe=probe,
                timeout_s=patience * timeout_s,
                waits=waits,
                since=since,
                late=late,
            )

        return (
            step("ready", self.ready, "not_ready", patience=_PATIENCE),
            step("open", self.lose, "not_opened"),
            *([] if limit is None else [step("limit", self.limit, "opened_early", waits=False)]),
            step("refuse", self.order, "unavailable", waits=False),
            step("seen", self.seen, "unseen", since="open"),
            step("alert", self.alert, "not_alerted", since="open"),
            step("told", self.told, "not_told", since="open"),
            step("hold", self.hold, "unavailable", waits=False),
            step("close", self.close, "not_closed"),
            step("over", self.over, "not_over", since="close", patience=_PATIENCE_FOR_THE_END),
        )

    @property
    def restore(self) -> Step:
        """Closes the breaker, if it isn't."""
        return Step(
            name="restore",
            probe=self.put_back,
            timeout_s=self._config.timeout_s,
            waits=True,
            late="left_open",
        )

    async def ready(self) -> Verdict:
        """Pass on a closed breaker, an order that is taken, and an alert that doesn't fire."""
        if await self._monitor.firing(ALERT, self._config.account) is not None:
            return failed("still_firing")
        if (await self._gateway.breaker(self._config.account)).state != "closed":
            return failed("not_ready")
        return await self._order_is_taken("not_ready")

    async def lose(self) -> Verdict:
        """Book one more loss, until they are enough; pass once the breaker is open."""
        if self._losses < self._enough:
            self._losses += 1
            standing = await self._gateway.lose(self._config.account, self._config.loss)
            self._booked += 1
        else:
            # It may look at its figures from time to time alone.
            standing = await self._gateway.breaker(self._config.account)
        return PASSED if standing.state == "open" else failed("not_opened")

    async def limit(self) -> Verdict:
        """Pass if the losses had come to the limit when the breaker opened.

        Nobody knows whether a loss was booked that was answered by an error.
        """
        assert self._config.limit is not None, "it is a step where there is a limit alone"
        loss, limit = Decimal(self._config.loss), Decimal(self._config.limit)
        if self._booked * loss >= limit:
            return PASSED
        return failed("opened_early" if self._losses * loss < limit else "unavailable")

    async def order(self) -> Verdict:
        """Submit one order that must be refused; pass only on the refusal we asked for."""
        reply = await self._submit()
        if reply.accepted:
            await self._try_to_cancel()
            return failed("accepted")
        return PASSED if reply.code == self._config.reject_code else failed("wrong_code")

    async def seen(self) -> Verdict:
        """Pass once deskwatch's metrics show the breaker open."""
        shown = await self._monitor.open_breakers(self._config.account)
        return PASSED if shown else failed("unseen")

    async def alert(self) -> Verdict:
        """Pass once the alert fires."""
        self._firing = await self._monitor.firing(ALERT, self._config.account)
        return failed("not_alerted") if self._firing is None else PASSED

    async def told(self) -> Verdict:
        """Pass once a channel has the message of just this alert."""
        assert self._firing is not None, "the step before has passed"
        return PASSED if await self._monitor.told(self._firing) else failed("not_told")

    async def hold(self) -> Verdict:
        """Pass if the breaker is still open: who let it go on has to be somebody."""
        standing = await self._gateway.breaker(self._config.account)
        return PASSED if standing.state == "open" else failed("not_held")

    async def close(self) -> Verdict:
        """Close the breaker, asking for it once; pass when it is and orders are taken again."""
        if self._reset:
            standing = await self._gateway.breaker(self._config.account)
        else:
            standing = await self._gateway.reset(self._config.account, ACTOR)
            self._reset = True
        if standing.state != "closed":
            return failed("not_closed")
        return await self._order_is_taken("not_closed")

    async def over(self) -> Verdict:
        """Pass once deskwatch shows the breaker closed and its alert over."""
        if await self._monitor.open_breakers(self._config.account):
            return failed("not_over")
        firing = await self._monitor.firing(ALERT, self._config.account)
        return PASSED if firing is None else failed("not_over")

    async def put_back(self) -> Verdict:
        """Close the breaker, and cancel an order that is left.

        Where no loss was booked, the breaker stays as it is: others opened it.
        """
        if self._losses:
            # A reset also takes back losses that have not opened it.
            standing = await self._gateway.reset(self._config.account, ACTOR)
            if standing.state != "closed":
                return failed("left_open")
        await self._try_to_cancel()
        if self._taken is not None or self._unanswered:
            order_id = self._taken or "unknown"
            log.warning("drill_order_left", account=self._config.account, order_id=order_id)
        return PASSED

    async def _order_is_taken(self, reason: str) -> Verdict:
        reply = await self._submit()
        if not reply.accepted:
            return failed(reason)
        await self._cancel_taken()
        return PASSED

    async def _submit(self) -> Reply:
        """Submit one order, once the one before it is no more."""
        await self._cancel_taken()
        if self._unanswered:
            raise Unavailable("unavailable", "no order is sent after one that was not answered")
        self._unanswered = True
        try:
            reply = await self._gateway.submit(self._config.account)
        except Unavailable as unavailable:
            self._unanswered = unavailable.verdict.reason == "unavailable"
            raise
        self._unanswered = False
        self._taken = reply.order_id if reply.accepted else None
        return reply

    async def _try_to_cancel(self) -> None:
        """Cancel an order that is left; no verdict waits for what fails or takes long."""
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(self._config.timeout_s / 2):
                await self._cancel_taken()

    async def _cancel_taken(self) -> None:
        if self._taken is not None:
            await self._gateway.cancel(self._config.account, self._taken)
            self._taken = None


def _enough(config: BreakerProbe) -> int:
    """Return how many losses are over the limit, by less than one of them."""
    if config.limit is None:
        return MOST_LOSSES
    return int(Decimal(config.limit) // Decimal(config.loss)) + 1
