"""Every key of `deskwatch.toml`, its default and what it takes. Meanings: docs/configuration.md."""

import ipaddress
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from deskwatch.core.money import MAX_DECIMALS, REPORTING_DECIMALS, parse_decimal
from deskwatch.core.period import SECOND
from deskwatch.core.rejection import EventRejected
from deskwatch.core.settings import BooksSettings, Method

KIB: Final = 1024
MIB: Final = 1024 * KIB
_YEAR_S: Final = 366 * 24 * 3600
#: sockaddr_un of macOS and the BSDs, less its closing NUL; Linux takes 107.
_MAX_SOCKET_PATH_BYTES: Final = 103
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_BOOKS: Final = BooksSettings()


class Expected:
    """What a key takes, in words, where its type alone doesn't say it. Annotates the type."""

    def __init__(self, words: str) -> None:
        self.words = words


def is_loopback(address: str) -> bool:
    """Return whether `address` can be reached from this machine only."""
    return address == "localhost" or ipaddress.ip_address(address).is_loopback


def _address(text: str) -> str:
    if text != "localhost":
        ipaddress.ip_address(text)
    return text


def _token(secret: SecretStr) -> SecretStr:
    if re.fullmatch(r"[\x21-\x7e]{16,1024}", secret.get_secret_value()) is None:
        raise ValueError
    return secret


def _path_text(path: object) -> object:
    if path == "" or "\0" in str(path):
        raise ValueError
    return path


def _socket_path(path: Path) -> Path:
    if len(bytes(path)) > _MAX_SOCKET_PATH_BYTES:
        raise ValueError
    return path


def _time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError from error
    return name


def _clock(text: str) -> str:
    if _CLOCK.fullmatch(text) is None:
        raise ValueError
    return text


def _rate(text: str) -> str:
    try:
        amount = parse_decimal(text, MAX_DECIMALS)
    except EventRejected as error:
        raise ValueError from error
    if amount <= 0:
        raise ValueError
    return text


def _amount(text: str) -> str:
    try:
        amount = parse_decimal(text, REPORTING_DECIMALS)
    except EventRejected as error:
        raise ValueError from error
    if amount <= 0:
        raise ValueError
    return text


def _pair(text: str) -> str:
    base, _, quote = text.partition("/")
    if base == quote:
        raise ValueError
    return text


Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seconds = Annotated[int, Field(ge=1, le=_YEAR_S)]
Address = Annotated[
    str, AfterValidator(_address), Expected('an IP address, such as "127.0.0.1", or "localhost"')
]
Token = Annotated[
    SecretStr, AfterValidator(_token), Expected("16 to 1024 visible ASCII characters, no spaces")
]
#: Strict validation would refuse text; a path in a file or a variable is never anything else.
FilePath = Annotated[
    Path, Field(strict=False), BeforeValidator(_path_text), Expected("a path as text")
]
SocketPath = Annotated[
    FilePath,
    AfterValidator(_socket_path),
    Expected(f"a path as text, with its folder at most {_MAX_SOCKET_PATH_BYTES} bytes long"),
]
Name = Annotated[str, Field(min_length=1, max_length=64), Expected("a name of 1 to 64 characters")]
Currency = Annotated[
    str,
    Field(pattern=r"^[^/\s]{1,64}\z"),
    Expected('a currency, such as "USD": 1 to 64 characters, no "/" and no space'),
]
TimeZone = Annotated[
    str, AfterValidator(_time_zone), Expected('an IANA time zone, such as "Europe/Zurich"')
]
ClockTime = Annotated[
    str, AfterValidator(_clock), Expected('a time of day as text, "00:00" to "23:59"')
]
Pair = Annotated[
    str,
    Field(pattern=r"^[^/\s]{1,64}/[^/\s]{1,64}\z"),
    AfterValidator(_pair),
    Expected('two different currencies, as in "USDT/USD"'),
]
Rate = Annotated[
    str, AfterValidator(_rate), Expected('a decimal number above zero as text, such as "1.0005"')
]
Amount = Annotated[
    str,
    AfterValidator(_amount),
    Expected(
        f'an amount above zero as text, such as "5000", at most {REPORTING_DECIMALS} decimals'
    ),
]


def problem_at(key: str, expected: str) -> PydanticCustomError:
    """Return the error that says what `key` of the validated table should have been."""
    return PydanticCustomError("unfit", "{expected}", {"key": key, "expected": expected})


class Table(BaseModel):
    """What all tables have in common: values can't change, and no key is taken on trust."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Server(Table):
    """HTTP: events in, metrics and the API out. `load` puts the text of token_file into token."""

    bind: Address = "127.0.0.1"
    port: Port = 8080
    token: Token | None = None
    token_file: FilePath | None = None
    # A body is one frame of the journal, which takes 64 MiB at the most.
    max_body_bytes: Annotated[int, Field(ge=KIB, le=48 * MIB)] = 16 * MIB
    max_line_bytes: Annotated[int, Field(ge=KIB, le=1024 * MIB)] = MIB

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        guarded = self.token is not None or self.token_file is not None
        if not guarded and not is_loopback(self.bind):
            raise problem_at("bind", "a loopback address, unless token or token_file is set")
        return self


class Tcp(Table):
    """Events over plain TCP, which knows no token and so never leaves the machine."""

    enabled: bool = False
    bind: Address = "127.0.0.1"
    port: Port = 8081

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.enabled and not is_loopback(self.bind):
            expected = "a loopback address: plain TCP has no token (from elsewhere, use HTTP)"
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
    future_tolerance_s: Seconds = _BOOKS.future_tolerance_ns // SECOND
    remembered_fills: Count = _BOOKS.remembered_fills
    max_positions: Count = _BOOKS.max_positions
    max_instruments: Count = _BOOKS.max_instruments


class Account(Table):
    """Where one account differs from `[books]`."""

    method: Method | None = None
    reporting_currency: Currency | None = None


class Venue(Table):
    """Where one venue differs from `[books]`."""

    mark_max_age_s: Seconds | None = None


class Fx(Table):
    """Exchange rates that don't come as events."""

    fixed: dict[Pair, Rate] = {}


class LossLimits(Table):
    """The most that may be lost, in the account's reporting currency."""

    daily_loss: Amount | None = None
    hourly_loss: Amount | None = None
    drawdown: Amount | None = None


class DefaultLimits(Table):
    """For accounts that report in `books.reporting_currency`, and their strategies."""

    account: LossLimits = LossLimits()
    strategy: LossLimits = LossLimits()


class Limits(Table):
    """Limits on losses; see deskwatch.core.limit.LimitSettings. strategies: by account."""

    default: DefaultLimits = DefaultLimits()
    accounts: dict[Name, LossLimits] = {}
    strategies: dict[Name, dict[Name, LossLimits]] = {}


class Metrics(Table):
    """Bounds on `/metrics`."""

    max_series: Count = 20_000


class Log(Table):
    """deskwatch's own log, on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Config(Table):
    """The whole configuration, as `load` makes it."""

    data: FilePath
    server: Server = Server()
    tcp: Tcp = Tcp()
    unix: Unix = Unix()
    files: dict[Name, EventFile] = {}
    journal: Journal = Journal()
    books: Books = Books()
    accounts: dict[Name, Account] = {}
    venues: dict[Name, Venue] = {}
    fx: Fx = Fx()
    limits: Limits = Limits()
    metrics: Metrics = Metrics()
    log: Log = Log()
