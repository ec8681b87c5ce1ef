"""The kinds of values that keys take, each with the words for what it must be."""

import ipaddress
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from deskwatch.core.money import MAX_DECIMALS, POW10, REPORTING_DECIMALS, parse_decimal
from deskwatch.core.rejection import EventRejected
from deskwatch.notify.secret import Secret
from deskwatch.notify.telegram.settings import Chat, TelegramSettings

_YEAR_S: Final = 366 * 24 * 3600
#: sockaddr_un of macOS and the BSDs, less its closing NUL; Linux takes 107.
_MAX_SOCKET_PATH_BYTES: Final = 103
_MAX_URL_LENGTH: Final = 2048
_SHORTEST_PASSWORD: Final = 12
_LONGEST_PASSWORD: Final = 1024
#: Telegram's ids fit in 52 bits.
_MAX_ID: Final = 2**52
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


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


def _password(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not (_SHORTEST_PASSWORD <= len(text) <= _LONGEST_PASSWORD and text.isprintable()):
        raise ValueError
    return secret


def _network(text: str) -> str:
    ipaddress.ip_network(text)
    return text


def _path_text(path: object) -> object:
    if path == "" or "\0" in str(path):
        raise ValueError
    return path


def _contact(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError
    return text


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


def _above_zero(decimals: int) -> AfterValidator:
    """Return what lets a decimal number above zero pass, with at most so many decimals."""

    def check(text: str) -> str:
        try:
            amount = parse_decimal(text, decimals)
        except EventRejected as error:
            raise ValueError from error
        if amount <= 0:
            raise ValueError
        return text

    return AfterValidator(check)


def _at_most_one(text: str) -> str:
    if parse_decimal(text, MAX_DECIMALS) > POW10[MAX_DECIMALS]:
        raise ValueError
    return text


def _pair(text: str) -> str:
    base, _, quote = text.partition("/")
    if base == quote:
        raise ValueError
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    _ = parts.port  # a property that may raise
    if (
        re.fullmatch(rf"[\x21-\x7e]{{1,{_MAX_URL_LENGTH}}}", text) is None
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
    ):
        raise ValueError
    return text


def _open_url(text: str) -> str:
    if "@" in urlsplit(_web_url(text)).netloc:
        raise ValueError
    return text


def _secret_url(secret: SecretStr) -> SecretStr:
    _web_url(secret.get_secret_value())
    return secret


def _service_url(secret: SecretStr) -> SecretStr:
    pattern = rf"[a-zA-Z][a-zA-Z0-9+.-]*://[\x21-\x7e]{{1,{_MAX_URL_LENGTH}}}"
    if re.fullmatch(pattern, secret.get_secret_value()) is None:
        raise ValueError
    return secret


def _bot_token(secret: SecretStr) -> SecretStr:
    TelegramSettings(token=Secret(secret.get_secret_value()), chat=Chat(0))
    return secret


def _chat_text(chat: object) -> object:
    return str(chat) if type(chat) is int else chat


Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seconds = Annotated[int, Field(ge=1, le=_YEAR_S)]
Confidence = Annotated[
    float, Field(gt=0.5, lt=1), Expected("a number above 0.5 and below 1, such as 0.99")
]
Confidences = Annotated[
    list[Confidence],
    Field(min_length=1, max_length=4),
    Expected("an array of 1 to 4 numbers above 0.5 and below 1"),
]
Address = Annotated[
    str, AfterValidator(_address), Expected('an IP address, such as "127.0.0.1", or "localhost"')
]
Token = Annotated[
    SecretStr, AfterValidator(_token), Expected("16 to 1024 visible ASCII characters, no spaces")
]
Password = Annotated[
    SecretStr,
    AfterValidator(_password),
    Expected(f"{_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} printable characters"),
]
Networks = Annotated[
    list[
        Annotated[
            str,
            AfterValidator(_network),
            Expected('an IP address or a network, such as "10.0.0.0/8"'),
        ]
    ],
    Field(max_length=100),
    Expected('an array of at most 100 IP addresses or networks, such as ["127.0.0.1"]'),
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
ActorNames = Annotated[
    list[Name],
    Field(max_length=100),
    Expected('an array of at most 100 names, such as ["j.ferro"]'),
]
ChannelNames = Annotated[
    list[Name],
    Field(max_length=100),
    Expected('an array of at most 100 names, such as ["user"]'),
]
DrillNames = Annotated[
    list[Name],
    Field(max_length=100),
    Expected('an array of at most 100 names, such as ["breaker"]'),
]
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
    str,
    _above_zero(MAX_DECIMALS),
    Expected('a decimal number above zero as text, such as "1.0005"'),
]
Amount = Annotated[
    str,
    _above_zero(REPORTING_DECIMALS),
    Expected(
        f'an amount above zero as text, such as "5000", at most {REPORTING_DECIMALS} decimals'
    ),
]

Quantity = Annotated[
    str,
    _above_zero(MAX_DECIMALS),
    Expected(f'a quantity above zero as text, such as "250", at most {MAX_DECIMALS} decimals'),
]
Ratio = Annotated[
    str, _above_zero(MAX_DECIMALS), Expected('a ratio above zero as text, such as "0.8"')
]
#: What can't be more than the whole: one in percent would never be reached.
Share = Annotated[
    str,
    _above_zero(MAX_DECIMALS),
    AfterValidator(_at_most_one),
    Expected('a ratio above zero, at most 1, as text, such as "0.8"'),
]
#: Of a share, from which alerts speak: utilizations are compared at so many decimals.
Threshold = Annotated[
    str,
    _above_zero(REPORTING_DECIMALS),
    AfterValidator(_at_most_one),
    Expected(
        'a ratio above zero, at most 1, as text, such as "0.8", '
        f"at most {REPORTING_DECIMALS} decimals"
    ),
]
PerSecond = Annotated[
    str, _above_zero(MAX_DECIMALS), Expected('a number a second above zero as text, such as "20"')
]

#: A URL that may be shown.
WebUrl = Annotated[
    str, AfterValidator(_open_url), Expected("an http:// or https:// URL without a password")
]
SecretUrl = Annotated[
    SecretStr, AfterValidator(_secret_url), Expected("an http:// or https:// URL")
]
ServiceUrls = Annotated[
    list[
        Annotated[
            SecretStr,
            AfterValidator(_service_url),
            Expected('an address that Apprise knows, such as "mailto://…"'),
        ]
    ],
    Field(min_length=1, max_length=16),
    Expected("an array of 1 to 16 addresses that Apprise knows"),
]
Contacts = Annotated[
    list[
        Annotated[
            str,
            Field(max_length=80),
            AfterValidator(_contact),
            Expected("one line of 1 to 80 characters"),
        ]
    ],
    Field(max_length=4),
    Expected(
        'an array of at most 4 lines of 1 to 80 characters, such as ["Ada, +41 44 000 00 00"]'
    ),
]
BotToken = Annotated[
    SecretStr,
    AfterValidator(_bot_token),
    Expected("a bot's token from @BotFather, such as 123456:AbC-dEf"),
]
#: A number may be written as one; it is kept as text, for a channel has a name in its place.
ChatId = Annotated[
    str,
    BeforeValidator(_chat_text),
    Field(pattern=r"^(?:-?[1-9][0-9]{0,15}|@[a-zA-Z][a-zA-Z0-9_]{3,31})\z"),
    Expected('the number of a chat, such as -1001234567890, or a channel\'s "@name"'),
]
TopicId = Annotated[int, Field(ge=1, le=_MAX_ID)]
UserIds = Annotated[
    list[Annotated[int, Field(ge=1, le=_MAX_ID)]],
    Field(max_length=1000),
    Expected("an array of at most 1000 numbers, such as [123456789]"),
]
RuleFiles = Annotated[
    list[FilePath], Field(min_length=1, max_length=100), Expected("an array of 1 to 100 paths")
]
LabelName = Annotated[
    str,
    Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,127}\z"),
    Expected('a label\'s name, such as "job": letters, digits and "_"'),
]
LabelNames = Annotated[
    list[LabelName],
    Field(max_length=100),
    Expected('an array of labels\' names, such as ["instance"]'),
]
LabelValue = Annotated[
    str, Field(min_length=1, max_length=1024), Expected("text of 1 to 1024 characters")
]


def problem_at(key: str, expected: str) -> PydanticCustomError:
    """Return the error that says what `key` of the validated table should have been."""
    return PydanticCustomError("unfit", "{expected}", {"key": key, "expected": expected})


def revealed(secret: SecretStr | None) -> str | None:
    """Return a secret's text, where there is one."""
    return None if secret is None else secret.get_secret_value()


class Table(BaseModel):
    """What all tables have in common: values can't change, and no key is taken on trust."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
