"""Events of every kind with everything that their fields take, and what lies at the edges."""

from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from deskwatch.core import event
from deskwatch.core.codec import KINDS
from deskwatch.core.period import DAY, HOUR, SECOND
from tests.core.blotter import EQUITY, FUTURE, INVERSE, TEN

INSTRUMENTS = (EQUITY, FUTURE, INVERSE)

#: Those that are about others come oftener.
OFTEN = [*KINDS, *["fill", "bust", "correction", "order"] * 6]

#: So few, and two so often, that events are about the same things.
NAMES = (*["A1"] * 12, *["A2"] * 4, "USD", "BTC", "gross", "user", "x" * 64)

AMOUNTS = (
    *["1"] * 20, "2", "3.5", "100", "","-", "0", "-0", "+1", "-1", " 1", "1.", ".5", "0.5", "1e3", "1E99", "1e-18", "1e-19",
    "7" * 18, "-" + "7" * 18 + "." + "3" * 18, "7" * 19, "NaN",
)  # fmt: skip

INTEGERS = (0, 1, 2, -1, 10**6, SECOND, HOUR, TEN - 1, TEN, TEN + HOUR, event.MOST, event.LEAST)

#: Who sends it says nothing to the books, and with few numbers most would be duplicates.
ENVELOPE = {*event.Event.__struct_fields__} - {"receive_time"}

#: How long after the one before it an event comes, how late that is, and its fields.
Happening = tuple[int, int, dict[str, Any]]

#: How long after the one before an event comes, and how long before that it happened.
PAUSES = (0, 1, SECOND, 61 * SECOND, HOUR, DAY, 40 * DAY)
DELAYS = (0, 0, 1, SECOND, HOUR, DAY, -SECOND)


def choices(kind: inspect.Type) -> list[Any]:
    """Return what a field takes, and what lies at the edges of that."""
    found: list[Any] = []
    match kind:
        case inspect.Metadata(type=inspect.StrType()):
            found += AMOUNTS
        case inspect.Metadata(type=inner):
            found += choices(inner)
        case inspect.UnionType(types=types):
            found += [one for each in types for one in choices(each)]
        case inspect.LiteralType(values=words):
            found += words
        case inspect.StrType(min_length=least):
            found += NAMES if least else ("", *NAMES)
        case inspect.IntType(ge=least, gt=above, le=most):
            low = max(event.LEAST if least is None else least, -1 if above is None else above + 1)
            found += [one for one in INTEGERS if low <= one <= (most or event.MOST)]
        case inspect.BoolType():
            found += (False, True)
        case inspect.NoneType():
            found.append(None)
    assert found, kind
    return found


def events(tag: str) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, st.SearchStrategy[Any]] = {"kind": st.just(tag)}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    info = inspect.type_info(KINDS[tag])
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if field.name not in ENVELOPE:
            fields = required if field.required else optional
            fields[field.name] = st.sampled_from(choices(field.type))
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def happenings(draw: st.DrawFn) -> Happening:
    """Draw one, at a place where others are, too."""
    fields = draw(st.sampled_from(OFTEN).flatmap(events))
    if "symbol" in fields:
        one = draw(st.sampled_from((EQUITY, EQUITY, *INSTRUMENTS)))
        fields |= {"venue": one.venue, "symbol": one.symbol}
    return draw(st.sampled_from(PAUSES)), draw(st.sampled_from(DELAYS)), fields
