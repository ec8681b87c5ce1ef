"""The desk as the HTTP service sees it, out of the engine."""

import asyncio
import operator
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TypeVar

from msgspec import Struct

import deskwatch
from deskwatch.core.account import UNPRICED_REASONS
from deskwatch.core.books import Books
from deskwatch.core.period import SECOND
from deskwatch.core.pnl_row import PnlRow
from deskwatch.core.receipt import Submit
from deskwatch.core.schema import json_schema
from deskwatch.core.wording import counted
from deskwatch.engine.engine import Engine
from deskwatch.engine.monitor import EngineFigures
from deskwatch.engine.views import VIEWS
from deskwatch.engine.views import history as view
from deskwatch.exposition.registry import Registry
from deskwatch.exposition.scrape import Scrapes
from deskwatch.exposition.text import negotiate
from deskwatch.web.answers.figures import (
    EventCounts,
    HistoryRow,
    JournalStatus,
    RefusedCounts,
    SourceStatus,
    StatusAnswer,
)
from deskwatch.web.desks.figures import FiguresUnavailable, HistoryQuery

Answer = TypeVar("Answer", bound=Struct)


class EngineDesk:
    """Answers for an engine; see web.desks.figures.Desk."""

    def __init__(self, engine: Engine, figures: EngineFigures, registry: Registry) -> None:
        self._engine = engine
        self._figures = figures
        self._scrapes = Scrapes(registry)
        #: What is shown of deskwatch itself, with and without books, by name.
        self.own: dict[str, Callable[[], Struct]] = {}
        #: How many alerts fire, by severity; None where no rules are evaluated.
        self.firing: Callable[[], dict[str, int] | None] = lambda: None

    @property
    def submit(self) -> Submit:
        """Where blocks go."""
        return self._engine.intake.submit

    def refuse(self, way: str, reason: str) -> None:
        """Count a body that was refused unread."""
        self._engine.intake.refuse(way, reason)

    def ready(self) -> tuple[bool, str]:
        """Return whether the books are whole and events can be kept, and if not, why."""
        engine = self._engine
        if not engine.ready:
            return (
                False,
                f"replaying the journal: {counted(engine.replayed_frames, 'block')} so far",
            )
        if engine.trouble is not None:
            return False, f"the journal can't keep events: {engine.trouble}"
        return True, ""

    def status(self) -> StatusAnswer:
        """Return how the monitor is."""
        engine = self._engine
        now = engine.clock()
        tally = engine.intake.tally
        by_kind: dict[str, int] = {}
        for (_, kind), count in tally.events.items():
            by_kind[kind] = by_kind.get(kind, 0) + count
        by_reason: dict[str, int] = {}
        for (_, reason), count in tally.refused.items():
            by_reason[reason] = by_reason.get(reason, 0) + count
        return StatusAnswer(
            version=deskwatch.__version__,
            now=now,
            started_at=engine.started_at,
            uptime_s=(now - engine.started_at) / SECOND,
            ready=self.ready()[0],
            reporting_currency=engine.books.settings.reporting_currency,
            events=EventCounts(tally.events.total(), self._figures.events_per_second(), by_kind),
            refused=RefusedCounts(tally.refused.total(), by_reason),
            duplicates=tally.duplicates.total(),
            journal=self._journal_status(),
            sources=self._sources(),
            unpriced_positions=self._unpriced(),
            firing=self.firing(),
        )

    def _journal_status(self) -> JournalStatus:
        segments, size, _ = self._engine.stored
        if not self._engine.ready:
            return JournalStatus("replaying", self.ready()[1], segments, size)
        trouble = self._engine.trouble
        if trouble is not None:
            return JournalStatus("unwritable", trouble, segments, size)
        return JournalStatus("ok", "", segments, size)

    def _sources(self) -> list[SourceStatus]:
        """Return the producers' latest runs, with what is missing of all of them."""
        if not self._engine.ready:
            return []
        sequences = self._engine.books.sequences
        missing = sequences.missing()
        latest = dict(sorted(sequences.runs.items(), key=operator.itemgetter(0)))
        newest = {source: (epoch, run) for (source, epoch), run in latest.items()}
        return [
            SourceStatus(source, epoch, run.high, missing[source])
            for source, (epoch, run) in newest.items()
        ]

    def _unpriced(self) -> int:
        """Return the sum of `desk_unpriced_positions`."""
        engine = self._engine
        if not engine.ready:
            return 0
        books, now = engine.books, engine.clock()
        books.refresh(now)
        return sum(
            account.unpriced(reason, books.fx, now)
            for account in books.valuation.accounts.values()
            for reason in UNPRICED_REASONS
        )

    @property
    def views(self) -> Mapping[str, Callable[[], Struct]]:
        """What the books show, by name, each raises FiguresUnavailable; and what is shown of us."""
        return {**{name: partial(self.show, of) for name, of in VIEWS.items()}, **self.own}

    def show(self, of: Callable[[Books, int], Answer]) -> Answer:
        """Return what a view of the books shows now. Raises FiguresUnavailable."""
        self.require_books()
        return of(self._engine.books, self._engine.clock())

    async def history(self, asked: HistoryQuery, *, limit: int) -> list[HistoryRow]:
        """Return rows of closed and open periods, oldest first. Raises FiguresUnavailable."""
        self.require_books()
        async with self._engine.history.handover:
            pending = [
                (row, late)
                for row, late in view.pending_rows(self._engine.books, self._engine.clock())
                if _is_asked_for(asked, row)
            ]
            rows = await self._engine.history.ask(
                lambda file: file.query(
                    asked.period,
                    asked.start_ns,
                    asked.end_ns,
                    asked.account,
                    asked.strategy,
                    limit,
                )
            )
        # Months of hours are many rows, and events are booked meanwhile.
        return await asyncio.to_thread(_merged, rows, pending, limit)

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics and their content type."""
        openmetrics, content_type = negotiate(accept)
        return await self._scrapes.page(openmetrics=openmetrics), content_type

    def event_schema(self) -> bytes:
        """Return the JSON Schema of events."""
        return _schema()

    def require_books(self) -> None:
        """Return if the books are whole. Raises FiguresUnavailable."""
        if not self._engine.ready:
            raise FiguresUnavailable(self.ready()[1])


def _is_asked_for(asked: HistoryQuery, row: PnlRow) -> bool:
    return (
        row.period == asked.period
        and asked.start_ns <= row.start < asked.end_ns
        and asked.account in (None, row.account)
        and asked.strategy in (None, row.strategy)
    )


def _merged(rows: list[PnlRow], pending: list[tuple[PnlRow, bool]], limit: int) -> list[HistoryRow]:
    return view.history(view.merge(rows, pending)[:limit])


@cache
def _schema() -> bytes:
    return json_schema()
