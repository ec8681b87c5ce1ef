"""Parts of documents that are made, and go into them with `--write`."""

import sys
from pathlib import Path
from typing import NamedTuple


class MadePart(NamedTuple):
    """What stands in a document between two lines that say by what it is made."""

    document: Path
    begin: str
    end: str

    def text(self) -> str:
        """Return what stands there now."""
        return self._parts()[1]

    def show(self, made: str) -> None:
        """Print it anew; with `--write`, put it into the document."""
        if sys.argv[1:] == ["--write"]:
            before, _, after = self._parts()
            self.document.write_text(before + self.begin + made + self.end + after)
        else:
            sys.stdout.write(made)

    def _parts(self) -> tuple[str, str, str]:
        before, begin, rest = self.document.read_text().partition(self.begin)
        made, end, after = rest.partition(self.end)
        assert begin, self.begin
        assert end, self.end
        return before, made, after
