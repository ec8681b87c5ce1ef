"""What changed between two JSON objects, as the page applies it.

A delta has up to three members: `=` are members as they are now, `~` those that changed inside,
each with a delta of its own, `-` the names of those that went. Arrays of equal length are compared
as objects with their places for names; whatever else differs is told whole. `ui/src/delta.ts` is
the other half.
"""

from itertools import chain
from typing import Any, Final

#: JSON's values, as msgspec's builtins.
Json = Any
Delta = dict[str, Any]

_ABSENT: Final = object()


def delta(old: dict[str, Json], new: dict[str, Json]) -> Delta:
    """Return what turns `old` into `new`; empty where nothing does: they are equal.

    Equal as Python has it, where true is 1: no member of an answer may be either (a test of all
    answers holds that).
    """
    whole: dict[str, Json] = {}
    inside: dict[str, Delta] = {}
    known = 0
    for name, value in new.items():
        before = old.get(name, _ABSENT)
        if before is _ABSENT:
            whole[name] = value
            continue
        known += 1
        # Every figure of the desk comes through here, and most are as they were: what is the same
        # is found at once, however much is in it.
        if before != value:
            _note(name, before, value, whole, inside)
    found = _delta(whole, inside)
    if known < len(old):
        found["-"] = [name for name in old if name not in new]
    return found


def _elements(old: list[Json], new: list[Json]) -> Delta:
    whole: dict[str, Json] = {}
    inside: dict[str, Delta] = {}
    for place, (before, value) in enumerate(zip(old, new, strict=True)):
        if before != value:
            _note(str(place), before, value, whole, inside)
    return _delta(whole, inside)


def _delta(whole: dict[str, Json], inside: dict[str, Delta]) -> Delta:
    found: Delta = {}
    if whole:
        found["="] = whole
    if inside:
        found["~"] = inside
    return found


def _note(
    name: str, old: Json, new: Json, whole: dict[str, Json], inside: dict[str, Delta]
) -> None:
    """Note a member that changed: with what changed inside where it can be said, else whole."""
    if isinstance(new, dict) and isinstance(old, dict):
        inside[name] = delta(old, new)
    elif isinstance(new, list) and isinstance(old, list) and len(old) == len(new):
        inside[name] = _elements(old, new)
    else:
        whole[name] = new


def apply(old: Json, change: Delta) -> Json:
    """Return `old` with the change made; `old` itself stays as it is."""
    if isinstance(old, list):
        elements = list(old)
        for place, inside in change.get("~", {}).items():
            elements[int(place)] = apply(elements[int(place)], inside)
        for place, value in change.get("=", {}).items():
            elements[int(place)] = value
        return elements
    members = dict(old)
    for name in change.get("-", ()):
        members.pop(name, None)
    for name, inside in change.get("~", {}).items():
        members[name] = apply(members[name], inside)
    members.update(change.get("=", {}))
    return members


def compose(first: Delta, second: Delta) -> Delta:
    """Return the one delta that does what `first` and then `second` do."""
    whole = dict(first.get("=", {}))
    inside = dict(first.get("~", {}))
    gone = dict.fromkeys(chain(first.get("-", ()), second.get("-", ())))
    for name in second.get("-", ()):
        whole.pop(name, None)
        inside.pop(name, None)
    for name, change in second.get("~", {}).items():
        if name in whole:
            whole[name] = apply(whole[name], change)
        else:
            inside[name] = compose(inside[name], change) if name in inside else change
    for name, value in second.get("=", {}).items():
        whole[name] = value
        inside.pop(name, None)
    found = _delta(whole, inside)
    if left := [name for name in gone if name not in whole]:
        found["-"] = left
    return found
