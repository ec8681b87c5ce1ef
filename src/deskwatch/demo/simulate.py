"""The simulated desk as a whole: a seed and a time in, events out.

Nothing here reads a clock or does I/O. One seed and start give the same events, however the time
is cut into steps.
"""

from collections.abc import Iterator
from itertools import count as numbers

import msgspec

from deskwatch.demo import catalog
from deskwatch.demo.agenda import SECOND, Agenda
from deskwatch.demo.back_office import BackOffice
from deskwatch.demo.breakers import Breakers
from deskwatch.demo.chance import chance
from deskwatch.demo.drill_account import DrillAccount
from deskwatch.demo.exchange_desk import ExchangeDesk
from deskwatch.demo.floor import Floor
from deskwatch.demo.gateway import Gateway
from deskwatch.demo.ledger import Key, Ledger, Truth
from deskwatch.demo.market import STEPS_A_SECOND, Market
from deskwatch.demo.plant import Plant
from deskwatch.demo.spoil import Spoiler
from deskwatch.demo.strategies import (
    Desk,
    FundingCarry,
    MarketMaking,
    Momentum,
    Pairs,
    Strategy,
)
from deskwatch.demo.tape import Event, Tape
from deskwatch.demo.venue import Venue

#: Who sends the events.
SOURCE = "demo-desk"

#: 2026-01-05T14:30:00Z, when `events` starts.
START_NS = 1_767_623_400 * SECOND

_STEP_NS = SECOND // STEPS_A_SECOND


class Simulation:
    """A trading platform in a box. drill_account: opened by whoever offers it to drills."""

    def __init__(self, seed: int, start_ns: int, *, bad_events: bool = True) -> None:
        """Open the desk at `start_ns` (simulated, nanoseconds UTC).

        Ids hold the start's millisecond, so that two runs against one monitor never share one.
        """
        market = Market(chance(seed, "market"), catalog.LISTINGS)
        self._floor = floor = Floor(
            f"{start_ns // 1_000_000:x}", Agenda(), Tape(), market, Ledger()
        )
        breakers = Breakers(floor)
        self.drill_account = DrillAccount(breakers)
        self._venues = venues = {
            name: Venue(name, route, chance(seed, name), floor, breakers)
            for name, route in catalog.VENUES.items()
        }
        gateway = Gateway(chance(seed, "gateway"), floor, breakers, venues)
        self._office = BackOffice(chance(seed, "office"), floor, venues)
        self._office.open(start_ns)
        Plant(chance(seed, "plant"), floor, venues, breakers).open(start_ns)
        ExchangeDesk(chance(seed, "exchange"), floor, venues).open(start_ns)
        if bad_events:
            Spoiler(chance(seed, "spoil"), floor).open(start_ns)
        every = floor.agenda.every
        every(start_ns + _STEP_NS, _STEP_NS, self._advance)
        every(start_ns + SECOND, SECOND, breakers.check_losses)
        every(start_ns + SECOND, SECOND, breakers.recover)
        every(start_ns + SECOND, 10 * SECOND, breakers.tell)
        for number, strategy in enumerate(_strategies(floor, gateway)):
            every(start_ns + SECOND + number * SECOND // 16, SECOND, strategy.act)

    def step(self, now_ns: int) -> list[Event]:
        """Advance to `now_ns` and return what happened since the last step, in order of arrival."""
        self._floor.agenda.run_until(now_ns)
        return self._floor.tape.tear()

    def truth(self) -> dict[Key, Truth]:
        """Return the platform's own books as of the last step, exactly."""
        return self._floor.ledger.truth()

    def _advance(self, now: int) -> None:
        self._floor.market.advance()
        self._office.marks(now)
        for venue in self._venues.values():
            venue.match(now)


def events(
    seed: int, count: int, *, start_ns: int = START_NS, bad_events: bool = True
) -> Iterator[bytes]:
    """Yield `count` events as NDJSON lines: one producer, epoch 1, numbered from 1."""
    simulation = Simulation(seed, start_ns, bad_events=bad_events)
    encode = msgspec.json.Encoder().encode
    sequence = 0
    for second in numbers(1):
        for event in simulation.step(start_ns + second * SECOND):
            sequence += 1
            event.update(source=SOURCE, epoch=1, sequence=sequence)
            yield encode(event) + b"\n"
            if sequence == count:
                return


def _strategies(floor: Floor, gateway: Gateway) -> list[Strategy]:
    """Return who trades what, in which size (lots)."""

    def desk(account: str, strategy: str) -> Desk:
        return Desk(account, strategy, floor, gateway)

    c = catalog
    return [
        MarketMaking(desk("equity-us", "market_making"), {c.AAPL: 200, c.NVDA: 60}),
        MarketMaking(
            desk("crypto", "market_making"),
            {c.BTC_SPOT: 20_000, c.ETH_SPOT: 40_000, c.BTC_PERPETUAL: 250, c.XBT_INVERSE: 200},
        ),
        Momentum(desk("futures", "momentum"), {c.ES: 4}),
        Momentum(desk("crypto", "momentum"), {c.ETH_PERPETUAL: 40_000, c.ETH_QUANTO: 600}),
        Pairs(desk("equity-us", "pairs"), c.AAPL, c.MSFT, (1_200, 660)),
        Pairs(desk("equity-eu", "pairs"), c.SAP, c.SIE, (1_500, 1_450)),
        FundingCarry(
            desk("crypto", "funding_carry"),
            c.XBT_INVERSE,
            ((c.BTC_SPOT, 300_000), (c.XBT_INVERSE, -2_900)),
        ),
    ]
