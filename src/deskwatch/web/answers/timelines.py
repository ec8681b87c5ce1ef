"""What /api/v1/timeline answers: figures over time, for charts; exact ones are in the views."""

from typing import Literal

from msgspec import Struct

from deskwatch.core.event import Nanoseconds
from deskwatch.core.latency import Operation
from deskwatch.web.answers.figures import Count

#: What a series shows. pnl: net, of all time. gross, net: of the exposure. change: of net, in an
#: hour or a day.
Drawn = Literal["pnl", "drawdown", "gross", "net", "change"]

#: Seconds since 1970 UTC.
Seconds = int


class TimelineSeries(Struct, frozen=True, kw_only=True):
    """A strategy's figure at each of the times, in its reporting currency; null can't be known."""

    account: str
    strategy: str
    currency: str
    drawn: Drawn
    values: list[float | None]


class TimelineAnswer(Struct, frozen=True, kw_only=True):
    """Series over the same times: ends of steps, or beginnings of hours or days.

    step_s: from one time to the next; days on which clocks change are longer or shorter. left_out:
    strategies that are not drawn, for there are too many. dates: what the desk calls each of days,
    as "2026-03-29", by its own zone; of a day that it ended early two are alike. Else empty.
    """

    as_of: Nanoseconds
    step_s: Count
    times: list[Seconds]
    series: list[TimelineSeries]
    left_out: Count = 0
    dates: list[str] = []


class LatencyTimelineAnswer(Struct, frozen=True, kw_only=True):
    """How many durations fell into each bucket, in the steps that end at the times.

    times: the last one is that of the newest second where its step is not over yet. venue: null for
    all of them. edges_s: the buckets' upper edges; the last bucket is for all above the last edge.
    counts: a column for each time; null where nobody counted yet.
    """

    as_of: Nanoseconds
    step_s: Count
    operation: Operation
    venue: str | None
    times: list[Seconds]
    edges_s: list[float]
    counts: list[list[int] | None]


class NewestPoint(Struct, frozen=True, kw_only=True):
    """A strategy's figures in its reporting currency; null can't be known.

    pnl: net. gross, net: of the exposure at the end of the last ten seconds.
    """

    account: str
    strategy: str
    currency: str
    pnl: float | None
    drawdown: float | None
    gross: float | None
    net: float | None


class NewestColumn(Struct, frozen=True):
    """How many durations of an operation at a venue fell into each bucket, as above."""

    operation: Operation
    venue: str
    counts: list[int]


class NewestAnswer(Struct, frozen=True, kw_only=True):
    """The last second that has ended: what a chart grows by.

    latencies: of each operation and venue of which there was any in that second.
    """

    as_of: Nanoseconds
    time: Seconds
    step_s: Count
    points: list[NewestPoint]
    latencies: list[NewestColumn]
