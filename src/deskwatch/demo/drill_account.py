"""The simulated desk's account for drills: synthetic losses and orders, and its own breaker."""

from dataclasses import dataclass

from deskwatch.demo.breakers import Breakers, State

#: The one account that drills may use here, and the names that its orders pass the breakers under.
ACCOUNT = "drill"
_STRATEGY, _VENUE = "drill", "drill"

#: What callers know refusals by.
BREAKER_OPEN, KILL_SWITCH = "BREAKER_OPEN", "KILL_SWITCH"


@dataclass(slots=True, frozen=True)
class Answer:
    """The answer to an order. order_id: of one that was taken; code: why one was refused."""

    accepted: bool
    order_id: str = ""
    code: str = ""


class DrillAccount:
    """Its orders pass the desk's breakers as all do, and then rest in no venue's book.

    They are not reported as orders: what a drill has refused would count as the desk's rejects.
    """

    def __init__(self, breakers: Breakers) -> None:
        self._breakers = breakers
        self._orders: set[str] = set()
        self._sent = 0

    def open(self, now: int) -> None:
        """Tell how its breaker stands."""
        self._breakers.guard(ACCOUNT, now)

    def submit(self, _now: int) -> Answer:
        """Send one order."""
        refusal = self._breakers.refusal(ACCOUNT, _STRATEGY, _VENUE)
        if refusal is not None:
            code = BREAKER_OPEN if refusal.startswith("breaker_open") else KILL_SWITCH
            return Answer(accepted=False, code=code)
        self._sent += 1
        order_id = f"drill-{self._sent}"
        self._orders.add(order_id)
        return Answer(accepted=True, order_id=order_id)

    def cancel(self, order_id: str) -> bool:
        """Cancel an order; return whether there was one."""
        known = order_id in self._orders
        self._orders.discard(order_id)
        return known

    def lose(self, cents: int, now: int) -> State:
        """Book a synthetic loss; return how the breaker then stands."""
        self._breakers.lose(ACCOUNT, cents, now)
        return self.standing(now)

    def standing(self, _now: int) -> State:
        """Return how the breaker stands."""
        return self._breakers.standing(ACCOUNT)

    def reset(self, actor: str, now: int) -> State:
        """Close the breaker; return how it then stands."""
        self._breakers.reset(ACCOUNT, actor, now)
        return self.standing(now)
