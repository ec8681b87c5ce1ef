"""Kill switches and dead-man timers as a scrape finds them."""

from collections.abc import Callable

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.exposition.families import Families


class KillSwitchCollector:
    """Kill switches, and who released them."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        switch = ("scope", "account")
        families = self.families = Families(max_series)
        self._engaged = families.gauge(
            "desk_kill_switch_engaged", "1 while the switch is engaged, else 0.", switch
        )
        self._cause = families.gauge(
            "desk_kill_switch_cause",
            "1 for an engaged switch, with who engaged it and why.",
            (*switch, "cause", "actor"),
        )
        self._transition = families.gauge(
            "desk_kill_switch_last_transition_timestamp_seconds",
            "When the switch was engaged or released.",
            switch,
            unit="seconds",
        )
        self._engagements = families.counter(
            "desk_kill_switch_engagements_total", "Times that the switch was engaged.", switch
        )
        self._releases = families.counter(
            "desk_kill_switch_releases_total",
            "Times that the switch was released.",
            (*switch, "actor"),
        )
        self._recent_releases = families.gauge(
            "desk_kill_switch_recent_releases",
            "Releases that were learned of within the window of a breaker's flapping.",
            (*switch, "actor"),
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        switches = self._books.kill_switches.switches
        window_start = self._clock() - self._books.settings.breakers.flap_window_ns
        for key, switch in switches.items():
            self._engaged.set(key, float(switch.engaged))
            self._transition.set(key, switch.since / SECOND)
            self._engagements.set(key, switch.engagements)
            for actor, count in switch.releases.items():
                self._releases.set((*key, actor), count)
            for actor, count in switch.releases_since(window_start).items():
                self._recent_releases.set((*key, actor), count)
        self._cause.replace(
            {
                (*key, switch.cause, switch.actor): 1.0
                for key, switch in switches.items()
                if switch.engaged
            }
        )


class DeadManCollector:
    """Dead-man timers, and how long each still lasts."""

    def __init__(self, books: Books, clock: Callable[[], int], max_series: int) -> None:
        self._books = books
        self._clock = clock
        timer = ("timer", "venue", "account")
        families = self.families = Families(max_series)
        self._left = families.gauge(
            "desk_dead_man_left_seconds",
            "Time until the timer expires unless it is renewed; below zero it has expired.",
            timer,
            unit="seconds",
        )
        self._timeout = families.gauge(
            "desk_dead_man_timeout_seconds",
            "How long a renewal lasts; absent while the timer is disarmed.",
            timer,
            unit="seconds",
        )

    def collect(self) -> None:
        """Bring the families up to date with the books."""
        now, watch = self._clock(), self._books.watch
        armed = {
            key: (timer.left_ns(now, watch), timer.timeout_ns)
            for key, timer in self._books.dead_man_timers.timers.items()
        }
        for family, index in ((self._left, 0), (self._timeout, 1)):
            values = ((key, times[index]) for key, times in armed.items())
            family.replace({key: ns / SECOND for key, ns in values if ns is not None})
