"""What the simulated desk's programs write into their log files: what they report, in words."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, NamedTuple

#: The programs that write a log: each its own file.
PROGRAMS: Final = ("gateway", "pricer")

#: A file that is longer is renamed, and the one before it removed.
_MAX_BYTES: Final = 4 * 1024 * 1024

#: Made up. It is there to be taken out: programs do log such things.
_API_KEY: Final = "demo5f0c2e9b7a41d863c"

_ORDER_LEVELS: Final = {"rejected": logging.WARNING, "cancel_rejected": logging.WARNING}
_FEED_LEVELS: Final = {"disconnected": logging.ERROR, "gap": logging.WARNING}
_SECOND: Final = 1_000_000_000

Note = Callable[[str, Mapping[str, object]], None]


class Line(NamedTuple):
    """What a program writes. level: one of `logging`'s."""

    program: str
    level: int
    text: str


def told(kind: str, event: Mapping[str, object]) -> Line | None:
    """Return what a program writes about an event; None where it writes nothing."""
    match kind:
        case "order":
            reason = f" ({event['reason']})" if event["reason"] else ""
            text = (
                f"order {event['client_order_id']} {event['status']}{reason}: {event['side']}"
                f" {event['quantity']} {event['symbol']} at {event['venue']}"
            )
            return Line("gateway", _ORDER_LEVELS.get(str(event["status"]), logging.INFO), text)
        case "fill":
            text = (
                f"fill {event['exec_id']}: {event['side']} {event['quantity']} {event['symbol']}"
                f" at {event['price']} on {event['venue']}"
            )
            return Line("gateway", logging.INFO, text)
        case "session":
            return _session(event)
        case "feed" if event["status"] != "message":
            level = _FEED_LEVELS.get(str(event["status"]), logging.INFO)
            text = f"feed {event['channel']} of {event['venue']}: {event['status']}"
            return Line("pricer", level, text)
    return None


def _session(event: Mapping[str, object]) -> Line:
    name, state = f"{event['session']} at {event['venue']}", event["state"]
    if state == "disconnected":
        return Line("gateway", logging.ERROR, f"session {name} is gone: {event['reason']}")
    if state == "logged_on":
        return Line("gateway", logging.INFO, f"session {name} logged on, api_key={_API_KEY}")
    return Line("gateway", logging.INFO, f"session {name}: {state}")


@contextmanager
def writing(folder: Path) -> Iterator[Note]:
    """Yield what writes about an event into `folder`, a file for each program. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    form = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s")
    form.datefmt, form.converter = "%Y-%m-%dT%H:%M:%S", time.gmtime
    files = {
        name: RotatingFileHandler(
            folder / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8"
        )
        for name in PROGRAMS
    }
    for file in files.values():
        file.setFormatter(form)

    def note(kind: str, event: Mapping[str, object]) -> None:
        line = told(kind, event)
        moment = event["event_time"]
        if line is None or not isinstance(moment, int):
            return
        record = logging.LogRecord(line.program, line.level, "", 0, line.text, None, None)
        record.created = moment / _SECOND
        record.msecs = moment // 1_000_000 % 1000
        files[line.program].handle(record)

    try:
        yield note
    finally:
        for file in files.values():
            file.close()
