"""How long things take, as the API answers it."""

from deskwatch.core.books import Books
from deskwatch.core.clock import MOST_NS
from deskwatch.core.latency import Leg
from deskwatch.core.period import SECOND, age_ns
from deskwatch.core.rolling import WINDOWS, Measured, Rolling
from deskwatch.web.answers.latency import (
    ClockRow,
    ErrorRow,
    LatencyAnswer,
    QuantileRow,
    RefusedRow,
    RouteRow,
    SkewRow,
)


def latency(books: Books, now: int) -> LatencyAnswer:
    """Return the quantiles of every route as of `now`, and what could not be counted."""
    book, clock = books.latency, books.clock
    return LatencyAnswer(
        as_of=now,
        routes=[_route(leg, book.routes[leg], now) for leg in sorted(book.routes)],
        refused=[RefusedRow(*key, count) for key, count in sorted(book.refused.items())],
        errors=[ErrorRow(*key, count) for key, count in sorted(book.errors.items())],
        skews=[SkewRow(*skew) for skew in sorted(books.feed_delays.skews(now).items())],
        clocks=[
            ClockRow(
                host=host,
                offset_ns=clock.offset(host, now),
                reference=report.reference,
                age_s=age_ns(report.time, now) / SECOND,
            )
            for host, report in sorted(clock.reports.items())
        ],
        clock_preset=clock.settings.preset,
        most_offset_ns=MOST_NS[clock.settings.preset],
    )


def _route(leg: Leg, rolling: Rolling, now: int) -> RouteRow:
    return RouteRow(
        operation=leg.operation,
        venue=leg.venue,
        request=leg.request,
        transport=leg.transport,
        stage=leg.stage,
        normal_p99_ns=rolling.normal(),
        windows=[_window(kind.name, rolling.measured(kind.name, now)) for kind in WINDOWS],
    )


def _window(name: str, measured: Measured) -> QuantileRow:
    p50, p90, p99, p999 = measured.quantiles
    return QuantileRow(
        window=name, count=measured.total, p50_ns=p50, p90_ns=p90, p99_ns=p99, p999_ns=p999
    )
