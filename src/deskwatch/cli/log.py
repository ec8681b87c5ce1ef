"""deskwatch's own log: to stderr, as the configuration's [log] says, and into the log store."""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from deskwatch.cli import ink
from deskwatch.cli.stderr import Stderr
from deskwatch.config.model import Log
from deskwatch.logs.own import UNKEPT, OwnLog

_SHARED: Final[list[Processor]] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # The console's own traceback shows local variables, which may hold the token.
    structlog.processors.format_exc_info,
]


def configure(settings: Log, own: OwnLog | None = None) -> None:
    """Send every log line of this process to stderr, those of libraries from warnings on.

    own: where they wait for the log store, too.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    renderer: list[Processor] = [_Keeping(own), *_renderer(settings)]
    stderr = Stderr(sys.stderr)
    structlog.configure(
        processors=[*_SHARED, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, stderr)),
    )
    handler = logging.StreamHandler(stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _renderer(settings: Log) -> list[Processor]:
    if settings.format == "json":
        return [structlog.processors.JSONRenderer()]
    return [_without_controls, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _without_controls(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001
    """Take out what would control the terminal: the renderer writes text without spaces raw.

    What is in a list or a struct it writes as Python does, which is harmless.
    """
    return {key: _printable(one) if isinstance(one, str) else one for key, one in event.items()}


def _printable(text: str) -> str:
    return "\n".join(ink.name(line.expandtabs()).plain for line in text.split("\n"))


class _Keeping:
    """A step of the way to stderr: hands each line to the log store, whatever stderr shows."""

    def __init__(self, own: OwnLog | None) -> None:
        self._own = own

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG002
        unkept = [event.pop(mark, None) for mark in UNKEPT]
        if self._own is not None and not any(unkept):
            self._own.write(_as_json(event))
        return event


def _as_json(said: Mapping[str, object]) -> bytes:
    # As structlog's own renderer: what JSON has no words for is said as Python does.
    return json.dumps(said, default=repr).encode()
