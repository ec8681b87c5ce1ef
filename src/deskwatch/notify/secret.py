"""Text that must not be shown."""

from typing import Final

_HIDDEN: Final = "<hidden>"


class Secret:
    """A token or an address with a password in it; it shows itself only to `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def hide_in(self, text: str) -> str:
        """Return `text` without the secret in it."""
        return text.replace(self._text, _HIDDEN) if self._text else text

    def __repr__(self) -> str:
        """Return what may be shown."""
        return _HIDDEN

    def __reduce__(self) -> str:
        """Refuse to be pickled. Raises TypeError."""
        raise TypeError("a secret is not written anywhere")
