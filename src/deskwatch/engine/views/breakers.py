"""Breakers, kill switches and dead-man timers as the API answers them."""

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from deskwatch.core.books import Books
from deskwatch.core.breaker import BreakerSettings, Circuit
from deskwatch.core.dead_man import Timer
from deskwatch.core.holder import Holder
from deskwatch.core.kill_switch import Switch
from deskwatch.core.limit import LIMIT_DECIMALS, LIMIT_KINDS, LimitUse
from deskwatch.core.money import MAX_DECIMALS, format_decimal, format_figure, parse_decimal
from deskwatch.core.period import SECOND, seconds
from deskwatch.core.watch import Watch
from deskwatch.web.answers.breakers import (
    BreakerRow,
    BreakersAnswer,
    DeadManRow,
    KillSwitchRow,
    NearnessRow,
    ResetRow,
    TripRow,
)


def breakers(books: Books, now: int) -> BreakersAnswer:
    """Return how every breaker, switch and timer stands as of `now`."""
    settings = books.settings.breakers
    circuits = books.breakers.circuits.values()
    uses = _uses(books, now) if any(map(_is_left_to_us, circuits)) else {}
    rows = [_breaker(circuit, settings, uses, now) for circuit in circuits]
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
        dead_man_timers=[_timer(timer, now, books.watch) for _, timer in timers],
    )


#: By kind and whose limit it is.
_Uses = Mapping[tuple[str, Holder], LimitUse]


def _is_left_to_us(circuit: Circuit) -> bool:
    """Return whether a breaker watches a limit that its platform doesn't measure for us."""
    is_told = circuit.measure is not None and circuit.measure.value is not None
    return circuit.watches in LIMIT_KINDS and not is_told


def _uses(books: Books, now: int) -> _Uses:
    """Return what is used of each limit; of one in several currencies, what is used most."""
    uses = sorted(books.limits.uses(now), key=lambda use: use.utilization or 0.0)
    return {(use.kind, use.holder): use for use in uses}


def _breaker(circuit: Circuit, settings: BreakerSettings, uses: _Uses, now: int) -> BreakerRow:
    tripped, reset = circuit.tripped, circuit.reset
    recent = circuit.trips_since(now - settings.flap_window_ns)
    return BreakerRow(
        breaker=circuit.breaker,
        account=circuit.account,
        strategy=circuit.strategy,
        state=circuit.state,
        since=circuit.since,
        in_state_s=circuit.in_state_ns(now) / SECOND,
        nearness=_nearness(circuit, uses),
        tripped=None
        if tripped is None
        else TripRow(tripped.time, tripped.cause, _plain(tripped.limit), _plain(tripped.value)),
        reset=None if reset is None else ResetRow(reset.time, reset.actor),
        trips=circuit.trips,
        resets=circuit.resets,
        recent_trips=recent,
        flapping=recent >= settings.flap_trips,
    )


def _nearness(circuit: Circuit, uses: _Uses) -> NearnessRow:
    measure = circuit.measure
    watches = circuit.watches or ("" if circuit.tripped is None else circuit.tripped.cause)
    limit = None if measure is None else _plain(measure.limit)
    if measure is not None and measure.value is not None:
        ratio = _ratio(measure.value, measure.limit)
        return NearnessRow(
            watches=watches, used=_plain(measure.value), limit=limit, ratio=ratio,
            told_at=measure.time, why="limit_is_zero" if ratio is None else None,
        )  # fmt: skip
    use = uses.get((circuit.watches, Holder(circuit.account, circuit.strategy)))
    if use is None:
        return NearnessRow(
            watches=watches, used=None, limit=limit, ratio=None, told_at=None,
            why="limit_not_set" if circuit.watches in LIMIT_KINDS else "not_told",
        )  # fmt: skip
    return _by_limit(watches, use)


@lru_cache(maxsize=1_000)
def _ratio(value: str, limit: str) -> float | None:
    """Return how much of a limit is used, which is asked far more often than it is told."""
    parts = Fraction(value), Fraction(limit)
    return max(0.0, float(parts[0] / parts[1])) if parts[1] else None


@lru_cache(maxsize=1_000)
def _plain(amount: str | None) -> str | None:
    """Return an amount as all answers write theirs: the platform may have said `+1` or `1e3`."""
    return (
        None
        if amount is None
        else format_decimal(parse_decimal(amount, MAX_DECIMALS), MAX_DECIMALS)
    )


def _by_limit(watches: str, use: LimitUse) -> NearnessRow:
    ratio = use.utilization
    is_known = ratio is not None and math.isfinite(ratio)
    return NearnessRow(
        watches=watches,
        used=format_figure(use.used, LIMIT_DECIMALS),
        limit=format_decimal(use.limit, LIMIT_DECIMALS),
        ratio=ratio if is_known else None,
        told_at=None,
        why=None if is_known else "use_not_known" if use.used is None else "limit_is_zero",
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


def _timer(timer: Timer, now: int, watch: Watch) -> DeadManRow:
    left = timer.left_ns(now, watch)
    return DeadManRow(
        timer=timer.timer,
        venue=timer.venue,
        account=timer.account,
        renewed_at=timer.renewed_at,
        renewals=timer.renewals,
        timeout_s=seconds(timer.timeout_ns),
        left_s=seconds(left),
    )
