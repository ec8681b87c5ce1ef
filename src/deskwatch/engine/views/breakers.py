"""Breakers, kill switches and dead-man timers as the API answers them."""

from deskwatch.core.books import Books
from deskwatch.core.breaker import BreakerSettings, Circuit
from deskwatch.core.dead_man import Timer
from deskwatch.core.kill_switch import Switch
from deskwatch.core.period import SECOND
from deskwatch.web.answers.breakers import (
    BreakerRow,
    BreakersAnswer,
    DeadManRow,
    KillSwitchRow,
    ResetRow,
    TripRow,
)


def breakers(books: Books, now: int) -> BreakersAnswer:
    """Return how every breaker, switch and timer stands as of `now`."""
    settings = books.settings.breakers
    rows = [_breaker(circuit, settings, now) for circuit in books.breakers.circuits.values()]
    rows.sort(key=lambda row: (row.state == "closed", row.breaker, row.account, row.strategy))
    switches = sorted(books.kill_switches.switches.items())
    timers = sorted(books.dead_man_timers.timers.items())
    return BreakersAnswer(
        as_of=now,
        open_max_s=settings.open_max_ns / SECOND,
        flap_trips=settings.flap_trips,
        flap_window_s=settings.flap_window_ns / SECOND,
        breakers=rows,
        kill_switches=[_switch(switch) for _, switch in switches],
        dead_man_timers=[_timer(timer, now, books.watched_since) for _, timer in timers],
    )


def _breaker(circuit: Circuit, settings: BreakerSettings, now: int) -> BreakerRow:
    tripped, reset = circuit.tripped, circuit.reset
    recent = circuit.trips_since(now - settings.flap_window_ns)
    return BreakerRow(
        breaker=circuit.breaker,
        account=circuit.account,
        strategy=circuit.strategy,
        state=circuit.state,
        since=circuit.since,
        in_state_s=circuit.in_state_ns(now) / SECOND,
        tripped=None
        if tripped is None
        else TripRow(tripped.time, tripped.cause, tripped.limit, tripped.value),
        reset=None if reset is None else ResetRow(reset.time, reset.actor),
        trips=circuit.trips,
        resets=circuit.resets,
        recent_trips=recent,
        flapping=recent >= settings.flap_trips,
    )


def _switch(switch: Switch) -> KillSwitchRow:
    return KillSwitchRow(
        scope=switch.scope,
        account=switch.account,
        engaged=switch.engaged,
        since=switch.since,
        actor=switch.actor,
        cause=switch.cause,
        engagements=switch.engagements,
        releases=switch.releases,
    )


def _timer(timer: Timer, now: int, watched_since: int) -> DeadManRow:
    left = timer.left_ns(now, watched_since)
    return DeadManRow(
        timer=timer.timer,
        venue=timer.venue,
        account=timer.account,
        renewed_at=timer.renewed_at,
        renewals=timer.renewals,
        timeout_s=None if timer.timeout_ns is None else timer.timeout_ns / SECOND,
        left_s=None if left is None else left / SECOND,
    )
