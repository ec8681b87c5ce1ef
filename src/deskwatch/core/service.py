"""The platform's services: when each was last heard of, what it promised, how long it is up."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.observation import Heartbeat
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.watch import Watch

#: A bound on memory.
MAX_SERVICES: Final = 2_000


class HeartbeatSettings(Struct, frozen=True, kw_only=True):
    """What is judged of services.

    default_interval_ns: the promise of one that makes none. down_after: a service is down once it
    is silent for so many of its intervals.
    """

    default_interval_ns: int = 30 * SECOND
    down_after: int = 3


class Service(Struct, kw_only=True):
    """One service on one host. Times are ns UTC.

    heard_at: when we learned of its newest beat; beat_at: that beat's own time. interval_ns: what
    it promised, 0 once it has said that it stops, None where it says nothing. up_since: when it
    started, as far as it says so; else its first beat, or the first after it was down. epoch: the
    run of its producer.
    """

    service: str
    host: str
    heard_at: int
    beat_at: int
    interval_ns: int | None
    up_since: int
    epoch: int
    restarts: int = 0
    outages: int = 0

    @property
    def stopped(self) -> bool:
        """Whether it stopped on purpose."""
        return self.interval_ns == 0

    def promised_ns(self, settings: HeartbeatSettings) -> int | None:
        """Return within what time of a beat the next one is due; None once it has stopped."""
        if self.interval_ns is None:
            return settings.default_interval_ns
        return self.interval_ns or None

    def down_after_ns(self, settings: HeartbeatSettings) -> int | None:
        """Return after how long a silence it is down; None once it has stopped."""
        promised = self.promised_ns(settings)
        return None if promised is None else settings.down_after * promised

    def age_ns(self, settings: HeartbeatSettings, now: int, watch: Watch) -> int | None:
        """Return for how long it has been listened for in vain; None once it has stopped."""
        if self.stopped:
            return None
        return max(now - watch.counted_from(self.heard_at, self.down_after_ns(settings)), 0)

    def is_down(self, settings: HeartbeatSettings, now: int, watch: Watch) -> bool:
        """Return whether it has been silent for too long, which stopping on purpose is not."""
        age, down_after = self.age_ns(settings, now, watch), self.down_after_ns(settings)
        return age is not None and down_after is not None and age > down_after

    def uptime_ns(self, settings: HeartbeatSettings, now: int, watch: Watch) -> int | None:
        """Return how long it is up; None where it is down or has stopped."""
        if self.stopped or self.is_down(settings, now, watch):
            return None
        return max(now - self.up_since, 0)


class Services:
    """Every service that ever sent a heartbeat, by service × host.

    received: when the event that is booked now was received (ns). A restart is told from
    `started_at`, or else from another run (`epoch`) of the producer; an outage is a beat that came
    after more than `down_after` intervals, by the beats' own times: what the platform held back
    while it could not reach us is none.
    """

    name = "services"

    def __init__(self, settings: HeartbeatSettings, received: Callable[[], int]) -> None:
        self.services: dict[tuple[str, str], Service] = {}
        self._settings = settings
        self._received = received

    @property
    def checks(self) -> Checks:
        """Refuses a service over the bound."""
        return {Heartbeat: self._check}

    @property
    def followers(self) -> Followers:
        """Takes heartbeats."""
        return {Heartbeat: self._follow}

    def begin(self, now: int) -> None:
        """Let time pass: whether a service is down is asked as of now."""

    def _check(self, beat: Heartbeat) -> None:
        known = (beat.service, beat.host) in self.services
        if len(self.services) >= MAX_SERVICES and not known:
            raise EventRejected("too_many_names", beat.service, f"at most {MAX_SERVICES} services")

    def _follow(self, beat: Heartbeat) -> None:
        now = self._received()
        key = (beat.service, beat.host)
        service = self.services.get(key)
        if service is None:
            self.services[key] = Service(
                service=beat.service,
                host=beat.host,
                heard_at=now,
                beat_at=beat.event_time,
                interval_ns=beat.interval_ns,
                up_since=beat.event_time if beat.started_at is None else beat.started_at,
                epoch=beat.epoch,
            )
            return
        service.heard_at = now
        if beat.event_time < service.beat_at:
            return
        self._count(service, beat)
        service.beat_at, service.interval_ns = beat.event_time, beat.interval_ns
        service.epoch = beat.epoch

    def _count(self, service: Service, beat: Heartbeat) -> None:
        """Count a restart or an outage that lies between the last beat and this one."""
        promised = service.promised_ns(self._settings)
        silent = beat.event_time - service.beat_at
        back = promised is None or silent > self._settings.down_after * promised
        if beat.started_at is not None:
            restarted = beat.started_at > service.up_since
        else:
            restarted = beat.epoch != service.epoch
        service.restarts += restarted
        service.outages += back and promised is not None
        if beat.started_at is not None:
            service.up_since = max(service.up_since, beat.started_at)
        elif restarted or back:
            service.up_since = beat.event_time

    def dump(self) -> bytes:
        """Return every service, as JSON."""
        return msgspec.json.encode(list(self.services.values()))

    def load(self, state: bytes) -> None:
        """Take up what `dump` returned."""
        saved = msgspec.json.decode(state, type=list[Service])
        self.services = {(one.service, one.host): one for one in saved}
