"""Every key of `deskwatch.toml`, its default and what it takes. Meanings: docs/configuration.md."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.config.tables.alerts import (
    Alertmanager,
    Apprise,
    Deadman,
    Notify,
    Oncall,
    Rules,
    Telegram,
)
from deskwatch.config.tables.drills import Drill, Drills
from deskwatch.config.tables.execution import Execution
from deskwatch.config.tables.latency import Clock, Latency
from deskwatch.config.tables.limits import Limits
from deskwatch.config.tables.logs import FollowedLog, LogName, LogStore
from deskwatch.config.tables.page import Page
from deskwatch.config.tables.processes import Process
from deskwatch.config.values import (
    ActorNames,
    Address,
    ChannelNames,
    ClockTime,
    Confidence,
    Confidences,
    Count,
    Currency,
    FilePath,
    Name,
    Pair,
    Port,
    Rate,
    Seconds,
    SocketPath,
    Table,
    TimeZone,
    Token,
    is_loopback,
    problem_at,
)
from deskwatch.core.breaker import KEPT_TIMES
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.settings import BooksSettings, Method
from deskwatch.risk.settings import Method as RiskMethod
from deskwatch.risk.settings import RiskSettings

KIB: Final = 1024
MIB: Final = 1024 * KIB
_BOOKS: Final = BooksSettings()
_ANOMALY: Final = AnomalySettings()
_RISK: Final = RiskSettings()

#: Returns that are kept, and hits of a backtest.
Observations = Annotated[int, Field(ge=2, le=2000)]
_BREAKERS: Final = _BOOKS.breakers
_FEEDS: Final = _BOOKS.feeds
_HEARTBEATS: Final = _BOOKS.heartbeats


class Server(Table):
    """HTTP: events in, metrics and the API out. `load` puts the text of token_file into token."""

    bind: Address = "127.0.0.1"
    port: Port = 8080
    token: Token | None = None
    token_file: FilePath | None = None
    guarded_by_proxy: bool = False
    # A body is one frame of the journal, which takes 64 MiB at the most; so may a line be, and what
    # waits for the journal must have room for it.
    max_body_bytes: Annotated[int, Field(ge=KIB, le=48 * MIB)] = 16 * MIB
    max_line_bytes: Annotated[int, Field(ge=KIB, le=48 * MIB)] = MIB


class Tcp(Table):
    """Events over plain TCP: a token would go in the clear, and so it never leaves the machine."""

    enabled: bool = False
    bind: Address = "127.0.0.1"
    port: Port = 8081

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.enabled and not is_loopback(self.bind):
            expected = "a loopback address: TCP sends its token in the clear (from elsewhere, HTTP)"
            raise problem_at("bind", expected)
        return self


class Unix(Table):
    """Events over a Unix socket. Off while there is no path."""

    path: SocketPath | None = None


class EventFile(Table):
    """A file of JSON lines that is followed as it grows."""

    path: FilePath
    start: Literal["beginning", "end"] = "beginning"


class Journal(Table):
    """How events are kept."""

    segment_bytes: Annotated[int, Field(ge=64 * KIB, le=1024 * MIB)] = 64 * MIB
    keep_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    snapshot_interval_s: Seconds = 300


class Books(Table):
    """How the books are kept; see deskwatch.core.settings.BooksSettings."""

    reporting_currency: Currency = _BOOKS.reporting_currency
    timezone: TimeZone = _BOOKS.timezone
    day_start: ClockTime = f"{_BOOKS.day_start_minute // 60:02}:{_BOOKS.day_start_minute % 60:02}"
    method: Method = _BOOKS.method
    mark_max_age_s: Seconds = _BOOKS.mark_max_age_ns // SECOND
    fx_max_age_s: Seconds = _BOOKS.fx_max_age_ns // SECOND
    report_max_age_s: Seconds = _BOOKS.report_max_age_ns // SECOND
    future_tolerance_s: Seconds = _BOOKS.future_tolerance_ns // SECOND
    remembered_fills: Count = _BOOKS.remembered_fills
    flat_days: Annotated[int, Field(ge=1, le=36_500)] = _BOOKS.flat_ns // DAY
    max_positions: Count = _BOOKS.max_positions
    max_instruments: Count = _BOOKS.max_instruments


class Account(Table):
    """Where one account differs from `[books]`."""

    method: Method | None = None
    reporting_currency: Currency | None = None
    simulated: bool = False


class Venue(Table):
    """Where one venue differs from `[books]` and `[feeds]`."""

    mark_max_age_s: Seconds | None = None
    feed_stale_after_s: Seconds | None = None
    order_to_trade_floor: Count | None = None


class Breakers(Table):
    """What is judged of breakers; see deskwatch.core.breaker.BreakerSettings."""

    open_max_s: Seconds = _BREAKERS.open_max_ns // SECOND
    flap_trips: Annotated[int, Field(ge=2, le=KEPT_TIMES)] = _BREAKERS.flap_trips
    flap_window_s: Seconds = _BREAKERS.flap_window_ns // SECOND
    designated: ActorNames = Field(default_factory=list)


class Feeds(Table):
    """What is judged of feeds; see deskwatch.core.feed.FeedSettings."""

    stale_floor_s: Seconds = _FEEDS.stale_floor_ns // SECOND
    stale_factor: Annotated[int, Field(ge=2, le=100)] = _FEEDS.stale_factor
    silent_share_percent: Annotated[int, Field(ge=1, le=99)] = _FEEDS.silent_share_percent
    user_channels: ChannelNames = list(_FEEDS.user_channels)  # noqa: RUF012  pydantic copies it
    user_owed_s: Seconds = _FEEDS.user_owed_ns // SECOND


class Heartbeats(Table):
    """What is judged of services; see deskwatch.core.service.HeartbeatSettings."""

    default_interval_s: Seconds = _HEARTBEATS.default_interval_ns // SECOND
    down_after: Annotated[int, Field(ge=2, le=100)] = _HEARTBEATS.down_after


class Fx(Table):
    """Exchange rates that don't come as events."""

    fixed: dict[Pair, Rate] = Field(default_factory=dict)


class Risk(Table):
    """Value at risk; see deskwatch.risk.settings.RiskSettings."""

    interval_s: Annotated[int, Field(ge=1, le=86_400)] = _RISK.interval_ns // SECOND
    window: Observations = _RISK.window
    min_observations: Observations = _RISK.min_observations
    confidences: Confidences = Field(default_factory=lambda: list(_RISK.confidences))
    horizon_s: Seconds = _RISK.horizon_ns // SECOND
    limit_method: RiskMethod = _RISK.limit_method
    limit_confidence: Confidence = _RISK.limit_confidence
    backtest_window: Observations = _RISK.backtest_window
    max_instruments: Annotated[int, Field(ge=1, le=10_000)] = _RISK.max_instruments

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_observations > self.window:
            raise problem_at("min_observations", f"at most risk.window, {self.window}")
        if self.limit_confidence not in self.confidences:
            raise problem_at("limit_confidence", "one of risk.confidences")
        return self


class Reconciliation(Table):
    """How reports are held against the books; see core.settings.ReconciliationSettings."""

    grace_s: Seconds = _BOOKS.reconciliation.grace_ns // SECOND
    max_age_s: Seconds = _BOOKS.reconciliation.max_age_ns // SECOND
    balance_tolerance_ppm: Annotated[int, Field(ge=0, le=1_000_000)] = (
        _BOOKS.reconciliation.balance_tolerance_ppm
    )


class Anomaly(Table):
    """P&L against its own history; see deskwatch.anomaly.settings.AnomalySettings."""

    interval_s: Annotated[int, Field(ge=10, le=3600)] = _ANOMALY.interval_ns // SECOND
    score: Count = int(_ANOMALY.score)
    shift: Count = int(_ANOMALY.shift)
    frozen_s: Seconds = _ANOMALY.frozen_ns // SECOND


class Metrics(Table):
    """Bounds on `/metrics`."""

    # A histogram's own series are some thirty, and there is no metric without room for one.
    max_series: Annotated[int, Field(ge=100, le=1_000_000_000)] = 20_000


class Log(Table):
    """deskwatch's own log, on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Config(Table):
    """The whole configuration, as `load` makes it."""

    data: FilePath
    server: Server = Server()
    page: Page = Page()
    tcp: Tcp = Tcp()
    unix: Unix = Unix()
    files: dict[Name, EventFile] = Field(default_factory=dict)
    journal: Journal = Journal()
    books: Books = Books()
    accounts: dict[Name, Account] = Field(default_factory=dict)
    venues: dict[Name, Venue] = Field(default_factory=dict)
    fx: Fx = Fx()
    limits: Limits = Limits()
    execution: Execution = Execution()
    latency: Latency = Latency()
    clock: Clock = Clock()
    processes: dict[Name, Process] = Field(default_factory=dict)
    risk: Risk = Risk()
    breakers: Breakers = Breakers()
    reconciliation: Reconciliation = Reconciliation()
    anomaly: Anomaly = Anomaly()
    feeds: Feeds = Feeds()
    heartbeats: Heartbeats = Heartbeats()
    drills: Drills = Drills()
    drill: Drill = Drill()
    rules: Rules = Rules()
    notify: Notify = Notify()
    oncall: Oncall = Oncall()
    telegram: Telegram = Telegram()
    apprise: Apprise = Apprise()
    alertmanager: Alertmanager = Alertmanager()
    deadman: Deadman = Deadman()
    metrics: Metrics = Metrics()
    log: Log = Log()
    logs: dict[LogName, FollowedLog] = Field(default_factory=dict)
    log_store: LogStore = LogStore()
