"""The bearer token, which may be rotated while the program runs."""

from pathlib import Path


class Credentials:
    """A token as given, or the one that a file holds now. Its text is never logged."""

    def __init__(self, token: str = "", token_file: str | Path | None = None) -> None:
        self._token = token.strip() if isinstance(token, str) else token
        self._file = token_file
        self._problem = ""
        self.reread()

    @property
    def problem(self) -> str:
        """Why there is no usable token; empty when there is one, or none is configured."""
        return self._problem

    def token(self) -> str:
        """Return the token last read, or an empty string."""
        return "" if self._problem else self._token

    def reread(self) -> bool:
        """Read the file again, if there is one; return whether it gave another token to try."""
        before = self.token()
        if self._file is not None:
            try:
                self._token = Path(self._file).read_text(encoding="utf-8").strip()
            except (OSError, TypeError, ValueError) as error:  # a path that can't be one, too
                self._problem = f"token file: {type(error).__name__}"
                return False
        usable = (
            isinstance(self._token, str) and self._token.isascii() and self._token.isprintable()
        )
        self._problem = "" if usable else "the token is not printable ASCII"
        return self.token() not in {"", before}
