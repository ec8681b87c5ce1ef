"""deskwatch's configuration: one TOML file, the environment over it, and defaults under it."""

from deskwatch.config.dotenv_file import find_dotenv
from deskwatch.config.load import HIDDEN, Setting, find_config, load, settings_of
from deskwatch.config.model import Config
from deskwatch.config.problem import ConfigError, Problem
from deskwatch.config.rules_file import default_rules_file
from deskwatch.config.settings.books import (
    anomaly_settings,
    books_settings,
    latency_limits,
    risk_settings,
)

__all__ = [
    "HIDDEN",
    "Config",
    "ConfigError",
    "Problem",
    "Setting",
    "anomaly_settings",
    "books_settings",
    "default_rules_file",
    "find_config",
    "find_dotenv",
    "latency_limits",
    "load",
    "risk_settings",
    "settings_of",
]
