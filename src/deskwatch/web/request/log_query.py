"""What a query string asks of the logs, checked."""

import re
from typing import Final, get_args

from starlette.datastructures import Headers, QueryParams

from deskwatch.core.rejection import shorten
from deskwatch.web.answers.logs import LogLevel
from deskwatch.web.desks.logs import LogFilter, LogQuery
from deskwatch.web.request.query import bad_parameter, parse_limit, parse_time, refuse_others

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000

_FILTERS: Final = ("service", "level", "text")
_LEVELS: Final[tuple[LogLevel, ...]] = get_args(LogLevel)
_MAX_SERVICES: Final = 64
_MAX_TEXT: Final = 256
_LATEST_NS: Final = 2**63 - 1
_LINE_ID: Final = re.compile(r"\d{1,19}-\d{1,18}-.{0,64}", re.ASCII)
_NEWS_ID: Final = re.compile(r"\d{1,19}-\d{1,18}", re.ASCII)


def log_query(params: QueryParams) -> LogQuery:
    """Return what is searched for; without `from` and `to` in all that is kept.

    Raises Refused (400).
    """
    refuse_others(params, ("from", "to", *_FILTERS, "limit", "before"))
    start_ns = parse_time("from", params["from"]) if "from" in params else 0
    end_ns = parse_time("to", params["to"]) if "to" in params else _LATEST_NS
    if start_ns >= end_ns:
        raise bad_parameter(f"found from {start_ns} and to {end_ns}; expected from before to")
    return LogQuery(
        start_ns=start_ns,
        end_ns=end_ns,
        wanted=_filter(params),
        before=_id("before", params.get("before"), _LINE_ID),
        limit=parse_limit(params, DEFAULT_LIMIT, MAX_LIMIT),
    )


def follow_query(params: QueryParams, headers: Headers) -> tuple[LogFilter, str | None]:
    """Return what is followed, and after which message; None is from now on.

    A browser says by itself in Last-Event-ID where it was. Raises Refused (400).
    """
    refuse_others(params, (*_FILTERS, "after"))
    after = headers.get("last-event-id", params.get("after"))
    return _filter(params), _id("after", after, _NEWS_ID)


def _id(name: str, text: str | None, form: re.Pattern[str]) -> str | None:
    if text is not None and form.fullmatch(text) is None:
        raise bad_parameter(f"found {name}={shorten(text)!r}; expected an id that was answered")
    return text


def _filter(params: QueryParams) -> LogFilter:
    text = params.get("text", "")
    if len(text) > _MAX_TEXT or "\n" in text:
        raise bad_parameter(f"expected in text one line of at most {_MAX_TEXT} characters")
    return LogFilter(services=_services(params), levels=_levels(params), text=text)


def _services(params: QueryParams) -> frozenset[str] | None:
    if "service" not in params:
        return None
    names = params["service"].split(",")
    if not all(names) or len(names) > _MAX_SERVICES:
        raise bad_parameter(f"expected in service 1 to {_MAX_SERVICES} names with commas between")
    return frozenset(names)


def _levels(params: QueryParams) -> frozenset[LogLevel] | None:
    if "level" not in params:
        return None
    names = params["level"].split(",")
    for name in names:
        if name not in _LEVELS:
            expected = ", ".join(_LEVELS)
            raise bad_parameter(f"found level={shorten(name)!r}; expected some of {expected}")
    return frozenset(level for level in _LEVELS if level in names)
