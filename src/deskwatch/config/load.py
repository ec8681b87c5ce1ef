"""Reading the configuration, and handing the books their part of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ValidationError

from deskwatch.anomaly.settings import AnomalySettings
from deskwatch.config.conflicts import conflicts
from deskwatch.config.draft import Draft
from deskwatch.config.environment import CONFIG_VARIABLE
from deskwatch.config.latency_tables import MICROSECOND
from deskwatch.config.limit_tables import limit_settings
from deskwatch.config.lines import KeyPath
from deskwatch.config.model import Config
from deskwatch.config.problem import ConfigError, written_key, written_value
from deskwatch.config.schema import Shape, is_secret, nearest, shape_at
from deskwatch.core.breaker import BreakerSettings
from deskwatch.core.clock import ClockSettings
from deskwatch.core.drill import DrillSettings
from deskwatch.core.feed import FeedSettings
from deskwatch.core.latency import OPERATIONS, Operation
from deskwatch.core.latency_limit import LatencyLimit
from deskwatch.core.period import SECOND
from deskwatch.core.service import HeartbeatSettings
from deskwatch.core.settings import AccountSettings, BooksSettings, ReconciliationSettings
from deskwatch.risk.settings import RiskSettings

DEFAULT_FILE = "deskwatch.toml"

#: What `explain` says of a secret in place of its value.
HIDDEN: Final = "set"


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file to load: `explicit`, $DESKWATCH_CONFIG, ./deskwatch.toml, or none.

    One that was named is returned even if it doesn't exist, so that `load` can say so.
    """
    if explicit is not None:
        return explicit
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named)
    default = Path(DEFAULT_FILE)
    return default if default.exists() else None


def load(path: Path | None, environ: Mapping[str, str], dotenv: Path | None = None) -> Config:
    """Return the configuration: defaults, under the file's values, under the environment's.

    dotenv: a file of variables for the environment; those of `environ` win. Side effect: reads the
    files, and those that are named to hold secrets. Raises ConfigError.
    """
    return _checked(Draft(path, environ, dotenv))


class Setting(NamedTuple):
    """One key's value in words, and who said it: "default", file:line, or a variable."""

    key: str
    value: str
    origin: str


def explain(
    path: Path | None, environ: Mapping[str, str], dotenv: Path | None = None
) -> list[Setting]:
    """Return each key with its value and origin, as `load` would read it. Raises ConfigError."""
    draft = Draft(path, environ, dotenv)
    settings = []
    for key, value in _values(_checked(draft)):
        file, line = draft.origin(key) if draft.found(key) != "nothing" else ("", None)
        origin = f"{file}:{line}" if line else file or "default"
        shown = HIDDEN if is_secret(key) and value is not None else _shown(value)
        settings.append(Setting(written_key(key), shown, origin))
    return settings


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
        max_positions=books.max_positions,
        max_instruments=books.max_instruments,
        accounts={
            name: AccountSettings(
                method=account.method or books.method,
                reporting_currency=account.reporting_currency or books.reporting_currency,
            )
            for name, account in config.accounts.items()
        },
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
        execution=config.execution.settings(),
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
        breakers=BreakerSettings(
            open_max_ns=config.breakers.open_max_s * SECOND,
            flap_trips=config.breakers.flap_trips,
            flap_window_ns=config.breakers.flap_window_s * SECOND,
            designated=tuple(config.breakers.designated),
        ),
        feeds=_feed_settings(config),
        heartbeats=HeartbeatSettings(
            default_interval_ns=config.heartbeats.default_interval_s * SECOND,
            down_after=config.heartbeats.down_after,
        ),
        drills=DrillSettings(
            required=tuple(config.drills.required), page_after=config.drills.page_after
        ),
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


def _checked(draft: Draft) -> Config:
    broken: set[str | int] = set()
    try:
        config = Config.model_validate(draft.values)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            _report(draft, one["type"], one["loc"], one.get("ctx", {}))
            broken.add(one["loc"][0])
        # Only for the conflicts of what is left; the folder is in none.
        sound = {name: table for name, table in draft.values.items() if name not in broken}
        config = Config.model_validate({"data": ".", **sound})
    for path, expected in conflicts(config, broken):
        draft.report(path, written_key(path), draft.found(path), expected)
    if draft.problems:
        # Not chained: pydantic's error quotes what it found, a secret too.
        raise ConfigError(sorted(draft.problems, key=lambda one: (one.file, one.line or 0)))
    return config


def _report(draft: Draft, kind: str, path: KeyPath, context: Mapping[str, str]) -> None:
    """Put one of pydantic's findings in our words: the shape at its path says what it takes."""
    if kind == "unfit":
        path = (*path, context["key"])
        found, expected = draft.found(path), context["expected"]
    elif kind == "extra_forbidden":
        found, expected = "an unknown key", _known_keys(path)
    elif path[-1] == "[key]":
        path = path[:-1]
        found, expected = written_value(path[-1]), _shape(path[:-1]).name_expected()
    else:
        found, expected = draft.found(path), _shape(path).expected()
    draft.report(path, written_key(path), found, expected)


def _shape(path: KeyPath) -> Shape:
    shape = shape_at(path)
    assert shape is not None, path
    return shape


def _known_keys(path: KeyPath) -> str:
    """Return in words what could stand where the unknown key `path` does."""
    meant = nearest(path)
    if not meant:
        return f"one of {', '.join(_shape(path[:-1]).names())}"
    words = " or ".join(map(written_key, meant))
    # In TOML a key belongs to the table above it, which is how a top key gets lost.
    return f"{words}, above the first [table]" if meant == [("data",)] and path[1:] else words


def _values(
    table: BaseModel | dict[str, object], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, object]]:
    for name, value in table.items() if isinstance(table, dict) else table:
        if isinstance(value, BaseModel | dict):
            yield from _values(value, (*path, name))
        else:
            yield (*path, name), value


def _shown(value: object) -> str:
    match value:
        case None:
            return "not set"
        case list():
            return f"[{', '.join(map(_shown, value))}]"
        case Path():
            return written_value(str(value))
        case _:
            return written_value(value)
