"""The built page: its files, and the names that Vite's manifest has for them."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import Struct

#: Where they are served, with their path below the folder; Vite's `base`.
PREFIX: Final = "/static/"

_MANIFEST: Final = ".vite/manifest.json"
#: What Vite puts a hash of the content into the names of, so that they can be kept for good.
_HASHED: Final = "assets/"
#: Compressed files beside the plain one, by the names that requests have for them, smallest first.
_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_FONT: Final = ".woff2"
_OTHER_TYPE: Final = "application/octet-stream"


class Asset(Struct, frozen=True):
    """One file.

    tag: its ETag; None where it is kept for good, and never asked for again. packed: its compressed
    forms, by encoding, smallest first.
    """

    content: bytes
    content_type: str
    tag: str | None
    packed: dict[str, bytes]


class Chunk(Struct, frozen=True, rename="camel"):
    """What the manifest says of one source; Vite's names. css, imports: what it needs besides."""

    file: str
    is_entry: bool = False
    css: list[str] = []
    imports: list[str] = []


class Assets:
    """The files of a built page, all in memory: a page is some hundred kB.

    files: by their path below PREFIX. scripts, styles, fonts: what every page begins with, by the
    same paths; without scripts there is no page.
    """

    def __init__(self, files: dict[str, Asset], manifest: dict[str, Chunk]) -> None:
        self.files = files
        self._manifest = manifest
        entries = [name for name, chunk in manifest.items() if chunk.is_entry]
        needed = list(_needed(entries, manifest))
        self.scripts = [manifest[name].file for name in entries]
        self.styles = list(dict.fromkeys(style for one in needed for style in manifest[one].css))
        self.fonts = [one.file for one in manifest.values() if one.file.endswith(_FONT)]
        named = [*(chunk.file for chunk in manifest.values()), *self.styles]
        for name in named:
            assert name in files, f"the manifest names {name}, which is not there"

    def preloads(self, source: str) -> list[str]:
        """Return the scripts that the page drawn by `source` needs besides those that begin it."""
        needed = [source] if source in self._manifest else []
        begun = [name for name, chunk in self._manifest.items() if chunk.is_entry]
        every = _needed([*begun, *needed], self._manifest)
        return [self._manifest[one].file for one in every if one not in begun]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return what is in `folder`; nothing where no page was built."""
        try:
            raw = (folder / _MANIFEST).read_bytes()
        except OSError:
            return cls({}, {})
        return cls(dict(_files(folder)), msgspec.json.decode(raw, type=dict[str, Chunk]))


def _needed(names: Iterable[str], manifest: dict[str, Chunk]) -> dict[str, None]:
    """Return sources and what they import, each once; they may import in circles."""
    found: dict[str, None] = {}
    left = list(names)
    while left:
        name = left.pop(0)
        if name not in found:
            found[name] = None
            left += manifest[name].imports
    return found


def _files(folder: Path) -> Iterator[tuple[str, Asset]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        if not path.is_file() or is_hidden or path.suffix in _ENCODINGS.values():
            continue
        content = path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        yield (
            name,
            Asset(
                content=content,
                content_type=_TYPES.get(path.suffix, _OTHER_TYPE),
                tag=None if name.startswith(_HASHED) else tag,
                packed=dict(_packed(path)),
            ),
        )


def _packed(path: Path) -> Iterator[tuple[str, bytes]]:
    for encoding, ending in _ENCODINGS.items():
        beside = path.with_name(path.name + ending)
        if beside.is_file():
            yield encoding, beside.read_bytes()
