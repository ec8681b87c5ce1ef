"""No key is taken and then forgotten: each changes what a part of deskwatch is told."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge

from deskwatch.app import _keeping
from deskwatch.config import (
    Config,
    anomaly_settings,
    books_settings,
    latency_limits,
    load,
    risk_settings,
)
from deskwatch.config.environment import _variable
from deskwatch.config.problem import written_key
from deskwatch.config.schema import keys, secrets, shape_at
from deskwatch.config.settings.alerting import alerting_settings
from deskwatch.config.settings.drills import drill_settings
from deskwatch.config.settings.execution import execution_thresholds
from deskwatch.config.settings.logs import log_bounds, log_files
from deskwatch.config.settings.processes import watched_processes
from deskwatch.config.settings.web import web_settings

#: Read where they are used, and tested there.
NOT_HANDED_ON = {
    "server.guarded_by_proxy", "tcp.enabled", "tcp.bind", "tcp.port", "unix.path",
    "files.<name>.path", "files.<name>.start", "metrics.max_series", "log.level", "log.format",
    "drills.platform_url", "drills.interval_s", "drills.bind", "drills.port", "drills.from_page",
}  # fmt: skip

#: What must be there for others to say anything.
BASE = """
drill.breaker.account = "n"
telegram = {token = "1:a", chat_id = -1}
alertmanager.url = "http://alertmanager:9093"
deadman.url = "http://pings.example"
processes.n.command = "oms"
logs.n.path = "n.log"
[accounts]
n.simulated = true
o.simulated = true
"""

#: Of keys whose type alone doesn't say what they take.
OTHERS: dict[str, Any] = {
    "server.bind": "127.0.0.2", "page.trusted_proxies": ["10.0.0.1"],
    "books.reporting_currency": "EUR", "accounts.<name>.reporting_currency": "EUR",
    "books.timezone": "Asia/Tokyo", "logs.<name>.timezone": "Asia/Tokyo",
    "books.day_start": "17:00", "limits.thresholds.near": "0.6", "limits.thresholds.high": "0.8",
    "risk.confidences": [0.9, 0.99], "risk.limit_confidence": 0.95, "telegram.users": [7],
    "limits.thresholds.breached": "0.95", "accounts.<name>.method": "fifo",
    "limits.required.account": ["gross"], "limits.required.strategy": ["gross"],
    "limits.required.instrument": ["position"], "drill.breaker.account": "o",
    "notify.page_url": "http://desk.example/", "telegram.api_base_url": "http://bots.example",
}  # fmt: skip

SECRETS = {key for pair in secrets() for key in pair}
HANDED_ON = [key for key in keys() if key not in SECRETS and written_key(key) not in NOT_HANDED_ON]


def told(config: Config) -> str:
    """All that the parts are told; a secret shows as none."""
    return repr([
        _keeping(config), books_settings(config), anomaly_settings(config), risk_settings(config),
        latency_limits(config), execution_thresholds(config), alerting_settings(config),
        web_settings(config), drill_settings(config), log_files(config), log_bounds(config),
        watched_processes(config),
    ])  # fmt: skip


def another(key: tuple[str, ...], default: object) -> Any:
    """A value that `key` takes, and doesn't have."""
    if written_key(key) in OTHERS:
        return OTHERS[written_key(key)]
    shape = shape_at(key)
    assert shape is not None
    if get_origin(shape.kind) is Literal:
        return next(word for word in get_args(shape.kind) if word != default)
    if shape.kind is bool:
        return not default
    if shape.kind is int:
        least = next(note.ge for note in shape.notes if isinstance(note, Ge))
        return default + 1 if isinstance(default, int) else least
    if shape.element is not None:
        return ["x"]
    return "0.5" if "ratio above" in shape.expected() else "17"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "deskwatch.toml"
    path.write_text(BASE)
    return path


@pytest.fixture(scope="module")
def before(file: Path) -> Config:
    return load(file, {})


def test_the_same_configuration_tells_the_same(file: Path, before: Config) -> None:
    assert told(load(file, {})) == told(before)


@pytest.mark.parametrize("key", HANDED_ON, ids=written_key)
def test_a_part_is_told_of_each_key(file: Path, before: Config, key: tuple[str, ...]) -> None:
    names = {"fx": ["A/B"], "accounts": ["p"]}.get(key[0], ["n", "m"])
    chosen = iter(names)
    path = tuple(next(chosen) if part == "<name>" else part for part in key)
    value: Any = before
    for part in path:
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    said = another(key, value)
    text = said if isinstance(said, str) else json.dumps(said)
    assert told(load(file, {_variable(path): text})) != told(before)
