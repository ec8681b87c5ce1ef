"""The addresses of what is drawn over time: a range that is checked, and answers as they are."""

from collections.abc import Sequence

import httpx
import msgspec
import pytest

from deskwatch.core.latency import Operation
from deskwatch.core.pnl_row import Period
from deskwatch.web.answers.timelines import (
    Drawn,
    LatencyTimelineAnswer,
    TimelineAnswer,
    TimelineSeries,
)
from deskwatch.web.desks.figures import FiguresUnavailable
from deskwatch.web.desks.timelines import TooManyRows
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.web.fake import DAY, HOUR, NOW, FakeDesk, ask

NOW_S = NOW // 10**9
FIGURES = TimelineAnswer(
    as_of=NOW,
    step_s=1,
    times=[NOW_S - 1, NOW_S],
    series=[
        TimelineSeries(
            account="A1", strategy="pairs", currency="USD", drawn="pnl", values=[None, 9.3]
        )
    ],
)
LATENCIES = LatencyTimelineAnswer(
    as_of=NOW,
    step_s=1,
    operation="order_ack",
    venue=None,
    times=[NOW_S],
    edges_s=[0.1],
    counts=[None],
)


class FakeTimelineDesk:
    """Answers the same whatever is asked, and keeps what was."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.trouble: Exception | None = None

    async def figures(self, drawn: Sequence[Drawn], start_ns: int, end_ns: int) -> TimelineAnswer:
        return self._take((*drawn, start_ns, end_ns), FIGURES)

    async def changes(self, period: Period, start_ns: int, end_ns: int) -> TimelineAnswer:
        return self._take((period, start_ns, end_ns), FIGURES)

    async def latencies(
        self, operation: Operation, venue: str | None, start_ns: int, end_ns: int
    ) -> LatencyTimelineAnswer:
        self._take((operation, venue, start_ns, end_ns), FIGURES)
        return LATENCIES

    def _take(self, asked: tuple[object, ...], answer: TimelineAnswer) -> TimelineAnswer:
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        return answer


@pytest.fixture
def timeline() -> FakeTimelineDesk:
    return FakeTimelineDesk()


async def get(timeline: FakeTimelineDesk | None, path: str) -> httpx.Response:
    app = create_app(FakeDesk(), WebSettings(), timeline_desk=timeline, clock=lambda: NOW)
    async with ask(app) as client:
        return await client.get(f"/api/v1/timeline/{path}")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("pnl", ("pnl", NOW - HOUR, NOW)),
        (f"pnl?from={NOW - 90 * DAY}", ("pnl", NOW - 90 * DAY, NOW)),
        (f"drawdown?from={NOW - DAY}&to={NOW - HOUR}", ("drawdown", NOW - DAY, NOW - HOUR)),
        ("exposure", ("gross", "net", NOW - HOUR, NOW)),
        ("pnl_hours", ("hour", NOW - DAY, NOW)),
        ("pnl_days", ("day", NOW - 30 * DAY, NOW)),
    ],
)
async def test_figures(timeline, path, asked) -> None:
    answer = await get(timeline, path)
    assert answer.status_code == 200
    assert msgspec.json.decode(answer.content, type=TimelineAnswer) == FIGURES
    assert timeline.asked == [asked]


@pytest.mark.parametrize(
    ("query", "operation", "venue"),
    [
        ("", "order_ack", None),
        ("?venue=", "order_ack", None),
        ("?operation=api_request&venue=XNAS", "api_request", "XNAS"),
    ],
)
async def test_latencies(timeline, query, operation, venue) -> None:
    answer = await get(timeline, f"latency{query}")
    assert msgspec.json.decode(answer.content, type=LatencyTimelineAnswer) == LATENCIES
    assert timeline.asked == [(operation, venue, NOW - HOUR, NOW)]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        (
            "pnl?from=2026-01-01",
            "found from='2026-01-01'; expected integer nanoseconds or RFC 3339",
        ),
        (f"pnl?from={NOW + 1}", f"found from {NOW + 1} and to {NOW}; expected from before to"),
        (f"pnl?from={NOW - 93 * DAY}", "expected from and to at most 92 days apart"),
        (f"pnl_hours?from={NOW - 32 * DAY}", "expected from and to at most 31 days apart"),
        ("pnl?strategy=pairs", "found the parameter 'strategy'; expected from, to"),
        ("pnl_days?account=A1", "found the parameter 'account'; expected from, to"),
        ("latency?operation=ack", "found operation='ack'; expected one of order_ack, "),
        ("latency?venue=" + "x" * 65, "found 65 characters in venue; expected 1 to 64"),
    ],
)
async def test_what_cannot_be_asked_is_refused(timeline, path, detail) -> None:
    answer = await get(timeline, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["reason"]) == (400, "bad_parameter")
    assert error["detail"].startswith(detail)
    assert timeline.asked == []


async def test_too_many_rows_are_refused_not_cut(timeline) -> None:
    timeline.trouble = TooManyRows("more than 9 rows of P&L")
    answer = await get(timeline, "pnl_hours")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        {"reason": "too_many_rows", "detail": "more than 9 rows of P&L; ask for a shorter range"},
    )


async def test_what_is_unavailable_is_503(timeline) -> None:
    timeline.trouble = FiguresUnavailable("replaying")
    for desk in (timeline, None):
        answer = await get(desk, "pnl")
        assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "unavailable")
