"""A child process that runs one of our own commands, and ends with us."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_STOP_S: Final = 15.0
_LAST_LINES: Final = 5


class Child:
    """A deskwatch command in its own process; what it says goes to a file.

    It is a session of its own, so that a Ctrl-C in the terminal reaches the parent alone, which
    then ends its children in order. The environment's DESKWATCH_ variables are not for it.
    """

    def __init__(self, name: str, arguments: list[str], log: Path) -> None:
        """Start it. Raises OSError."""
        self.name = name
        self._log = log
        environ = {k: v for k, v in os.environ.items() if not k.startswith("DESKWATCH_")}
        with log.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "deskwatch", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environ,
                start_new_session=True,
            )

    @property
    def died(self) -> bool:
        """Whether it has ended, asked or not."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Ask it to end and wait; one that does not is killed."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def obituary(self) -> str:
        """Return that it died, and of what: its status and the last it said."""
        code = self._process.poll()
        assert code is not None, "it has ended"
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        said = self._log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return "\n".join([f"the {self.name} {how}", *said])
