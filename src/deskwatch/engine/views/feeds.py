"""Feeds, sessions and services as the API answers them."""

from typing import Final, Literal

from deskwatch.core.books import Books
from deskwatch.core.period import SECOND, seconds
from deskwatch.core.service import HeartbeatSettings, Service
from deskwatch.core.session import VenueSession
from deskwatch.core.staleness import ChannelLook, Look, looks
from deskwatch.core.watch import Watch
from deskwatch.web.answers.feeds import (
    ChannelRow,
    FeedsAnswer,
    ServiceRow,
    ServicesAnswer,
    SessionRow,
    StreamRow,
)

ServiceState = Literal["up", "late", "down", "stopped"]

_WORST_FIRST: Final[tuple[ServiceState, ...]] = ("down", "late", "up", "stopped")


def feeds(books: Books, now: int) -> FeedsAnswer:
    """Return how every channel and session stands as of `now`."""
    found = looks(books.feeds, books.settings.feeds, books.sessions, now, books.watch)
    channels = sorted(map(_channel, found), key=lambda row: (row.venue, row.channel, row.service))
    sessions = [_session(one, now) for _, one in sorted(books.sessions.known.items())]
    return FeedsAnswer(as_of=now, channels=channels, sessions=sessions)


def _channel(look: ChannelLook) -> ChannelRow:
    channel = look.channel
    symbols = sorted(look.symbols, key=lambda one: one.stream.symbol)
    return ChannelRow(
        service=channel.key.service,
        venue=channel.key.venue,
        channel=channel.key.channel,
        stream="user" if look.is_user else "market",
        whole=_stream(look.whole),
        symbol_counts={str(verdict): count for verdict, count in look.counts.items()},
        gaps=channel.gaps,
        missed=channel.missed,
        open_gaps=channel.open_gaps(),
        crossed_books=channel.crossed_books(),
        owed_s=seconds(look.owed),
        symbols=[_stream(one) for one in symbols],
    )


def _stream(look: Look) -> StreamRow:
    stream = look.stream
    return StreamRow(
        symbol=stream.symbol,
        verdict=look.verdict,
        since=stream.since,
        last_message=stream.heard_at,
        staleness_s=seconds(look.age),
        expected_gap_s=seconds(look.expected),
        stale_after_s=seconds(look.stale_after),
        messages=stream.messages,
        crossed=stream.crossed_since is not None,
        gap_open=stream.gap_since is not None,
    )


def _session(standing: VenueSession, now: int) -> SessionRow:
    return SessionRow(
        venue=standing.venue,
        session=standing.session,
        state=standing.state,
        since=standing.since,
        in_state_s=standing.in_state_ns(now) / SECOND,
        reason=standing.reason,
        logons=standing.logons,
        drops=standing.drops,
    )


def services(books: Books, now: int) -> ServicesAnswer:
    """Return how every service stands as of `now`."""
    settings, watch = books.settings.heartbeats, books.watch
    rows = [_service(one, settings, now, watch) for one in books.services.services.values()]
    rows.sort(key=lambda row: (_WORST_FIRST.index(row.state), row.service, row.host))
    return ServicesAnswer(as_of=now, services=rows)


def _service(service: Service, settings: HeartbeatSettings, now: int, watch: Watch) -> ServiceRow:
    age, promised = service.age_ns(settings, now, watch), service.promised_ns(settings)
    state: ServiceState = "up"
    if age is None or promised is None:
        state = "stopped"
    elif age > promised:
        state = "down" if service.is_down(settings, now, watch) else "late"
    return ServiceRow(
        service=service.service,
        host=service.host,
        state=state,
        last_heartbeat=service.heard_at,
        age_s=seconds(age),
        interval_s=seconds(promised),
        uptime_s=seconds(service.uptime_ns(settings, now, watch)),
        restarts=service.restarts,
        outages=service.outages,
    )
