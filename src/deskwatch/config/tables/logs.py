"""The keys about the platform's logs."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from deskwatch.config.values import Expected, FilePath, Table, TimeZone
from deskwatch.logs.own import OWN

_MIB: Final = 1024 * 1024
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\z"


def _not_own(name: str) -> str:
    if name == OWN:
        raise ValueError
    return name


#: Of a stream, whose folder has this name, and of a service.
LogName = Annotated[
    str,
    Field(pattern=_NAME),
    AfterValidator(_not_own),
    Expected(f'1 to 64 letters, digits, "_", "." and "-", such as "gateway", but not "{OWN}"'),
]


class FollowedLog(Table):
    """A log file of the platform; see deskwatch.logs.keeper.LogFile."""

    path: FilePath
    service: LogName | None = None
    start: Literal["beginning", "end"] = "beginning"
    timezone: TimeZone | None = None


class LogStore(Table):
    """How much of the logs is kept; see deskwatch.logs.store.Bounds."""

    max_bytes: Annotated[int, Field(ge=16 * _MIB, le=1024 * 1024 * _MIB)] = 1024 * _MIB
    keep_days: Annotated[int, Field(ge=1, le=3660)] = 31
