"""What the engine tells of itself, in the shape that the exposition reads."""

from collections import deque
from collections.abc import Mapping

from deskwatch.core.histogram import Histogram
from deskwatch.core.period import SECOND
from deskwatch.engine.engine import Engine

#: events a second are told over this long.
_RATE_WINDOW_NS = 10 * SECOND


class EngineFigures:
    """The engine's own figures; see exposition.monitor.MonitorFigures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._totals: deque[tuple[int, int]] = deque([(engine.clock(), 0)])

    @property
    def start_time_ns(self) -> int:
        """When this engine was made."""
        return self._engine.started_at

    @property
    def events(self) -> Mapping[tuple[str, ...], int]:
        """Events that came in good order, by source and kind."""
        return dict(self._engine.intake.tally.events.items())

    @property
    def refused(self) -> Mapping[tuple[str, ...], int]:
        """Events refused, by source or way in, and reason."""
        return dict(self._engine.intake.tally.refused.items())

    @property
    def duplicates(self) -> Mapping[tuple[str, ...], int]:
        """Events that were known already, by source; 0 from a source's first event on."""
        tally = self._engine.intake.tally
        sources = {source for source, _ in tally.events} | tally.duplicates.keys()
        return {(source,): tally.duplicates[source] for source in sources}

    @property
    def unknown_kinds(self) -> Mapping[tuple[str, ...], int]:
        """Events of unknown kinds, by source."""
        return {(source,): n for source, n in self._engine.intake.tally.unknown_kinds.items()}

    @property
    def missing_events(self) -> Mapping[tuple[str, ...], int]:
        """Holes in the sequences of each source, over all of its runs."""
        missing: dict[tuple[str, ...], int] = {}
        if self._engine.ready:
            for source, count in self._engine.books.sequences.missing().items():
                key = (self._engine.intake.tally.source(source),)
                missing[key] = missing.get(key, 0) + count
        return missing

    @property
    def ingest_lag_s(self) -> float | None:
        """How long the last group waited until it was booked."""
        return self._engine.intake.lag_s

    @property
    def ingest_backlog_bytes(self) -> int:
        """Bytes received that the journal does not have yet."""
        return self._engine.intake.backlog_bytes

    @property
    def journal_commit(self) -> Histogram:
        """How long the journal's commits took."""
        return self._engine.commit_seconds

    @property
    def journal_bytes(self) -> int:
        """Size of the journal, as of the last second."""
        return self._engine.stored.total_bytes

    @property
    def journal_segments(self) -> int:
        """Files of the journal, as of the last second."""
        return self._engine.stored.segments

    @property
    def journal_gaps(self) -> int:
        """Places where a replay at a start found frames missing."""
        return self._engine.loss.gaps

    @property
    def journal_lost_bytes(self) -> int:
        """Bytes that are missing or damaged there, as far as that is known."""
        return self._engine.loss.lost_bytes

    @property
    def journal_kept_aside_bytes(self) -> int:
        """Bytes that were cut off the journal and still lie beside it, as of the last second."""
        return self._engine.stored.kept_aside_bytes

    @property
    def journal_left_out_events(self) -> int:
        """Events that somebody left out of the books within a day before the start."""
        return self._engine.left_out_events

    @property
    def journal_writable(self) -> bool:
        """Whether the last commit succeeded."""
        return self._engine.trouble is None

    @property
    def history_writable(self) -> bool:
        """Whether the history took its last write."""
        return self._engine.history.trouble is None

    @property
    def snapshots_writable(self) -> bool:
        """Whether the last snapshot could be kept."""
        return self._engine.snapshot_trouble is None

    def sample(self) -> None:
        """Take note of how many events came so far; called about once a second."""
        now, totals = self._engine.clock(), self._totals
        if now - totals[-1][0] >= SECOND:
            totals.append((now, self._engine.intake.tally.events.total()))
        while len(totals) > 1 and now - totals[0][0] > _RATE_WINDOW_NS:
            totals.popleft()

    def events_per_second(self) -> float:
        """Return the rate over the last ten seconds, or since the start."""
        now, total = self._engine.clock(), self._engine.intake.tally.events.total()
        since, before = self._totals[0]
        return (total - before) * SECOND / (now - since) if now > since else 0.0
