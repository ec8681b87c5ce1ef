"""A desk made by hand, for the HTTP service to show: it keeps what it is told."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable

import httpx
from msgspec import Struct
from starlette.applications import Starlette

from deskwatch.core.receipt import MAX_QUOTED_REFUSALS, IntakeUnavailable, Receipt, Refusal
from deskwatch.web.answers.breakers import BreakersAnswer
from deskwatch.web.answers.figures import (
    AccountPnl,
    EventCounts,
    HistoryRow,
    JournalStatus,
    PnlAnswer,
    PositionRow,
    PositionsAnswer,
    RefusedCounts,
    SourceStatus,
    StatusAnswer,
    StrategyPnl,
)
from deskwatch.web.answers.latency import LatencyAnswer
from deskwatch.web.answers.risk import ExposureAnswer, LimitsAnswer, ThresholdsRow
from deskwatch.web.answers.var import VarAnswer
from deskwatch.web.desks.figures import FiguresUnavailable, HistoryQuery

NOW = 1_790_000_000_000_000_000
HOUR = 3_600_000_000_000
DAY = 24 * HOUR

STATUS = StatusAnswer(
    version="1.2.3",
    now=NOW,
    started_at=NOW - HOUR,
    uptime_s=3600.0,
    ready=True,
    reporting_currency="USD",
    events=EventCounts(12, 0.5, {"fill": 10, "mark": 2}),
    refused=RefusedCounts(1, {"too_fine": 1}),
    duplicates=3,
    journal=JournalStatus("ok", "", 1, 4096),
    sources=[SourceStatus("bot", 1, 12, 0)],
    unpriced_positions=1,
)
POSITION = PositionRow(
    account="A1",
    strategy="pairs",
    venue="XNYS",
    symbol="IBM",
    currency="USD",
    method="fifo",
    quantity="-10",
    average_price="140.25",
    mark=None,
    mark_age_s=None,
    notional=None,
    realized="12.5",
    unrealized=None,
    fees={"USD": "1.2"},
    funding={},
    net=None,
    hour=None,
    day=None,
    unpriced="no_mark",
)
STRATEGY = StrategyPnl(
    account="A1",
    strategy="pairs",
    currency="USD",
    realized="12.5",
    unrealized="-2",
    fees="1.2",
    funding="0",
    net="9.3",
    hour="0.1",
    day="9.3",
    drawdown="0.7",
    unpriced=None,
)
ACCOUNT = AccountPnl(
    account="A1",
    currency="USD",
    realized="12.5",
    unrealized="-2",
    fees="1.2",
    funding="0",
    net="9.3",
    hour="0.1",
    day="9.3",
    equity="1009.3",
    drawdown="0.7",
    drawdown_ratio=0.0007,
    unpriced=None,
)


def history_row(start: int) -> HistoryRow:
    return HistoryRow(
        start=start,
        account="A1",
        strategy="pairs",
        venue="XNYS",
        symbol="IBM",
        currency="USD",
        realized="1",
        unrealized_change=None,
        fees="0.1",
        funding="0",
        net=None,
    )


class FakeDesk:
    """Accepts every line that is a JSON object, once; refuses the rest as the books would.

    submitted: let go of once for each block that comes. answering: while it isn't set, none has
    its receipt.
    """

    def __init__(self) -> None:
        self.submitted = asyncio.Semaphore(0)
        self.answering = asyncio.Event()
        self.answering.set()
        self.blocks: list[bytes] = []
        self.accepted: list[dict[str, int]] = []
        self.refusals: Counter[str] = Counter()
        self.unavailable: IntakeUnavailable | None = None
        self.figures_unavailable = ""
        self.not_ready = ""
        self.rows: list[HistoryRow] = [history_row(NOW - HOUR)]
        self.asked: list[tuple[HistoryQuery, int]] = []

    async def submit(
        self, block: bytes, *, way: str, refused: list[Refusal] | None = None
    ) -> Receipt:
        assert way == "http"
        assert block == b"" or block.endswith(b"\n")
        self.submitted.release()
        await self.answering.wait()
        if self.unavailable is not None:
            raise self.unavailable
        self.blocks.append(block)
        refusals = list(refused or [])
        accepted = duplicates = 0
        for number, line in enumerate(block.split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                event = json.loads(line.decode())
            except UnicodeDecodeError:
                refusals.append(Refusal(number, "invalid_utf8", "", "UTF-8"))
            except (ValueError, RecursionError):
                refusals.append(Refusal(number, "malformed_json", "", "one JSON object"))
            else:
                if not isinstance(event, dict):
                    refusals.append(Refusal(number, "not_an_object", "", "one JSON object"))
                elif event in self.accepted:
                    duplicates += 1
                else:
                    accepted += 1
                    self.accepted.append(event)
        refusals.sort(key=lambda refusal: refusal.line)
        self.refusals.update(refusal.reason for refusal in refusals)
        return Receipt(accepted, duplicates, refusals[:MAX_QUOTED_REFUSALS], len(refusals))

    def refuse(self, way: str, reason: str) -> None:
        assert way == "http"
        self.refusals[reason] += 1

    def status(self) -> StatusAnswer:
        return STATUS

    @property
    def views(self) -> dict[str, Callable[[], Struct]]:
        return {
            "positions": self._positions,
            "pnl": self._pnl,
            "exposure": self._exposure,
            "limits": self._limits,
            "var": self._var,
            "latency": self._latency,
            "breakers": self._breakers,
        }

    def _positions(self) -> PositionsAnswer:
        self._check_figures()
        return PositionsAnswer(NOW, [POSITION])

    def _pnl(self) -> PnlAnswer:
        self._check_figures()
        return PnlAnswer(NOW, NOW - HOUR, NOW - DAY, [STRATEGY], [ACCOUNT])

    def _exposure(self) -> ExposureAnswer:
        self._check_figures()
        return ExposureAnswer(NOW, [], [], [], [], [], [], [], [])

    def _limits(self) -> LimitsAnswer:
        self._check_figures()
        return LimitsAnswer(NOW, ThresholdsRow("0.7", "0.9", "1"), [], [])

    def _var(self) -> VarAnswer:
        self._check_figures()
        return VarAnswer(
            as_of=NOW,
            interval_s=60,
            horizon_s=3600,
            window=500,
            min_observations=100,
            limit_method="historical",
            limit_confidence=0.99,
            rows=[],
        )

    def _latency(self) -> LatencyAnswer:
        self._check_figures()
        return LatencyAnswer(
            as_of=NOW,
            routes=[],
            refused=[],
            errors=[],
            skews=[],
            clocks=[],
            clock_preset="algorithmic",
            most_offset_ns=1_000_000,
        )

    def _breakers(self) -> BreakersAnswer:
        self._check_figures()
        return BreakersAnswer(
            as_of=NOW,
            open_max_s=900,
            flap_trips=3,
            flap_window_s=600,
            breakers=[],
            kill_switches=[],
            dead_man_timers=[],
        )

    async def history(self, asked: HistoryQuery, *, limit: int) -> list[HistoryRow]:
        self._check_figures()
        self.asked.append((asked, limit))
        return self.rows[:limit]

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        if "openmetrics" in accept:
            return b"# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8"
        return b"desk_equity 1\n", "text/plain; version=0.0.4; charset=utf-8"

    def ready(self) -> tuple[bool, str]:
        return not self.not_ready, self.not_ready

    def event_schema(self) -> bytes:
        return b'{"$schema":"https://json-schema.org/draft/2020-12/schema"}'

    def _check_figures(self) -> None:
        if self.figures_unavailable:
            raise FiguresUnavailable(self.figures_unavailable)


def ask(app: Starlette) -> httpx.AsyncClient:
    """Return a client of `app` that sees its 500 as a peer would."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://deskwatch")


def line(number: int, padding: int = 0) -> bytes:
    """Return one event's line, `padding` bytes longer than it must be."""
    return b'{"kind":"heartbeat","sequence":%d,"note":"%b"}' % (number, b"x" * padding)


def lines(*numbers: int) -> bytes:
    return b"".join(line(number) + b"\n" for number in numbers)


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)
