"""The functions of annotation and label templates, with Go's and Prometheus' formatting."""

import ipaddress
import math
import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from deskwatch.rules.promql.numbers import parse_float, shown, special
from deskwatch.rules.promql.regex import RegexError, compile_re2, expand


class Sample(Struct, frozen=True):
    """One series of a query's result. labels: with the metric's name as `__name__`."""

    labels: dict[str, str]
    value: float


#: What a template computes with. A map is a label set, or all that a template is given.
TemplateValue = str | float | int | bool | Sample | dict[str, "TemplateValue"] | list[Sample] | None


class TemplateFailed(Exception):
    """A template that can't be expanded for these values; the text says why."""


def text_of(value: TemplateValue) -> str:
    """Return a value as Go prints it (`%v`)."""
    text = str(value)
    match value:
        case bool():
            text = text.lower()
        case float():
            text = shown(value)
        case None:
            text = "<no value>"
        case dict():
            inside = " ".join(f"{name}:{text_of(own)}" for name, own in sorted(value.items()))
            text = f"map[{inside}]"
        case Sample():
            text = f"{{{text_of({**value.labels})} {shown(value.value)}}}"
        case list():
            text = f"[{' '.join(map(text_of, value))}]"
    return text


def number_of(value: TemplateValue) -> float:
    """Return a number, or the one that a text spells. Raises TemplateFailed."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    number = parse_float(value) if isinstance(value, str) else None
    if number is None:
        raise TemplateFailed(f"can't convert {text_of(value)!r} to a number")
    return number


def _digits(value: float) -> str:
    """Return four significant digits (Go's `%.4g`)."""
    return special(value) or f"{value:.4g}"


def _scaled(value: float, prefixes: Sequence[str], step: float) -> str:
    prefix = ""
    for name in prefixes:
        if abs(value) < step:
            break
        prefix = name
        value /= step
    return f"{_digits(value)}{prefix}"


def _shrunk(value: float) -> str:
    prefix = ""
    for name in "munpfazy":
        if abs(value) >= 1:
            break
        prefix = name
        value *= 1000
    return f"{_digits(value)}{prefix}"


def humanize(value: TemplateValue) -> str:
    """Return a number with a metric prefix, such as 1.235k."""
    number = number_of(value)
    if number == 0 or not math.isfinite(number):
        return _digits(number)
    return _scaled(number, "kMGTPEZY", 1000.0) if abs(number) >= 1 else _shrunk(number)


def humanize1024(value: TemplateValue) -> str:
    """Return a number with a binary prefix, such as 1.5Ki; Prometheus writes the first as ki."""
    number = number_of(value)
    if abs(number) <= 1 or not math.isfinite(number):
        return _digits(number)
    return _scaled(number, ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"), 1024.0)


def humanize_duration(value: TemplateValue) -> str:
    """Return seconds as 1d 2h 3m 4s, or with a prefix below one second."""
    number = number_of(value)
    if not math.isfinite(number):
        return _digits(number)
    if number == 0 or abs(number) < 1:
        return f"{_shrunk(number) if number else _digits(number)}s"
    sign, number = ("-", -number) if number < 0 else ("", number)
    minutes, seconds = divmod(int(number), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if not (days or hours or minutes):
        return f"{sign}{_digits(number)}s"
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return sign + " ".join(f"{amount}{unit}" for amount, unit in parts[first:])


def humanize_timestamp(value: TemplateValue) -> str:
    """Return Unix seconds as Go prints a time, to the millisecond, UTC."""
    number = number_of(value)
    if not math.isfinite(number):
        return _digits(number)
    if abs(number * 1e9) >= 2.0**63:
        raise TemplateFailed(f"{shown(number)} seconds are no time")
    ms_since = abs(int(number * 1e9)) // 1_000_000  # cut towards zero
    seconds, ms = divmod(ms_since if number > 0 else -ms_since, 1000)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    fraction = f".{ms:03d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


#: A verb of `printf`.
VERB: Final = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?P<verb>.)")
_TYPES: Final[dict[type, str]] = {bool: "bool", str: "string", float: "float64", int: "int"}


def printf(template: TemplateValue, *values: TemplateValue) -> str:
    """Return a text with its verbs filled in, and Go's marks where a verb doesn't fit."""
    left = list(values)

    def filled(found: re.Match[str]) -> str:
        if found["verb"] == "%":
            return "%"
        return _filled(found, left.pop(0)) if left else f"%!{found['verb']}(MISSING)"

    text = VERB.sub(filled, text_of(template))
    if left:
        extra = ", ".join(f"{_TYPES.get(type(value), 'map')}={text_of(value)}" for value in left)
        return f"{text}%!(EXTRA {extra})"
    return text


def _filled(found: re.Match[str], value: TemplateValue) -> str:
    verb, precision = found["verb"], found["precision"]
    number = isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool))
    if (
        verb == "v"
        or (verb == "s" and isinstance(value, str))
        or (verb == "t" and isinstance(value, bool))
    ):
        text = (
            text_of(value)
            if precision is None or verb != "s"
            else text_of(value)[: int(precision or 0)]
        )
    elif verb == "q" and isinstance(value, str):
        text = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    elif verb in "bdxXo" and number and not isinstance(value, float):
        text = format(value, _sign(found["flags"]) + verb)
    elif verb in "eEfFgG" and isinstance(value, float):
        text = _formatted(value, verb, precision, _sign(found["flags"]))
    else:
        return f"%!{verb}({_TYPES.get(type(value), 'map')}={text_of(value)})"
    return _padded(text, found["flags"], int(found["width"] or 0))


def _sign(flags: str) -> str:
    """Return what stands before a number that is not below zero."""
    return "+" if "+" in flags else " " if " " in flags else ""


def _formatted(value: float, verb: str, precision: str | None, sign: str) -> str:
    name = special(value)
    if name is not None:
        return name
    if precision is None and verb in "gG":
        text = shown(value)
        text = text.upper() if verb == "G" else text
        return sign + text if value >= 0 else text
    return format(value, f"{sign}.{int(precision or 0) if precision is not None else 6}{verb}")


def _padded(text: str, flags: str, width: int) -> str:
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags else text.rjust(width)


def _title(value: TemplateValue) -> str:
    return re.sub(r"(^|[^\w'])(\w)", lambda found: found[1] + found[2].upper(), text_of(value))


def _regex(pattern: TemplateValue) -> re.Pattern[str]:
    try:
        return compile_re2(text_of(pattern))
    except RegexError as error:
        raise TemplateFailed(str(error)) from None


def _replace_all(pattern: TemplateValue, to: TemplateValue, text: TemplateValue) -> str:
    return _regex(pattern).sub(lambda found: expand(text_of(to), found), text_of(text))


def _split_port(text: str) -> tuple[str, str]:
    """Return host and port; no port where there is none."""
    host, colon, port = text.rpartition(":")
    if host.startswith("["):
        host, colon = host[1:-1], colon if host.endswith("]") else ""
    elif ":" in host:
        colon = ""
    return (host, port) if colon and "]" not in port else (text, "")


def _strip_domain(value: TemplateValue) -> str:
    text = text_of(value)
    host, port = _split_port(text)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = host.split(".")[0]
        return f"{host}:{port}" if port else host
    return text


def _index(value: TemplateValue, key: TemplateValue) -> TemplateValue:
    if isinstance(value, list) and isinstance(key, int):
        if not 0 <= key < len(value):
            raise TemplateFailed(f"index out of range: {key}")
        return value[key]
    if not isinstance(value, dict):
        raise TemplateFailed(f"can't index {text_of(value)!r}")
    return value.get(text_of(key), "")


def _first(samples: TemplateValue) -> Sample:
    found = _samples(samples)
    if not found:
        raise TemplateFailed("first() called on vector with no elements")
    return found[0]


def _sort_by_label(label: TemplateValue, samples: TemplateValue) -> list[Sample]:
    name = text_of(label)
    return sorted(_samples(samples), key=lambda sample: sample.labels.get(name, ""))


def _samples(value: TemplateValue) -> list[Sample]:
    if not isinstance(value, list):
        raise TemplateFailed(f"found {text_of(value)!r}; expected a query's result")
    return value


def _sample(value: TemplateValue) -> Sample:
    if not isinstance(value, Sample):
        raise TemplateFailed(f"found {text_of(value)!r}; expected a series of a query's result")
    return value


def is_true(value: TemplateValue) -> bool:
    """Whether Go's `if` takes it as true: neither zero, nor empty, nor absent."""
    return bool(value)


def _comparable(a: TemplateValue, b: TemplateValue) -> None:
    if type(a) is not type(b):
        raise TemplateFailed("incompatible types for comparison")


def _ordering(compare: Callable[[float | str, float | str], bool]) -> Callable[..., bool]:
    def compared(a: TemplateValue, b: TemplateValue) -> bool:
        _comparable(a, b)
        if (
            isinstance(a, bool)
            or not isinstance(a, str | float | int)
            or not isinstance(b, str | float | int)
        ):
            raise TemplateFailed("invalid type for comparison")
        return compare(a, b)

    return compared


def _equal(first: TemplateValue, *others: TemplateValue) -> bool:
    for other in others:
        _comparable(first, other)
    return any(first == other for other in others)  # and not `in`: NaN is not equal to itself


def _and(*values: TemplateValue) -> TemplateValue:
    return next((value for value in values if not is_true(value)), values[-1])


def _or(*values: TemplateValue) -> TemplateValue:
    return next((value for value in values if is_true(value)), values[-1])


def _print(*values: TemplateValue) -> str:
    """Return the values in a row, with a space between two of which neither is a text."""
    text = ""
    for place, value in enumerate(values):
        apart = place and not isinstance(value, str) and not isinstance(values[place - 1], str)
        text += " " + text_of(value) if apart else text_of(value)
    return text


FUNCTIONS: Final[dict[str, Callable[..., TemplateValue]]] = {
    "humanize": humanize,
    "humanize1024": humanize1024,
    "humanizeDuration": humanize_duration,
    "humanizePercentage": lambda value: f"{_digits(number_of(value) * 100)}%",
    "humanizeTimestamp": humanize_timestamp,
    "printf": printf,
    "print": _print,
    "println": lambda *values: " ".join(map(text_of, values)) + "\n",
    "toUpper": lambda value: text_of(value).upper(),
    "toLower": lambda value: text_of(value).lower(),
    "title": _title,
    "match": lambda pattern, text: _regex(pattern).search(text_of(text)) is not None,
    "reReplaceAll": _replace_all,
    "stripPort": lambda value: _split_port(text_of(value))[0],
    "stripDomain": _strip_domain,
    "index": _index,
    "len": lambda value: len(value.encode() if isinstance(value, str) else value),
    "first": _first,
    "sortByLabel": _sort_by_label,
    "value": lambda sample: _sample(sample).value,
    "label": lambda name, sample: _sample(sample).labels.get(text_of(name), ""),
    "strvalue": lambda sample: _sample(sample).labels.get("__value__", ""),
    "not": lambda value: not is_true(value),
    "and": _and,
    "or": _or,
    "eq": _equal,
    "ne": lambda a, b: not _equal(a, b),
    "lt": _ordering(operator.lt),
    "le": _ordering(operator.le),
    # As Go has them: what is not below is above, NaN as well.
    "gt": _ordering(lambda a, b: not operator.le(a, b)),
    "ge": _ordering(lambda a, b: not operator.lt(a, b)),
}

#: The function that asks the rules' samples, and so is none of the above.
QUERY: Final = "query"

#: What Prometheus has and we haven't: links, HTML, times.
UNSUPPORTED: Final = frozenset({
    "args", "safeHtml", "graphLink", "tableLink", "toTime", "toDuration", "now", "pathPrefix",
    "externalURL", "parseDuration", "urlQueryEscape", "tmpl", "html", "js", "urlquery", "slice",
    "call",
})  # fmt: skip
