"""How far each host's clock is from UTC, by the hosts' own reports, and what RTS 25 allows."""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from deskwatch.core.book import Checks, Followers
from deskwatch.core.observation import Clock
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected

#: What an offset may be, in ns: for high-frequency algorithmic trading, other algorithmic trading,
#: voice trading. Source: Delegated Regulation (EU) 2017/574 (RTS 25), annex, table 2.
Preset = Literal["high_frequency", "algorithmic", "voice"]
MOST_NS: Final[dict[Preset, int]] = {
    "high_frequency": 100_000,
    "algorithmic": 1_000_000,
    "voice": SECOND,
}

#: A bound on memory.
MAX_HOSTS: Final = 1_000


class ClockReport(NamedTuple):
    """A host's last report. offset_ns: above zero is ahead of UTC.

    time: when it was received (ns), whatever the host took for the time: that is what is doubted.
    """

    offset_ns: int
    time: int
    reference: str


class ClockSettings(Struct, frozen=True, kw_only=True):
    """preset: of RTS 25. report_max_age_ns: how old a report may be and still say anything."""

    preset: Preset = "algorithmic"
    report_max_age_ns: int = 60 * SECOND


class ClockState(Struct, array_like=True):
    """The book, as a snapshot keeps it."""

    reports: dict[str, ClockReport]


class ClockBook:
    """The last report of each host. now: the books' time in ns.

    The desk's books hold what was reported; what that means by now depends on ClockSettings.
    """

    name = "clock"

    def __init__(self, settings: ClockSettings, now: Callable[[], int]) -> None:
        self.settings = settings
        self._now = now
        self.reports: dict[str, ClockReport] = {}

    @property
    def checks(self) -> Checks:
        """Any offset may be true; refuses a host over the bound, whose clock nobody would watch."""
        return {Clock: self._check}

    @property
    def followers(self) -> Followers:
        """It takes the hosts' reports."""
        return {Clock: self._report}

    def offset(self, host: str, now: int) -> int | None:
        """Return how far ahead of UTC a host's clock is (ns); None without a recent report."""
        report = self.reports.get(host)
        if report is None or now - report.time > self.settings.report_max_age_ns:
            return None
        return report.offset_ns

    def begin(self, now: int) -> None:
        """Nothing: ages are told when somebody asks."""

    def dump(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(ClockState(self.reports))

    def load(self, state: bytes) -> None:
        """Take up a dumped state."""
        self.reports = msgspec.json.decode(state, type=ClockState).reports

    def _check(self, clock: Clock) -> None:
        if clock.host not in self.reports and len(self.reports) >= MAX_HOSTS:
            raise EventRejected("too_many_names", clock.host, f"at most {MAX_HOSTS} hosts")

    def _report(self, clock: Clock) -> None:
        self.reports[clock.host] = ClockReport(clock.offset_ns, self._now(), clock.reference)
