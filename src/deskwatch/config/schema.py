"""Which keys there are, what each takes, and which one a misspelled key may have meant."""

import difflib
import types
from collections.abc import Iterator
from typing import Annotated, Final, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from deskwatch.config.lines import KeyPath
from deskwatch.config.model import Config
from deskwatch.config.values import Expected

#: Stands in a key path for a name that the user chooses, as in `accounts.<name>.method`.
ANY_NAME: Final = "<name>"
#: How alike (0 to 1) two names must be for one to be offered in place of the other.
_ALIKE: Final = 0.6


class Shape(NamedTuple):
    """What may stand at a key path: a table, a table of names the user chooses, or one value."""

    kind: object
    notes: tuple[object, ...]

    @property
    def table(self) -> type[BaseModel] | None:
        """The table with fixed keys that stands here, if one does."""
        if isinstance(self.kind, type) and issubclass(self.kind, BaseModel):
            return self.kind
        return None

    @property
    def is_named(self) -> bool:
        """Whether the names here are the user's own."""
        return get_origin(self.kind) is dict

    @property
    def element(self) -> "Shape | None":
        """What each element must be, if an array stands here."""
        return _shape(get_args(self.kind)[0]) if get_origin(self.kind) is list else None

    @property
    def is_value(self) -> bool:
        """Whether no key can follow."""
        return self.table is None and not self.is_named

    def names(self) -> list[str]:
        """Return the fixed keys that may follow, in the order of the documentation."""
        return list(self.table.model_fields) if self.table else []

    def child(self, name: str | int) -> "Shape | None":
        """Return what may stand at key `name` in here, or at index `name` of an array."""
        if isinstance(name, int):
            return self.element
        if self.is_named:
            return _shape(get_args(self.kind)[1])
        field = self.table.model_fields.get(name) if self.table else None
        return None if field is None else _shape(field.annotation, *field.metadata)

    def name_expected(self) -> str:
        """Return in words what a name chosen by the user may be."""
        return _shape(get_args(self.kind)[0]).expected()

    def expected(self) -> str:
        """Return in words what may stand here."""
        for note in reversed(self.notes):
            if isinstance(note, Expected):
                return note.words
        if get_origin(self.kind) is Literal:
            *others, last = (f'"{word}"' for word in get_args(self.kind))
            return f"{', '.join(others)} or {last}"
        if self.kind is bool:
            return "true or false"
        if self.kind is int:
            least = next(note.ge for note in self.notes if isinstance(note, Ge))
            most = next(note.le for note in self.notes if isinstance(note, Le))
            return f"a whole number from {least} to {most}"
        assert not self.is_value, self.kind
        return "a table"


def _shape(annotation: object, *notes: object) -> Shape:
    """Return the shape inside of Annotated and `| None`, with all that is noted about it."""
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = arguments[0]
            notes = (*_unpacked(arguments[1:]), *notes)
        elif origin in (Union, types.UnionType):
            (annotation,) = (one for one in arguments if one is not types.NoneType)
        else:
            return Shape(annotation, notes)


def _unpacked(notes: tuple[object, ...]) -> Iterator[object]:
    for note in notes:
        if isinstance(note, FieldInfo):
            yield from note.metadata
        else:
            yield note


ROOT: Final = Shape(Config, ())


def shape_at(path: KeyPath) -> Shape | None:
    """Return what may stand at `path`, or None when there is no such key."""
    shape: Shape | None = ROOT
    for name in path:
        shape = shape.child(name) if shape else None
    return shape


def is_secret(path: KeyPath) -> bool:
    """Return whether the value at `path` must never be shown."""
    shape = shape_at(path)
    if shape is None:
        return False
    return SecretStr in {shape.kind, shape.element.kind if shape.element else None}


def keys(shape: Shape = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key that takes a value, in the order of the documentation."""
    if shape.is_value:
        yield path
    for name in [ANY_NAME] if shape.is_named else shape.names():
        child = shape.child(name)
        assert child is not None
        yield from keys(child, (*path, name))


def secrets() -> Iterator[tuple[KeyPath, KeyPath]]:
    """Yield the key of each secret, and the key that names a file with the secret in it."""
    for *table, name in filter(is_secret, keys()):
        yield (*table, name), (*table, f"{name}_file")


def nearest(path: KeyPath) -> list[KeyPath]:
    """Return the keys that the unknown key `path` may have been meant to be, likeliest first.

    A key beside it that is spelled alike, or else one of the same name in another table.
    """
    *parent, name = path
    around = shape_at(tuple(parent))
    alike = difflib.get_close_matches(str(name), around.names() if around else [], 1, _ALIKE)
    if alike:
        return [(*parent, alike[0])]
    return [key for key in keys() if key[-1] == name]
