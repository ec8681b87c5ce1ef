"""How the SDK batches, waits and gives up; the defaults suit an engine on the same machine."""

from typing import NamedTuple


class Settings(NamedTuple):
    """What `connect` can be told beyond the address.

    A value that can't be one, such as a pause of -1 s or of more than a day, is logged as an error
    by `connect`, and the default stands in its place.

    max_queued: events held while the engine is away; more are dropped and counted.
    batch_events, batch_bytes: the most that one request carries.
    linger_s: how long the first event of a batch waits for company.
    timeout_s: for connecting, and for each wait on the engine's answer.
    first_pause_s, longest_pause_s: between attempts; doubles, with jitter. An engine that is back
    waits no longer than a few seconds for what was to come: then it tells that it has not.
    slow_pause_s: between attempts when somebody has to repair something (a token, an address);
    doubles up to it where it is not the engine that says so.
    exit_timeout_s: what the program's exit may wait for a last delivery.
    gzip: whether bodies are compressed; None: unless the engine is on the loopback.
    """

    max_queued: int = 100_000
    batch_events: int = 500
    batch_bytes: int = 262_144
    linger_s: float = 0.05
    timeout_s: float = 10.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 2.0
    slow_pause_s: float = 30.0
    exit_timeout_s: float = 2.0
    gzip: bool | None = None


DEFAULTS = Settings()
_LEAST = {"batch_events": 1, "batch_bytes": 1, "timeout_s": 0.001}
#: The longest wait, in seconds: what is longer is no wait that anybody means.
LONGEST_S = 86_400.0


def usable(settings: object) -> tuple[Settings, list[str]]:
    """Return the settings, with the default for each that can't be one, and the names of those."""
    if not isinstance(settings, Settings):
        return DEFAULTS, ["settings"]
    wrong = [name for name, value in settings._asdict().items() if not _is_usable(name, value)]
    return settings._replace(**{name: getattr(DEFAULTS, name) for name in wrong}), wrong


def _is_usable(name: str, value: object) -> bool:
    if name == "gzip":
        return value is None or isinstance(value, bool)
    if name.endswith("_s"):
        return isinstance(value, int | float) and _LEAST.get(name, 0) <= value <= LONGEST_S
    return isinstance(value, int) and value >= _LEAST.get(name, 0)
