"""Handing the books their part of the configuration."""

from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.config.model import Config
from deskwatch.config.settings.execution import execution_settings
from deskwatch.config.settings.limits import limit_settings
from deskwatch.config.tables.latency import MICROSECOND
from deskwatch.core.breaker import BreakerSettings
from deskwatch.core.clock import ClockSettings
from deskwatch.core.drill import DrillSettings
from deskwatch.core.feed import FeedSettings
from deskwatch.core.latency import OPERATIONS, Operation
from deskwatch.core.latency_limit import LatencyLimit
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.service import HeartbeatSettings
from deskwatch.core.settings import AccountSettings, BooksSettings, ReconciliationSettings
from deskwatch.risk.settings import RiskSettings


def books_settings(config: Config) -> BooksSettings:
    """Return what the books are told. What an account leaves out is as in `[books]`."""
    books = config.books
    hours, minutes = books.day_start.split(":")
    return BooksSettings(
        reporting_currency=books.reporting_currency,
        timezone=books.timezone,
        day_start_minute=int(hours) * 60 + int(minutes),
        method=books.method,
        mark_max_age_ns=books.mark_max_age_s * SECOND,
        fx_max_age_ns=books.fx_max_age_s * SECOND,
        report_max_age_ns=books.report_max_age_s * SECOND,
        future_tolerance_ns=books.future_tolerance_s * SECOND,
        remembered_fills=books.remembered_fills,
        flat_ns=books.flat_days * DAY,
        max_positions=books.max_positions,
        max_instruments=books.max_instruments,
        accounts=_account_settings(config),
        venue_mark_max_age_ns={
            name: venue.mark_max_age_s * SECOND
            for name, venue in config.venues.items()
            if venue.mark_max_age_s is not None
        },
        reconciliation=ReconciliationSettings(
            grace_ns=config.reconciliation.grace_s * SECOND,
            max_age_ns=config.reconciliation.max_age_s * SECOND,
            balance_tolerance_ppm=config.reconciliation.balance_tolerance_ppm,
        ),
        fixed_fx=dict(config.fx.fixed),
        execution=execution_settings(config),
        order_to_trade_floors={
            name: venue.order_to_trade_floor
            for name, venue in config.venues.items()
            if venue.order_to_trade_floor is not None
        },
        limits=limit_settings(config.limits),
        clock=ClockSettings(
            preset=config.clock.preset,
            report_max_age_ns=config.clock.report_max_age_s * SECOND,
        ),
        breakers=_breaker_settings(config),
        feeds=_feed_settings(config),
        heartbeats=HeartbeatSettings(
            default_interval_ns=config.heartbeats.default_interval_s * SECOND,
            down_after=config.heartbeats.down_after,
        ),
        drills=DrillSettings(
            required=tuple(config.drills.required), page_after=config.drills.page_after
        ),
    )


def _account_settings(config: Config) -> dict[str, AccountSettings]:
    books = config.books
    return {
        name: AccountSettings(
            method=account.method or books.method,
            reporting_currency=account.reporting_currency or books.reporting_currency,
            simulated=account.simulated,
        )
        for name, account in config.accounts.items()
    }


def _breaker_settings(config: Config) -> BreakerSettings:
    breakers = config.breakers
    return BreakerSettings(
        open_max_ns=breakers.open_max_s * SECOND,
        flap_trips=breakers.flap_trips,
        flap_window_ns=breakers.flap_window_s * SECOND,
        designated=tuple(breakers.designated),
    )


def _feed_settings(config: Config) -> FeedSettings:
    feeds = config.feeds
    return FeedSettings(
        stale_floor_ns=feeds.stale_floor_s * SECOND,
        stale_factor=feeds.stale_factor,
        venue_stale_after_ns={
            name: venue.feed_stale_after_s * SECOND
            for name, venue in config.venues.items()
            if venue.feed_stale_after_s is not None
        },
        silent_share_percent=feeds.silent_share_percent,
        user_channels=tuple(feeds.user_channels),
        user_owed_ns=feeds.user_owed_s * SECOND,
    )


def anomaly_settings(config: Config) -> AnomalySettings:
    """Return how P&L is held against its own history."""
    anomaly = config.anomaly
    return AnomalySettings(
        interval_ns=anomaly.interval_s * SECOND,
        score=float(anomaly.score),
        shift=float(anomaly.shift),
        frozen_ns=anomaly.frozen_s * SECOND,
    )


def latency_limits(config: Config) -> dict[Operation, LatencyLimit]:
    """Return the limit of each operation."""
    return {
        operation: LatencyLimit(
            warning_ns=_nanoseconds(getattr(config.latency, operation).warning_us),
            page_ns=_nanoseconds(getattr(config.latency, operation).page_us),
        )
        for operation in OPERATIONS
    }


def _nanoseconds(duration_us: int | None) -> int | None:
    return None if duration_us is None else duration_us * MICROSECOND


def risk_settings(config: Config) -> RiskSettings:
    """Return how value at risk is told."""
    risk = config.risk
    return RiskSettings(
        interval_ns=risk.interval_s * SECOND,
        window=risk.window,
        min_observations=risk.min_observations,
        confidences=tuple(sorted(set(risk.confidences))),
        horizon_ns=risk.horizon_s * SECOND,
        limit_method=risk.limit_method,
        limit_confidence=risk.limit_confidence,
        backtest_window=risk.backtest_window,
        max_instruments=risk.max_instruments,
    )
