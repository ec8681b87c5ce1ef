"""The desk's machinery: services, clocks, sessions and feeds, and what breaks in it."""

from random import Random

from deskwatch.demo.agenda import SECOND
from deskwatch.demo.breakers import Breakers
from deskwatch.demo.catalog import LISTINGS
from deskwatch.demo.chance import delay_ns
from deskwatch.demo.floor import Floor
from deskwatch.demo.venue import Venue

_SERVICES = {"gateway": "fra-1", "pricer": "fra-1", "risk": "fra-2", "oms": "fra-2"}
_BEAT_NS, _CLOCK_NS, _RENEW_NS = 5 * SECOND, 10 * SECOND, 5 * SECOND

#: The venues that cancel what a silent desk left there, and for whom.
_DEAD_MAN = {"BINANCE": "crypto", "BITMEX": "crypto"}

#: A host's usual offset from UTC and its spread, in nanoseconds.
_OFFSET_NS, _OFFSET_SIGMA_NS = 12_000, 9_000

_FIRST_OUTAGE_NS, _OUTAGE_EVERY_NS, _OUTAGE_NS = 110 * SECOND, 290 * SECOND, 18 * SECOND
_FIRST_TROUBLE_NS, _TROUBLE_EVERY_NS, _TROUBLE_NS = 50 * SECOND, 170 * SECOND, 14 * SECOND
_FIRST_DRILL_NS, _DRILL_EVERY_NS, _DRILL_NS = 210 * SECOND, 900 * SECOND, 6 * SECOND

#: The desk notices a dead feed this long after its last message.
_NOTICED_NS = 5 * SECOND // 2


class Plant:
    """Writes heartbeats, clock offsets, feed and session states; breaks a venue now and then."""

    def __init__(
        self, random: Random, floor: Floor, venues: dict[str, Venue], breakers: Breakers
    ) -> None:
        self._random = random
        self._agenda, self._tape, self._market = floor.agenda, floor.tape, floor.market
        self._started_at = 0
        self._venues = venues
        self._breakers = breakers
        self._feed_sequence = dict.fromkeys(venues, 0)

    def open(self, now: int) -> None:
        """Log on everywhere and start what happens regularly."""
        self._started_at = now
        for venue in self._venues.values():
            self._session(venue, now, "connecting")
            self._log_on(venue, now)
        self._breakers.open(self._venues, now)
        every = self._agenda.every
        every(now, _BEAT_NS, self._beat)
        every(now, _RENEW_NS, self._renew)
        every(now + SECOND, _CLOCK_NS, self._clocks)
        every(now + SECOND // 2, SECOND, self._feeds)
        every(now + _FIRST_OUTAGE_NS, _OUTAGE_EVERY_NS, self._outage)
        every(now + _FIRST_TROUBLE_NS, _TROUBLE_EVERY_NS, self._trouble)
        every(now + _FIRST_DRILL_NS, _DRILL_EVERY_NS, self._drill)

    def _beat(self, now: int) -> None:
        for service, host in _SERVICES.items():
            self._tape.write(
                "heartbeat", now, service=service, host=host, interval_ns=2 * _BEAT_NS,
                started_at=self._started_at,
            )  # fmt: skip
            took = delay_ns(self._random, 60_000, 0.5)
            self._tape.write(
                "latency", now, operation="processing", duration_ns=took, stage=service, clock=host
            )

    def _renew(self, now: int) -> None:
        """Renew the dead-man timers of the venues that have one; one that is cut off has none.

        Those venues have a user stream as well, which says at least that it is alive.
        """
        for name, account in _DEAD_MAN.items():
            timeout = 3 * _RENEW_NS if self._venues[name].up else None
            self._tape.write(
                "dead_man", now, timer="cancel-all", timeout_ns=timeout, venue=name, account=account
            )
            if timeout is not None:
                self._user_stream(name, now, "message")

    def _clocks(self, now: int) -> None:
        for host in sorted(set(_SERVICES.values())):
            offset = round(self._random.gauss(_OFFSET_NS, _OFFSET_SIGMA_NS))
            self._tape.write("clock", now, host=host, offset_ns=offset, reference="ptp")

    def _feeds(self, now: int) -> None:
        for venue in self._venues.values():
            if not venue.up:
                continue
            took = delay_ns(self._random, venue.route.median_ns // 2, venue.route.sigma)
            self._quotes(venue, now, now - took)

    def _quotes(self, venue: Venue, now: int, exchange_time: int) -> None:
        """Tell the best prices of everything that trades there."""
        for listing in LISTINGS:
            if listing.venue != venue.name or listing in venue.halted:
                continue
            quote = self._market.quote(listing)
            self._feed_sequence[venue.name] += 1
            self._feed(
                venue, now, "message", symbol=listing.symbol, exchange_time=exchange_time,
                clock="ptp", bid=listing.price_text(quote.bid), ask=listing.price_text(quote.ask),
            )  # fmt: skip

    def _outage(self, now: int) -> None:
        venue = self._random.choice(list(self._venues.values()))
        lasts = self._random.randrange(_OUTAGE_NS, 2 * _OUTAGE_NS)
        venue.up = False
        self._feed(venue, now, "disconnected")
        if venue.name in _DEAD_MAN:
            self._user_stream(venue.name, now, "disconnected")
        self._session(venue, now, "disconnected", "connection reset by peer")
        self._agenda.at(now + _NOTICED_NS, lambda at: self._breakers.feed_lost(venue.name, at))
        self._agenda.at(now + lasts - SECOND, lambda at: self._session(venue, at, "connecting"))
        self._agenda.at(now + lasts, lambda at: self._recover(venue, at))

    def _recover(self, venue: Venue, now: int) -> None:
        missed = self._random.randint(20, 400)
        self._feed_sequence[venue.name] += missed
        venue.up = True
        self._log_on(venue, now)
        self._feed(venue, now, "gap", missed=missed)
        self._feed(venue, now, "resync")
        self._breakers.feed_back(venue.name, now)

    def _trouble(self, now: int) -> None:
        """Have a busy venue refuse most orders for a while."""
        venue = self._venues[self._random.choice(("XNAS", "BINANCE", "BITMEX"))]
        venue.trouble = True

        def over(_: int) -> None:
            venue.trouble = False

        self._agenda.at(now + _TROUBLE_NS, over)

    def _drill(self, now: int) -> None:
        """Try the kill switch, and tell whether it stopped orders and let them go again."""
        self._breakers.engage(now)
        stopped = self._breakers.stops_all()

        def over(at: int) -> None:
            self._breakers.release(at)
            passed = stopped and not self._breakers.stops_all()
            self._tape.write(
                "drill", at, drill="kill_switch", status="passed" if passed else "failed",
                reason="" if passed else "not_stopped", duration_ns=_DRILL_NS,
            )  # fmt: skip

        self._agenda.at(now + _DRILL_NS, over)

    def _log_on(self, venue: Venue, now: int) -> None:
        self._session(venue, now, "logged_on")
        self._feed(venue, now, "connected")
        if venue.name in _DEAD_MAN:
            self._user_stream(venue.name, now, "connected")

    def _session(self, venue: Venue, now: int, state: str, reason: str = "") -> None:
        self._tape.write(
            "session", now, venue=venue.name, session=venue.route.session, state=state,
            reason=reason,
        )  # fmt: skip

    def _feed(self, venue: Venue, now: int, status: str, **more: int | str) -> None:
        self._tape.write(
            "feed", now, venue=venue.name, channel="quotes", status=status, service="pricer",
            feed_sequence=self._feed_sequence[venue.name], **more,
        )  # fmt: skip

    def _user_stream(self, name: str, now: int, status: str) -> None:
        self._tape.write(
            "feed", now, venue=name, channel="user", status=status, service="gateway",
            interval_ns=3 * _RENEW_NS,
        )  # fmt: skip
